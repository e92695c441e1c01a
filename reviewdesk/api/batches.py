"""Sending workbooks in and following them."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from flask import request, url_for

from reviewdesk.accounts.roles import Ability, roles_with
from reviewdesk.api import shapes
from reviewdesk.api.speaking import Answer, Reply, api, read_json, speaks
from reviewdesk.audit.queries import verdict_counts
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Invalid, Text, bad_cursor
from reviewdesk.intake import cancelling, confirming, mended_workbook, queries, uploading
from reviewdesk.intake.batches import find_batch
from reviewdesk.intake.declaring import SUMS, Declared, read_declared
from reviewdesk.intake.hidden import Hidden, read_hidden
from reviewdesk.intake.models import Batch
from reviewdesk.intake.notices import Notice
from reviewdesk.intake.parts import Part, parts_of
from reviewdesk.intake.queries import Detail, Progress
from reviewdesk.intake.stating import stated
from reviewdesk.intake.unlocking import read_passwords
from reviewdesk.intake.wishes import Wish
from reviewdesk.journal.words import in_yuan
from reviewdesk.pages import current_actor, requires
from reviewdesk.review import taking_back
from reviewdesk.review.overviews import set_aside_in
from reviewdesk.review.states import SENIOR

UPLOADERS = sorted(roles_with(Ability.UPLOAD))
TAKE_BACK = sorted({*UPLOADERS, SENIOR})
READERS = sorted(roles_with(Ability.SEE_CASES))


@api.post("/batches")
@requires(*UPLOADERS)
@speaks(
    "batches",
    {202: Answer("The workbook is kept and will be read", shapes.Batch, headers={"Location": "The batch"})},
    form=shapes.Upload,
    problems=(409,),
)
def upload_batch(form: shapes.Upload) -> Reply:
    """Send a workbook, a text table, or a zip of several such files in.

    The same file again is refused with 409, naming the batch that it became. With `confirm=auto` the import goes on by
    itself where every column is beyond doubt, or stated by `mapping`; else the batch waits as `mapping`.

    A mended error workbook is known by its mark: its mended rows are taken into their batch, and that is answered.
    """
    file = request.files.get("file")
    if file is None:
        raise Invalid(
            "file.none", Text("请在 file 中给出文件。", "Give the workbook as the part `file`."), field="file"
        )
    marked = mended_workbook.batch_of_workbook(current_actor(), file.stream)
    if marked is not None:
        mended_workbook.receive_workbook(current_actor(), marked, file.stream, file.filename or "")
        return _accepted(marked)
    passwords = read_passwords(form.passwords, form.password)
    batch = uploading.receive_upload(current_actor(), file.stream, file.filename or "", _wish(form), passwords)
    return _accepted(batch.batch_id)


def _wish(form: shapes.Upload) -> Wish:
    declared = {name: getattr(form, f"declared_{name}") for name in ("rows", *SUMS)}
    return Wish(
        declared=read_declared(declared),
        mapping=read_json(form.mapping) if form.mapping else None,
        constants={"lender_kind": form.lender_kind} if form.lender_kind else {},
        sheet=form.sheet,
        auto=form.confirm == "auto",
        again=form.repeat == "true",
        on_known=form.again,
        hidden=_hidden(form),
    )


def _hidden(form: shapes.Upload) -> Hidden:
    return read_hidden({"rows": form.hidden_rows, "columns": form.hidden_columns, "sheets": form.hidden_sheets})


def _accepted(batch_id: UUID) -> Reply:
    return Reply(batch_shape(batch_id), 202, {"Location": url_for("api.get_batch", batch_id=batch_id)})


@api.get("/batches")
@requires(*READERS)
@speaks("batches", {200: Answer("A page of batches", shapes.Batches)}, query=shapes.Paging)
def list_batches(query: shapes.Paging) -> shapes.Batches:
    """List the organisation's batches, newest first."""
    with unit_of_work(current_actor()) as work:
        rows = queries.list_batches(work, after=query.cursor, size=query.limit)
    shown = rows[: query.limit]
    return shapes.Batches(
        items=[shapes.BatchLine(**_line(batch)) for batch in shown],
        next=queries.cursor_of(shown[-1]) if len(rows) > len(shown) else None,
    )


