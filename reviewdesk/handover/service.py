"""Handing approved cases to a law firm, and what the firm does with them."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from reviewdesk.accounts.models import Organisation
from reviewdesk.accounts.roles import Ability, may
from reviewdesk.actor import Actor
from reviewdesk.clock import now, today
from reviewdesk.db import Work, unit_of_work
from reviewdesk.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal, Stale, Text
from reviewdesk.handover.models import Entrustment, Milestone
from reviewdesk.intake.models import Attachment, Case
from reviewdesk.intake.storage import locate
from reviewdesk.journal.service import record
from reviewdesk.masking import PERSONAL_FIELDS
from reviewdesk.review.discretion import discreet
from reviewdesk.review.evidence import full_name
from reviewdesk.review.moves import move_cases, not_allowed
from reviewdesk.review.one_suit import left_behind, no_longer_one
from reviewdesk.review.states import COUNSEL, Verb, sources
from reviewdesk.vault import vault

MOST_CASES = 5000
"""Cases of one entrustment; they move in one transaction."""


def entrust(actor: Actor, firm_id: UUID, case_ids: Sequence[int], note: str = "") -> int:
    """Hand approved cases to a law firm, which sees them from then on. Returns how many were handed over.

    Cases that are not approved, or not the organisation's, are left alone, so that asking twice hands over once.

    Raises:
        NotAllowed: the actor is no senior reviewer.
        Invalid: no case or too many, or no such law firm.
        Conflict: none of the cases is approved.
    """
    if not sources(Verb.ENTRUST, actor.roles):
        raise not_allowed(Verb.ENTRUST, None)
    if not case_ids or len(case_ids) > MOST_CASES:
        raise Invalid(
            "entrust.cases",
            Text(f"请选择 1 至 {MOST_CASES} 件案件。", f"Choose 1 to {MOST_CASES} cases."),
            field="cases",
        )
    with unit_of_work(actor) as work:
        firm = _firm(work, firm_id)
        _check_together(work, case_ids, firm.org_id)
        told = {"firm": str(firm.org_id), "firm_name": firm.name}
        moved = move_cases(work, Verb.ENTRUST, list(dict.fromkeys(case_ids)), details=told)
        if not moved:
            raise Conflict("entrust.none", Text("所选案件都不在“同意起诉”状态。", "None of the cases is approved."))
        work.session.add_all(
            Entrustment(
                org_id=work.org_id,
                case_id=row.case_id,
                firm_id=firm.org_id,
                state="offered",
                note=note.strip() or None,
                by_id=actor.person_id,
                by_name=actor.name,
            )
            for row in moved
        )
    return len(moved)


def _check_together(work: Work, case_ids: Sequence[int], firm_id: UUID) -> None:
    """Cases that go to court as one suit go to one firm, together."""
    approved, others = left_behind(work, case_ids, firm_id)
    if approved:
        raise _not_together(
            f"所选案件与 {'、'.join(approved)} 合并起诉，请一并委托，或先解除合并。",
            f"They go to court as one suit with {', '.join(approved)}: entrust these as well, or part them first.",
            approved,
        )
    if others:
        raise _not_together(
            f"与所选案件合并起诉的 {'、'.join(others)} 尚未同意起诉，或在另一律所；请先决定，或移出合并。",
            f"{', '.join(others)} of the same suit are not approved yet, or another firm has them: decide on them "
            "first, or take them out of the suit.",
            others,
        )
    differing = no_longer_one(work, case_ids)
    if differing:
        raise _not_together(
            f"{differing[0]} 的借款人、出借人或约定管辖法院已不相同，不能一案起诉，请先解除合并。",
            f"Borrower, lender or court of {differing[0]} differ by now: this cannot be one suit; part them first.",
            differing[0].split("、"),
        )


def _not_together(zh: str, en: str, cases: list[str]) -> Invalid:
    return Invalid("entrust.joined", Text(zh, en), field="cases", cases=cases)


def _firm(work: Work, firm_id: UUID) -> Organisation:
    found = next((firm for firm in firms(work) if firm.org_id == firm_id), None)
    if found is None:
        raise Invalid("entrust.firm", Text("请选择律师事务所。", "Choose a law firm."), field="firm")
    return found


def firms(work: Work) -> list[Organisation]:
    """The law firms that cases can be entrusted to, by name."""
    return list(
        work.session.scalars(select(Organisation).where(Organisation.kind == "law_firm").order_by(Organisation.name))
    )


def recall(actor: Actor, entrustment_id: UUID, reason: str) -> tuple[UUID, ...]:
    """Let the platform take a case, and the suit that it is in, back from a firm that has not filed it.

    The firm no longer sees them.

    Raises:
        NotFound: the organisation gave no such entrustment.
        NotAllowed: the actor is no senior reviewer.
        Invalid: no reason.
        Stale: the case was filed, or the entrustment ended.
    """
    with unit_of_work(actor) as work:
        given = _lock(work, entrustment_id, "recall")
        if given.org_id != work.org_id:
            raise _unknown(entrustment_id, "recall")
        return _end(work, given, Verb.RECALL, "ended", reason)


def accept(actor: Actor, entrustment_id: UUID) -> tuple[UUID, ...]:
    """Let counsel accept a case; its personal data may be revealed and exported from then on.

    The cases of one suit are accepted together; returns the entrustments.

    Raises:
        NotFound: the firm has no such entrustment.
        NotAllowed: the actor is not counsel.
        Stale: it was answered or recalled already.
    """
    with unit_of_work(actor) as work:
        first = _lock_received(work, entrustment_id, "accept")
        if first.state != "offered":
            raise _answered()
        accepted = [given for given in _with_its_suit(work, first) if given.state == "offered"]
        for given in accepted:
            given.state, given.version = "accepted", given.version + 1
            given.answered_by, given.answered_at = actor.person_id, now()
            record(
                work,
                "handover:entrustment:accept",
                ("entrustment", given.entrustment_id),
                old={"entrustment": "offered"},
                new={"entrustment": "accepted"},
                case_id=given.case_id,
                org_id=given.org_id,
            )
        return tuple(given.entrustment_id for given in accepted)


def refuse(actor: Actor, entrustment_id: UUID, reason: str) -> tuple[UUID, ...]:
    """Let counsel refuse a case, and the suit that it is in, which go back to the platform's approved ones.

    Raises:
        NotFound: the firm has no such entrustment.
        NotAllowed: the actor is not counsel.
        Invalid: no reason.
        Stale: the case was filed, or the entrustment ended.
    """
    with unit_of_work(actor) as work:
        given = _lock_received(work, entrustment_id, "refuse")
        return _end(work, given, Verb.REFUSE, "refused", reason)


_ITS_SUIT = """
SELECT e.entrustment_id FROM joint_cases mine
JOIN joint_cases j ON j.org_id = mine.org_id AND j.joint_id = mine.joint_id AND j.ended_at IS NULL
JOIN entrustments e ON e.org_id = j.org_id AND e.case_id = j.case_id AND e.ended_at IS NULL AND e.firm_id = :firm
WHERE mine.org_id = :org AND mine.case_id = :case AND mine.ended_at IS NULL AND mine.one_filing
"""


def _with_its_suit(work: Work, given: Entrustment) -> list[Entrustment]:
    """An entrustment with the others of its suit that the same firm has, all locked; else itself alone."""
    ids = work.execute(_ITS_SUIT, org=given.org_id, case=given.case_id, firm=given.firm_id).scalars().all()
    wanted = select(Entrustment).where(Entrustment.entrustment_id.in_([given.entrustment_id, *ids]))
    locked = wanted.order_by(Entrustment.case_id).with_for_update().execution_options(populate_existing=True)
    return list(work.session.scalars(locked))


def received_suit(work: Work, entrustment_id: UUID) -> list[Entrustment]:
    """An entrustment that the counsel's firm received, with the others of its suit.

    Raises:
        NotFound: the firm has no such entrustment, or it ended.
        NotAllowed: the actor is not counsel.
    """
    return _with_its_suit(work, _lock_received(work, entrustment_id, "export"))


def _end(work: Work, given: Entrustment, verb: Verb, state: str, reason: str) -> tuple[UUID, ...]:
    """Move the cases back first: the firm may do so only while the entrustment lasts."""
    if not reason.strip():
        raise Invalid("decision.reason", Text("请写明理由。", "Give a reason."), field="reason")
    case = work.session.get_one(Case, (given.org_id, given.case_id))
    reason = discreet(reason.strip(), vault().unseal(case.sealed, case.org_id, case.case_id))
    together = _with_its_suit(work, given)
    for one in together:
        if not move_cases(work, verb, [one.case_id], reason=reason, details=_about(one), org_id=one.org_id):
            raise _answered()
    for one in together:
        one.state, one.version, one.ended_at = state, one.version + 1, now()
        if verb is Verb.REFUSE:
            one.answered_by, one.answered_at, one.answer_reason = work.actor.person_id, now(), reason
    return tuple(one.entrustment_id for one in together)


def report_filed(
    actor: Actor, entrustment_id: UUID, on: date | None, court: str, docket: str, note: str = ""
) -> tuple[UUID, ...]:
    """Let counsel report that the court took the case on: the day, the court and the docket number.

    The cases of one suit have one docket number; it is reported of all of them. Returns their entrustments.

    Raises:
        NotFound: the firm has no such entrustment.
        NotAllowed: the actor is not counsel.
        Invalid: the day is absent or in the future, or court or docket number is absent.
        Stale: the entrustment was not accepted, or the case is filed already.
    """
    if not court.strip() or not docket.strip():
        raise Invalid(
            "milestone.court",
            Text("请填写受理法院和案号。", "Give the court and the docket number."),
            field="court" if not court.strip() else "docket",
        )
    return _report(actor, entrustment_id, Verb.FILE, "filed", on, court=court.strip(), docket=docket.strip(), note=note)


def report_closed(actor: Actor, entrustment_id: UUID, on: date | None, note: str) -> tuple[UUID, ...]:
    """Let counsel report that the lawsuit came to its end, and how; of all cases of a suit.

    Raises:
        NotFound: the firm has no such entrustment.
        NotAllowed: the actor is not counsel.
        Invalid: the day is absent or in the future, or nothing is said of the result.
        Stale: the case was not filed, or is closed already.
    """
    if not note.strip():
        raise Invalid("milestone.note", Text("请写明结果。", "Say how it ended."), field="note")
    return _report(actor, entrustment_id, Verb.CLOSE, "closed", on, note=note)


def _report(
    actor: Actor,
    entrustment_id: UUID,
    verb: Verb,
    kind: str,
    on: date | None,
    *,
    court: str | None = None,
    docket: str | None = None,
    note: str = "",
) -> tuple[UUID, ...]:
    if on is None or on > today():
        raise Invalid("milestone.date", Text("请填写不晚于今天的日期。", "Give a day not after today."), field="on")
    with unit_of_work(actor) as work:
        first = _lock_received(work, entrustment_id, kind)
        if first.state != "accepted":
            raise Stale("entrustment.not_accepted", Text("请先接受委托。", "Accept the entrustment first."))
        together = _with_its_suit(work, first)
        for given in together:
            told = _about(given) | {"on": on.isoformat(), "court": court, "docket": docket}
            told["result"] = _result(work, given, note.strip()) if note.strip() else None
            if not move_cases(work, verb, [given.case_id], details=told, org_id=given.org_id):
                raise _answered()
        work.session.add_all(
            Milestone(
                org_id=given.org_id,
                case_id=given.case_id,
                firm_id=given.firm_id,
                kind=kind,
                happened_on=on,
                court=court,
                docket=docket,
                note=note.strip() or None,
                by_id=actor.person_id,
                by_name=actor.name,
            )
            for given in together
        )
        return tuple(given.entrustment_id for given in together)


def _result(work: Work, given: Entrustment, note: str) -> str:
    """What counsel wrote, as the platform reads it in the history of its case: without the borrower's data."""
    case = work.session.get_one(Case, (given.org_id, given.case_id))
    return discreet(note, vault().unseal(case.sealed, given.org_id, given.case_id))


