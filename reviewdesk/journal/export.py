"""Exports of the journal as files: asked for by a person, made by a worker, downloaded by the one who asked.

The file is streamed from a server-side cursor, so that its size does not matter, and renamed into place when it is
whole. Made again, it replaces itself and nothing is recorded twice.
"""

import csv
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import orjson
import xlsxwriter
from flask import current_app
from sqlalchemy import select, text, tuple_

from reviewdesk import outbox
from reviewdesk.accounts.roles import Ability, may
from reviewdesk.actor import Actor
from reviewdesk.cells import safe_cell, write_cell
from reviewdesk.clock import SHANGHAI, now
from reviewdesk.db import Work, new_id, unit_of_work
from reviewdesk.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal, Text
from reviewdesk.journal import queries, words
from reviewdesk.journal.models import Export
from reviewdesk.journal.queries import Entry, Filters
from reviewdesk.journal.service import record
from reviewdesk.pages import Page, page_of

JOB = "journal.export"
KIND = "journal"

XLSX_ROWS = 1_048_576
"""Rows that a sheet of an Excel workbook holds, its header included."""

FETCH = 2_000
"""Rows that the database hands over at a time."""

MIME = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

Lines = Iterable[Entry]
Writer = Callable[[Path, Lines, str], None]


# ------------------------------------------------------------------------------------------------ asking


def request_export(actor: Actor, filters: Filters, file_format: str, *, language: str = "zh_Hans") -> Export:
    """Ask for the events that the filters find as a file; a worker makes it. `language` is that of its headings.

    Raises:
        NotAllowed: the actor's roles do not export the journal.
        Invalid: no such format.
    """
    if not may(actor.roles, Ability.EXPORT_JOURNAL) or actor.person_id is None:
        raise _not_yours("journal:export:request", "")
    if file_format not in MIME:
        raise Invalid(
            "export.format", Text("格式须为 csv、jsonl 或 xlsx。", "Choose csv, jsonl or xlsx."), field="format"
        )
    with unit_of_work(actor) as work:
        export = Export(
            org_id=work.org_id,
            export_id=new_id(),
            kind=KIND,
            format=file_format,
            filters=filters.as_json() | {"language": language},
            name=_name(file_format, language),
            by_id=actor.person_id,
            by_name=actor.name,
            created_at=now(),
        )
        work.session.add(export)
        work.session.flush()
        outbox.add(work, JOB, {"export_id": str(export.export_id)}, key=str(export.export_id))
        record(
            work,
            "journal:export:request",
            ("export", export.export_id),
            new={"kind": KIND, "format": file_format, "filters": filters.as_json()},
        )
    return export


def _name(file_format: str, language: str) -> str:
    what = Text("审计日志", "journal").in_language(language)
    return f"{what}-{now().astimezone(SHANGHAI):%Y%m%d-%H%M%S}.{file_format}"


# ------------------------------------------------------------------------------------------------ making


def run(work: Work, args: dict[str, Any], report: Callable[..., None]) -> None:
    """The job: make the file of a requested export; one that is made already is left alone."""
    export = work.session.get_one(Export, (work.org_id, UUID(args["export_id"])))
    if export.state == "ready":
        return
    lines = Counted(_stream(work, queries.read_filters(export.filters)), report)
    path = file_path(export)
    with written_whole(path) as part:
        WRITERS[export.format](part, lines, export.filters["language"])
        export.rows, export.size, export.sha256 = lines.count, part.stat().st_size, digest(part)
    export.path = str(path.relative_to(_files()))
    export.state, export.finished_at = "ready", now()
    record(
        work,
        "journal:export:finish",
        ("export", export.export_id),
        new={"rows": export.rows, "size": export.size, "sha256": export.sha256},
    )


_STREAM = """
SELECT {columns} FROM events e {names} WHERE e.org_id = :org AND {filters} ORDER BY e.event_id
"""


def _stream(work: Work, filters: Filters) -> Iterator[Entry]:
    where, values = queries.conditions(work, filters)
    sql = _STREAM.format(columns=queries.COLUMNS, names=queries.NAMES, filters=where)
    options = {"stream_results": True, "yield_per": FETCH}
    for row in work.session.execute(text(sql), {"org": work.org_id, **values}, execution_options=options):
        yield Entry(**row._mapping)


class Counted:
    """Events on their way into a file: counted, and the count reported now and then."""

    def __init__(self, lines: Lines, report: Callable[..., None]) -> None:
        self.lines = lines
        self.report = report
        self.count = 0

    def __iter__(self) -> Iterator[Entry]:
        for line in self.lines:
            yield line
            self.count += 1
            if self.count % FETCH == 0:
                self.report(done=self.count)


