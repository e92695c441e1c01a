"""What became of rows that are or were rejected, of the accounts and of side sheets."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import select

from reviewdesk.db import Work
from reviewdesk.intake.dismissing import Place
from reviewdesk.intake.mending import RENEW_JOB
from reviewdesk.intake.models import Batch, Case, SheetRow, SideRow
from reviewdesk.outbox import Job

Outcome = Literal["taken_in", "joining", "waiting", "rejected", "dismissed", "set_aside", "skipped", "unknown"]

_OF_SIDE: Final[Mapping[str, Outcome]] = {"joined": "taken_in", "rejected": "rejected", "dismissed": "dismissed"}
_OF_ACCOUNTS: Final[Mapping[str, Outcome]] = {
    "mended": "taken_in",
    "rejected": "rejected",
    "dismissed": "dismissed",
    "set_aside": "set_aside",
    "skipped": "skipped",
}


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a row: `taken_in` (its account is a case; its case holds it), or what else.

    `joining` is a row that reads well and that a job brings to its case: of a side sheet, or of a known account in a
    batch that updates. `waiting` is a row of a side sheet that waits until its account is a case. `unknown` stands for
    a row that the batch does not have. `row` is what is kept of it, if anything is.
    """

    sheet: str | None
    number: int
    outcome: Outcome
    row: SheetRow | SideRow | None
    case: Case | None


def results_of(work: Work, batch: Batch, places: Sequence[Place]) -> list[Result]:
    """What became of rows, in the order of the places."""
    found = {
        (one.sheet, one.number): one for one in (*_accounts(work, batch, places), *_side_rows(work, batch, places))
    }
    return [found.get(place) or Result(*place, "unknown", None, None) for place in places]


def result_of(work: Work, batch: Batch, sheet: str | None, number: int) -> Result:
    """What became of one row."""
    return results_of(work, batch, [(sheet, number)])[0]


def _accounts(work: Work, batch: Batch, places: Sequence[Place]) -> Iterator[Result]:
    numbers = [number for sheet, number in places if sheet is None]
    if not numbers:
        return
    kept = select(SheetRow).where(
        SheetRow.org_id == batch.org_id, SheetRow.batch_id == batch.batch_id, SheetRow.row.in_(numbers)
    )
    rows = {row.row: row for row in work.session.scalars(kept.execution_options(populate_existing=True))}
    made = select(Case).where(Case.org_id == batch.org_id, Case.batch_id == batch.batch_id, Case.row.in_(numbers))
    cases = {case.row: case for case in work.session.scalars(made.where(Case.state != "reversed"))}
    renewed = [row.account_no for row in rows.values() if row.outcome in ("mended", "skipped") and row.account_no]
    known = _cases_of(work, batch, renewed)
    renewing = batch.on_known == "update" and _renews(work, batch)
    for number in rows | cases:
        row = rows.get(number)
        outcome = _OF_ACCOUNTS[row.outcome] if row else "taken_in"
        if renewing and row is not None and outcome == "rejected" and row.codes == ["account.known"]:
            outcome = "joining"
        yield Result(
            None, number, outcome, row, cases.get(number) or (known.get(row.account_no or "") if row else None)
        )


def _renews(work: Work, batch: Batch) -> bool:
    """Whether mended rows of known accounts are about to renew their cases."""
    wanted = select(Job.job_id).where(
        Job.org_id == batch.org_id,
        Job.kind == RENEW_JOB,
        Job.state.in_(("pending", "running")),
        Job.args["batch_id"].astext == str(batch.batch_id),
    )
    return work.session.scalar(wanted.limit(1)) is not None


def _cases_of(work: Work, batch: Batch, accounts: Iterable[str]) -> dict[str, Case]:
    """The cases of accounts, whatever batch they came with."""
    wanted = select(Case).where(Case.org_id == batch.org_id, Case.account_no.in_(accounts), Case.state != "reversed")
    return {case.account_no: case for case in work.session.scalars(wanted)}


def _side_rows(work: Work, batch: Batch, places: Sequence[Place]) -> Iterator[Result]:
    sheets = {sheet for sheet, _number in places if sheet is not None}
    if not sheets:
        return
    wanted = select(SideRow).where(
        SideRow.org_id == batch.org_id,
        SideRow.batch_id == batch.batch_id,
        SideRow.sheet.in_(sheets),
        SideRow.row.in_([number for sheet, number in places if sheet is not None]),
    )
    rows = work.session.scalars(wanted.execution_options(populate_existing=True)).all()
    cases = _cases_of(work, batch, {row.account_no for row in rows if row.account_no is not None})
    for row in rows:
        case = cases.get(row.account_no or "")
        yield Result(row.sheet, row.row, _OF_SIDE.get(row.outcome) or ("joining" if case else "waiting"), row, case)
