"""Changing the vault key: cases sealed under an older key are sealed anew under the current one."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import and_, func, select, text, update

from reviewdesk.actor import command
from reviewdesk.db import Work, unit_of_work
from reviewdesk.intake.models import Attachment, Case, CaseFile
from reviewdesk.journal import service as journal
from reviewdesk.vault import vault

AT_ONCE = 500  # cases in one transaction: a moment's lock on each

key_id = func.convert_from(text("substring(sealed FROM 3 FOR get_byte(sealed, 1))"), "UTF8")


def reseal(org_id: UUID) -> Iterator[int]:
    """Seal an organisation's cases anew, so many at a time; yields how many each transaction did.

    It may be stopped at any moment and run again, and leaves alone what is sealed under the current key.
    """
    while True:
        with unit_of_work(command(org_id)) as work:
            done = _some(work) or _some_names(work)
        if done == 0:
            return
        yield done


def _some(work: Work) -> int:
    current = vault().current
    old = work.session.execute(
        select(CaseFile.case_id, CaseFile.sealed)
        .join(Case, and_(Case.org_id == CaseFile.org_id, Case.case_id == CaseFile.case_id))
        .where(Case.org_id == work.org_id, key_id != current)
        .order_by(Case.case_id)
        .limit(AT_ONCE)
        .with_for_update(of=Case)
    ).all()
    for case_id, sealed in old:
        opened = vault().unseal(sealed, work.org_id, case_id)
        work.session.execute(
            update(CaseFile)
            .where(CaseFile.org_id == work.org_id, CaseFile.case_id == case_id)
            .values(sealed=vault().seal(opened, work.org_id, case_id))
            .execution_options(synchronize_session=False)
        )
    if old:
        cases = [row.case_id for row in old]
        journal.record(work, "vault:cases:reseal", ("key", current), new={"cases": len(cases)}, cases=cases)
    return len(old)


def _some_names(work: Work) -> int:
    """The same for the names of attached files, which belong to no case."""
    query = select(Attachment.attachment_id, Attachment.sealed).where(
        Attachment.org_id == work.org_id, Attachment.sealed.is_not(None), key_id != vault().current
    )
    old = work.session.execute(query.order_by(Attachment.attachment_id).limit(AT_ONCE).with_for_update()).all()
    for attachment_id, sealed in ((row.attachment_id, bytes(row.sealed or b"")) for row in old):
        opened = vault().unseal(sealed, work.org_id, 0)
        work.session.execute(
            update(Attachment)
            .where(Attachment.org_id == work.org_id, Attachment.attachment_id == attachment_id)
            .values(sealed=vault().seal(opened, work.org_id, 0))
            .execution_options(synchronize_session=False)
        )
    if old:
        journal.record(work, "vault:names:reseal", ("key", vault().current), new={"files": len(old)})
    return len(old)


def sealed_under(org_id: UUID) -> dict[str, int]:
    """How many of an organisation's cases are sealed under each key id."""
    with unit_of_work(command(org_id)) as work:
        held = select(key_id.label("key"), func.count().label("cases")).where(CaseFile.org_id == work.org_id)
        return {row.key: row.cases for row in work.session.execute(held.group_by(key_id))}
