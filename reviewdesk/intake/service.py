"""Uploading a workbook, saying what its columns are, and asking that it be loaded."""

import tempfile
from collections.abc import Callable, Sequence
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any
from uuid import UUID

import orjson
from sqlalchemy import select

from reviewdesk import outbox
from reviewdesk.actor import Actor
from reviewdesk.db import Work, new_id, unit_of_work
from reviewdesk.errors import Invalid, NotAllowed, NotFound, Refusal, Stale, Text
from reviewdesk.intake import known, loading, side_checking, storage
from reviewdesk.intake.bundle import Looks, look_into, refuse_sheet
from reviewdesk.intake.checking import check_complete, check_file
from reviewdesk.intake.declaring import Declared
from reviewdesk.intake.endings import stop
from reviewdesk.intake.headers import Suggestion
from reviewdesk.intake.hidden import BY_DEFAULT, Hidden, read_hidden
from reviewdesk.intake.known import OnKnown, Renew
from reviewdesk.intake.looking import (
    Look,
    adopted,
    glance_at,
    is_in_doubt,
    look_at,
    open_questions,
    proposed_mapping,
    suggestions_of,
    sure_mapping,
    take_look,
)
from reviewdesk.intake.mapping import Mapping
from reviewdesk.intake.models import Batch, StoredFile
from reviewdesk.intake.numbering import number_of
from reviewdesk.intake.opening import table_of
from reviewdesk.intake.parts import Part, keep_parts, parts_of, waiting_part
from reviewdesk.intake.reading import begins_soon
from reviewdesk.intake.reading.archives import contents_of, is_archive
from reviewdesk.intake.same_file import refuse_same_file
from reviewdesk.intake.saved_mappings import remembered_rules, save, saved_for
from reviewdesk.intake.side_checking import SideCheck
from reviewdesk.intake.spare import drop_if_free, storing
from reviewdesk.intake.stating import stated
from reviewdesk.intake.table import Table, open_table
from reviewdesk.intake.telling import told_columns, told_of, told_of_batch
from reviewdesk.intake.unlocking import NONE, Passwords, unlock_file
from reviewdesk.journal.service import record
from reviewdesk.vault import SealBroken, vault

LOOK_JOB = "intake.look"
AT_ONCE_BYTES = 4 * 1024 * 1024
BEGUN_AT_ONCE_BYTES = 12 * 1024 * 1024
"""A larger file is looked at by a worker, so that the upload page answers soon; of an .xlsx workbook only the first
rows are read for it."""

_LOOK_CASE = 0  # a look is sealed for its organisation and no case


@dataclass(frozen=True, slots=True)
class Wish:
    """How an import should go on. `mapping` is what a person or client states of the columns, in any accepted form.

    `constants` are values for all rows, by field; `auto` confirms a suggestion in which nothing is in doubt; `again`
    imports a file once more whose earlier import was stopped or failed; `ask` has a person confirm in any case;
    `on_known` says what becomes of accounts that the organisation has already, `hidden` of hidden rows, columns and
    sheets.
    """

    declared: Declared = field(default_factory=Declared)
    mapping: Any = None
    constants: MappingType[str, str] = field(default_factory=dict)
    sheet: str | None = None
    auto: bool = False
    again: bool = False
    ask: bool = False
    on_known: OnKnown = "reject"
    hidden: Hidden = BY_DEFAULT

    def to_json(self) -> dict[str, Any]:
        """What the batch keeps until its file was looked at."""
        kept = {"mapping": self.mapping, "constants": dict(self.constants), "auto": self.auto, "ask": self.ask}
        return {"wish": kept}

    @classmethod
    def of(cls, batch: Batch) -> "Wish":
        """The wish that a batch keeps."""
        kept = (batch.mapping or {}).get("wish", {})
        declared = Declared.from_json(batch.declared)
        return cls(declared=declared, sheet=batch.sheet, hidden=read_hidden(batch.hidden), **kept)


