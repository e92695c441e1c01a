"""Evidence files: taken in, matched to cases by their names, placed by hand where those do not say, and handed out.

What is attached to a case becomes part of its facts, and a case that is not decided yet is audited anew.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from reviewdesk.accounts.roles import Ability, may
from reviewdesk.actor import Actor
from reviewdesk.clock import now
from reviewdesk.db import Work, new_id, unit_of_work
from reviewdesk.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal, Text
from reviewdesk.evidence import KINDS
from reviewdesk.intake import evidence_names as names
from reviewdesk.intake.evidence_files import DAMAGE, Found, Refused, damaged, unpack
from reviewdesk.intake.models import Attachment, Case
from reviewdesk.intake.service import find_batch
from reviewdesk.intake.storage import Kept, keep, locate
from reviewdesk.journal.service import record
from reviewdesk.review.attached import feed
from reviewdesk.review.desk import visible_case
from reviewdesk.review.discretion import discreet
from reviewdesk.review.service import lock_case
from reviewdesk.vault import vault

MOST_NAME = 120
"""Characters of a file's name that are kept for people."""
_NAME_CASE = 0  # a name is sealed for its organisation and no case, because it may belong to none yet

Upload = tuple[str, IO[bytes]]
"""A file's name as the browser gave it, and its content."""


@dataclass(frozen=True, slots=True)
class _Stored:
    """A file that is in the store and in no table yet."""

    parts: tuple[str, ...]
    media: str
    kept: Kept


@dataclass(slots=True)
class Received:
    """What became of an upload: files with a case, files without, files that were there already, files refused."""

    matched: list[Attachment] = field(default_factory=list)
    unmatched: list[Attachment] = field(default_factory=list)
    known: int = 0
    refused: list[Refused] = field(default_factory=list)


def receive(actor: Actor, batch_id: UUID, uploads: Iterable[Upload]) -> Received:
    """Keep evidence files of a batch and match them to its cases by the account numbers in their names.

    Raises:
        NotFound: the organisation has no such batch.
        NotAllowed: the actor neither uploads nor reviews.
        Invalid: there is no file at all.
    """
    with unit_of_work(actor) as work:
        find_batch(work, batch_id, "review:batch:attach")
        _check_may_attach(actor, None, batch_id)
        org_id = work.org_id
    received = Received()
    stored = list(_store(uploads, org_id, received.refused))
    if not stored and not received.refused:
        raise Invalid("file.none", Text("请选择文件。", "Choose a file."), field="file")
    if stored:
        with unit_of_work(actor) as work:
            _take_in(work, batch_id, stored, received)
    return received


def _store(uploads: Iterable[Upload], org_id: UUID, refused: list[Refused]) -> Iterable[_Stored]:
    most: int = current_app.extensions["reviewdesk.settings"].max_upload_bytes
    for path, stream in uploads:
        for found in unpack(path, stream, most):
            if isinstance(found, Refused):
                refused.append(found)
            else:
                yield from _keep(found, org_id, refused)


def _keep(found: Found, org_id: UUID, refused: list[Refused]) -> Iterable[_Stored]:
    try:
        kept = keep(found.stream, org_id)
    except Invalid as error:  # too large or empty: the others of the upload are good all the same
        refused.append(Refused(found.path, error.code, error.text))
    except DAMAGE:
        refused.append(damaged(found.path))
    else:
        yield _Stored(names.parts_of(found.path) or (kept.sha256[:12],), found.media, kept)


def _take_in(work: Work, batch_id: UUID, stored: Sequence[_Stored], received: Received) -> None:
    placed = _placed(work, batch_id, [one.parts for one in stored])
    present = _present(work, batch_id)
    anywhere = {sha256 for _, sha256 in present}
    for one, (case, reason) in zip(stored, placed, strict=True):
        key = (case.case_id if case else None, one.kept.sha256)
        if key in present or (case is None and one.kept.sha256 in anywhere):
            received.known += 1
            continue
        present.add(key)
        anywhere.add(one.kept.sha256)
        made = _attachment(work, batch_id, one, case, reason)
        (received.matched if case else received.unmatched).append(made)
    work.session.flush()
    _record_received(work, batch_id, received)
    fed = {one.case_id for one in received.matched}
    feed(work, [case for case, _ in placed if case is not None and case.case_id in fed])


