"""One family of errors: a stable code, a sentence in both languages, an HTTP status. Stages raise; the edge renders."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence in Simplified Chinese and in English."""

    zh: str
    en: str

    def in_language(self, language: str) -> str:
        """The sentence for a locale such as `zh_Hans` or `en`."""
        return self.zh if language.startswith("zh") else self.en

    def as_json(self) -> dict[str, str]:
        """`{"zh": ..., "en": ...}`."""
        return {"zh": self.zh, "en": self.en}


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a refused attempt was about, for the journal: never personal data."""

    action: str
    subject: tuple[str, str]
    case_id: int | None = None
    batch_id: str | None = None


class ReviewDeskError(Exception):
    """An error that a person can read and act on.

    `details` goes to the API as extra members and to the page as context; it never holds personal data.
    `refusal`, where given, makes the edge record the refused attempt in the journal.
    """

    status = 500

    def __init__(self, code: str, text: Text, *, refusal: Refusal | None = None, **details: Any) -> None:
        super().__init__(f"{code}: {text.en}")
        self.code = code
        self.text = text
        self.refusal = refusal
        self.details = details


class Invalid(ReviewDeskError):
    """The request was understood and cannot be carried out as it is."""

    status = 422


def bad_cursor() -> Invalid:
    """The error for a place in a list that is none of ours."""
    return Invalid("cursor", Text("翻页位置无效。", "The cursor is not valid."), field="cursor")


class NotAllowed(ReviewDeskError):
    """This person may not do this."""

    status = 403


class NotFound(ReviewDeskError):
    """There is no such thing, or none that this organisation may see."""

    status = 404


class Conflict(ReviewDeskError):
    """The thing is in a state that does not permit this."""

    status = 409


class Stale(Conflict):
    """The page or request was based on a version that has changed; `details["changes"]` says what."""
