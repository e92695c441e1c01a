"""Rows of side sheets that no case has: which they are, what they hold, and reading them again as they are given; pure.

The sheet itself is never changed. What a mended sheet says is what the original says with the mended rows in the place
of the old ones, so that mending a row twice, or in another order, comes to the same.
"""

import sys
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from reviewdesk.intake.fields import field_named
from reviewdesk.intake.headers import Header
from reviewdesk.intake.mapping import column_letters
from reviewdesk.intake.messages import said
from reviewdesk.intake.reading import PackedRows, Sheet
from reviewdesk.intake.side_fields import SIDE_SHEET_KINDS, SideKind
from reviewdesk.intake.side_sheets import (
    Layout,
    RowReader,
    SideError,
    SideSheets,
    read_by_layouts,
    rows_below,
)
from reviewdesk.intake.values import Bad, read_account

MOST_KEPT = 20_000
"""Rows of a batch that can be mended one by one; a broken sheet of a million rows is mended at its source."""

Given = Mapping[str, Mapping[int, Sequence[Any]]]
"""Cells by sheet and row, by Excel's number."""

RowRead = tuple[str | None, Sequence[SideError]]
"""The account of a row, and what is wrong with its cells."""


@dataclass(frozen=True, slots=True)
class LostRow:
    """A row that became no record of an account: `rejected`, or `stray`, when its account is not among the accounts."""

    sheet: str
    row: int
    kind: SideKind
    account: str | None
    cells: list[Any]
    errors: Sequence[SideError]


# --- which rows were lost --------------------------------------------------------------------------------------------


def lost_rows(found: SideSheets, accounts: Container[str], open_sheet: Callable[[str], Sheet]) -> Iterator[LostRow]:
    """The rows of the sheets that were refused, and those of accounts that there are not; at most `MOST_KEPT`."""
    refused: dict[str, dict[int, list[SideError]]] = {}
    for error in found.errors:
        if error.sheet in found.layouts:
            refused.setdefault(error.sheet, {}).setdefault(error.row, []).append(error)
    left = MOST_KEPT
    for name, layout in found.layouts.items():
        errors = refused.get(name, {})
        strays = {account for account in found.rows[layout.kind.kind] if account not in accounts}
        if not errors and not strays:
            continue
        for lost in _lost_of(open_sheet(name), layout, errors, strays):
            if not left:
                return
            left -= 1
            yield lost


def _lost_of(
    sheet: Sheet, layout: Layout, errors: Mapping[int, Sequence[SideError]], strays: Container[str]
) -> Iterator[LostRow]:
    kind = layout.kind.kind
    left_out = frozenset(sheet.hidden_rows if layout.leaves_hidden else ())
    for index, own, cell in rows_below(sheet, layout):
        row = index + 1
        if index in left_out:
            continue
        if row in errors:
            account = errors[row][0].account
            yield LostRow(sheet.name, row, kind, account, _cells(own, layout, cell), errors[row])
        elif strays and (account := _account(cell)) in strays and account is not None:
            cells = _cells(own, layout, cell)
            yield LostRow(sheet.name, row, kind, account, cells, (stray(sheet.name, layout, row, account),))


def _cells(row: Sequence[Any], layout: Layout, account_cell: Any) -> list[Any]:
    """A row's cells, its account's among them where that is merged over it."""
    cells = list(row)
    cells += [""] * (layout.account + 1 - len(cells))
    cells[layout.account] = account_cell
    return cells


def _account(cell: Any) -> str | None:
    try:
        return read_account(cell)
    except Bad:
        return None


def stray(sheet: str, layout: Layout, row: int, account: str) -> SideError:
    """What is said of a row whose account is none of the batch's."""
    words = said("side.row_stray", {}, field_named("account_no").label, "")
    header, place = layout.header.names[layout.account], f"{column_letters(layout.account)}{row}"
    return SideError(row, header, place, "account_no", "side.row_stray", account, *words, sheet=sheet, account=account)


# --- reading them again ----------------------------------------------------------------------------------------------


