"""Evidence files and the cases that they belong to: what names say, the files' rows, and what is there already."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from reviewdesk.db import Work, new_id
from reviewdesk.intake import evidence_names as names
from reviewdesk.intake.models import Attachment, Case
from reviewdesk.intake.storage import Kept
from reviewdesk.journal.service import record
from reviewdesk.review.attached import feed
from reviewdesk.review.discretion import discreet
from reviewdesk.vault import vault

MOST_NAME: Final = 120
"""Characters of a file's name that are kept for people."""
NAME_CASE: Final = 0
"""A name is sealed for its organisation and no case, because it may belong to none yet."""
NAMED: Final = 50
"""Digests that one event names."""

Place = tuple[Case | None, str | None]
"""The case that a file belongs to, or else the reason why it has none."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in the store that is in no table yet. `readable` is False where its name's characters are not known."""

    parts: tuple[str, ...]
    media: str
    kept: Kept
    readable: bool = True


@dataclass(slots=True)
class Placed:
    """What became of stored files: those with a case, those without, and the number that were there already."""

    matched: list[Attachment] = field(default_factory=list)
    unmatched: list[Attachment] = field(default_factory=list)
    known: int = 0


def take_in(work: Work, batch_id: UUID, stored: Sequence[Stored], upload_id: UUID) -> Placed:
    """Give stored files their rows, each with the case that its names say, or with the reason why none."""
    places = [
        (case, names.UNREADABLE if reason == names.NO_ACCOUNT and not one.readable else reason)
        for one, (case, reason) in zip(stored, placed(work, batch_id, [one.parts for one in stored]), strict=True)
    ]
    return _give_rows(work, batch_id, stored, places, upload_id=upload_id)


def take_in_case(
    work: Work, case: Case, stored: Sequence[Stored], *, kind: str | None, upload_id: UUID | None = None
) -> Placed:
    """Give stored files of a locked case their rows, whatever their names say."""
    return _give_rows(work, case.batch_id, stored, [(case, None)] * len(stored), kind=kind, upload_id=upload_id)


def _give_rows(
    work: Work,
    batch_id: UUID,
    stored: Sequence[Stored],
    places: Sequence[Place],
    *,
    upload_id: UUID | None,
    kind: str | None = None,
) -> Placed:
    made = Placed()
    there = present(work, batch_id)
    anywhere = {sha256 for _, sha256 in there}
    for one, (case, reason) in zip(stored, places, strict=True):
        key = (case.case_id if case else None, one.kept.sha256)
        if key in there or (case is None and one.kept.sha256 in anywhere):
            made.known += 1
            continue
        there.add(key)
        anywhere.add(one.kept.sha256)
        row = _attachment(work, batch_id, one, case, reason, kind)
        row.upload_id = upload_id
        (made.matched if case else made.unmatched).append(row)
    work.session.flush()
    fed = {one.case_id for one in made.matched}
    feed(work, list({case.case_id: case for case, _ in places if case is not None and case.case_id in fed}.values()))
    return made


_KNOWN = """
SELECT account_no, case_id FROM cases
WHERE org_id = :org AND batch_id = :batch AND account_no = ANY(CAST(:names AS text[])) AND state <> 'reversed'
"""


def accounts_of(work: Work, batch_id: UUID, account_nos: Sequence[str]) -> dict[str, int]:
    """The case of each of these account numbers that the batch has."""
    rows = work.execute(_KNOWN, org=work.org_id, batch=batch_id, names=list(account_nos))
    return {row.account_no: row.case_id for row in rows}


_NUMBERED = """
SELECT case_id FROM cases
WHERE org_id = :org AND batch_id = :batch AND number = :number AND state <> 'reversed'
"""


def case_of_number(work: Work, batch_id: UUID, number: str) -> int | None:
    """The batch's case of an account number, or of a case number."""
    if found := accounts_of(work, batch_id, [number]):
        return found[number]
    case_id: int | None = work.execute(_NUMBERED, org=work.org_id, batch=batch_id, number=number.upper()).scalar()
    return case_id


def known_accounts(work: Work, batch_id: UUID, paths: Iterable[Sequence[str]]) -> dict[str, tuple[str, int]]:
    """Of all texts in the names that could be account numbers: the account and the case of those that are."""
    texts = {text for parts in paths for text in names.candidates(parts)}
    found = accounts_of(work, batch_id, list({spelling for text in texts for spelling in names.spellings(text)}))
    return {
        text: (spelling, found[spelling])
        for text in texts
        for spelling in reversed(names.spellings(text))  # the last one holds, and that is the text as it is
        if spelling in found
    }


