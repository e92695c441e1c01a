"""Rows as `reviewdesk check --no-checks` writes them: read and normalised, and not audited."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import orjson

from reviewdesk.intake.fact_forms import AMOUNTS, columns_for_people
from reviewdesk.intake.normalise import Chunk
from reviewdesk.intake.row_errors import RowError
from reviewdesk.intake.row_json import json_by_row
from reviewdesk.intake.side_fields import SIDE_SHEET_KINDS
from reviewdesk.intake.side_sheets import SideError, records_for_people

UNCHECKED: Final = "unchecked"
REJECTED: Final = "rejected"

SIDE_KINDS: Final[frozenset[str]] = frozenset(known.kind for known in SIDE_SHEET_KINDS)


def lines_of(
    chunk: Chunk, side_errors: Mapping[str, list[SideError]], places: Mapping[str, Sequence[Any]], *, reveal: bool
) -> Iterator[bytes]:
    """One JSON object a line for each data row, in the order of the sheet; `places` say where the rows stand."""
    count = len(chunk.rows)
    facts = json_by_row(columns_for_people(chunk.columns, reveal=reveal) | _beside(chunk), count, AMOUNTS)
    accounts: Sequence[Any] = chunk.columns.get("account_no") or [None] * count
    heads = json_by_row({**places, "account_no": accounts, "verdict": [UNCHECKED] * count}, count)
    for place, (head, account, one) in enumerate(zip(heads, accounts, facts, strict=True)):
        if place in chunk.errors or side_errors or account is None:
            where = {name: values[place] for name, values in places.items()}
            wrong = side_errors.get(str(account), ())
            yield _line(where | {"account_no": account}, one, chunk.errors.get(place, ()), wrong)
        else:
            yield b'%b,"facts":%b,"errors":[],"findings":[]}\n' % (head[:-1], one)


def _line(head: dict[str, Any], facts: bytes, errors: Sequence[RowError], beside: Sequence[SideError]) -> bytes:
    line = head | {"verdict": REJECTED if errors else UNCHECKED, "facts": orjson.Fragment(facts)}
    line["errors"] = [error.as_json() for error in errors]
    if beside:
        line["side_errors"] = [error.as_json() for error in beside]
    return orjson.dumps(line | {"findings": ()}, option=orjson.OPT_APPEND_NEWLINE)


def _beside(chunk: Chunk) -> dict[str, list[Any]]:
    """What the sheets beside the accounts say of each row, by the kind of sheet."""
    columns: dict[str, list[Any]] = {name: values for name, values in chunk.columns.items() if name in SIDE_KINDS}
    return {
        kind: [None if rows is None else records_for_people({kind: rows})[kind] for rows in values]
        for kind, values in columns.items()
    }
