"""Why rows of a batch were rejected, by cause: how many, in which columns, and how to mend them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reviewdesk.db import Work
from reviewdesk.errors import Text
from reviewdesk.intake.models import Batch
from reviewdesk.intake.words import label_of_code

SHOWN_COLUMNS = 3


@dataclass(frozen=True, slots=True)
class Cause:
    """Rows with one kind of error; `columns` are the most frequent, `mend` is how to mend it. `sheet`: a side sheet."""

    code: str
    rows: int
    columns: Sequence[str]
    mend: dict[str, str]
    sheet: str | None = None

    @property
    def label(self) -> Text:
        """The cause in few words."""
        return label_of_code(self.code)


# One statement for both tables: the errors of a row by code, counted once a row, and the columns in which they are.
_CAUSES = """
WITH found AS (
    SELECT {sheet} AS sheet, row, e ->> 'code' AS code, e ->> 'column' AS header, e -> 'mend' AS mend
    FROM {table}, jsonb_array_elements(errors) AS e
    WHERE org_id = :org AND batch_id = :batch AND outcome = 'rejected'
), columns AS (
    SELECT sheet, code, header, count(*) AS number FROM found WHERE header IS NOT NULL GROUP BY 1, 2, 3
)
SELECT f.sheet, f.code, count(DISTINCT f.row) AS rows, min(f.mend::text)::jsonb AS mend,
       (SELECT array_agg(c.header ORDER BY c.number DESC, c.header) FROM columns c
        WHERE c.sheet = f.sheet AND c.code = f.code) AS columns
FROM found f GROUP BY f.sheet, f.code ORDER BY rows DESC, f.sheet, f.code
"""


def of_accounts(work: Work, batch: Batch) -> list[Cause]:
    """The causes for which rows of the accounts are rejected, the most frequent first."""
    return [_cause(row, None) for row in _rows(work, batch, "sheet_rows", "''")]


def of_side_sheets(work: Work, batch: Batch) -> list[Cause]:
    """The causes for which rows of side sheets are rejected, the most frequent first."""
    return [_cause(row, row.sheet) for row in _rows(work, batch, "side_rows", "sheet")]


def _rows(work: Work, batch: Batch, table: str, sheet: str) -> Sequence[Any]:
    found: Sequence[Any] = work.execute(
        _CAUSES.format(table=table, sheet=sheet), org=batch.org_id, batch=batch.batch_id
    ).all()
    return found


def _cause(row: Any, sheet: str | None) -> Cause:
    return Cause(row.code, row.rows, (row.columns or [])[:SHOWN_COLUMNS], row.mend, sheet)