def reveal(actor: Actor, entrustment_id: UUID, field: str, reason: str) -> str:
    """One personal field of an accepted case in clear, for counsel and against a reason; an event of the platform.

    Raises:
        NotFound: the firm has no such entrustment, or the case no such value.
        NotAllowed: the actor is not counsel, or the case was not accepted yet.
        Invalid: no such field, or no reason.
    """
    if field not in PERSONAL_FIELDS:
        raise Invalid("reveal.field", Text("没有这一字段。", "There is no such field."), field="field")
    if not reason.strip():
        raise Invalid("reveal.reason", Text("请写明查看理由。", "Say why you need to see it."), field="reason")
    with unit_of_work(actor) as work:
        given = _lock_received(work, entrustment_id, "reveal")
        case = work.session.get_one(Case, (given.org_id, given.case_id))
        if given.state != "accepted" or not may(actor.roles, Ability.REVEAL):
            raise NotAllowed(
                "reveal.not_accepted",
                Text("接受委托后才能查看完整资料。", "Accept the case before you see its data in clear."),
                refusal=_attempt("reveal", given),
            )
        personal = vault().unseal(case.sealed, case.org_id, case.case_id)
        if personal.get(field) in (None, ""):
            raise NotFound("reveal.absent", Text("本案没有这一资料。", "The case has no such value."))
        record(
            work,
            "handover:case:reveal",
            ("case", case.case_id),
            new={"field": field, "reason": discreet(reason.strip(), personal)},
            case_id=case.case_id,
            org_id=case.org_id,
        )
    return str(personal[field])


