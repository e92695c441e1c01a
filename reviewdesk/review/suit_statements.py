"""The claim statement of a suit for its page and as a document; every document that leaves is an event of each case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from reviewdesk.actor import Actor
from reviewdesk.audit.rules import rules_on
from reviewdesk.audit.statement import ClaimStatement
from reviewdesk.audit.suit import SuitLoan, SuitStatement, suit_statement
from reviewdesk.audit.versions.shelf import policy_of
from reviewdesk.db import Work, unit_of_work
from reviewdesk.errors import Conflict, Text
from reviewdesk.journal.service import record
from reviewdesk.masking import masked
from reviewdesk.money import Fen
from reviewdesk.review.desk import visible_case
from reviewdesk.review.service import current_run
from reviewdesk.review.statements import NOT_AUDITED, Opened, about, opened, why_none
from reviewdesk.review.suit_files import suit_document, suit_workbook
from reviewdesk.review.together import Joint, joint_by_id
from reviewdesk.vault import vault

FORMS = {"xlsx": suit_workbook, "pdf": suit_document}
"""The forms of the document."""


@dataclass(frozen=True, slots=True)
class OpenedSuit:
    """A suit with its loans, each as a case with its statement; `made` is None where one of them has none."""

    joint: Joint
    loans: tuple[Opened, ...]
    made: SuitStatement | None

    @property
    def lacking(self) -> list[Opened]:
        """The loans that have no statement."""
        return [loan for loan in self.loans if loan.made is None]


def open_suit(actor: Actor, joint_id: UUID) -> OpenedSuit:
    """The claim statement of a suit of the actor's organisation.

    Raises:
        NotFound: the organisation has no such joint handling that lasts.
        NotAllowed: the actor's roles see no cases.
        Conflict: the cases are handled together, but go to court each for itself.
    """
    with unit_of_work(actor) as work:
        return _open(work, joint_id, "review:statement:open")


def download(actor: Actor, joint_id: UUID, form: str) -> tuple[bytes, str]:
    """The document, personal data masked, and its name.

    Raises:
        NotFound, NotAllowed: as `open_suit`.
        Conflict: as `open_suit`, or a case has no statement.
    """
    with unit_of_work(actor) as work:
        found = _open(work, joint_id, "review:statement:download")
        case = found.loans[0].case
        personal = masked(vault().unseal(case.sealed, case.org_id, case.case_id))
        made = make(found, personal, form)
        told(work, "review:statement:download", found, form)
    return made, file_name(found.joint, form)


def _open(work: Work, joint_id: UUID, action: str) -> OpenedSuit:
    joint = joint_by_id(work, joint_id, action)
    cases = [visible_case(work, member.case_id, action) for member in joint.members]
    return suit_of(joint, [opened(work, case, current_run(work, case)) for case in cases])


def suit_of(joint: Joint, loans: Sequence[Opened]) -> OpenedSuit:
    """A suit with its statement, where each of its cases has one.

    Raises:
        Conflict: it is no suit.
    """
    if not joint.one_filing:
        raise Conflict(
            "joint.no_suit",
            Text("这些案件合并处理、分别起诉，没有合并的债权计算书。", "These cases go to court each for itself."),
        )
    given = [(SuitSource.of(loan), loan.made) for loan in loans if loan.made is not None]
    return OpenedSuit(joint, tuple(loans), stated(given) if len(given) == len(loans) else None)


@dataclass(frozen=True, slots=True)
class SuitSource:
    """What the statement of a suit takes from a case beside the case's own."""

    org_id: UUID
    number: str
    facts: Mapping[str, Any]

    @classmethod
    def of(cls, loan: Opened) -> SuitSource:
        """Of a case that was opened."""
        return cls(loan.case.org_id, loan.case.number, loan.case.facts)


def stated(loans: Sequence[tuple[SuitSource, ClaimStatement]]) -> SuitStatement:
    """The statement of a suit from those of its cases, whose own are computed."""
    latest = max((made for _source, made in loans), key=lambda made: made.as_of)
    rules = rules_on(policy_of(loans[0][0].org_id, latest.policy), latest.as_of)
    return suit_statement([_loan(source, made) for source, made in loans], rules)


def _loan(source: SuitSource, made: ClaimStatement) -> SuitLoan:
    day, principal = source.facts.get("contract_date"), source.facts.get("principal")
    return SuitLoan(
        source.number,
        source.facts.get("account_no") or "",
        date.fromisoformat(day) if day else None,
        None if principal is None else Fen(principal),
        made,
    )


def make(found: OpenedSuit, personal: Mapping[str, Any], form: str) -> bytes:
    """The document of a suit's statement; `personal` is of the borrower, in clear or masked.

    Raises:
        Conflict: a case has no statement, and why.
    """
    made, case = required(found), found.loans[0].case
    aside = [f"{loan.case.number} {line.zh}" for loan in found.loans for line in loan.aside]
    return FORMS[form](made, about_suit(made, case.lender_name, personal), aside)


def required(found: OpenedSuit) -> SuitStatement:
    """The statement itself.

    Raises:
        Conflict: a case has none, and why.
    """
    if found.made is None:
        raise Conflict(
            "statement.none",
            lacking(
                [(loan.case.number, why_none(loan.missing) if loan.run else NOT_AUDITED) for loan in found.lacking]
            ),
            cases=[loan.case.number for loan in found.lacking],
        )
    return found.made


def lacking(cases: Sequence[tuple[str, Text]]) -> Text:
    """Why there is no statement of a suit: which of its cases have none, and why."""
    return Text(
        "".join(f"{number}：{why.zh}" for number, why in cases),
        " ".join(f"{number}: {why.en}" for number, why in cases),
    )


def about_suit(made: SuitStatement, lender_name: str | None, personal: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the head of the document says of its suit."""
    numbers = "、".join(loan.number for loan in made.loans)
    return about(numbers, "、".join(loan.account_no for loan in made.loans), lender_name, personal)


def name_of(numbers: Sequence[str]) -> str:
    """What a suit is called in the names of files: its first case and how many there are."""
    return f"{min(numbers)}等{len(numbers)}件"


def file_name(joint: Joint, form: str) -> str:
    """The document's file name, without personal data."""
    return f"债权计算书-合并起诉-{name_of([member.number for member in joint.members])}.{form}"


def told(work: Work, action: str, found: OpenedSuit, form: str) -> None:
    """Record that a document left, for each case in the journal of its own organisation."""
    for loan in found.loans:
        case = loan.case
        record(
            work,
            action,
            ("joint", found.joint.joint_id),
            new={"format": form, "joint": str(found.joint.joint_id)},
            case_id=case.case_id,
            batch_id=case.batch_id,
            org_id=case.org_id,
        )
