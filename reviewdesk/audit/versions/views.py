"""The pages of policies: versions, their parts as forms, differences, dry runs and approval."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from reviewdesk.accounts.roles import Ability, may, roles_with
from reviewdesk.audit.models import PolicyVersion
from reviewdesk.audit.policy import BUILT_IN, policy_names
from reviewdesk.audit.versions import drafts, dry_run, entering, folding, outline, queries, shelf, tables, words
from reviewdesk.audit.versions.differing import difference
from reviewdesk.clock import today
from reviewdesk.db import Work, new_id, unit_of_work
from reviewdesk.errors import Invalid, NotFound, ReviewDeskError, Stale, Text
from reviewdesk.intake.reading import formats
from reviewdesk.pages import current_actor, in_my_language, requires

policies = Blueprint("policies", __name__)

READERS = sorted(roles_with(Ability.SEE_CASES))
DRAFTERS = sorted(roles_with(Ability.DRAFT_POLICY))
APPROVERS = sorted(roles_with(Ability.APPROVE_POLICY))

DEFAULT_LAST = 1000


@policies.get("/policies")
@requires(*READERS)
def index() -> str:
    """Which policy holds, and every version."""
    with unit_of_work(current_actor()) as work:
        shown = queries.versions(work)
        holds = shelf.in_force(work, today())
    return render_template(
        "policies/index.html",
        versions=shown,
        holds=holds,
        built_in=policy_names(),
        bases=_choices(holds, *policy_names(), *(one.name for one in shown)),
        may_draft=_may(Ability.DRAFT_POLICY),
        today=today(),
        key=new_id(),
    )


def _choices(*names: str) -> list[tuple[str, str]]:
    """Names as the options of a select, each once."""
    return [(name, name) for name in dict.fromkeys(names)]


@policies.post("/policies")
@requires(*DRAFTERS)
def draft() -> Response:
    """Begin a version."""
    made = drafts.draft(
        current_actor(),
        request.form.get("base", BUILT_IN),
        request.form.get("reason", ""),
        effective_from=_day("effective_from"),
        key=request.form.get("key") or None,
    )
    flash(_("已建立草案 %(name)s", name=made.name), "pass")
    return redirect(url_for("policies.version", policy=made.name))


@policies.get("/policies/<policy>")
@requires(*READERS)
def version(policy: str) -> Any:
    """A version: how it differs from another, its dry runs, and what can be done with it."""
    if policy in policy_names():
        return redirect(url_for("policies.section", policy=policy, section="parameters"))
    actor = current_actor()
    with unit_of_work(actor) as work:
        found = shelf.find(work, policy)
        against = request.args.get("against") or found.base
        changes = difference(shelf.body_named(work, against), shelf.completed(found.body))
        runs = queries.dry_runs(work, found)
        others = _choices(*policy_names(), *(one.name for one in queries.versions(work) if one.name != policy))
        holds = shelf.in_force(work, today())
        batches = queries.batches(work)
    return render_template(
        "policies/version.html",
        version=found,
        against=against,
        changes=changes,
        sections=words.SECTIONS,
        runs=runs,
        digest=shelf.digest(found.body),
        others=others,
        holds=holds,
        batches=batches,
        unverified=outline.unverified(shelf.completed(found.body)),
        may_draft=_may(Ability.DRAFT_POLICY),
        may_approve=_may(Ability.APPROVE_POLICY),
        had_hand=str(actor.person_id) in found.hands,
        last=DEFAULT_LAST,
        holds_from=max(found.effective_from, today()),
        key=new_id(),
    )


@policies.get("/policies/<policy>/parts/<section>")
@requires(*READERS)
def section(policy: str, section: str) -> str:
    """One part of a policy; of a draft, as a form."""
    return _section(policy, section)


@policies.post("/policies/<policy>/parts/<section>")
@requires(*DRAFTERS)
def edit(policy: str, section: str) -> Any:
    """Change one part of a draft; what cannot be stored is shown again as it was typed, with what is wrong."""
    try:
        done = drafts.edit(current_actor(), policy, section, request.form, _seen())
    except (Invalid, Stale) as error:
        return _section(policy, section, error=error, typed=request.form), error.status
    number = len(done.differences)
    flash(_("已保存，改动 %(n)s 处", n=number) if number else _("没有改动"), "pass")
    return redirect(url_for("policies.section", policy=policy, section=section))


def _section(
    policy: str, section: str, error: ReviewDeskError | None = None, typed: entering.Entered | None = None
) -> str:
    if section not in words.SECTIONS:
        raise NotFound("policy.section", Text("没有这一部分。", "There is no such section."))
    with unit_of_work(current_actor()) as work:
        found = None if policy in policy_names() else shelf.find(work, policy)
        body = shelf.body_named(work, policy)
        changes = difference(shelf.body_named(work, found.base), body) if found else []
    grids = outline.grids(body, section)
    shown = entering.filled(outline.grids(body, section), typed) if typed else grids
    wrong = _wrong(grids, error)
    editable = found is not None and found.state == "draft" and _may(Ability.DRAFT_POLICY)
    return render_template(
        "policies/section.html",
        policy=policy,
        version=found,
        section=section,
        sections=words.SECTIONS,
        grids=shown,
        folded=folding.folded(shown, [one for one in changes if one.section == section], wrong),
        unsaved=_unsaved(grids, shown),
        option_words=words.OPTIONS,
        formats=formats,
        editable=editable,
        error=error,
        wrong=wrong,
    )


def _unsaved(stored: list[outline.Grid], shown: list[outline.Grid]) -> set[str]:
    """The paths of the rows that show something else than is stored."""
    rows = {row.path: row for grid in stored for row in (*grid.rows, *grid.blank)}
    return {
        row.path
        for grid in shown
        for row in (*grid.rows, *grid.blank)
        if any(not cell.same_as(kept) for cell, kept in zip(row.cells, rows[row.path].cells, strict=True))
    }


def _wrong(grids: list[outline.Grid], error: ReviewDeskError | None) -> dict[str, dict[str, str] | None]:
    """The paths of the cells that an error is about, those of a whole row too, with what is said of each."""
    cells = [cell.path for grid in grids for row in (*grid.rows, *grid.blank) for cell in row.cells]
    found: dict[str, dict[str, str] | None] = {}
    for one in error.details.get("errors", ()) if error else ():
        about = [path for path in cells if path == one["field"] or path.startswith(f"{one['field']}/")]
        found |= dict.fromkeys(about[1:]) | dict.fromkeys(about[:1], one["message"])
    return found


@policies.get("/policies/<policy>/tables/<table>")
@requires(*READERS)
def table(policy: str, table: str) -> Response:
    """A dated table as CSV, in the form that an import reads."""
    answer = Response(drafts.download_table(current_actor(), policy, table), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f"attachment; filename={policy}-{table}.csv"
    return answer


@policies.post("/policies/<policy>/tables/<table>")
@requires(*DRAFTERS)
def import_table(policy: str, table: str) -> Any:
    """Take the rows of a workbook or text table into a dated table of a draft."""
    path, replace = tables.path_of(table), "replace" in request.form
    part = next(name for name, (_title, paths) in words.SECTIONS.items() if path in paths)
    try:
        with uploaded() as file:
            take = partial(tables.from_file, table=table, file=file, cites=_cites(), replace=replace)
            taken, _edited = drafts.import_table(current_actor(), policy, table, take, _seen())
    except (Invalid, Stale) as error:
        return _section(policy, part, error=error), error.status
    told = {"added": taken.added, "replaced": taken.replaced, "removed": taken.removed}
    flash(_("已导入：新增 %(added)s 行，替换 %(replaced)s 行，移除 %(removed)s 行", **told), "pass")
    return redirect(url_for("policies.section", policy=policy, section=part))


def _cites() -> str:
    return request.form.get("cites", "").strip()


@contextmanager
def uploaded() -> Iterator[Path]:
    """The uploaded file, kept for as long as it is read."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise Invalid("policy.file", Text("请选择文件。", "Choose a file."), field="file")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"table{Path(sent.filename).suffix.lower()[:8]}"
        sent.save(path)
        yield path


