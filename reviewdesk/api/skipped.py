"""The rows that a batch skipped, each with the case that its account is."""

from uuid import UUID

from reviewdesk.api import skipped_shapes as shapes
from reviewdesk.api.batches import READERS, row_number
from reviewdesk.api.speaking import Answer, api, speaks
from reviewdesk.db import unit_of_work
from reviewdesk.intake import skipped
from reviewdesk.intake.batches import find_batch
from reviewdesk.pages import current_actor, requires


@api.get("/batches/<uuid:batch_id>/skipped")
@requires(*READERS)
@speaks("batches", {200: Answer("A page of skipped rows", shapes.SkippedRows)}, query=shapes.SkippedQuery)
def list_batch_skipped(batch_id: UUID, query: shapes.SkippedQuery) -> shapes.SkippedRows:
    """List the rows that were neither loaded nor rejected: of accounts that were cases already, or no accounts."""
    with unit_of_work(current_actor()) as work:
        batch = find_batch(work, batch_id)
        after = row_number(query.cursor)
        rows = skipped.skipped_rows(work, batch, kind=query.kind, after=after, size=query.limit)
    shown = rows[: query.limit]
    return shapes.SkippedRows(
        items=[_skipped(one) for one in shown],
        next=str(shown[-1].number) if len(rows) > len(shown) else None,
        kinds=skipped.kinds_of(batch),
    )


def _skipped(one: skipped.SkippedRow) -> shapes.SkippedRow:
    told = {"number": one.number, "row": one.place.row, "sheet": one.place.sheet, "file": one.place.file or None}
    return shapes.SkippedRow.model_validate(
        {**told, "kind": one.kind, "account_no": one.account_no, "case": one.case and _case(one.case)}
    )


def _case(case: skipped.KnownCase) -> dict[str, object]:
    return {
        "case_id": case.case_id,
        "number": case.number,
        "state": case.state,
        "batch_id": case.batch_id,
        "batch": case.batch_name,
    }