def receive_upload(
    actor: Actor, stream: IO[bytes], name: str, wish: Wish | None = None, passwords: Passwords = NONE
) -> Batch:
    """Keep an uploaded workbook unchanged, look at its header, and make a batch of it.

    The batch is `loading` at once when its columns are stated, known from an earlier import, or beyond doubt with
    `wish.auto`; `uploaded` while a worker looks at a large file; else `mapping`, and waits for a person.

    A workbook with a password is kept as it came, and beside it as it is without; so is an archive of such workbooks.
    The passwords are kept nowhere.

    Raises:
        Invalid: the file is too large, empty or unreadable, has no header, or the stated mapping is wrong;
            `archive.locked` where workbooks of an archive need a password.
        Conflict: `batch.same_file`, when the organisation has this file; `details` name the batch, when and by whom.
        NotAllowed: the actor is no uploader.
    """
    _check_uploader(actor)
    wish = wish or Wish()
    if passwords:  # only its bearer can read the file anew: that is the wish to import it again
        wish = replace(wish, again=True)
    stored: list[str] = []
    try:
        with storing(actor):
            file = _keep_workbook(actor, stream, name, stored)
            with unit_of_work(actor) as work:
                refuse_same_file(work, file.sha256, again=wish.again)
            file.unlocked_path = _unlocked(file, passwords, stored)
            return _make_batch(actor, file, wish, fresh=True)
    except Invalid:  # it became no batch, and may hold personal data
        with unit_of_work(actor) as work:
            drop_if_free(work, work.org_id, stored)
        raise


def _keep_workbook(actor: Actor, stream: IO[bytes], name: str, stored: list[str]) -> StoredFile:
    """Keep a file as it came; where it is kept is added to `stored`."""
    org_id = _org_of(actor)
    kept = storage.keep(stream, org_id)
    stored.append(kept.path)
    return StoredFile(
        org_id=org_id,
        file_id=new_id(),
        kind="workbook",
        name=_plain_name(name),
        size=kept.size,
        sha256=kept.sha256,
        path=kept.path,
        by_id=actor.person_id,
        by_name=actor.name,
    )


def _unlocked(file: StoredFile, passwords: Passwords, stored: list[str]) -> str | None:
    """Keep a file that has a password once more without it, and say where, in `stored` too; None where it has none."""
    with tempfile.TemporaryFile() as out:
        if not unlock_file(storage.locate(file.path), passwords, out):
            return None
        out.seek(0)
        stored.append(path := storage.keep(out, file.org_id).path)
    return path


def upload_from_path(actor: Actor, path: Path, wish: Wish | None = None, passwords: Passwords = NONE) -> Batch:
    """Upload a file of this machine, as the command line does; errors as for `receive_upload`."""
    if not path.is_file():
        raise Invalid("file.absent", Text(f"找不到文件 {path.name}。", f"There is no file {path.name}."))
    with path.open("rb") as stream:
        return receive_upload(actor, stream, path.name, wish, passwords)


def import_again(actor: Actor, batch_id: UUID) -> Batch:
    """Make a new batch of the file of one that came to nothing or was taken back, for a person to confirm.

    Raises:
        Conflict: the earlier import stands, or is under way.
        NotFound, NotAllowed, Invalid: as for `receive_upload`.
    """
    _check_uploader(actor)
    with unit_of_work(actor) as work:
        batch = find_batch(work, batch_id)
        file = work.session.get_one(StoredFile, (batch.org_id, batch.file_id))
        refuse_same_file(work, file.sha256, again=True)
    constants = (batch.mapping or {}).get("constants", {})
    wish = Wish(
        Declared.from_json(batch.declared),
        sheet=None if batch.parts else batch.sheet,
        constants=constants,
        again=True,
        ask=True,
        on_known=known.read_on_known(batch.on_known),
        hidden=read_hidden(batch.hidden),
    )
    return _make_batch(actor, file, wish, fresh=False)


def _make_batch(actor: Actor, file: StoredFile, wish: Wish, *, fresh: bool) -> Batch:
    path = storage.locate(file.readable_path)
    archive = is_archive(path)
    if archive:
        refuse_sheet(wish.sheet)
    at_once = contents_of(path).size <= AT_ONCE_BYTES if archive else _is_soon_seen(file)
    sight = (look_into(path) if archive else _named(take_look(path, wish.sheet), file)) if at_once else None
    with unit_of_work(actor) as work:
        work.execute("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))", key=f"{file.org_id}{file.sha256}")
        refuse_same_file(work, file.sha256, again=wish.again)
        if fresh:
            work.session.add(file)
            work.session.flush()
        batch = Batch(
            org_id=file.org_id,
            batch_id=new_id(),
            name=file.name,
            file_id=file.file_id,
            state="uploaded",
            version=1,
            sheet=wish.sheet,
            mapping=wish.to_json(),
            declared=wish.declared.to_json(),
            on_known=wish.on_known,
            hidden=wish.hidden.to_json(),
            notices=[],
            counts={},
            totals={},
            by_id=actor.person_id,
            by_name=actor.name,
        )
        work.session.add(batch)
        work.session.flush()
        _record_upload(work, batch, file, wish)
        match sight:
            case None:
                outbox.add(work, LOOK_JOB, {"batch_id": str(batch.batch_id)}, key=str(batch.batch_id))
            case Looks():
                _take_in_files(work, batch, sight, wish)
            case Look():
                _take_in(work, batch, sight, wish)
    return batch