@policies.post("/policies/<policy>/dry-runs")
@requires(*DRAFTERS)
def begin_dry_run(policy: str) -> Response:
    """Try a version on a batch or on the latest cases."""
    dry_run_id = dry_run.begin(current_actor(), policy, _scope(), key=request.form.get("key") or None)
    flash(_("试运行已开始"), "info")
    return redirect(url_for("policies.dry_run_result", policy=policy, dry_run_id=dry_run_id))


def _scope() -> dict[str, Any]:
    form = request.form
    try:
        return {"batch": str(UUID(form["batch"]))} if form.get("batch") else {"last": int(form.get("last", ""))}
    except ValueError as error:
        raise Invalid(
            "policy.dry_run_cases",
            Text("请选择批次，或填写最近案件的件数。", "Choose a batch, or say how many of the latest cases."),
            field="last",
        ) from error


@policies.get("/policies/<policy>/dry-runs/<uuid:dry_run_id>")
@requires(*READERS)
def dry_run_result(policy: str, dry_run_id: UUID) -> str:
    """What a version would change: counts, and the cases whose verdict would be another."""
    with unit_of_work(current_actor()) as work:
        found = shelf.find(work, policy)
        run = queries.dry_run(work, found, dry_run_id)
        batch = _batch_name(work, run.scope)
        at = queries.progress_of(work, run)
    return render_template(
        "policies/dry_run.html",
        version=found,
        run=run,
        batch=batch,
        at=at,
        fits=run.digest == shelf.digest(found.body),
        title=lambda check: in_my_language(outline.check_title(check)),
        most=dry_run.MOST_LISTED,
        may_draft=_may(Ability.DRAFT_POLICY),
        may_approve=_may(Ability.APPROVE_POLICY) and _is_second(found),
    )