def fetch_file(actor: Actor, entrustment_id: UUID, attachment_id: UUID) -> tuple[Path, str]:
    """The path and name of a file of an accepted case, in clear, for counsel; an event of the platform.

    Raises:
        NotFound: the firm has no such entrustment, or the case no such file.
        NotAllowed: the actor is not counsel, or the case was not accepted yet.
    """
    with unit_of_work(actor) as work:
        given = _lock_received(work, entrustment_id, "fetch_file")
        if given.state != "accepted":
            raise NotAllowed(
                "file.not_accepted",
                Text("接受委托后才能下载附件。", "Accept the case before you download its files."),
                refusal=_attempt("fetch_file", given),
            )
        one = work.session.get(Attachment, (given.org_id, attachment_id))
        if one is None or one.case_id != given.case_id or one.removed_at is not None:
            raise NotFound("file.unknown", Text("没有这一附件。", "There is no such file."))
        record(
            work,
            "handover:case:fetch_file",
            ("case", given.case_id),
            new={"file": str(attachment_id), "sha256": one.sha256},
            case_id=given.case_id,
            org_id=given.org_id,
        )
        return locate(one.path), full_name(one)


def _lock(work: Work, entrustment_id: UUID, action: str) -> Entrustment:
    found = work.session.scalar(
        select(Entrustment).where(Entrustment.entrustment_id == entrustment_id).with_for_update()
    )
    if found is None:
        raise _unknown(entrustment_id, action)
    return found


