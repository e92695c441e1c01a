"""The claim statement of an entrusted case, for counsel: masked on the page, in clear in the document once accepted."""

from uuid import UUID

from reviewdesk.actor import Actor
from reviewdesk.db import unit_of_work
from reviewdesk.handover.queries import case_for_counsel
from reviewdesk.masking import masked
from reviewdesk.review.statements import Opened, file_name, make, opened, told
from reviewdesk.vault import vault


def open_statement(actor: Actor, entrustment_id: UUID) -> Opened:
    """The statement of a case that the actor's firm received.

    Raises:
        NotFound: the firm has no such entrustment, or it ended.
    """
    with unit_of_work(actor) as work:
        found = case_for_counsel(work, entrustment_id)
        return opened(found.case, found.run)


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
        made = make(opened(case, found.run), shown, form)
        told(work, "handover:statement:download", case, form)
    return made, file_name(case.number, form)