def _is_soon_seen(file: StoredFile) -> bool:
    if file.size <= AT_ONCE_BYTES:
        return True
    return file.size <= BEGUN_AT_ONCE_BYTES and begins_soon(storage.locate(file.readable_path))


def _record_upload(work: Work, batch: Batch, file: StoredFile, wish: Wish) -> None:
    record(
        work,
        "intake:batch:upload",
        ("batch", batch.batch_id),
        new={
            "state": "uploaded",
            "file": file.name,
            "sha256": file.sha256,
            "size": file.size,
            "declared": batch.declared,
            "again": wish.again,
            "decrypted": file.unlocked_path is not None,
            "on_known": batch.on_known,
        },
        batch_id=batch.batch_id,
    )


# --- looking ---------------------------------------------------------------------------------------------------------


def run_look(work: Work, args: dict[str, Any], report: Callable[..., None], *, renew: Renew) -> None:
    """The job `intake.look`: look at a large file, and load it at once where its columns are settled.

    A file that cannot be read stops its batch. `renew` is as for the load.
    """
    batch = _lock(work, UUID(args["batch_id"]))
    if batch.state != "uploaded":
        return
    report(phase="look")
    file = work.session.get_one(StoredFile, (batch.org_id, batch.file_id))
    wish = Wish.of(batch)
    path, table = storage.locate(file.readable_path), None
    try:
        if is_archive(path):
            _take_in_files(work, batch, look_into(path), wish)
        else:
            table = open_table(path, wish.sheet)
            _take_in(work, batch, _first_look(work, table, file, wish), wish, here=True)
    except Invalid as error:
        stop(work, batch, {"code": error.code, "message": error.text.as_json()})
        return
    if table is not None and batch.state == "loading":
        loading.load_table(work, batch, table, report, renew)
        if table.sheet.is_long and batch.state not in ("stopped", "cancelled"):
            look = _named(look_at(table), file)
            _keep_look(batch, look)
            batch.notices = [notice.as_json() for notice in look.notices]


def _first_look(work: Work, table: Table, file: StoredFile, wish: Wish) -> Look:
    """What is seen of a table; of a long one a glance where nobody must look at it before it is loaded."""
    if table.sheet.is_long and wish.hidden == BY_DEFAULT:
        glance = _named(glance_at(table), file)
        if _settle(work, glance, wish)[1] is not None:
            return glance
    return _named(look_at(table), file)


def _take_in(work: Work, batch: Batch, look: Look, wish: Wish, *, here: bool = False) -> None:
    """Keep what was seen, and go on to loading where the columns are settled: by a job, or `here` by the caller."""
    mapping, settled = _settle(work, look, wish)
    if settled:
        check_complete(look.taken(mapping, wish.hidden))
    _keep_look(batch, look)
    batch.sheet = look.sheet
    batch.header_row = look.header_row
    batch.headers = list(look.names)
    batch.notices = [notice.as_json() for notice in look.notices]
    batch.counts = {"rows": look.rows, "columns": sum(1 for name in look.names if name)}
    if settled:
        _start(work, batch, look, mapping, by=settled, here=here)
    else:
        batch.state = "mapping"
        batch.mapping = mapping.to_json()


def _take_in_files(work: Work, batch: Batch, looks: Looks, wish: Wish) -> None:
    """Keep what was seen of an archive's files, and settle what can be."""
    for number, (_name, look) in enumerate(looks.files):
        if look is not None:
            _keep_look(batch, look, number)
    keep_parts(batch, [Part.seen(name, look) for name, look in looks.files])
    batch.notices = [notice.as_json() for notice in looks.notices]
    _settle_files(work, batch, wish)


