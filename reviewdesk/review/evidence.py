"""Evidence files by hand: attached to a case, given to one, told of their kind, taken off, and handed out.

What is attached to a case becomes part of its facts, and a case that is not decided yet is audited anew.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import IO
from uuid import UUID

from sqlalchemy import select

from reviewdesk.actor import Actor
from reviewdesk.clock import now
from reviewdesk.db import Work, unit_of_work
from reviewdesk.errors import Conflict, Invalid, NotFound, Refusal, Text
from reviewdesk.intake import evidence_names as names
from reviewdesk.intake.batches import find_batch
from reviewdesk.intake.evidence_files import ZIP, media_of
from reviewdesk.intake.models import Attachment
from reviewdesk.intake.storage import locate
from reviewdesk.journal.service import record
from reviewdesk.review.attached import feed
from reviewdesk.review.desk import visible_case
from reviewdesk.review.placing import case_of_number, give, path_of, placed, present, record_file, take_in_case
from reviewdesk.review.service import lock_case
from reviewdesk.review.unpacking import attached_words
from reviewdesk.review.uploads import check_kind, check_may_attach, store


def is_archive(stream: IO[bytes]) -> bool:
    """Whether a file is a zip, whose files `uploads.receive_for_case` takes in."""
    return media_of(stream) == ZIP


def attach(actor: Actor, case_id: int, name: str, stream: IO[bytes], kind: str | None = None) -> Attachment:
    """Keep a file with a case whatever its name says. An archive is not for here, but for `uploads.receive_for_case`.

    Raises:
        NotFound: the organisation has no such case.
        NotAllowed: the actor neither uploads nor reviews.
        Invalid: the file is of no type that is kept, empty, above the limit, has no name, or no such kind.
        Conflict: the case has this file already.
    """
    check_kind(kind)
    if not names.parts_of(name):
        raise Invalid("file.none", Text("请选择文件。", "Choose a file."), field="file")
    with unit_of_work(actor) as work:
        check_may_attach(actor, case_id, visible_case(work, case_id, "review:file:attach").batch_id)
        sent = store(work, [(name, stream)])
        if sent.refused:
            raise Invalid(sent.refused[0].code, sent.refused[0].text, field="file")
        case = lock_case(work, case_id, "review:file:attach")
        made = take_in_case(work, case, sent.stored, kind=kind).matched
        if not made:
            raise Conflict("attachment.known", Text("本案已有这个文件。", "The case has this file already."))
        record_file(work, "review:file:attach", made[0], new=attached_words(made[0]))
    return made[0]


def assign(actor: Actor, attachment_id: UUID, account_no: str) -> Attachment:
    """Give a file without a case to the account that a person names, by its number or its case's.

    Raises:
        NotFound: the organisation has no such file.
        NotAllowed: the actor neither uploads nor reviews.
        Invalid: its batch has no such account.
        Conflict: the file has a case already, or the case has this file.
    """
    with unit_of_work(actor) as work:
        one = _lock(work, attachment_id, "assign")
        _assign(work, one, account_no)
    return one


def assign_many(actor: Actor, batch_id: UUID, attachment_ids: Sequence[UUID], account_no: str) -> list[Attachment]:
    """Give several files of a batch to one account, all or none; errors as for `assign`."""
    with unit_of_work(actor) as work:
        files = _lock_several(work, batch_id, attachment_ids, "assign")
        for one in files:
            _assign(work, one, account_no)
    return files


def _assign(work: Work, one: Attachment, account_no: str) -> None:
    if one.case_id is not None:
        raise Conflict("attachment.placed", Text("这个文件已属于某一案件。", "The file belongs to a case already."))
    found = case_of_number(work, one.batch_id, account_no.strip())
    if found is None:
        raise Invalid(
            "attachment.account",
            Text("本批次没有这个借据号或案件编号。", "The batch has no account or case of this number."),
            field="account_no",
        )
    case = lock_case(work, found, "review:file:assign")
    if (case.case_id, one.sha256) in present(work, one.batch_id):
        raise Conflict("attachment.known", Text("本案已有这个文件。", "The case has this file already."))
    give(one, case)
    work.session.flush()
    record_file(work, "review:file:assign", one, new={"sha256": one.sha256, "kind": one.kind})
    feed(work, [case])


def match_again(actor: Actor, batch_id: UUID) -> int:
    """Match a batch's files that have no case once more; returns how many found one.

    Raises:
        NotFound: the organisation has no such batch.
        NotAllowed: the actor neither uploads nor reviews.
    """
    with unit_of_work(actor) as work:
        find_batch(work, batch_id, "review:batch:attach")
        check_may_attach(actor, None, batch_id)
        return match_waiting(work, batch_id)


def match_waiting(work: Work, batch_id: UUID) -> int:
    """Match a batch's files that have no case once more, as after rows were loaded; returns how many found one."""
    query = select(Attachment).where(
        Attachment.org_id == work.org_id,
        Attachment.batch_id == batch_id,
        Attachment.case_id.is_(None),
        Attachment.removed_at.is_(None),
    )
    waiting = list(work.session.scalars(query.order_by(Attachment.attachment_id).with_for_update()))
    if not waiting:
        return 0
    places = placed(work, batch_id, [path_of(one) for one in waiting])
    there = present(work, batch_id)
    matched = []
    for one, (case, reason) in zip(waiting, places, strict=True):
        if one.reason != names.UNREADABLE or reason == names.SEVERAL:
            one.reason = reason or one.reason
        if case is not None and (case.case_id, one.sha256) not in there:
            there.add((case.case_id, one.sha256))
            give(one, case)
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
    check_kind(kind)
    with unit_of_work(actor) as work:
        one = _lock(work, attachment_id, "kind")
        if one.kind != kind:
            old, one.kind = one.kind, kind
            work.session.flush()
            record_file(work, "review:file:kind", one, old={"kind": old}, new={"kind": kind})
            _feed_of(work, one, "kind")
    return one


