"""What the uploader says the sheet holds, and how it differs from what it holds. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reviewdesk.errors import Invalid, Text
from reviewdesk.intake.fields import MONEY_BASIS, field_named
from reviewdesk.money import fen, yuan

SUMS = MONEY_BASIS
"""The money fields whose sum may be declared."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A declared number that is not the one found; sums in fen."""

    what: str
    declared: int
    found: int

    @property
    def text(self) -> Text:
        """Both numbers, in both languages."""
        if self.what == "rows":
            return Text(
                f"声明 {self.declared:,} 行，表中有 {self.found:,} 行",
                f"{self.declared:,} rows were declared, the sheet has {self.found:,}",
            )
        label = field_named(self.what).label
        return Text(
            f"声明{label.zh}合计 {_grouped(self.declared)} 元，表中合计 {_grouped(self.found)} 元",
            f"{label.en} was declared as {_grouped(self.declared)} yuan in all, the sheet sums to "
            f"{_grouped(self.found)} yuan",
        )

    def as_json(self) -> dict[str, Any]:
        """Sums as decimal strings in yuan, as everywhere in JSON."""
        declared, found = (
            (self.declared, self.found) if self.what == "rows" else (yuan(self.declared), yuan(self.found))
        )
        return {"what": self.what, "declared": declared, "found": found, "message": self.text.as_json()}


@dataclass(frozen=True, slots=True)
class Declared:
    """The number of accounts and the sums (fen, by field) that the sheet should have."""

    rows: int | None = None
    sums: Mapping[str, int] = field(default_factory=dict)

    def differences(self, rows: int, sums: Mapping[str, int]) -> list[Difference]:
        """Where the sheet's accounts, rejected ones included, are not as declared."""
        found = [Difference("rows", self.rows, rows)] if self.rows is not None and self.rows != rows else []
        return found + [
            Difference(name, declared, sums.get(name, 0))
            for name, declared in self.sums.items()
            if declared != sums.get(name, 0)
        ]

    def to_json(self) -> dict[str, Any]:
        """What the batch keeps: empty when nothing was declared."""
        return ({} if self.rows is None else {"rows": self.rows}) | ({"sums": dict(self.sums)} if self.sums else {})

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Declared":
        """Read what `to_json` wrote."""
        return cls(data.get("rows"), data.get("sums", {}))


def read_declared(given: Mapping[str, Any]) -> Declared:
    """Read `rows` and sums in yuan, as a form, a command or the API gives them; blank ones are not declared.

    Raises:
        Invalid: `declared.value`; `details["field"]` names the one that cannot be read.
    """
    words = {name: str(given.get(name) or "").replace(",", "").strip() for name in ("rows", *SUMS)}
    try:
        name = "rows"
        rows = int(words.pop("rows") or -1)
        sums = {}
        for name, text in words.items():
            if text:
                sums[name] = int(fen(text))
    except ValueError as error:
        label = Text("行数", "the number of rows") if name == "rows" else field_named(name).label
        raise Invalid(
            "declared.value",
            Text(f"声明的{label.zh}应是数字。", f"What was declared for {label.en.lower()} is no number."),
            field=name,
        ) from error
    return Declared(None if rows < 0 else rows, sums)


def _grouped(amount: int) -> str:
    whole, _dot, part = yuan(amount).partition(".")
    return f"{int(whole):,}.{part}"
