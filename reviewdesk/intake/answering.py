"""Answering, after a batch was loaded, how a column is to be read: the rows that waited for it are read again.

The answer holds for the batch, for whatever is mended of it later, and for the next file with the same headers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from reviewdesk import outbox
from reviewdesk.actor import Actor
from reviewdesk.db import Work, unit_of_work
from reviewdesk.errors import Conflict, Invalid, Text
from reviewdesk.intake import loading
from reviewdesk.intake.mapping import Mapping as ColumnMapping
from reviewdesk.intake.mending import MENDABLE, Taken, check_uploader, lock_batch, take_in
from reviewdesk.intake.models import Batch, SavedMapping
from reviewdesk.intake.numbering import number_of
from reviewdesk.intake.parts import keep_parts, parts_of, place_of
from reviewdesk.intake.queries import ANSWER_JOB
from reviewdesk.intake.questions import UNSURE, Question, answered
from reviewdesk.intake.rejects import cells_of
from reviewdesk.intake.saved_mappings import save
from reviewdesk.intake.waiting import Asked, asked_of, rows_waiting
from reviewdesk.journal.service import record

JOB = ANSWER_JOB

AT_A_TIME = 20_000
"""So many rows are read again by one job; the next one goes on after them."""


def answer(actor: Actor, batch_id: UUID, given: Mapping[str, str]) -> int:
    """Say how columns of a loaded batch are read; `given` holds options by the names of their questions.

    Returns how many rows a job reads again. Questions that are given nothing, or `unsure`, stay open.

    Raises:
        Invalid: `answer.none`, when nothing is answered; `answer.option`, when a question has no such option.
        Conflict: `answer.settled`, when there is no such question (any more); the batch is not loaded.
        NotFound, NotAllowed: no such batch; the actor is no uploader.
    """
    check_uploader(actor, batch_id)
    with unit_of_work(actor) as work:
        batch = lock_batch(work, batch_id)
        settled = _settled(asked_of(work, batch), given)
        for asked, value in settled:
            _settle(work, batch, asked, value)
        rows = sum(asked.rows for asked, _ in settled)
        batch.version += 1
        columns = [pair for asked, _ in settled for pair in asked.columns]
        number = 1 + int(batch.counts.get("answers", 0))
        batch.counts = dict(batch.counts) | {"answers": number}
        record(
            work,
            "intake:batch:answer",
            ("batch", batch_id),
            new={"answers": _told(settled), "rows": rows, "mapping": str(batch.mapping_id)},
            batch_id=batch_id,
        )
        _ask_to_read(work, batch, columns, f"{number}", after=-1)
    return rows


def _settled(questions: Sequence[Asked], given: Mapping[str, str]) -> list[tuple[Asked, str]]:
    """The questions that are answered, with their answers."""
    wanted = {name: value for name, value in given.items() if value and value != UNSURE}
    if not wanted:
        raise Invalid("answer.none", Text("请选择怎样读。", "Choose how the column is to be read."))
    by_name = {one.name: one for one in questions}
    if not wanted.keys() <= by_name.keys():
        raise Conflict(
            "answer.settled",
            Text(
                "这一列已有人说明，或等着的行已经处理，请刷新页面。", "That was answered already: open the page again."
            ),
        )
    for name, value in wanted.items():
        if all(option.value != value for option in by_name[name].question.options):
            raise Invalid("answer.option", Text("没有这种读法。", "There is no such way to read it."), field=name)
    return [(by_name[name], value) for name, value in wanted.items()]


def _settle(work: Work, batch: Batch, asked: Asked, value: str) -> None:
    """Lay an answer over the mapping of each file that it is about."""
    parts = parts_of(batch)
    for number in asked.parts:
        place = place_of(batch, number_of(number, 1))
        mapping = answered(ColumnMapping.from_json(place.mapping), asked.question, value)
        saved = _save(work, place.mapping_id, asked.question, value)
        if parts:
            version = saved.version if saved else parts[number].version
            mapping_id = str(saved.mapping_id) if saved else parts[number].mapping_id
            parts[number] = replace(parts[number], mapping=mapping.to_json(), mapping_id=mapping_id, version=version)
        else:
            batch.mapping = mapping.to_json()
            batch.mapping_id = saved.mapping_id if saved else batch.mapping_id
    if parts:
        keep_parts(batch, parts)


def _save(work: Work, mapping_id: UUID | None, question: Question, value: str) -> SavedMapping | None:
    """The next version of the saved mapping that a file was read by, with an answer laid over it.

    None where a later version was confirmed meanwhile, or a file of the same batch saved it: that one stands.
    """
    used = work.session.get(SavedMapping, (work.org_id, mapping_id)) if mapping_id else None
    if used is None:
        return None
    latest = work.session.scalar(
        select(SavedMapping)
        .where(SavedMapping.org_id == work.org_id, SavedMapping.header_hash == used.header_hash)
        .order_by(SavedMapping.version.desc())
        .limit(1)
    )
    body = answered(ColumnMapping.from_json(used.body), question, value)
    if latest is not None and latest.mapping_id != used.mapping_id:
        return latest if latest.body == body.to_json() else None
    return save(work, body)


def _told(settled: Sequence[tuple[Asked, str]]) -> dict[str, str]:
    """What the journal says of answers, by file and header."""
    return {
        " ".join(filter(None, (asked.file, rule.header))): value
        for asked, value in settled
        for rule in asked.question.rules
    }


# --- reading again ---------------------------------------------------------------------------------------------------


def _ask_to_read(work: Work, batch: Batch, columns: Sequence[tuple[int, str]], number: str, after: int) -> None:
    args = {"batch_id": str(batch.batch_id), "columns": columns, "answer": number, "after": after}
    outbox.add(work, JOB, args, key=f"{batch.batch_id}:{number}:{after}")


def run(work: Work, args: dict[str, Any], report: loading.Report) -> None:
    """The job `intake.answer`: read the rows again that waited for an answer. Run again, it finds none left."""
    batch_id = UUID(args["batch_id"])
    found = work.session.get(Batch, (work.org_id, batch_id))
    if found is None or found.state not in MENDABLE:
        return
    report(phase="read", done=0, total=0)
    batch = lock_batch(work, batch_id)
    columns = [(part, field) for part, field in args["columns"]]
    held = rows_waiting(work, batch, columns, args["after"], AT_A_TIME)
    if held:
        rows = cells_of(work, batch, held)
        take_in(work, batch, Taken(rows, rows, {"by": "answer"}), report)
    if len(held) == AT_A_TIME:
        _ask_to_read(work, batch, columns, args["answer"], after=held[-1].row)