def read_given(layouts: Mapping[str, Layout], open_sheet: Callable[[str], Sheet], given: Given) -> SideSheets:
    """Read the sheets with the given rows in the place of their own."""

    def opened(name: str) -> Sheet:
        sheet = open_sheet(name)
        rows = given.get(name)
        if not rows:
            return sheet
        return Sheet(
            name,
            cast(PackedRows, _Patched(sheet.rows, rows)),
            lambda: {"merges": sheet.merges, "hidden_rows": sheet.hidden_rows},
        )

    return read_by_layouts(layouts, opened, {name: {row - 1 for row in rows} for name, rows in given.items()})


class _Patched(Sequence[Any]):
    """Rows of a sheet, some of them replaced."""

    def __init__(self, rows: Sequence[Any], given: Mapping[int, Sequence[Any]]) -> None:
        self._rows, self._given = rows, given

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, place: Any) -> Any:
        return self._given.get(place + 1) or self._rows[place]


def read_rows(layouts: Mapping[str, Layout], given: Given) -> dict[tuple[str, int], RowRead]:
    """Read rows without their sheets; of each the account and what is wrong with its cells, by sheet and row.

    A row that became a total or a note says nothing any more: it has no account and no error.
    """
    return {(name, row): read for name, rows in given.items() for row, read in _read(name, layouts[name], rows)}


def _read(name: str, layout: Layout, given: Mapping[int, Sequence[Any]]) -> Iterator[tuple[int, RowRead]]:
    found = SideSheets(errors_kept=sys.maxsize)
    reader = RowReader(found, layout, name, {row - 1 for row in given})
    account = layout.account
    reader.read((row - 1, cells, cells[account] if account < len(cells) else "") for row, cells in given.items())
    whose = {record["row"]: account for account, some in found.rows[layout.kind.kind].items() for record in some}
    wrong: dict[int, list[SideError]] = {}
    for error in found.errors:
        wrong.setdefault(error.row, []).append(error)
        whose.setdefault(error.row, error.account or "")
    for row in given:
        yield row, (whose.get(row) or None, wrong.get(row, []))


# --- layouts as JSON -------------------------------------------------------------------------------------------------


def layouts_to_json(layouts: Mapping[str, Layout]) -> dict[str, Any]:
    """What a batch keeps of its side sheets' columns, by sheet."""
    return {
        name: {
            "kind": one.kind.kind,
            "rows": one.header.rows,
            "names": one.header.names,
            "first_data": one.header.first_data,
            "unit": one.header.sheet_unit,
            "account": one.account,
            "columns": [(known.name, column) for known, column in one.columns],
            "papers": one.papers,
            "answers": _by_column(one.answers),
            "later": _by_column(one.later),
            "leaves_hidden": one.leaves_hidden,
            "since_1904": one.since_1904,
        }
        for name, one in layouts.items()
    }


def _by_column(answers: Mapping[int, str]) -> dict[str, str]:
    return {str(column): answer for column, answer in answers.items()}


def layouts_from_json(kept: Mapping[str, Any] | None) -> dict[str, Layout]:
    """Read what `layouts_to_json` wrote."""
    return {name: _layout(one) for name, one in (kept or {}).items()}


def _layout(kept: Mapping[str, Any]) -> Layout:
    kind = next(known for known in SIDE_SHEET_KINDS if known.kind == kept["kind"])
    fields = {known.name: known for known in kind.fields}
    header = Header(tuple(kept["rows"]), tuple(kept["names"]), kept["first_data"], kept["unit"], 0)
    columns = tuple((fields[name], column) for name, column in kept["columns"])
    papers = tuple((paper, column) for paper, column in kept["papers"])
    answers, later = (
        {int(column): answer for column, answer in kept.get(name, {}).items()} for name in ("answers", "later")
    )
    flags = (kept.get(name, False) for name in ("leaves_hidden", "since_1904"))
    return Layout(kind, header, kept["account"], columns, papers, answers, later, *flags)


def columns_of(layout: Layout) -> dict[int, str]:
    """The columns of a layout that are read, by place, with their headers; the account's first."""
    read = [layout.account, *(column for _, column in layout.columns), *(column for _, column in layout.papers)]
    return {column: layout.header.names[column] for column in dict.fromkeys(read)}