def remove_many(actor: Actor, batch_id: UUID, attachment_ids: Sequence[UUID]) -> int:
    """Take several files of a batch off; returns how many. Errors as for `assign`."""
    with unit_of_work(actor) as work:
        files = _lock_several(work, batch_id, attachment_ids, "remove")
        for one in files:
            _remove(work, one)
    return len(files)


def remove(actor: Actor, attachment_id: UUID) -> Attachment:
    """Take a file off its case and batch; the journal and the store keep it.

    Raises:
        NotFound, NotAllowed: as for `assign`.
    """
    with unit_of_work(actor) as work:
        one = _lock(work, attachment_id, "remove")
        _remove(work, one)
    return one


def _remove(work: Work, one: Attachment) -> None:
    one.removed_at, one.removed_by = now(), work.actor.name
    work.session.flush()
    record_file(work, "review:file:remove", one, old={"sha256": one.sha256, "kind": one.kind})
    _feed_of(work, one, "remove")


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
        record_file(work, "review:file:fetch", one, new={"sha256": one.sha256})
        return locate(one.path), full_name(one)


def full_name(one: Attachment) -> str:
    """A file's own name as it came, for its download."""
    return path_of(one)[-1]


def _lock(work: Work, attachment_id: UUID, action: str) -> Attachment:
    """A present file of the organisation, locked. Its case is locked afterwards; nobody goes the other way for one."""
    query = select(Attachment).where(Attachment.org_id == work.org_id, Attachment.attachment_id == attachment_id)
    one = work.session.scalar(query.with_for_update())
    if one is None or one.removed_at is not None:
        raise _unknown(attachment_id, action)
    check_may_attach(work.actor, one.case_id, one.batch_id)
    return one


def _lock_several(work: Work, batch_id: UUID, attachment_ids: Sequence[UUID], action: str) -> list[Attachment]:
    """Present files of a batch, locked.

    Raises:
        NotFound: the organisation has no such batch, or it has no such file.
        NotAllowed: the actor neither uploads nor reviews.
        Invalid: there is none.
    """
    find_batch(work, batch_id, f"review:file:{action}")
    if not attachment_ids:
        raise Invalid("file.none", Text("请先勾选文件。", "Tick the files first."), field="file")
    files = [_lock(work, one, action) for one in sorted(set(attachment_ids))]
    for one in files:
        if one.batch_id != batch_id:
            raise _unknown(one.attachment_id, action)
    return files


def _unknown(attachment_id: UUID, action: str, case_id: int | None = None, batch_id: str | None = None) -> NotFound:
    return NotFound(
        "file.unknown",
        Text("没有这一附件。", "There is no such file."),
        refusal=Refusal(f"review:file:{action}", ("file", str(attachment_id)), case_id, batch_id),
    )