def _batch_name(work: Work, scope: dict[str, Any]) -> str | None:
    if "batch" not in scope:
        return None
    name: str = work.execute(
        "SELECT name FROM batches WHERE org_id = :org AND batch_id = CAST(:batch AS uuid)",
        org=work.org_id,
        batch=scope["batch"],
    ).scalar_one()
    return name


def _is_second(found: PolicyVersion) -> bool:
    return str(current_actor().person_id) not in found.hands


@policies.post("/policies/<policy>/propose")
@requires(*DRAFTERS)
def propose(policy: str) -> Response:
    """Put a draft forward for approval with its dry run."""
    drafts.propose(current_actor(), policy, _dry_run_id(), _seen())
    flash(_("已提交，等待合规专员批准"), "pass")
    return redirect(url_for("policies.version", policy=policy))


@policies.post("/policies/<policy>/approve")
@requires(*APPROVERS)
def approve(policy: str) -> Response:
    """Approve a version, naming the dry run that was looked at."""
    drafts.approve(current_actor(), policy, _dry_run_id())
    flash(_("已批准 %(name)s", name=policy), "pass")
    return redirect(url_for("policies.version", policy=policy))


@policies.post("/policies/<policy>/send-back")
@requires(*DRAFTERS)
def send_back(policy: str) -> Response:
    """Make a proposed version a draft again."""
    drafts.send_back(current_actor(), policy, request.form.get("reason", ""))
    flash(_("已退回起草"), "pass")
    return redirect(url_for("policies.version", policy=policy))


@policies.post("/policies/<policy>/retire")
@requires(*DRAFTERS)
def retire(policy: str) -> Response:
    """Discard a draft, or end the use of an approved version."""
    drafts.retire(current_actor(), policy, request.form.get("reason", ""))
    flash(_("已停用 %(name)s", name=policy), "pass")
    return redirect(url_for("policies.index"))


def _day(name: str) -> date | None:
    """A day of the form that may be absent."""
    try:
        return date.fromisoformat(request.form[name]) if request.form.get(name) else None
    except ValueError as error:
        raise Invalid(
            "policy.value", Text("须为日期，如 2026-11-25。", "A day such as 2026-11-25 is expected."), field=name
        ) from error


def _may(ability: Ability) -> bool:
    return may(current_actor().roles, ability)


def _seen() -> int:
    """The count of changes of the draft as the form showed it."""
    raw = request.form.get("edit", "")
    if not raw.isdecimal():
        raise Invalid(
            "policy.edit", Text("表单不完整，请刷新后重试。", "The form is incomplete; reload and try again.")
        )
    return int(raw)


def _dry_run_id() -> UUID:
    try:
        return UUID(request.form.get("dry_run", ""))
    except ValueError as error:
        raise Invalid("policy.dry_run", Text("请选择试运行。", "Choose a dry run."), field="dry_run") from error
