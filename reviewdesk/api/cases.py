"""Reading cases, and remarks on them."""

from typing import Any
from urllib.parse import unquote

from reviewdesk.accounts.roles import Ability, roles_with
from reviewdesk.api import shapes
from reviewdesk.api.revealing import facts_of
from reviewdesk.api.speaking import Answer, Reply, api, header, speaks
from reviewdesk.audit.queries import findings_of
from reviewdesk.db import unit_of_work
from reviewdesk.journal.queries import history
from reviewdesk.pages import current_actor, requires
from reviewdesk.review import casefile, desk, queries
from reviewdesk.review.casefile import CaseFile
from reviewdesk.review.models import Comment, Decision
from reviewdesk.review.queries import Row

READERS = sorted(roles_with(Ability.SEE_CASES))
REASON = "Reveal-Reason"
LONGEST_REASON = 1000
HISTORY = 200
"""Events that a case shows, the latest; /journal has all."""


@api.get("/cases")
@requires(*READERS)
@speaks("cases", {200: Answer("A page of cases", shapes.Cases)}, query=shapes.CaseQuery)
def list_cases(query: shapes.CaseQuery) -> shapes.Cases:
    """List the organisation's cases, the most urgent limitation first unless another order is asked for."""
    return _list(query)


@api.post("/cases/search")
@requires(*READERS)
@speaks("cases", {200: Answer("A page of cases", shapes.Cases)}, body=shapes.CaseSearch)
def search_cases(body: shapes.CaseSearch) -> shapes.Cases:
    """Find cases by a borrower's exact name, ID number or phone, or by an account or case number.

    The words come in the body, since no address may carry personal data.
    """
    return _list(body)


def _list(query: shapes.CaseQuery) -> shapes.Cases:
    given = shapes.plain(query)
    cursor, limit = given.pop("cursor", None), query.limit
    filters = queries.read_filters(given)
    with unit_of_work(current_actor()) as work:
        rows = queries.queue(work, filters, after=cursor, size=limit)
    shown = rows[:limit]
    return shapes.Cases(
        items=[shapes.CaseLine.model_validate(_of_row(row)) for row in shown],
        next=shown[-1].cursor if len(rows) > len(shown) else None,
    )


@api.get("/cases/<int:case_id>")
@requires(*READERS)
@speaks(
    "cases",
    {200: Answer("The case", shapes.Case)},
    query=shapes.CaseView,
    headers={REASON: "Why personal data is needed in clear, for the journal; percent-encoded UTF-8"},
)
def get_case(case_id: int, query: shapes.CaseView) -> shapes.Case:
    """Give a case with its facts, findings, audits, decisions and history.

    Personal facts are masked, unless the token may reveal; each time they are given in clear is an event.
    """
    actor = current_actor()
    reason = unquote(header(REASON, LONGEST_REASON) or "")
    with unit_of_work(actor) as work:
        case = desk.visible_case(work, case_id, "review:case:open")
        facts, revealed = facts_of(work, case, reveal=actor.may_reveal and not query.masked, reason=reason)
        file = casefile.open_case(work, case)
        events = history(work, case_id, case.batch_id, size=HISTORY)[:HISTORY]
    return shapes.Case.model_validate(
        _line_of_file(file)
        | _of_file(file)
        | {"facts": facts, "revealed": revealed, "history": [event.as_json() for event in events]}
    )


@api.get("/cases/<int:case_id>/comments")
@requires(*READERS)
@speaks("cases", {200: Answer("The remarks", shapes.Comments)})
def list_comments(case_id: int) -> shapes.Comments:
    """List the remarks on a case, oldest first."""
    with unit_of_work(current_actor()) as work:
        case = desk.visible_case(work, case_id, "review:comment:open")
        comments = casefile.open_case(work, case).comments
    return shapes.Comments(items=[_comment(one) for one in comments])