_KNOWN = """
SELECT account_no, case_id FROM cases
WHERE org_id = :org AND batch_id = :batch AND account_no = ANY(CAST(:names AS text[]))
"""


def _known_accounts(work: Work, batch_id: UUID, paths: Iterable[Sequence[str]]) -> dict[str, tuple[str, int]]:
    """Of all texts in the names that could be account numbers: the account and the case of those that are."""
    texts = {text for parts in paths for text in names.candidates(parts)}
    asked = {spelling for text in texts for spelling in names.spellings(text)}
    rows = work.execute(_KNOWN, org=work.org_id, batch=batch_id, names=list(asked))
    found = {row.account_no: (row.account_no, row.case_id) for row in rows}
    return {
        text: found[spelling]
        for text in texts
        for spelling in reversed(names.spellings(text))  # the last one holds, and that is the text as it is
        if spelling in found
    }


def _placed(work: Work, batch_id: UUID, paths: Sequence[Sequence[str]]) -> list[tuple[Case | None, str | None]]:
    """For each path the batch's case that its names say, locked, or why they say none."""
    known = _known_accounts(work, batch_id, paths)
    accounts = {text: account for text, (account, _) in known.items()}
    places = [names.place(parts, accounts) for parts in paths]
    ids = dict(known.values())
    cases = _lock_cases(work, {ids[place.account_no] for place in places if place.account_no})
    return [(cases.get(ids[place.account_no]) if place.account_no else None, place.reason) for place in places]


def _lock_cases(work: Work, case_ids: Iterable[int]) -> dict[int, Case]:
    query = select(Case).where(Case.org_id == work.org_id, Case.case_id.in_(sorted(case_ids))).order_by(Case.case_id)
    locked = query.with_for_update(of=Case).execution_options(populate_existing=True)
    return {case.case_id: case for case in work.session.scalars(locked)}


def _present(work: Work, batch_id: UUID) -> set[tuple[int | None, str]]:
    """The case and digest of each file of a batch. Others who add files to it wait for the end of this transaction."""
    work.execute("SELECT pg_advisory_xact_lock(hashtextextended(:key, 1))", key=str(batch_id))
    rows = work.execute(
        "SELECT case_id, sha256 FROM attachments WHERE org_id = :org AND batch_id = :batch AND removed_at IS NULL",
        org=work.org_id,
        batch=batch_id,
    )
    return {(row.case_id, row.sha256) for row in rows}


