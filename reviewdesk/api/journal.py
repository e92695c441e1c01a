"""The journal and its exports."""

from datetime import datetime
from uuid import UUID

from flask import Response, url_for

from reviewdesk.api import shapes
from reviewdesk.api.speaking import Answer, Reply, api, speaks
from reviewdesk.db import unit_of_work
from reviewdesk.journal import export, queries
from reviewdesk.journal.export import Exported
from reviewdesk.journal.files import MIME, ZIP
from reviewdesk.journal.views import DOWNLOADERS, EXPORTERS, READERS, send
from reviewdesk.pages import current_actor, requires


@api.get("/journal")
@requires(*READERS)
@speaks("journal", {200: Answer("A page of events", shapes.Events)}, query=shapes.EventQuery)
def list_events(query: shapes.EventQuery) -> shapes.Events:
    """Read the organisation's journal, newest first."""
    filters = queries.read_filters(shapes.plain(query))
    with unit_of_work(current_actor()) as work:
        rows = queries.page(work, filters, before=query.cursor, size=query.limit)
    shown = rows[: query.limit]
    return shapes.Events(
        items=[shapes.Event.model_validate(row.as_json()) for row in shown],
        next=shown[-1].cursor if len(rows) > len(shown) else None,
    )


@api.post("/exports")
@requires(*EXPORTERS)
@speaks(
    "journal",
    {202: Answer("A worker will make the file", shapes.Export, headers={"Location": "The export"})},
    body=shapes.GivenExport,
)
def ask_for_export(body: shapes.GivenExport) -> Reply:
    """Ask for events as a file."""
    actor = current_actor()
    language = "en" if body.language == "en" else "zh_Hans"
    filters = queries.read_filters(shapes.plain(body.filters))
    asked = export.request_export(actor, filters, body.format, language=language)
    shown = export_shape(export.look_at(actor, asked.export_id))
    return Reply(shown, 202, {"Location": url_for("api.get_export", export_id=asked.export_id)})


@api.get("/exports")
@requires(*DOWNLOADERS)
@speaks("journal", {200: Answer("A page of exports", shapes.Exports)}, query=shapes.Paging)
def list_exports(query: shapes.Paging) -> shapes.Exports:
    """List one's own exports, newest first."""
    page = export.exports_of(current_actor(), after=query.cursor, size=query.limit)
    return shapes.Exports(items=[export_shape(one) for one in page.items], next=page.next)


@api.get("/exports/<uuid:export_id>")
@requires(*DOWNLOADERS)
@speaks("journal", {200: Answer("The export", shapes.Export)})
def get_export(export_id: UUID) -> shapes.Export:
    """Say how far one of one's own exports is."""
    return export_shape(export.look_at(current_actor(), export_id))


@api.get("/exports/<uuid:export_id>/file")
@requires(*DOWNLOADERS)
@speaks(
    "journal",
    {
        200: Answer(
            "The file",
            media=(*(mime.partition(";")[0] for mime in MIME.values()), ZIP),
            headers={"Repr-Digest": "SHA-256 of the file (RFC 9530)"},
        )
    },
    problems=(409,),
)
def get_export_file(export_id: UUID) -> Response:
    """Fetch the file of one of one's own exports; the download is an event."""
    return send(export.download(current_actor(), export_id))


def export_shape(found: Exported) -> shapes.Export:
    """An export as the API gives it."""
    one = found.export
    ready = found.state == "ready"
    asked_at: datetime = one.created_at
    return shapes.Export.model_validate(
        {
            "export_id": one.export_id,
            "kind": one.kind,
            "format": one.format,
            "state": found.state,
            "name": one.name,
            "rows": found.done,
            "size": one.size,
            "sha256": one.sha256,
            "asked_at": asked_at,
            "finished_at": one.finished_at,
            "file": url_for("api.get_export_file", export_id=one.export_id) if ready else None,
        }
    )
