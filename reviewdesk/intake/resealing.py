"""Changing the vault key: what is sealed under an older key is sealed anew under the current one.

And the blind index of addresses, for cases that were loaded before there was one.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select, text, tuple_, update

from reviewdesk.actor import command
from reviewdesk.addresses import address_key
from reviewdesk.db import Work, unit_of_work
from reviewdesk.intake.models import Attachment, CaseFile, EvidenceUpload, SheetRow, SideRow, SupersededFacts
from reviewdesk.journal import service as journal
from reviewdesk.vault import vault

AT_ONCE = 500  # envelopes in one transaction: a moment's lock on each

key_id = func.convert_from(text("substring(sealed FROM 3 FOR get_byte(sealed, 1))"), "UTF8")


@dataclass(frozen=True, slots=True)
class _Store:
    """A table with envelopes: the columns of its key, its word in the journal, and whether a case is bound in."""

    model: Any
    key: tuple[Any, ...]
    name: str
    of_case: bool = False


_STORES = (
    _Store(CaseFile, (CaseFile.case_id,), "cases", of_case=True),
    _Store(SupersededFacts, (SupersededFacts.case_id, SupersededFacts.facts_version), "superseded", of_case=True),
    _Store(Attachment, (Attachment.attachment_id,), "names"),
    _Store(EvidenceUpload, (EvidenceUpload.upload_id,), "uploads"),
    _Store(SheetRow, (SheetRow.batch_id, SheetRow.row), "rows"),
    _Store(SideRow, (SideRow.batch_id, SideRow.sheet, SideRow.row), "side_rows"),
)


def reseal(org_id: UUID) -> Iterator[int]:
    """Seal an organisation's envelopes anew, so many at a time; yields how many each transaction did.

    It may be stopped at any moment and run again, and leaves alone what is sealed under the current key.
    """
    for store in _STORES:
        while True:
            with unit_of_work(command(org_id)) as work:
                done = _some(work, store)
            if done == 0:
                break
            yield done


def _some(work: Work, store: _Store) -> int:
    model, current = store.model, vault().current
    old = work.session.execute(
        select(*store.key, model.sealed)
        .where(model.org_id == work.org_id, model.sealed.is_not(None), key_id != current)
        .order_by(*store.key)
        .limit(AT_ONCE)
        .with_for_update()
    ).all()
    for *key, sealed in old:
        bound = key[0] if store.of_case else 0
        opened = vault().unseal(bytes(sealed), work.org_id, bound)
        work.session.execute(
            update(model)
            .where(model.org_id == work.org_id, tuple_(*store.key) == tuple(key))
            .values(sealed=vault().seal(opened, work.org_id, bound))
            .execution_options(synchronize_session=False)
        )
    if old:
        _record(work, store, old)
    return len(old)


def _record(work: Work, store: _Store, old: Sequence[Any]) -> None:
    journal.record(
        work,
        f"vault:{store.name}:reseal",
        ("key", vault().current),
        new={store.name: len(old)},
        cases=[row.case_id for row in old] if store.of_case else None,
    )


def index_addresses(org_id: UUID) -> Iterator[int]:
    """Make the blind index of an organisation's cases that have none; yields how many each transaction looked at.

    It may be stopped at any moment and run again. A case without an address that can be compared stays without.
    """
    after = -1
    while True:
        with unit_of_work(command(org_id)) as work:
            found = _without_index(work, after)
        if not found:
            return
        after = found[-1]
        yield len(found)


def _without_index(work: Work, after: int) -> list[int]:
    files = work.session.execute(
        select(CaseFile.case_id, CaseFile.sealed)
        .where(CaseFile.org_id == work.org_id, CaseFile.case_id > after, CaseFile.address_index.is_(None))
        .order_by(CaseFile.case_id)
        .limit(AT_ONCE)
        .with_for_update()
    ).all()
    opened = vault()
    digests: dict[int, bytes] = {}
    for case_id, sealed in files:
        address = address_key(opened.unseal(bytes(sealed), work.org_id, case_id))
        if address is not None:
            digests[case_id] = opened.blind("address", address, work.org_id)
    if digests:
        work.session.connection().execute(
            update(CaseFile)
            .where(CaseFile.org_id == work.org_id, CaseFile.case_id == bindparam("case"))
            .values(address_index=bindparam("digest")),
            [{"case": case_id, "digest": digest} for case_id, digest in digests.items()],
        )
        journal.record(
            work, "vault:addresses:index", ("key", "blind"), new={"cases": len(digests)}, cases=list(digests)
        )
    return [case_id for case_id, _sealed in files]


def sealed_under(org_id: UUID) -> dict[str, int]:
    """How many of an organisation's envelopes are sealed under each key id."""
    held: Counter[str] = Counter()
    with unit_of_work(command(org_id)) as work:
        for store in _STORES:
            model = store.model
            counted = select(key_id, func.count()).where(model.org_id == work.org_id, model.sealed.is_not(None))
            for key, count in work.session.execute(counted.group_by(key_id)):
                held[key] += count
    return dict(held)