def _attachment(
    work: Work, batch_id: UUID, one: _Stored, case: Case | None, reason: str | None, kind: str | None = None
) -> Attachment:
    shown = _shown(one.parts, case)
    made = Attachment(
        org_id=work.org_id,
        attachment_id=new_id(),
        batch_id=batch_id,
        case_id=case.case_id if case else None,
        name=shown[-1],
        folder="/".join(shown[:-1]),
        sealed=vault().seal({"parts": list(one.parts)}, work.org_id, _NAME_CASE),
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


def _shown(parts: Sequence[str], case: Case | None) -> list[str]:
    """The name and folders for people: what looks personal is masked, and the borrower's own data where known."""
    personal = vault().unseal(case.sealed, case.org_id, case.case_id) if case else None
    return [discreet(part, personal)[-MOST_NAME:] for part in parts]


def _record_received(work: Work, batch_id: UUID, received: Received) -> None:
    made = [*received.matched, *received.unmatched]
    counts = {"matched": len(received.matched), "unmatched": len(received.unmatched), "known": received.known}
    record(
        work,
        "review:batch:attach",
        ("batch", batch_id),
        new=counts | {"refused": len(received.refused), "sha256": [one.sha256 for one in made[:50]]},
        batch_id=batch_id,
        cases={one.case_id for one in received.matched if one.case_id is not None} or None,
    )


def attach(actor: Actor, case_id: int, name: str, stream: IO[bytes], kind: str | None = None) -> list[Attachment]:
    """Keep a file, or the files of an archive, with a case whatever their names say.

    Raises:
        NotFound: the organisation has no such case.
        NotAllowed: the actor neither uploads nor reviews.
        Invalid: the file is of no type that is kept, empty, above the limit, has no name, or no such kind.
        Conflict: the case has this file already.
    """
    _check_kind(kind)
    if not names.parts_of(name):
        raise Invalid("file.none", Text("请选择文件。", "Choose a file."), field="file")
    with unit_of_work(actor) as work:
        batch_id = visible_case(work, case_id, "review:file:attach").batch_id
        _check_may_attach(actor, case_id, batch_id)
        org_id = work.org_id
    refused: list[Refused] = []
    stored = list(_store([(name, stream)], org_id, refused))
    if refused:
        raise Invalid(refused[0].code, refused[0].text, field="file")
    with unit_of_work(actor) as work:
        case = lock_case(work, case_id, "review:file:attach")
        present = _present(work, batch_id)
        fresh = [one for one in stored if (case_id, one.kept.sha256) not in present]
        if not fresh:
            raise Conflict("attachment.known", Text("本案已有这个文件。", "The case has this file already."))
        made = [_attachment(work, batch_id, one, case, None, kind) for one in fresh]
        work.session.flush()
        for one in made:
            _record(work, "review:file:attach", one, new={"sha256": one.sha256, "size": one.size, "kind": one.kind})
        feed(work, [case])
    return made


def assign(actor: Actor, attachment_id: UUID, account_no: str) -> Attachment:
    """Give a file without a case to the account that a person names.

    Raises:
        NotFound: the organisation has no such file.
        NotAllowed: the actor neither uploads nor reviews.
        Invalid: its batch has no such account.
        Conflict: the file has a case already, or the case has this file.
    """
    with unit_of_work(actor) as work:
        one = _lock(work, attachment_id, "assign")
        if one.case_id is not None:
            raise Conflict("attachment.placed", Text("这个文件已属于某一案件。", "The file belongs to a case already."))
        found = work.execute(_KNOWN, org=work.org_id, batch=one.batch_id, names=[account_no.strip()]).first()
        if found is None:
            raise Invalid(
                "attachment.account",
                Text("本批次没有这个借据号的案件。", "The batch has no case with this account number."),
                field="account_no",
            )
        case = lock_case(work, found.case_id, "review:file:assign")
        if (case.case_id, one.sha256) in _present(work, one.batch_id):
            raise Conflict("attachment.known", Text("本案已有这个文件。", "The case has this file already."))
        _give(one, case)
        work.session.flush()
        _record(work, "review:file:assign", one, new={"sha256": one.sha256, "kind": one.kind})
        feed(work, [case])
    return one


def _give(one: Attachment, case: Case) -> None:
    shown = _shown(_parts(one), case)
    one.case_id, one.reason, one.name, one.folder = case.case_id, None, shown[-1], "/".join(shown[:-1])


def _parts(one: Attachment) -> tuple[str, ...]:
    """A file's path as it came."""
    if one.sealed is None:
        return (*filter(None, one.folder.split("/")), one.name)
    return tuple(vault().unseal(one.sealed, one.org_id, _NAME_CASE)["parts"])


def match_again(actor: Actor, batch_id: UUID) -> int:
    """Match a batch's files that have no case once more, as after its rows were mended; returns how many found one.

    Raises:
        NotFound: the organisation has no such batch.
        NotAllowed: the actor neither uploads nor reviews.
    """
    with unit_of_work(actor) as work:
        find_batch(work, batch_id, "review:batch:attach")
        _check_may_attach(actor, None, batch_id)
        query = select(Attachment).where(
            Attachment.org_id == work.org_id,
            Attachment.batch_id == batch_id,
            Attachment.case_id.is_(None),
            Attachment.removed_at.is_(None),
        )
        waiting = list(work.session.scalars(query.order_by(Attachment.attachment_id).with_for_update()))
        placed = _placed(work, batch_id, [_parts(one) for one in waiting])
        present = _present(work, batch_id)
        matched = []
        for one, (case, reason) in zip(waiting, placed, strict=True):
            one.reason = reason or one.reason
            if case is not None and (case.case_id, one.sha256) not in present:
                present.add((case.case_id, one.sha256))
                _give(one, case)
                matched.append(case)
        work.session.flush()
        if matched:
            record(
                work,
                "review:batch:match",
                ("batch", batch_id),
                new={"matched": len(matched)},
                batch_id=batch_id,
                cases={case.case_id for case in matched},
            )
            feed(work, matched)
    return len(matched)


def set_kind(actor: Actor, attachment_id: UUID, kind: str | None) -> Attachment:
    """Say what kind of evidence a file is; None for none of the kinds.

    Raises:
        NotFound, NotAllowed: as for `assign`.
        Invalid: there is no such kind.
    """
    _check_kind(kind)
    with unit_of_work(actor) as work:
        one = _lock(work, attachment_id, "kind")
        if one.kind != kind:
            old, one.kind = one.kind, kind
            work.session.flush()
            _record(work, "review:file:kind", one, old={"kind": old}, new={"kind": kind})
            _feed_of(work, one, "kind")
    return one


def remove(actor: Actor, attachment_id: UUID) -> Attachment:
    """Take a file off its case and batch; the journal and the store keep it.

    Raises:
        NotFound, NotAllowed: as for `assign`.
    """
    with unit_of_work(actor) as work:
        one = _lock(work, attachment_id, "remove")
        one.removed_at, one.removed_by = now(), actor.name
        work.session.flush()
        _record(work, "review:file:remove", one, old={"sha256": one.sha256, "kind": one.kind})
        _feed_of(work, one, "remove")
    return one


def _feed_of(work: Work, one: Attachment, action: str) -> None:
    if one.case_id is not None:
        feed(work, [lock_case(work, one.case_id, f"review:file:{action}")])


def fetch(actor: Actor, case_id: int, attachment_id: UUID) -> tuple[Path, str]:
    """The path and name of a case's file, in clear; fetching it is an event.

    Raises:
        NotFound: the case has no such file, or the organisation no such case.
        NotAllowed: the actor's roles see no cases.
    """
    with unit_of_work(actor) as work:
        case = visible_case(work, case_id, "review:file:fetch")
        one = work.session.get(Attachment, (work.org_id, attachment_id))
        if one is None or one.case_id != case_id or one.removed_at is not None:
            raise _unknown(attachment_id, "fetch", case_id, str(case.batch_id))
        _record(work, "review:file:fetch", one, new={"sha256": one.sha256})
        return locate(one.path), full_name(one)


def full_name(one: Attachment) -> str:
    """A file's own name as it came, for its download."""
    return _parts(one)[-1]


def _lock(work: Work, attachment_id: UUID, action: str) -> Attachment:
    """A present file of the organisation, locked. Its case is locked afterwards; nobody goes the other way for one."""
    query = select(Attachment).where(Attachment.org_id == work.org_id, Attachment.attachment_id == attachment_id)
    one = work.session.scalar(query.with_for_update())
    if one is None or one.removed_at is not None:
        raise _unknown(attachment_id, action)
    _check_may_attach(work.actor, one.case_id, one.batch_id)
    return one


def _check_may_attach(actor: Actor, case_id: int | None, batch_id: UUID) -> None:
    if not (may(actor.roles, Ability.UPLOAD) or may(actor.roles, Ability.REVIEW)):
        subject = ("case", str(case_id)) if case_id else ("batch", str(batch_id))
        raise NotAllowed(
            "role_needed",
            Text("您的角色不能添加附件。", "Your role may not attach files."),
            refusal=Refusal("review:file:attach", subject, case_id, str(batch_id)),
        )


def _check_kind(kind: str | None) -> None:
    if kind is not None and kind not in KINDS:
        raise Invalid("attachment.kind", Text("没有这种证据类别。", "There is no such kind of evidence."), field="kind")


def _unknown(attachment_id: UUID, action: str, case_id: int | None = None, batch_id: str | None = None) -> NotFound:
    return NotFound(
        "file.unknown",
        Text("没有这一附件。", "There is no such file."),
        refusal=Refusal(f"review:file:{action}", ("file", str(attachment_id)), case_id, batch_id),
    )


def _record(
    work: Work,
    action: str,
    one: Attachment,
    *,
    old: Mapping[str, Any] | None = None,
    new: Mapping[str, Any] | None = None,
) -> None:
    record(work, action, ("file", one.attachment_id), old=old, new=new, case_id=one.case_id, batch_id=one.batch_id)
