"""Answering, after a batch was loaded, how a column is to be read: the rows that waited for it are read again.

Rows of the accounts become cases; those of the sheets beside them join theirs as mended ones do. The answer holds for
the batch, for whatever is mended of it later, and for the next file with the same headers.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from reviewdesk import outbox
from reviewdesk.actor import Actor
from reviewdesk.db import Work, unit_of_work
from reviewdesk.errors import Conflict, Invalid, Text
from reviewdesk.intake.bundle import placed
from reviewdesk.intake.loader import Report
from reviewdesk.intake.mapping import Mapping as ColumnMapping
from reviewdesk.intake.mending import MENDABLE, Taken, check_uploader, lock_batch, take_in
from reviewdesk.intake.models import Batch, SavedMapping
from reviewdesk.intake.numbering import number_of
from reviewdesk.intake.parts import Part, keep_parts, parts_of, place_of
from reviewdesk.intake.queries import ANSWER_JOB
from reviewdesk.intake.questions import UNSURE, answered
from reviewdesk.intake.rejects import cells_of
from reviewdesk.intake.saved_mappings import latest_for, save
from reviewdesk.intake.side_answers import laid_over, own_name, with_answer
from reviewdesk.intake.side_keeping import cells_given
from reviewdesk.intake.side_mending import SideMended, mend_side_rows
from reviewdesk.intake.side_waiting import AskedBeside, asked_beside, beside_waiting
from reviewdesk.intake.waiting import Asked, asked_of, rows_waiting
from reviewdesk.journal.service import record

JOB = ANSWER_JOB

AT_A_TIME = 20_000
"""So many rows are read again by one job; the next one goes on after them."""


Open = Asked | AskedBeside
"""A question about the accounts' columns, or about those of sheets beside them."""


def open_questions(work: Work, batch: Batch) -> list[Open]:
    """The questions that rejected rows of a batch wait for; none where it is not loaded."""
    return [*asked_of(work, batch), *asked_beside(work, batch)] if batch.state in MENDABLE else []


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
        settled = _settled(open_questions(work, batch), given)
        for asked, value in settled:
            if isinstance(asked, AskedBeside):
                _settle_beside(work, batch, asked, value)
            else:
                _settle(work, batch, asked, value)
        rows = sum(asked.rows for asked, _ in settled)
        batch.version += 1
        columns = [pair for asked, _ in settled if isinstance(asked, Asked) for pair in asked.columns]
        beside = [pair for asked, _ in settled if isinstance(asked, AskedBeside) for pair in asked.columns]
        number = 1 + int(batch.counts.get("answers", 0))
        batch.counts = dict(batch.counts) | {"answers": number}
        record(
            work,
            "intake:batch:answer",
            ("batch", batch_id),
            new={"answers": _told(settled), "rows": rows, "mapping": str(batch.mapping_id)},
            batch_id=batch_id,
        )
        _ask_to_read(work, batch, {"columns": columns, "beside": beside, "answer": f"{number}", "after": -1})
    return rows


def _settled(questions: Sequence[Open], given: Mapping[str, str]) -> list[tuple[Open, str]]:
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
    for number in asked.parts:
        _revise(work, batch, number, lambda mapping: answered(mapping, asked.question, value))


def _settle_beside(work: Work, batch: Batch, asked: AskedBeside, value: str) -> None:
    """Have the rows that wait read by an answer, and lay it over the mapping that says what the sheets are."""
    batch.side_layouts = laid_over(batch.side_layouts or {}, asked.sheets, asked.question, value)
    for place in asked.sheets:
        number, sheet = _file_and_sheet(place, parts_of(batch))
        kind = batch.side_layouts[place]["kind"]
        _revise(work, batch, number, partial(with_answer, sheet=sheet, kind=kind, question=asked.question, value=value))


def _file_and_sheet(place: str, parts: Sequence[Part]) -> tuple[int, str]:
    """The file whose mapping says what a sheet is, and the sheet's own name in its file.

    A file without accounts goes by the mapping of the first that has some.
    """
    if not parts:
        return 0, place
    number = next(number for number, part in enumerate(parts) if place.startswith(placed(part.name, "")))
    sheet = own_name(place)
    if parts[number].mapping is None:
        number = next(number for number, part in enumerate(parts) if part.mapping is not None)
    return number, sheet


Revise = Callable[[ColumnMapping], ColumnMapping]


def _revise(work: Work, batch: Batch, number: int, revise: Revise) -> None:
    """Change the mapping of one file of a batch, and the saved one that it was read by."""
    place = place_of(batch, number_of(number, 1))
    mapping = revise(ColumnMapping.from_json(place.mapping))
    saved = _save(work, place.mapping_id, revise)
    parts = parts_of(batch)
    if parts:
        version = saved.version if saved else parts[number].version
        mapping_id = str(saved.mapping_id) if saved else parts[number].mapping_id
        parts[number] = replace(parts[number], mapping=mapping.to_json(), mapping_id=mapping_id, version=version)
        keep_parts(batch, parts)
    else:
        batch.mapping = mapping.to_json()
        batch.mapping_id = saved.mapping_id if saved else batch.mapping_id


def _save(work: Work, mapping_id: UUID | None, revise: Revise) -> SavedMapping | None:
    """The next version of the saved mapping that a file was read by, with an answer laid over it.

    None where a later version was confirmed meanwhile, or a file of the same batch saved it: that one stands.
    """
    used = work.session.get(SavedMapping, (work.org_id, mapping_id)) if mapping_id else None
    if used is None:
        return None
    latest = latest_for(work, used.header_hash)
    body = revise(ColumnMapping.from_json(used.body))
    if latest is not None and latest.mapping_id != used.mapping_id:
        return latest if latest.body == body.to_json() else None
    return save(work, body, by="answer")


def _told(settled: Sequence[tuple[Open, str]]) -> dict[str, str]:
    """What the journal says of answers, by file or sheet and header."""
    return {
        " ".join(filter(None, (asked.where, rule.header))): value
        for asked, value in settled
        for rule in asked.question.rules
    }


# --- reading again ---------------------------------------------------------------------------------------------------


def _ask_to_read(work: Work, batch: Batch, args: Mapping[str, Any]) -> None:
    key = f"{batch.batch_id}:{args['answer']}:{args['after']}"
    outbox.add(work, JOB, {**args, "batch_id": str(batch.batch_id)}, key=key)


def run(work: Work, args: dict[str, Any], report: Report) -> None:
    """The job `intake.answer`: read the rows again that waited for an answer. Run again, it finds none left."""
    batch_id = UUID(args["batch_id"])
    found = work.session.get(Batch, (work.org_id, batch_id))
    if found is None or found.state not in MENDABLE:
        return
    report(phase="read", done=0, total=0)
    batch = lock_batch(work, batch_id)
    columns = [(part, field) for part, field in args["columns"]]
    side = _read_beside(work, batch, [(sheet, header) for sheet, header in args.get("beside", ())])
    held = rows_waiting(work, batch, columns, args["after"], AT_A_TIME)
    if held or side.given:
        rows = cells_of(work, batch, held)
        take_in(work, batch, Taken(rows, rows, {"by": "answer"}, side), report)
    if len(held) == AT_A_TIME:
        _ask_to_read(work, batch, {**args, "beside": [], "after": held[-1].row})


def _read_beside(work: Work, batch: Batch, columns: Sequence[tuple[str, str]]) -> SideMended:
    """Read the rows of side sheets again that wait for what columns are."""
    held = beside_waiting(work, batch, columns) if columns else []
    return mend_side_rows(work, batch, held, cells_given(batch, held))
