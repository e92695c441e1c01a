"""What an uploader wishes of an import."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reviewdesk.intake.declaring import Declared
from reviewdesk.intake.hidden import BY_DEFAULT, Hidden, read_hidden
from reviewdesk.intake.known import OnKnown
from reviewdesk.intake.models import Batch


@dataclass(frozen=True, slots=True)
class Wish:
    """How an import should go on. `mapping` is what a person or client states of the columns, in any accepted form.

    `constants` are values for all rows, by field; `auto` confirms a suggestion in which nothing is in doubt; `again`
    imports a file once more whose earlier import was stopped or failed; `ask` has a person confirm in any case;
    `on_known` says what becomes of accounts that the organisation has already, `hidden` of hidden rows, columns and
    sheets.
    """

    declared: Declared = field(default_factory=Declared)
    mapping: Any = None
    constants: Mapping[str, str] = field(default_factory=dict)
    sheet: str | None = None
    auto: bool = False
    again: bool = False
    ask: bool = False
    on_known: OnKnown = "reject"
    hidden: Hidden = BY_DEFAULT

    def to_json(self) -> dict[str, Any]:
        """What the batch keeps until its file was looked at."""
        kept = {"mapping": self.mapping, "constants": dict(self.constants), "auto": self.auto, "ask": self.ask}
        return {"wish": kept}

    @classmethod
    def of(cls, batch: Batch) -> "Wish":
        """The wish that a batch keeps."""
        kept = (batch.mapping or {}).get("wish", {})
        declared = Declared.from_json(batch.declared)
        return cls(declared=declared, sheet=batch.sheet, hidden=read_hidden(batch.hidden), **kept)