@api.post("/cases/<int:case_id>/comments")
@requires(*READERS)
@speaks("cases", {201: Answer("The remark", shapes.Comment)}, body=shapes.GivenComment)
def add_comment(case_id: int, body: shapes.GivenComment) -> Reply:
    """Add a remark to a case; it never conflicts with anything."""
    return Reply(_comment(desk.comment(current_actor(), case_id, body.text)), 201)


# ------------------------------------------------------------------------------------------------ writing


def _of_row(row: Row) -> dict[str, Any]:
    return {
        "case_id": row.case_id,
        "number": row.number,
        "batch_id": row.batch_id,
        "account_no": row.account_no,
        "borrower": row.borrower,
        "lender_name": row.lender_name,
        "state": row.state,
        "version": row.version,
        "run_id": row.run_id,
        "verdict": row.verdict,
        "failed": row.failed,
        "warned": row.warned,
        "missing": row.missing,
        "set_aside": row.set_aside,
        "claimed": row.claimed,
        "outstanding_principal": row.outstanding,
        "claimable": row.claimable,
        "days_overdue": row.days_overdue,
        "limitation_expiry": row.limitation_expiry,
        "assignee_id": row.assignee_id,
        "assignee": row.assignee,
        "waiting": row.waiting,
    }


def _line_of_file(file: CaseFile) -> dict[str, Any]:
    """The same members of an opened case as of a line of the list."""
    case, standing = file.case, file.standing
    own = ("case_id", "number", "batch_id", "account_no", "borrower", "lender_name", "state", "version", "run_id")
    mirrored = ("verdict", "failed", "claimed", "claimable", "days_overdue", "limitation_expiry")
    return {name: getattr(case, name) for name in (*own, *mirrored)} | {
        "warned": standing.warned if standing else (),
        "missing": standing.missing if standing else (),
        "set_aside": sorted(file.aside),
        "outstanding_principal": case.outstanding,
        "assignee_id": case.assignee_id if file.held else None,
        "assignee": file.assignee if file.held else None,
        "waiting": file.waiting is not None,
    }


def _of_file(file: CaseFile) -> dict[str, Any]:
    case, run = file.case, file.run
    return {
        "row": file.place.row,
        "file": file.place.file or None,
        "sha256": file.file.sha256,
        "mapping_version": file.mapping_version,
        "facts_version": case.facts_version,
        "sources": {fact.field.name: _source(fact.source) for fact in file.facts if fact.source},
        "excess": case.excess,
        "policy": run.policy if run else None,
        "as_of": run.as_of if run else None,
        "findings": findings_of(run, case.facts) if run else [],
        "runs": [_run(one) for one in file.runs],
        "decisions": [decision_shape(one) for one in file.decisions],
    }


def _source(source: casefile.Source) -> shapes.Source:
    return shapes.Source(sheet=source.sheet, cell=source.cell, header=source.header, by=source.by)


def _run(row: Any) -> shapes.Run:
    return shapes.Run(
        run_id=row.run_id,
        policy=row.policy,
        verdict=row.verdict,
        is_current=row.is_current,
        failed=row.failed,
        missing=row.missing,
        at=row.created_at,
    )


def _comment(one: Comment) -> shapes.Comment:
    return shapes.Comment(comment_id=one.comment_id, text=one.text, by_id=one.by_id, by=one.by_name, at=one.created_at)


def decision_shape(one: Decision) -> shapes.Decision:
    """A decision as the API gives it."""
    return shapes.Decision.model_validate(
        {
            "decision_id": one.decision_id,
            "case_id": one.case_id,
            "choice": one.choice,
            "state": one.state,
            "reason": one.reason,
            "note": one.note,
            "needs": one.needs,
            "seen": one.seen,
            "plan": one.plan,
            "case_version": one.case_version,
            "run_id": one.run_id,
            "by_id": one.by_id,
            "by": one.by_name,
            "at": one.created_at,
            "second_id": one.second_id,
            "second": one.second_name,
            "second_reason": one.second_reason,
            "second_at": one.second_at,
        }
    )
