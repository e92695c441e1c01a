"""What a batch keeps of the files of its archive, and where a row of a batch stands."""

from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

from reviewdesk.intake.hidden import Hidden
from reviewdesk.intake.looking import Look
from reviewdesk.intake.mapping import Mapping
from reviewdesk.intake.models import Batch, SavedMapping
from reviewdesk.intake.numbering import part_of, row_of


@dataclass(frozen=True, slots=True)
class Part:
    """A file of an archive. `sheet` and what follows are those of its accounts, absent where it has none.

    `mapping` is what its columns are once that is settled, and `by` by what: a person, a known layout, a statement.
    """

    name: str
    sheet: str | None = None
    header_row: int | None = None
    headers: Sequence[str] = ()
    hidden_columns: Sequence[int] = ()
    since_1904: bool = False
    rows: int = 0
    mapping: MappingType[str, Any] | None = None
    mapping_id: str | None = None
    version: int | None = None
    by: str | None = None

    @property
    def waits(self) -> bool:
        """Whether somebody must say what its columns are."""
        return self.sheet is not None and self.by is None

    @classmethod
    def seen(cls, name: str, look: Look | None) -> "Part":
        """A file as it was seen."""
        if look is None:
            return cls(name)
        names, hidden = list(look.names), list(look.hidden_columns)
        return cls(name, look.sheet, look.header_row, names, hidden, look.since_1904, look.rows)

    def taken(self, mapping: Mapping, hidden: Hidden) -> Mapping:
        """The mapping as this file is read by it; see `Look.taken`."""
        own = replace(mapping, since_1904=self.since_1904)
        return own.without(self.hidden_columns) if hidden.columns == "leave" else own

    def settled(self, mapping: Mapping, saved: SavedMapping, by: str) -> "Part":
        """The file with what its columns are."""
        return replace(self, mapping=mapping.to_json(), mapping_id=str(saved.mapping_id), version=saved.version, by=by)


def parts_of(batch: Batch) -> list[Part]:
    """The files of a batch's archive; none where it is a single file."""
    return [Part(**one) for one in batch.parts or ()]


def keep_parts(batch: Batch, parts: Sequence[Part]) -> None:
    """Write the files down."""
    batch.parts = [asdict(one) for one in parts]


def waiting_part(parts: Sequence[Part]) -> int | None:
    """The first file whose columns somebody must settle, by its place."""
    return next((number for number, one in enumerate(parts) if one.waits), None)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands: `file` within the archive, empty for a batch of one file; `row` as Excel shows it there."""

    file: str
    sheet: str | None
    row: int
    headers: Sequence[str]
    mapping: MappingType[str, Any]
    mapping_id: UUID | None

    @property
    def table(self) -> str:
        """What people call the sheet."""
        return f"{self.file} › {self.sheet}" if self.file else self.sheet or ""


def place_of(batch: Batch, number: int) -> Place:
    """Where the row of this number in the batch stands."""
    if not batch.parts:
        return Place("", batch.sheet, number, batch.headers or (), batch.mapping or {}, batch.mapping_id)
    part = Part(**batch.parts[part_of(number)])
    mapping_id = UUID(part.mapping_id) if part.mapping_id else None
    return Place(part.name, part.sheet, row_of(number), part.headers, part.mapping or {}, mapping_id)
