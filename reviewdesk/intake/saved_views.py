"""The pages of saved mappings: the list, one version with its history, and the deeds of retiring and using again."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from reviewdesk.db import unit_of_work
from reviewdesk.errors import Invalid, Stale
from reviewdesk.intake import layouts, retiring
from reviewdesk.intake.mapping import Mapping
from reviewdesk.intake.mapping_words import columns_said, headers_of, sheets_said, whole_said
from reviewdesk.pages import as_sentence, current_actor, in_my_language, page_of, requires

pages = Blueprint("mappings", __name__)

READERS = ("uploader", "reviewer", "senior_reviewer", "compliance")
SHOWN = {"used": True, "retired": False}
"""What the list may be narrowed to, and whether such mappings are in use."""
_OTHERS = ("kept", "left", "third")


@pages.get("/batches/mappings")
@requires(*READERS)
def index() -> Any:
    """The organisation's saved mappings, the one used last first."""
    after, show = request.args.get("cursor"), request.args.get("show")
    with unit_of_work(current_actor()) as work:
        rows = layouts.list_layouts(work, in_use=SHOWN.get(show or ""), after=after)
        used, retired = layouts.counts(work)
    page = page_of(rows, layouts.LAYOUTS_PER_PAGE, lambda one: one.cursor, first=after is None)
    return render_template("intake/saved_mappings.html", page=page, show=show, used=used, retired=retired)


@pages.get("/batches/mappings/<uuid:mapping_id>")
@requires(*READERS)
def show(mapping_id: UUID) -> Any:
    """A version of a saved mapping: what it makes of each column, and the versions before and after it."""
    return _page(mapping_id)


def _page(mapping_id: UUID, error: Invalid | None = None) -> str:
    before = request.args.get("cursor", type=int)
    with unit_of_work(current_actor()) as work:
        saved = layouts.find_mapping(work, mapping_id)
        layout = layouts.layout_of(work, saved)
        rows = layouts.versions(work, saved, before=before)
    mapping = Mapping.from_json(saved.body)
    columns = columns_said(mapping)
    return render_template(
        "intake/saved_mapping.html",
        saved=saved,
        layout=layout,
        headers=headers_of(mapping),
        told=[one for one in columns if one.group == "filled" or one.reason],
        others={group: [one for one in columns if one.group == group and not one.reason] for group in _OTHERS},
        whole=[(as_sentence(one.of), as_sentence(one.means)) for one in whole_said(mapping)],
        sheets=sheets_said(mapping),
        versions=page_of(rows, layouts.VERSIONS_PER_PAGE, lambda one: str(one.saved.version), first=before is None),
        error=error,
        most=retiring.MOST_REASON,
    )


@pages.post("/batches/mappings/<uuid:mapping_id>/retire")
@requires("uploader")
def retire(mapping_id: UUID) -> Any:
    """Use a mapping no longer."""
    try:
        retiring.retire(current_actor(), mapping_id, request.form.get("reason", ""))
    except Invalid as error:
        return _page(mapping_id, error), error.status
    except Stale as error:
        flash(in_my_language(error.text), "info")
    else:
        flash(_("已不再使用：下次遇到这套表头会重新询问"), "pass")
    return redirect(url_for("mappings.show", mapping_id=mapping_id))


@pages.post("/batches/mappings/<uuid:mapping_id>/use")
@requires("uploader")
def use(mapping_id: UUID) -> Any:
    """Follow a retired mapping again."""
    try:
        retiring.use_again(current_actor(), mapping_id)
    except Stale as error:
        flash(in_my_language(error.text), "info")
    else:
        flash(_("已重新使用：同样的表头直接导入"), "pass")
    return redirect(url_for("mappings.show", mapping_id=mapping_id))
