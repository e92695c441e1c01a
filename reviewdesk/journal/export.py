"""Exports of the journal as files: asked for by a person, made by a worker, downloaded by the one who asked.

The file is streamed from a server-side cursor, so that its size does not matter, and renamed into place when it is
whole. Made again, it replaces itself and nothing is recorded twice.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import select, text, tuple_

from reviewdesk import outbox
from reviewdesk.accounts.roles import Ability, may
from reviewdesk.actor import Actor
from reviewdesk.clock import SHANGHAI, now
from reviewdesk.db import Work, new_id, unit_of_work
from reviewdesk.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal, Text, bad_cursor
from reviewdesk.journal import queries
from reviewdesk.journal.files import MIME, WRITERS, ZIP, Lines, digest, written_whole
from reviewdesk.journal.models import Export
from reviewdesk.journal.queries import Entry, Filters
from reviewdesk.journal.service import record
from reviewdesk.pages import Page, page_of
from reviewdesk.store import open_store

JOB = "journal.export"
CASES_JOB = "handover.export"
"""The job of an export of cases, whose state is shown beside those of the journal."""
KIND, CASES_KIND = "journal", "cases"

FETCH = 2_000
"""Rows that the database hands over at a time."""


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
    export.path = path
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


def file_path(export: Export) -> str:
    """Where an export's file stands in the store: a folder for each organisation, named by ids only."""
    return f"exports/{export.org_id}/{export.export_id}.{export.format}"


def file_of(export: Export) -> Path:
    """The file of a ready export, on this machine.

    Raises:
        StoreBroken: it is not what was made.
    """
    return open_store(current_app.extensions["reviewdesk.settings"]).locate(export.path or "", export.sha256)


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
LEFT JOIN jobs j ON j.org_id = e.org_id AND j.kind = ANY(:kinds) AND j.key = CAST(e.export_id AS text)
WHERE e.org_id = :org AND e.export_id = ANY(:ids)
"""

_STATE_OF_JOB = {"running": "running", "failed": "failed"}


def exports_of(actor: Actor, *, after: str | None = None, size: int = 30) -> Page[Exported]:
    """The exports that the actor asked for, newest first. `after` is the cursor of the last one seen.

    Raises:
        Invalid: the cursor is none of ours.
    """
    query = select(Export).where(
        Export.org_id == actor.org_id, Export.by_id == actor.person_id, Export.kind.in_((KIND, CASES_KIND))
    )
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
        raise bad_cursor() from error


def _with_states(work: Work, rows: Sequence[Export]) -> list[Exported]:
    found = work.execute(_MINE, org=work.org_id, ids=[row.export_id for row in rows], kinds=[JOB, CASES_JOB])
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
    return Download(file_of(export), export.name, MIME.get(export.format, ZIP), export.sha256)


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