def placed(work: Work, batch_id: UUID, paths: Sequence[Sequence[str]]) -> list[Place]:
    """For each path the batch's case that its names say, locked, or why they say none."""
    known = known_accounts(work, batch_id, paths)
    accounts = {text: account for text, (account, _) in known.items()}
    places = [names.place(parts, accounts) for parts in paths]
    ids = dict(known.values())
    cases = _lock_cases(work, {ids[place.account_no] for place in places if place.account_no})
    return [(cases.get(ids[place.account_no]) if place.account_no else None, place.reason) for place in places]


def _lock_cases(work: Work, case_ids: Iterable[int]) -> dict[int, Case]:
    query = select(Case).where(Case.org_id == work.org_id, Case.case_id.in_(sorted(case_ids))).order_by(Case.case_id)
    locked = query.with_for_update(of=Case).execution_options(populate_existing=True)
    return {case.case_id: case for case in work.session.scalars(locked)}


def present(work: Work, batch_id: UUID) -> set[tuple[int | None, str]]:
    """The case and digest of each file of a batch. Others who add files to it wait for the end of this transaction."""
    work.execute("SELECT pg_advisory_xact_lock(hashtextextended(:key, 1))", key=str(batch_id))
    rows = work.execute(
        "SELECT case_id, sha256 FROM attachments WHERE org_id = :org AND batch_id = :batch AND removed_at IS NULL",
        org=work.org_id,
        batch=batch_id,
    )
    return {(row.case_id, row.sha256) for row in rows}


def _attachment(
    work: Work, batch_id: UUID, one: Stored, case: Case | None, reason: str | None, kind: str | None
) -> Attachment:
    name, folder = shown(one.parts, case)
    made = Attachment(
        org_id=work.org_id,
        attachment_id=new_id(),
        batch_id=batch_id,
        case_id=case.case_id if case else None,
        name=name,
        folder=folder,
        sealed=seal_path(one.parts, work.org_id),
        kind=kind or names.kind_of(one.parts),
        reason=reason,
        media=one.media,
        size=one.kept.size,
        sha256=one.kept.sha256,
        path=one.kept.path,
        by_id=work.actor.person_id,
        by_name=work.actor.name,
    )
    work.session.add(made)
    return made


def shown(parts: Sequence[str], case: Case | None) -> tuple[str, str]:
    """The name and folder for people: what looks personal is masked, and the borrower's own data where known."""
    personal = vault().unseal(case.sealed, case.org_id, case.case_id) if case else None
    discrete = [discreet(part, personal)[-MOST_NAME:] for part in parts]
    return discrete[-1], "/".join(discrete[:-1])


def seal_path(parts: Sequence[str], org_id: UUID) -> bytes:
    """A file's path as it came, sealed."""
    return vault().seal({"parts": list(parts)}, org_id, NAME_CASE)


def path_of(one: Attachment) -> tuple[str, ...]:
    """A file's path as it came."""
    if one.sealed is None:
        return (*filter(None, one.folder.split("/")), one.name)
    return tuple(vault().unseal(one.sealed, one.org_id, NAME_CASE)["parts"])


def give(one: Attachment, case: Case) -> None:
    """Make a file without a case one of this case."""
    one.case_id, one.reason = case.case_id, None
    one.name, one.folder = shown(path_of(one), case)


def record_received(work: Work, batch_id: UUID, made: Placed, more: Mapping[str, Any]) -> None:
    """Tell the journal what became of files that were sent to a batch."""
    rows = [*made.matched, *made.unmatched]
    counts = {"matched": len(made.matched), "unmatched": len(made.unmatched), "known": made.known}
    record(
        work,
        "review:batch:attach",
        ("batch", batch_id),
        new=counts | dict(more) | {"sha256": [one.sha256 for one in rows[:NAMED]]},
        batch_id=batch_id,
        cases={one.case_id for one in made.matched if one.case_id is not None} or None,
    )


def record_file(
    work: Work,
    action: str,
    one: Attachment,
    *,
    old: Mapping[str, Any] | None = None,
    new: Mapping[str, Any] | None = None,
) -> None:
    """Tell the journal what became of one file."""
    record(work, action, ("file", one.attachment_id), old=old, new=new, case_id=one.case_id, batch_id=one.batch_id)
