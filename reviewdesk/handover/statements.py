"""The claim statement of an entrusted case or suit, for counsel.

Masked on the page, in clear in the document once the firm accepted.
"""

from uuid import UUID

from reviewdesk.actor import Actor
from reviewdesk.db import Work, unit_of_work
from reviewdesk.errors import Conflict, Text
from reviewdesk.handover.queries import CaseForCounsel, case_for_counsel
from reviewdesk.intake.models import Case
from reviewdesk.masking import masked
from reviewdesk.review import suit_statements as suits
from reviewdesk.review.service import current_run
from reviewdesk.review.statements import Opened, file_name, make, opened, told
from reviewdesk.review.suit_statements import OpenedSuit
from reviewdesk.vault import vault


def open_statement(actor: Actor, entrustment_id: UUID) -> Opened:
    """The statement of a case that the actor's firm received.

    Raises:
        NotFound: the firm has no such entrustment, or it ended.
    """
    with unit_of_work(actor) as work:
        found = case_for_counsel(work, entrustment_id)
        return opened(work, found.case, found.run)


def download(actor: Actor, entrustment_id: UUID, form: str) -> tuple[bytes, str]:
    """The document and its name; an event of the platform. Before the firm accepted, personal data is masked.

    Raises:
        NotFound: as `open_statement`.
        Conflict: there is no statement.
    """
    with unit_of_work(actor) as work:
        found = case_for_counsel(work, entrustment_id)
        case = found.case
        personal = vault().unseal(case.sealed, case.org_id, case.case_id)
        shown = personal if found.entrustment.state == "accepted" else masked(personal)
        made = make(opened(work, case, found.run), shown, form)
        told(work, "handover:statement:download", case, form)
    return made, file_name(case.number, form)


def open_suit(actor: Actor, entrustment_id: UUID) -> OpenedSuit:
    """The statement of the suit that a case which the actor's firm received belongs to.

    Raises:
        NotFound: the firm has no such entrustment, or it ended.
        Conflict: the case goes to court for itself.
    """
    with unit_of_work(actor) as work:
        return _suit(work, case_for_counsel(work, entrustment_id))


def download_suit(actor: Actor, entrustment_id: UUID, form: str) -> tuple[bytes, str]:
    """The document of the suit and its name; an event of the platform. Masked before the firm accepted.

    Raises:
        NotFound: as `open_suit`.
        Conflict: as `open_suit`, or a case has no statement.
    """
    with unit_of_work(actor) as work:
        given = case_for_counsel(work, entrustment_id)
        found, case = _suit(work, given), given.case
        personal = vault().unseal(case.sealed, case.org_id, case.case_id)
        shown = personal if given.entrustment.state == "accepted" else masked(personal)
        made = suits.make(found, shown, form)
        suits.told(work, "handover:statement:download", found, form)
    return made, suits.file_name(found.joint, form)


def _suit(work: Work, found: CaseForCounsel) -> OpenedSuit:
    joint = found.joint
    if joint is None:
        raise Conflict("joint.none", Text("本案不在合并起诉中。", "The case is in no joint suit."))
    cases = [work.session.get_one(Case, (found.case.org_id, member.case_id)) for member in joint.members]
    return suits.suit_of(joint, [opened(work, case, current_run(work, case)) for case in cases])
