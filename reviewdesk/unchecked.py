"""Rows as `reviewdesk check --no-checks` writes them: read and normalised, and not audited."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import orjson

from reviewdesk.intake.fact_forms import columns_for_people
from reviewdesk.intake.normalise import Chunk
from reviewdesk.intake.row_errors import RowError
from reviewdesk.intake.row_json import json_by_row
from reviewdesk.intake.side_fields import SIDE_SHEET_KINDS
from reviewdesk.intake.side_sheets import SideError, records_for_people

UNCHECKED: Final = "unchecked"
REJECTED: Final = "rejected"

SIDE_KINDS: Final[frozenset[str]] = frozenset(known.kind for known in SIDE_SHEET_KINDS)


def lines_of(
    chunk: Chunk, side_errors: Mapping[str, list[SideError]], places: Iterable[dict[str, Any]], *, reveal: bool
) -> Iterator[bytes]:
    """One JSON object a line for each data row, in the order of the sheet; `places` say where each row stands."""
    told = columns_for_people(chunk.columns, reveal=reveal) | _beside(chunk)
    facts = json_by_row(told, len(chunk.rows))
    accounts = chunk.columns.get("account_no") or [None] * len(chunk.rows)
    nothing: list[RowError] = []
    for place, (where, account, one) in enumerate(zip(places, accounts, facts, strict=True)):
        errors = chunk.errors.get(place, nothing)
        line = where | {"account_no": account, "verdict": REJECTED if errors else UNCHECKED}
        line["facts"] = orjson.Fragment(one)
        line["errors"] = [error.as_json() for error in errors]
        if side_errors and (wrong := side_errors.get(str(account))):
            line["side_errors"] = [error.as_json() for error in wrong]
        line["findings"] = ()
        yield orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def _beside(chunk: Chunk) -> dict[str, list[Any]]:
    """What the sheets beside the accounts say of each row, by the kind of sheet."""
    columns: dict[str, list[Any]] = {name: values for name, values in chunk.columns.items() if name in SIDE_KINDS}
    return {
        kind: [None if rows is None else records_for_people({kind: rows})[kind] for rows in values]
        for kind, values in columns.items()
    }