def _settle_files(work: Work, batch: Batch, wish: Wish) -> None:
    """Settle the columns of the files that can be; load them all, or wait for a person at the first in doubt."""
    parts = parts_of(batch)
    doubts: list[tuple[Look, Mapping]] = []
    for number, part in enumerate(parts):
        if part.waits:
            look = look_of(work, batch, number)
            mapping, settled = _settle(work, look, wish, one_of_several=True)
            if settled is None:
                doubts.append((look, mapping))
            else:
                parts[number] = part.settled(mapping, save(work, mapping), settled)
    keep_parts(batch, parts)
    if doubts:
        _wait_at(batch, *doubts[0])
    else:
        _start_files(work, batch, parts)


def _wait_at(batch: Batch, look: Look, mapping: Mapping) -> None:
    """Have a person say what the columns of a file are."""
    batch.state = "mapping"
    batch.sheet, batch.header_row, batch.headers = look.sheet, look.header_row, list(look.names)
    batch.mapping = mapping.to_json()
    batch.counts = {"rows": look.rows, "columns": sum(1 for name in look.names if name)}


def _start_files(work: Work, batch: Batch, parts: list[Part]) -> None:
    """Have all files loaded as they were settled."""
    hidden = read_hidden(batch.hidden)
    for number, part in enumerate(parts):
        if part.mapping is not None:
            mapping = replace(Mapping.from_json(part.mapping), since_1904=part.since_1904)
            taken = mapping.without(part.hidden_columns) if hidden.columns == "leave" else mapping
            check_file(part.name, taken)
            parts[number] = replace(part, mapping=taken.to_json())
    keep_parts(batch, parts)
    told = [part for part in parts if part.mapping_id]
    old, batch.state = batch.state, "loading"
    batch.sheet, batch.header_row, batch.mapping = None, None, None
    batch.headers = max((list(part.headers) for part in told), key=len)
    batch.mapping_id = UUID(told[0].mapping_id)
    batch.counts = {"rows": sum(part.rows for part in told), "files": len(told)}
    batch.version += 1
    key = f"{batch.batch_id}:{batch.version}"
    batch.load_job = outbox.add(work, loading.JOB, {"batch_id": str(batch.batch_id)}, key=key)
    record(
        work,
        "intake:batch:map",
        ("batch", batch.batch_id),
        old={"state": old},
        new={"state": "loading", "archive": {part.name: told_of(part) for part in told}, **told_of_batch(batch)},
        batch_id=batch.batch_id,
    )


def _settle(work: Work, look: Look, wish: Wish, *, one_of_several: bool = False) -> tuple[Mapping, str | None]:
    """The mapping, and by what it is settled: None when it is a proposal that a person must confirm."""
    remembered = remembered_rules(work)
    suggestions = suggestions_of(look, remembered)
    suggested = sure_mapping(look, suggestions, remembered, wish.constants)
    if wish.mapping is not None:
        return stated(replace(suggested, key=()), wish.mapping, where_it_fits=one_of_several), "statement"
    saved = saved_for(work, look)
    if saved is not None:
        known = adopted(saved.body, look)
        asks = wish.ask or open_questions(look, known)
        return replace(known, constants={**known.constants, **wish.constants}), None if asks else "known"
    if wish.auto and not is_in_doubt(look, suggestions, suggested):
        return suggested, "suggestion"
    return proposed_mapping(look, suggestions, remembered, wish.constants), None


def _named(look: Look, file: StoredFile) -> Look:
    """A text table has no sheets; its one is called as the file that was uploaded, not as the one that is stored."""
    if look.sheet != Path(file.path).stem:
        return look
    stem = Path(file.name).stem
    return replace(look, sheet=stem, sheets=(stem,))


def _look_path(batch: Batch, number: int | None = None) -> str:
    return f"{batch.org_id}/looks/{batch.batch_id}{'' if number is None else f'-{number}'}"


def _keep_look(batch: Batch, look: Look, number: int | None = None) -> None:
    data = orjson.loads(orjson.dumps(look.to_json()))
    storage.put(_look_path(batch, number), vault().seal(data, batch.org_id, _LOOK_CASE))


def look_of(work: Work, batch: Batch, number: int | None = None) -> Look:
    """What was seen of a batch's file; seen anew where the kept look is gone or its key is.

    Of an archive it is the file of this `number`, else the one that waits for a person.
    """
    parts = parts_of(batch)
    if parts and number is None:
        number = waiting_part(parts) or 0
    try:
        sealed = storage.locate(_look_path(batch, number)).read_bytes()
        return Look.from_json(vault().unseal(sealed, batch.org_id, _LOOK_CASE))
    except (FileNotFoundError, SealBroken):
        look = _look_anew(work, batch, number, parts[number].sheet if number is not None else batch.sheet)
        _keep_look(batch, look, number)
        return look


