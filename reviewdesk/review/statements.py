"""The claim statement of a case for its page and as a document; every document that leaves is an event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from reviewdesk.actor import Actor
from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.models import AuditRun
from reviewdesk.audit.statement import ClaimStatement, statement_under
from reviewdesk.audit.versions.shelf import policy_of
from reviewdesk.audit.vocabulary import LABELS
from reviewdesk.db import Work, unit_of_work
from reviewdesk.errors import Conflict, Text
from reviewdesk.intake.models import Case
from reviewdesk.journal.service import record
from reviewdesk.masking import masked
from reviewdesk.review.desk import visible_case
from reviewdesk.review.overrides import in_force, overrides_of
from reviewdesk.review.service import current_run
from reviewdesk.review.statement_files import document, workbook
from reviewdesk.review.words import aside_lines
from reviewdesk.vault import vault

FORMS = {"xlsx": workbook, "pdf": document}
"""The forms of the document."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A case with its statement; `made` is None where the case was not audited or `missing` facts stand against it.

    `aside` are the findings of the case that are set aside, a line each.
    """

    case: Case
    run: AuditRun | None
    made: ClaimStatement | None
    missing: tuple[Text, ...]
    aside: tuple[Text, ...]


def opened(work: Work, case: Case, run: AuditRun | None) -> Opened:
    """The statement under the policy and on the day of the case's run."""
    aside = tuple(aside_lines(in_force(case.state, overrides_of(work, case))))
    if run is None:
        return Opened(case, None, None, (), aside)
    found = made_under(case.facts, run.org_id, run.policy, run.as_of)
    if isinstance(found, ClaimStatement):
        return Opened(case, run, found, (), aside)
    return Opened(case, run, None, found, aside)


def made_under(facts: Mapping[str, Any], org_id: UUID, policy: str, as_of: date) -> ClaimStatement | tuple[Text, ...]:
    """The statement from stored facts under an organisation's policy; or the names of the facts that are absent."""
    found = statement_under(CaseFacts.of(facts), policy_of(org_id, policy), as_of)
    return found if isinstance(found, ClaimStatement) else tuple(LABELS[name] for name in found)


def open_statement(actor: Actor, case_id: int) -> Opened:
    """The statement of a case that the actor may see.

    Raises:
        NotFound: the organisation has no such case.
        NotAllowed: the actor's roles see no cases.
    """
    with unit_of_work(actor) as work:
        case = visible_case(work, case_id, "review:statement:open")
        return opened(work, case, current_run(work, case))


def download(actor: Actor, case_id: int, form: str) -> tuple[bytes, str]:
    """The document, personal data masked, and its name.

    Raises:
        NotFound, NotAllowed: as `open_statement`.
        Conflict: there is no statement.
    """
    with unit_of_work(actor) as work:
        case = visible_case(work, case_id, "review:statement:download")
        personal = masked(vault().unseal(case.sealed, case.org_id, case.case_id))
        made = make(opened(work, case, current_run(work, case)), personal, form)
        told(work, "review:statement:download", case, form)
    return made, file_name(case.number, form)


def told(work: Work, action: str, case: Case, form: str) -> None:
    """Record that a document left, in the journal of the case's own organisation."""
    record(
        work,
        action,
        ("case", case.case_id),
        new={"format": form},
        case_id=case.case_id,
        batch_id=case.batch_id,
        org_id=case.org_id,
    )


def make(found: Opened, personal: Mapping[str, Any], form: str) -> bytes:
    """The document of a statement.

    Raises:
        Conflict: there is no statement, and why.
    """
    case = found.case
    head = about(case.number, case.account_no, case.lender_name, personal)
    return FORMS[form](required(found), head, [line.zh for line in found.aside])


def required(found: Opened) -> ClaimStatement:
    """The statement itself.

    Raises:
        Conflict: there is none, and why.
    """
    if found.made is None:
        raise Conflict("statement.none", why_none(found.missing) if found.run else NOT_AUDITED)
    return found.made


NOT_AUDITED = Text("案件尚未审核，没有债权计算书。", "The case is not audited yet and has no claim statement.")


def why_none(missing: Sequence[Text]) -> Text:
    """Why there is no statement: the facts of these names are absent."""
    zh = "、".join(text.zh for text in missing)
    en = ", ".join(text.en for text in missing)
    return Text(f"缺少资料，无法计算：{zh}。", f"It cannot be computed without: {en}.")


def file_name(number: str, form: str) -> str:
    """The document's file name, without personal data."""
    return f"债权计算书-{number}.{form}"


def about(
    number: str, account_no: str | None, lender_name: str | None, personal: Mapping[str, Any]
) -> list[tuple[str, str]]:
    """What the head of the document says of its case; `personal` is in clear or masked, as the reader may see it."""
    lines = (
        ("案件号", number),
        ("借据号", account_no),
        ("出借人", lender_name),
        ("借款人", personal.get("borrower_name")),
        ("身份证号", personal.get("id_no")),
    )
    return [(name, str(value)) for name, value in lines if value]
