"""Saved mappings: listed, read with their versions, retired and taken up again."""

from typing import Any
from uuid import UUID

from reviewdesk.api import mapping_shapes as shapes
from reviewdesk.api.batches import READERS, UPLOADERS
from reviewdesk.api.shapes import Paging
from reviewdesk.api.speaking import Answer, api, speaks
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Text, bad_cursor
from reviewdesk.intake import layouts, retiring
from reviewdesk.pages import current_actor, requires


@api.get("/mappings")
@requires(*READERS)
@speaks("batches", {200: Answer("A page of saved mappings", shapes.SavedMappings)}, query=shapes.SavedMappingQuery)
def list_saved_mappings(query: shapes.SavedMappingQuery) -> shapes.SavedMappings:
    """List the organisation's saved mappings, one for each header row, the one used last first."""
    with unit_of_work(current_actor()) as work:
        rows = layouts.list_layouts(work, in_use=query.in_use, after=query.cursor, size=query.limit)
    shown = rows[: query.limit]
    return shapes.SavedMappings(
        items=[_line(one) for one in shown], next=shown[-1].cursor if len(rows) > len(shown) else None
    )


@api.get("/mappings/<uuid:mapping_id>")
@requires(*READERS)
@speaks("batches", {200: Answer("The version", shapes.SavedMapping)})
def get_saved_mapping(mapping_id: UUID) -> shapes.SavedMapping:
    """Give a version of a saved mapping, and which version is followed."""
    return _saved(mapping_id)


@api.get("/mappings/<uuid:mapping_id>/versions")
@requires(*READERS)
@speaks("batches", {200: Answer("A page of versions", shapes.MappingVersions)}, query=Paging)
def list_mapping_versions(mapping_id: UUID, query: Paging) -> shapes.MappingVersions:
    """List all versions of the mapping that a version is of, each with what it changed."""
    with unit_of_work(current_actor()) as work:
        saved = layouts.find_mapping(work, mapping_id)
        rows = layouts.versions(work, saved, before=_version(query.cursor), size=query.limit)
    shown = rows[: query.limit]
    return shapes.MappingVersions(
        items=[shapes.MappingVersion.model_validate(_told(one)) for one in shown],
        next=str(shown[-1].saved.version) if len(rows) > len(shown) else None,
    )


@api.post("/mappings/<uuid:mapping_id>/retire")
@requires(*UPLOADERS)
@speaks(
    "batches",
    {200: Answer("The mapping, retired", shapes.SavedMapping)},
    body=shapes.GivenRetirement,
    problems=(409,),
)
def retire_saved_mapping(mapping_id: UUID, body: shapes.GivenRetirement) -> shapes.SavedMapping:
    """Use a saved mapping no longer: the next file with its headers waits for a person. Twice does it once.

    It is the latest version that is named, else 409 `mapping.stale`.
    """
    retiring.retire(current_actor(), mapping_id, body.reason)
    return _saved(mapping_id)


@api.post("/mappings/<uuid:mapping_id>/use")
@requires(*UPLOADERS)
@speaks("batches", {200: Answer("The mapping, in use", shapes.SavedMapping)}, problems=(409,))
def use_saved_mapping(mapping_id: UUID) -> shapes.SavedMapping:
    """Follow a retired mapping again. Twice does it once."""
    retiring.use_again(current_actor(), mapping_id)
    return _saved(mapping_id)


def _saved(mapping_id: UUID) -> shapes.SavedMapping:
    with unit_of_work(current_actor()) as work:
        saved = layouts.find_mapping(work, mapping_id)
        layout = layouts.layout_of(work, saved)
    return shapes.SavedMapping(
        mapping_id=saved.mapping_id,
        version=saved.version,
        mapping=saved.body,
        saved_by=saved.by_name,
        saved_at=saved.created_at,
        latest=_line(layout),
    )


def _line(layout: layouts.Layout) -> shapes.SavedMappingLine:
    latest, last = layout.latest, layout.last
    return shapes.SavedMappingLine(
        mapping_id=latest.mapping_id,
        version=latest.version,
        headers=layout.headers,
        filled=layout.filled,
        lenders=list(layout.lenders),
        saved_by=latest.by_name,
        saved_at=latest.created_at,
        batches=layout.batches,
        last=shapes.LastUse(batch_id=last.batch_id, name=last.name, at=last.at) if last else None,
        retired=shapes.Retired.model_validate(latest.retired) if latest.retired else None,
    )


def _told(version: layouts.Version) -> dict[str, Any]:
    saved = version.saved
    told = {"mapping_id": saved.mapping_id, "version": saved.version, "batches": version.batches}
    told |= {"saved_by": saved.by_name, "saved_at": saved.created_at}
    if version.changes is None:
        return told | {"changes": None}
    return told | {"changes": [_change(one.of, one.was, one.now) for one in version.changes]}


def _change(of: Text, was: Text | None, now: Text | None) -> dict[str, Any]:
    return {"of": of.as_json(), "was": was and was.as_json(), "now": now and now.as_json()}


def _version(cursor: str | None) -> int | None:
    if cursor is not None and not (cursor.isdecimal() and len(cursor) < 10):
        raise bad_cursor()
    return int(cursor) if cursor else None