def file_path(export: Export) -> Path:
    """Where an export's file stands: a folder for each organisation, named by ids only."""
    return _files() / "exports" / str(export.org_id) / f"{export.export_id}.{export.format}"


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give a file beside `path` to write to, and rename it into place once it is whole and on the disk."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{new_id().hex}.part")
    try:
        yield part
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table: what it is called, its width in a workbook, and its value of an event and its sentence."""

    title: Text
    width: int
    value: Callable[[Entry, Text], Any]


def _cells(entry: Entry) -> Iterator[Any]:
    told = entry.told
    return (column.value(entry, told) for column in COLUMNS)


def _json(values: Mapping[str, Any] | None) -> str | None:
    return orjson.dumps(words.in_yuan(values)).decode() if values else None


COLUMNS: Sequence[Column] = (
    Column(Text("编号", "event"), 10, lambda e, _: e.event_id),
    Column(Text("时间（北京时间）", "at (China time)"), 20, lambda e, _: _in_shanghai(e.at)),
    Column(Text("人员", "by"), 14, lambda e, _: e.actor_name),
    Column(Text("角色", "roles"), 16, lambda e, _: ", ".join(e.actor_roles)),
    Column(Text("方式", "as"), 9, lambda e, _: e.actor_kind),
    Column(Text("经过（中文）", "what (Chinese)"), 48, lambda e, told: told.zh),
    Column(Text("经过（英文）", "what (English)"), 48, lambda e, told: told.en),
    Column(Text("结果", "outcome"), 9, lambda e, _: e.outcome),
    Column(Text("案件号", "case"), 16, lambda e, _: e.case_number),
    Column(Text("批次", "batch"), 20, lambda e, _: e.batch_name),
    Column(Text("案件数", "cases"), 8, lambda e, _: e.cases),
    Column(Text("操作代码", "action"), 26, lambda e, _: e.action),
    Column(Text("对象类型", "subject"), 12, lambda e, _: e.subject_kind),
    Column(Text("对象编号", "subject id"), 38, lambda e, _: e.subject_id),
    Column(Text("原值", "old"), 30, lambda e, _: _json(e.old)),
    Column(Text("新值", "new"), 30, lambda e, _: _json(e.new)),
    Column(Text("IP 地址", "IP address"), 16, lambda e, _: e.ip),
    Column(Text("客户端", "client"), 24, lambda e, _: e.agent),
    Column(Text("请求编号", "request"), 34, lambda e, _: e.request_id),
    Column(Text("作业编号", "job"), 38, lambda e, _: str(e.job_id) if e.job_id else None),
)


def _in_shanghai(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def write_csv(path: Path, lines: Lines, language: str) -> None:
    """Write the events as CSV in UTF-8 with the mark by which Excel knows it."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(column.title.in_language(language) for column in COLUMNS)
        for line in lines:
            writer.writerow(map(safe_cell, _cells(line)))


def write_jsonl(path: Path, lines: Lines, _language: str) -> None:
    """Write one JSON object a line, in the shape of the API's events."""
    with path.open("wb") as file:
        for line in lines:
            file.write(orjson.dumps(line.as_json(), option=orjson.OPT_APPEND_NEWLINE))


def write_xlsx(path: Path, lines: Lines, language: str, *, rows_a_sheet: int = XLSX_ROWS) -> None:
    """Write a workbook, with a further sheet whenever one is full. `rows_a_sheet` counts the header.

    Only the row at hand is kept in memory.
    """
    with TemporaryDirectory(dir=path.parent) as folder:
        book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "tmpdir": folder})
        _fill(book, lines, language, rows_a_sheet)
        book.close()


def _fill(book: Any, lines: Lines, language: str, rows_a_sheet: int) -> None:
    bold = book.add_format({"bold": True})
    sheet, row = _new_sheet(book, language, bold), 0
    for line in lines:
        if row + 1 == rows_a_sheet:
            sheet, row = _new_sheet(book, language, bold), 0
        row += 1
        for number, value in enumerate(_cells(line)):
            write_cell(sheet, row, number, value)


def _new_sheet(book: Any, language: str, bold: Any) -> Any:
    name = Text("审计日志", "Journal").in_language(language)
    sheet = book.add_worksheet(f"{name} {len(book.worksheets()) + 1}")
    sheet.freeze_panes(1, 0)
    for number, column in enumerate(COLUMNS):
        sheet.set_column(number, number, column.width)
        write_cell(sheet, 0, number, column.title.in_language(language), bold)
    return sheet


WRITERS: Mapping[str, Writer] = {"csv": write_csv, "jsonl": write_jsonl, "xlsx": write_xlsx}


# --------------------------------------------------------------------------------------------- afterwards


@dataclass(frozen=True, slots=True)
class Exported:
    """An export with what its job says: `state` is waiting, running, ready or failed, `done` the rows so far."""

    export: Export
    state: str
    done: int | None