def _look_anew(work: Work, batch: Batch, number: int | None, sheet: str | None) -> Look:
    file = work.session.get_one(StoredFile, (batch.org_id, batch.file_id))
    path = storage.locate(file.readable_path)
    if number is None:
        return _named(take_look(path, sheet), file)
    return look_at(table_of(path, None, [replace(one, sheet=sheet) for one in parts_of(batch)], number_of(number, 1)))


def choose_sheet(actor: Actor, batch_id: UUID, sheet: str, version: int) -> Batch:
    """Take another sheet of the workbook for the accounts.

    Raises:
        Invalid: there is no such sheet, or it has no header.
        Stale: the batch no longer waits for its mapping, or somebody was faster.
    """
    _check_uploader(actor)
    with unit_of_work(actor) as work:
        batch = _lock(work, batch_id)
        _check_waits(batch, version)
        parts = parts_of(batch)
        number = waiting_part(parts)
        look = _look_anew(work, batch, number, sheet)
        old, constants = batch.sheet, (batch.mapping or {}).get("constants", {})
        wish = Wish(constants=constants, hidden=read_hidden(batch.hidden))
        if number is None:
            _take_in(work, batch, look, wish)
        else:
            _keep_look(batch, look, number)
            parts[number] = Part.seen(parts[number].name, look)
            keep_parts(batch, parts)
            _settle_files(work, batch, wish)
        batch.version += 1
        record(
            work,
            "intake:batch:choose_sheet",
            ("batch", batch_id),
            old={"sheet": old},
            new={"sheet": look.sheet},
            batch_id=batch_id,
        )
    return batch


# --- confirming ------------------------------------------------------------------------------------------------------


def confirm_mapping(
    actor: Actor,
    batch_id: UUID,
    mapping: Mapping,
    *,
    version: int,
    declared: Declared | None = None,
    hidden: Hidden | None = None,
) -> Batch:
    """Settle what the columns are, save it for this header row, and ask that the batch be loaded.

    `hidden` decides on hidden rows, columns and sheets anew. The same confirmation twice does nothing twice.

    Raises:
        Invalid: `mapping.incomplete`, `mapping.twice`, `mapping.constant`.
        Stale: the batch no longer waits for its mapping, or changed since `version`.
        NotFound, NotAllowed: no such batch; the actor is no uploader.
    """
    _check_uploader(actor)
    with unit_of_work(actor) as work:
        batch = find_batch(work, batch_id, "intake:batch:map")
        if batch.state == "mapping":  # a batch that is being loaded is locked for long
            batch = _lock(work, batch_id)
        look = look_of(work, batch)
        chosen = hidden or read_hidden(batch.hidden)
        taken = look.taken(mapping, chosen)
        check_complete(taken)
        if batch.state != "mapping" and batch.mapping == taken.to_json():
            return batch
        _check_waits(batch, version)
        batch.hidden = chosen.to_json()
        if declared is not None:
            batch.declared = declared.to_json()
        if batch.parts:
            _confirm_file(work, batch, mapping)
        else:
            _start(work, batch, look, mapping, by="person")
    return batch


def _confirm_file(work: Work, batch: Batch, mapping: Mapping) -> None:
    """Settle the file that waits, and go on to the next: files of the same layout need nobody."""
    parts = parts_of(batch)
    number = waiting_part(parts) or 0
    parts[number] = part = parts[number].settled(mapping, save(work, mapping), "person")
    keep_parts(batch, parts)
    batch.version += 1
    record(
        work,
        "intake:batch:map_file",
        ("batch", batch.batch_id),
        new={"file": part.name, **told_of(part)},
        batch_id=batch.batch_id,
    )
    _settle_files(work, batch, Wish(constants=mapping.constants, hidden=read_hidden(batch.hidden)))


