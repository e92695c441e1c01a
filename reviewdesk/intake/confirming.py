"""A person settles what the columns of a batch are: what they are shown, and what they confirm."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from reviewdesk.actor import Actor
from reviewdesk.db import Work, unit_of_work
from reviewdesk.errors import Invalid, Text
from reviewdesk.intake import side_checking, storage
from reviewdesk.intake.batches import check_may_upload, check_waits, find_batch, lock_for_mapping
from reviewdesk.intake.checking import check_complete
from reviewdesk.intake.declaring import Declared
from reviewdesk.intake.headers import Suggestion
from reviewdesk.intake.hidden import Hidden, read_hidden
from reviewdesk.intake.kept_looks import keep_look, look_anew, look_of
from reviewdesk.intake.looking import Look, suggestions_of, sure_mapping
from reviewdesk.intake.mapping import Mapping
from reviewdesk.intake.models import Batch, StoredFile
from reviewdesk.intake.numbering import number_of
from reviewdesk.intake.opening import table_of
from reviewdesk.intake.parts import Part, keep_parts, parts_of, waiting_part
from reviewdesk.intake.saved_mappings import remembered_rules, save
from reviewdesk.intake.settling import settle_files, take_in
from reviewdesk.intake.side_checking import SideCheck
from reviewdesk.intake.starting import start_file
from reviewdesk.intake.telling import told_of
from reviewdesk.intake.uploading import AT_ONCE_BYTES
from reviewdesk.intake.wishes import Wish
from reviewdesk.journal.service import record


def suggested_for(work: Work, batch: Batch) -> tuple[Look, Sequence[Suggestion]]:
    """What a batch's file looks like, and what its columns seem to be."""
    look = look_of(work, batch)
    return look, suggestions_of(look, remembered_rules(work))


def sure_mapping_of(work: Work, batch: Batch) -> Mapping:
    """The mapping of a batch that holds without a person's word; account numbers are made only where one says so."""
    remembered = remembered_rules(work)
    look = look_of(work, batch)
    return replace(sure_mapping(look, suggestions_of(look, remembered), remembered, {}), key=())


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


def choose_sheet(actor: Actor, batch_id: UUID, sheet: str, version: int) -> Batch:
    """Take another sheet of the workbook for the accounts.

    Raises:
        Invalid: there is no such sheet, or it has no header.
        Stale: the batch no longer waits for its mapping, or somebody was faster.
    """
    check_may_upload(actor)
    with unit_of_work(actor) as work:
        batch = lock_for_mapping(work, batch_id)
        check_waits(batch, version)
        parts = parts_of(batch)
        number = waiting_part(parts)
        look = look_anew(work, batch, number, sheet)
        old, constants = batch.sheet, (batch.mapping or {}).get("constants", {})
        wish = Wish(constants=constants, hidden=read_hidden(batch.hidden))
        if number is None:
            take_in(work, batch, look, wish)
        else:
            keep_look(batch, look, number)
            parts[number] = Part.seen(parts[number].name, look)
            keep_parts(batch, parts)
            settle_files(work, batch, wish)
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
    check_may_upload(actor)
    with unit_of_work(actor) as work:
        batch = find_batch(work, batch_id, "intake:batch:map")
        if batch.state == "mapping":  # a batch that is being loaded is locked for long
            batch = lock_for_mapping(work, batch_id)
        look = look_of(work, batch)
        chosen = hidden or read_hidden(batch.hidden)
        taken = look.taken(mapping, chosen)
        check_complete(taken)
        if batch.state != "mapping" and batch.mapping == taken.to_json():
            return batch
        check_waits(batch, version)
        batch.hidden = chosen.to_json()
        if declared is not None:
            batch.declared = declared.to_json()
        if batch.parts:
            _confirm_file(work, batch, mapping)
        else:
            start_file(work, batch, look, mapping, by="person")
    return batch


def _confirm_file(work: Work, batch: Batch, mapping: Mapping) -> None:
    """Settle the file that waits, and go on to the next: files of the same layout need nobody."""
    parts = parts_of(batch)
    number = waiting_part(parts) or 0
    parts[number] = part = parts[number].settled(mapping, save(work, mapping, by="person"), "person")
    keep_parts(batch, parts)
    batch.version += 1
    record(
        work,
        "intake:batch:map_file",
        ("batch", batch.batch_id),
        new={"file": part.name, **told_of(part)},
        batch_id=batch.batch_id,
    )
    settle_files(work, batch, Wish(constants=mapping.constants, hidden=read_hidden(batch.hidden)))