@api.get("/batches/<uuid:batch_id>")
@requires(*READERS)
@speaks("batches", {200: Answer("The batch", shapes.Batch)})
def get_batch(batch_id: UUID) -> shapes.Batch:
    """Give a batch: its state, how far it is, its counts and totals, and its cases' verdicts."""
    return batch_shape(batch_id)


@api.get("/batches/<uuid:batch_id>/updates")
@requires(*READERS)
@speaks("batches", {200: Answer("A page of renewed cases", shapes.Renewals)}, query=shapes.Paging)
def list_batch_updates(batch_id: UUID, query: shapes.Paging) -> shapes.Renewals:
    """List the cases whose facts this import renewed, each with its old and new values."""
    with unit_of_work(current_actor()) as work:
        find_batch(work, batch_id)
        rows = queries.renewals(work, batch_id, after=row_number(query.cursor), size=query.limit)
    shown = rows[: query.limit]
    return shapes.Renewals(
        items=[
            shapes.Renewal(
                case_id=one.case_id,
                number=one.number,
                old=in_yuan(one.old),
                new=in_yuan({name: value for name, value in one.new.items() if name != "fields"}),
            )
            for one in shown
        ],
        next=str(shown[-1].event_id) if len(rows) > len(shown) else None,
    )


def row_number(cursor: str | None) -> int | None:
    """The number after which a page begins.

    Raises:
        Invalid: the cursor is none of ours.
    """
    if cursor is not None and not (cursor.isdecimal() and len(cursor) < 19):
        raise bad_cursor()
    return int(cursor) if cursor else None


@api.post("/batches/<uuid:batch_id>/mapping")
@requires(*UPLOADERS)
@speaks(
    "batches",
    {
        202: Answer(
            "The mapping is settled and the batch will be loaded", shapes.Batch, headers={"Location": "The batch"}
        )
    },
    body=shapes.GivenMapping,
    problems=(409,),
)
def confirm_batch_mapping(batch_id: UUID, body: shapes.GivenMapping) -> Reply:
    """Say which column is which field of a batch that waits for it."""
    actor = current_actor()
    with unit_of_work(actor) as work:
        batch = find_batch(work, batch_id, "intake:batch:map")
        mapping = stated(confirming.sure_mapping_of(work, batch), body.mapping)
    version = batch.version if body.version is None else body.version
    hidden = read_hidden({**batch.hidden, **body.hidden.model_dump(exclude_unset=True)}) if body.hidden else None
    confirming.confirm_mapping(
        actor, batch_id, mapping, version=version, declared=_declared(body.declared), hidden=hidden
    )
    return _accepted(batch_id)


def _declared(given: shapes.GivenDeclared | None) -> Declared | None:
    if given is None:
        return None
    sums = {name: value for name in SUMS if (value := getattr(given, name)) is not None}
    return Declared(given.rows, sums)


@api.post("/batches/<uuid:batch_id>/cancel")
@requires(*TAKE_BACK)
@speaks(
    "batches",
    {202: Answer("The import is cancelled, or will be soon", shapes.Batch, headers={"Location": "The batch"})},
    problems=(409,),
)
def cancel_batch(batch_id: UUID) -> Reply:
    """Cancel an import that is not done; nothing of it stays, and its file can be imported anew."""
    cancelling.cancel(current_actor(), batch_id)
    return _accepted(batch_id)


@api.post("/batches/<uuid:batch_id>/take-back")
@requires(*TAKE_BACK)
@speaks(
    "batches",
    {202: Answer("The batch will be taken back", shapes.Batch, headers={"Location": "The batch"})},
    body=shapes.GivenTakeBack,
    problems=(409,),
)
def take_batch_back(batch_id: UUID, body: shapes.GivenTakeBack) -> Reply:
    """Take a batch back, as its uploader or a senior reviewer.

    Cases that nobody worked on are reversed and their account numbers are free again; all others stay.
    """
    taking_back.take_back(current_actor(), batch_id, body.reason)
    return _accepted(batch_id)


