"""One thing wrong with a row of a side sheet."""

from dataclasses import dataclass
from typing import Any

from reviewdesk.intake.row_errors import RowError


@dataclass(frozen=True, slots=True, kw_only=True)
class SideError(RowError):
    """One thing wrong with a row of a side sheet. `account` is whose row it is."""

    sheet: str
    account: str | None = None

    def as_json(self) -> dict[str, Any]:
        """As the check command and the API give it."""
        return {"sheet": self.sheet, "row": self.row} | RowError.as_json(self)
