"""Mending rejected rows one by one or many together, and dismissing those that are no cases."""

from collections.abc import Sequence
from uuid import UUID

from reviewdesk.api.batches import UPLOADERS, counts_shape
from reviewdesk.api.mending import error_shape
from reviewdesk.api.mending_shapes import (
    GivenDismissal,
    GivenReinstatement,
    GivenRow,
    GivenRows,
    NamedRow,
    RowResult,
    RowResults,
)
from reviewdesk.api.speaking import Answer, api, speaks
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Invalid, Text
from reviewdesk.intake import dismissing, mending
from reviewdesk.intake.batches import find_batch
from reviewdesk.intake.dismissing import Place
from reviewdesk.intake.mending_table import columns_by_name
from reviewdesk.intake.models import Batch
from reviewdesk.intake.row_results import Result, results_of
from reviewdesk.pages import current_actor, requires

ANSWERS = {200: Answer("What became of each row", RowResults)}


@api.post("/batches/<uuid:batch_id>/rows/mend")
@requires(*UPLOADERS)
@speaks("batches", ANSWERS, body=GivenRows, problems=(409,))
def mend_rows(batch_id: UUID, body: GivenRows) -> RowResults:
    """Send corrected cells of rejected rows: each row is read again under the mapping of its batch.

    Rows that are good now become cases, or join theirs; the others say what is still wrong. The same request twice
    does nothing twice. A cell that is masked stays as it was where it is not named.
    """
    actor, places = current_actor(), _places(body.rows)
    with unit_of_work(actor) as work:
        batch = find_batch(work, batch_id, "intake:batch:mend")
        given = [_given(batch, row, place) for place, row in enumerate(body.rows)]
        before = results_of(work, batch, places)
    mending.mend_rows(actor, batch_id, given, {"by": "api", "given": len(given)})
    return _told(batch_id, places, {(one.sheet, one.number) for one in before if one.outcome == "rejected"})


@api.post("/batches/<uuid:batch_id>/rows/dismiss")
@requires(*UPLOADERS)
@speaks("batches", ANSWERS, body=GivenDismissal, problems=(409,))
def dismiss_rows(batch_id: UUID, body: GivenDismissal) -> RowResults:
    """Dismiss rejected rows that are no cases at all, with a reason. The same request twice does nothing twice."""
    places = _places(body.rows)
    made = dismissing.dismiss(current_actor(), batch_id, places, body.reason, body.note)
    return _told(batch_id, places, set(made.changed))


@api.post("/batches/<uuid:batch_id>/rows/reinstate")
@requires(*UPLOADERS)
@speaks("batches", ANSWERS, body=GivenReinstatement, problems=(409,))
def reinstate_rows(batch_id: UUID, body: GivenReinstatement) -> RowResults:
    """Take the dismissal of rows back: they are to be mended again."""
    places = _places(body.rows)
    made = dismissing.reinstate(current_actor(), batch_id, places)
    return _told(batch_id, places, set(made.changed))


def _places(rows: Sequence[NamedRow]) -> list[Place]:
    """The rows of a request.

    Raises:
        Invalid: `row.twice`.
    """
    places = [(row.sheet, row.number) for row in rows]
    for place, one in enumerate(places):
        if one in places[:place]:
            raise Invalid(
                "row.twice",
                Text("同一行给出了两次。", "The same row is given twice."),
                field=f"rows.{place}",
            )
    return places


def _given(batch: Batch, row: GivenRow, place: int) -> mending.GivenRow:
    columns = columns_by_name(batch, row.sheet, row.number)
    cells: dict[int, str] = {}
    for name, text in row.cells.items():
        if columns and name not in columns:
            raise Invalid(
                "row.column",
                Text(
                    f"这张表没有「{name}」这一列，或不止一列叫这个名字。",
                    f"The sheet has no column {name!r}, or several of this name.",
                ),
                field=f"rows.{place}.cells.{name}",
            )
        if columns:
            cells[columns[name]] = text
    return mending.GivenRow(row.number, cells, row.sheet)


def _told(batch_id: UUID, places: Sequence[Place], changed: set[Place]) -> RowResults:
    with unit_of_work(current_actor()) as work:
        batch = find_batch(work, batch_id)
        rows = [_result(one, (one.sheet, one.number) in changed) for one in results_of(work, batch, places)]
        return RowResults(rows=rows, counts=counts_shape(batch))


def _result(one: Result, changed: bool) -> RowResult:
    return RowResult(
        sheet=one.sheet,
        number=one.number,
        result=one.outcome,
        changed=changed,
        case_id=one.case.case_id if one.case else None,
        case_number=one.case.number if one.case else None,
        errors=[error_shape(error) for error in one.row.errors] if one.row and one.outcome == "rejected" else [],
    )