def _start(work: Work, batch: Batch, look: Look, mapping: Mapping, *, by: str, here: bool = False) -> None:
    saved = save(work, mapping)
    old = batch.state
    mapping = look.taken(mapping, read_hidden(batch.hidden))
    batch.mapping = mapping.to_json()
    batch.mapping_id = saved.mapping_id
    batch.state = "loading"
    batch.version += 1
    if here:
        batch.load_job = work.actor.job_id
    else:
        key = f"{batch.batch_id}:{saved.version}"
        batch.load_job = outbox.add(work, loading.JOB, {"batch_id": str(batch.batch_id)}, key=key)
    record(
        work,
        "intake:batch:map",
        ("batch", batch.batch_id),
        old={"state": old},
        new={
            "state": "loading",
            "by": by,
            "sheet": batch.sheet,
            "mapping": str(saved.mapping_id),
            "version": saved.version,
            **told_columns(mapping),
            **told_of_batch(batch),
        },
        batch_id=batch.batch_id,
    )


# --- what is refused -------------------------------------------------------------------------------------------------


def find_batch(work: Work, batch_id: UUID, action: str = "intake:batch:open") -> Batch:
    """The organisation's batch.

    Raises:
        NotFound: it has none of this id; the attempt goes to the journal.
    """
    batch = work.session.get(Batch, (work.org_id, batch_id))
    if batch is None:
        raise _unknown(batch_id, action)
    return batch


def _lock(work: Work, batch_id: UUID) -> Batch:
    wanted = select(Batch).where(Batch.org_id == work.org_id, Batch.batch_id == batch_id)
    batch = work.session.scalar(wanted.with_for_update().execution_options(populate_existing=True))
    if batch is None:
        raise _unknown(batch_id, "intake:batch:map")
    return batch


def _unknown(batch_id: UUID, action: str) -> NotFound:
    return NotFound(
        "batch.unknown",
        Text("没有这个批次，或您无权查看。", "There is no such batch, or you may not see it."),
        refusal=Refusal(action, ("batch", str(batch_id))),
    )


def _check_uploader(actor: Actor) -> None:
    if actor.kind == "person" and not actor.has("uploader"):
        raise NotAllowed(
            "batch.upload_not_allowed",
            Text("只有资料员可以上传和对应列。", "Only an uploader may upload and map workbooks."),
            refusal=Refusal("intake:batch:upload", ("batch", "")),
        )


def _check_waits(batch: Batch, version: int) -> None:
    if batch.state != "mapping" or batch.version != version:
        raise Stale(
            "batch.changed",
            Text("这个批次已有变化，请刷新后再确认。", "This batch has changed: open it again."),
            changes=[],
            batch_id=str(batch.batch_id),
            state=batch.state,
        )


def _org_of(actor: Actor) -> UUID:
    if actor.org_id is None:
        raise NotAllowed("batch.no_organisation", Text("须指明机构。", "Name an organisation."))
    return actor.org_id


def _plain_name(name: str) -> str:
    """A file's name without folders and control characters."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(char for char in last if char.isprintable()).strip()[:200] or "workbook"


def suggested_for(work: Work, batch: Batch) -> tuple[Look, Sequence[Suggestion]]:
    """What a batch's file looks like, and what its columns seem to be."""
    look = look_of(work, batch)
    return look, suggestions_of(look, remembered_rules(work))


def check_sides(work: Work, batch: Batch, mapping: Mapping, hidden: Hidden) -> SideCheck:
    """Read all rows of the sheets beside a batch's accounts, under a mapping that nobody has confirmed yet.

    Raises:
        Invalid: `batch.too_large_to_check`, where that would take a page too long; the file cannot be read.
    """
    file = work.session.get_one(StoredFile, (batch.org_id, batch.file_id))
    if file.size > AT_ONCE_BYTES or batch.parts:
        raise Invalid(
            "batch.too_large_to_check",
            Text(
                "文件较大或是压缩包，附表的各行在导入时核对，结果列在批次页。",
                "The file is large or an archive: the rows beside the accounts are checked when it is loaded.",
            ),
        )
    look = look_of(work, batch)
    parts = parts_of(batch)
    number = number_of(waiting_part(parts) or 0, 1)
    table = table_of(storage.locate(file.readable_path), batch.sheet, parts, number)
    return side_checking.check_sides(table, look, look.taken(mapping, hidden), hidden)


def sure_mapping_of(work: Work, batch: Batch) -> Mapping:
    """The mapping of a batch that holds without a person's word; account numbers are made only where one says so."""
    remembered = remembered_rules(work)
    look = look_of(work, batch)
    return replace(sure_mapping(look, suggestions_of(look, remembered), remembered, {}), key=())