@api.get("/batches/<uuid:batch_id>/kept")
@requires(*READERS)
@speaks("batches", {200: Answer("A page of cases that stay", shapes.KeptCases)}, query=shapes.Paging)
def list_kept_cases(batch_id: UUID, query: shapes.Paging) -> shapes.KeptCases:
    """List the cases that taking the batch back left as they are: kept because a person worked on them, or blocked."""
    with unit_of_work(current_actor()) as work:
        find_batch(work, batch_id)
        after = row_number(query.cursor) or 0
        rows = taking_back.kept_cases(work, batch_id, after=after, size=query.limit)
    shown = rows[: query.limit]
    return shapes.KeptCases(
        items=[shapes.KeptCase.model_validate({**asdict(one), "message": _why(one.reason)}) for one in shown],
        next=str(shown[-1].case_id) if len(rows) > len(shown) else None,
    )


def _why(reason: str) -> dict[str, str]:
    return taking_back.REASONS[reason].as_json()


# ------------------------------------------------------------------------------------------------ writing


def batch_shape(batch_id: UUID) -> shapes.Batch:
    """A batch as it is answered."""
    with unit_of_work(current_actor()) as work:
        found = queries.detail(work, batch_id)
        receiving = queries.receiving(work, found.batch)
        verdicts = verdict_counts(work, batch_id)
        overridden = dict.fromkeys(verdicts, 0) | set_aside_in(work, batch_id)
    given = _line(found.batch) | _rest(found, receiving)
    return shapes.Batch(**given, verdicts=verdicts, overridden=overridden)


def counts_shape(batch: Batch) -> shapes.Counts:
    """The counts of a batch; null what is not known yet."""
    counted = {name: batch.counts.get(name) for name in shapes.Counts.model_fields}
    if counted["rejected"] is not None and counted["dismissed"] is None:  # loaded before rows could be dismissed
        counted["dismissed"] = 0
    sides = [_side_counts(one) for one in batch.counts.get("beside", ())]
    return shapes.Counts(**counted | {"side_sheets": sides, "side_wrong": batch.counts.get("beside_wrong")})


def _line(batch: Batch) -> dict[str, Any]:
    return {
        "batch_id": batch.batch_id,
        "name": batch.name,
        "state": batch.state,
        "version": batch.version,
        "counts": counts_shape(batch),
        "totals": batch.totals,
        "uploaded_by": batch.by_name,
        "uploaded_at": batch.created_at,
        "loaded_at": batch.loaded_at,
        "audited_at": batch.audited_at,
        "problem": shapes.BatchProblem.model_validate(batch.problem) if batch.problem else None,
    }


def _side_counts(one: Mapping[str, Any]) -> shapes.SideCounts:
    return shapes.SideCounts.model_validate({name: one.get(name, 0) for name in shapes.SideCounts.model_fields})


def _rest(found: Detail, receiving: Progress | None) -> dict[str, Any]:
    batch = found.batch
    declared = Declared.from_json(batch.declared)
    return {
        "file_name": found.file.name,
        "file_size": found.file.size,
        "sha256": found.file.sha256,
        "sheet": batch.sheet,
        "header_row": batch.header_row,
        "mapping": batch.mapping if "columns" in (batch.mapping or {}) else None,
        "mapping_version": found.mapping_version,
        "declared": shapes.Declared(rows=declared.rows, sums=dict(declared.sums)),
        "progress": _progress(found.progress) if found.progress else None,
        "mending": _progress(receiving) if receiving else None,
        "audited": found.audited,
        "set_aside": batch.counts.get("aside", {}),
        "again": batch.on_known,
        "hidden": shapes.Hidden(**read_hidden(batch.hidden).to_json()),
        "notices": [
            shapes.Notice(code=notice.code, message=shapes.Sentence.of(notice.text))
            for notice in map(Notice.from_json, batch.notices)
        ],
        "files": [_file(part) for part in parts_of(batch)],
        "taken_back": shapes.TakenBack.model_validate(batch.taken_back) if batch.taken_back else None,
    }


def _progress(progress: Progress) -> shapes.Progress:
    return shapes.Progress.model_validate(
        {
            "state": progress.state,
            "phase": progress.phase,
            "done": progress.done,
            "total": progress.total,
            "rows_a_second": progress.rate,
            "seconds_left": progress.seconds_left,
            "stopping": progress.stopping,
        }
    )


def _file(part: Part) -> shapes.BatchFile:
    return shapes.BatchFile(
        name=part.name,
        sheet=part.sheet,
        header_row=part.header_row,
        rows=part.rows,
        settled=part.by is not None,
        mapping=dict(part.mapping) if part.mapping else None,
        mapping_version=part.version,
    )