def _lock_received(work: Work, entrustment_id: UUID, action: str) -> Entrustment:
    """An entrustment that the actor's firm received, for the hands of its counsel only."""
    found = _lock(work, entrustment_id, action)
    if found.firm_id != work.org_id:
        raise _unknown(entrustment_id, action)
    if not work.actor.has(COUNSEL):
        raise NotAllowed(
            "role_needed",
            Text("只有承办律师可以这样做。", "Only counsel may do this."),
            refusal=_attempt(action, found),
        )
    return found


def _attempt(action: str, given: Entrustment) -> Refusal:
    return Refusal(f"handover:entrustment:{action}", ("entrustment", str(given.entrustment_id)), given.case_id)


def _unknown(entrustment_id: UUID, action: str) -> NotFound:
    return NotFound(
        "entrustment.unknown",
        Text("没有这一委托，或您无权查看。", "There is no such entrustment, or you may not see it."),
        refusal=Refusal(f"handover:entrustment:{action}", ("entrustment", str(entrustment_id))),
    )


def _answered() -> Stale:
    return Stale(
        "entrustment.changed",
        Text("委托的状态已变化，请刷新后再试。", "The entrustment has changed; reload and try again."),
    )


def _about(given: Entrustment) -> dict[str, object]:
    return {"entrustment": str(given.entrustment_id), "firm": str(given.firm_id)}