# A file is made in one transaction, so until it is ready the state of its job tells how far it is.
_MINE = """
SELECT e.export_id, j.state, CAST(j.progress ->> 'done' AS bigint) AS done
FROM exports e
LEFT JOIN jobs j ON j.org_id = e.org_id AND j.kind = e.kind || '.export' AND j.key = CAST(e.export_id AS text)
WHERE e.org_id = :org AND e.export_id = ANY(:ids)
"""

_STATE_OF_JOB = {"running": "running", "failed": "failed"}


def exports_of(actor: Actor, *, after: str | None = None, size: int = 30) -> Page[Exported]:
    """The exports that the actor asked for, newest first. `after` is the cursor of the last one seen.

    Raises:
        Invalid: the cursor is none of ours.
    """
    query = select(Export).where(Export.org_id == actor.org_id, Export.by_id == actor.person_id)
    if after:
        query = query.where(tuple_(Export.created_at, Export.export_id) < _read_cursor(after))
    with unit_of_work(actor) as work:
        rows = list(
            work.session.scalars(query.order_by(Export.created_at.desc(), Export.export_id.desc()).limit(size + 1))
        )
        exported = _with_states(work, rows)
    return page_of(exported, size, _cursor, first=after is None)


def _cursor(of: Exported) -> str:
    return f"{of.export.created_at.timestamp() * 1_000_000:.0f}_{of.export.export_id}"


def _read_cursor(cursor: str) -> tuple[datetime, UUID]:
    micros, _sep, number = cursor.partition("_")
    try:
        return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(micros)), UUID(number)
    except (ValueError, OverflowError) as error:
        raise Invalid("cursor", Text("翻页位置无效。", "The cursor is not valid."), field="cursor") from error


def _with_states(work: Work, rows: Sequence[Export]) -> list[Exported]:
    found = work.execute(_MINE, org=work.org_id, ids=[row.export_id for row in rows])
    jobs = {row.export_id: row for row in found}
    return [_exported(row, jobs[row.export_id]) for row in rows]


def _exported(export: Export, job: Any) -> Exported:
    if export.state in ("ready", "failed"):
        return Exported(export, export.state, export.rows)
    return Exported(export, _STATE_OF_JOB.get(job.state, "waiting"), job.done)


def look_at(actor: Actor, export_id: UUID) -> Exported:
    """One export of the actor's own.

    Raises:
        NotFound: the organisation has no such export.
        NotAllowed: somebody else asked for it.
    """
    with unit_of_work(actor) as work:
        return _with_states(work, [_own(work, export_id, "open")])[0]


@dataclass(frozen=True, slots=True)
class Download:
    """A file on its way to the one who asked for it."""

    path: Path
    name: str
    mime: str
    sha256: str


def download(actor: Actor, export_id: UUID) -> Download:
    """Hand a finished export to the one who asked for it; an event each time.

    Raises:
        NotFound: the organisation has no such export.
        NotAllowed: somebody else asked for it, or the actor's roles no longer export the journal.
        Conflict: it is not ready.
    """
    with unit_of_work(actor) as work:
        export = _own(work, export_id, "download")
        if export.state != "ready" or export.path is None or export.sha256 is None:
            raise Conflict("export.not_ready", Text("文件尚未生成。", "The file is not ready."), state=export.state)
        record(
            work,
            "journal:export:download",
            ("export", export_id),
            new={"kind": export.kind, "name": export.name, "sha256": export.sha256},
        )
    return Download(_files() / export.path, export.name, MIME[export.format], export.sha256)


def _own(work: Work, export_id: UUID, action: str) -> Export:
    export = work.session.get(Export, (work.org_id, export_id))
    if export is None:
        raise NotFound(
            "export.unknown",
            Text("没有这一导出。", "There is no such export."),
            refusal=Refusal(f"journal:export:{action}", ("export", str(export_id))),
        )
    still = any(may(work.actor.roles, ability) for ability in ABILITIES[export.kind])
    if export.by_id != work.actor.person_id or not still:
        raise _not_yours(f"journal:export:{action}", str(export_id))
    return export


ABILITIES = {
    KIND: (Ability.EXPORT_JOURNAL,),
    "cases": (Ability.SECOND_APPROVAL, Ability.COUNSEL),
}
"""Who may have a file of each kind: a role that was taken away takes the files along."""


def _not_yours(action: str, export_id: str) -> NotAllowed:
    return NotAllowed(
        "export.not_yours",
        Text(
            "只有申请人本人可以下载，且须有导出权限。", "Only the one who asked may have it, while their role exports."
        ),
        refusal=Refusal(action, ("export", export_id)),
    )


def _files() -> Path:
    folder: Path = current_app.extensions["reviewdesk.settings"].files
    return folder
