"""Drafting a policy through the API: begin a version, change it, put it forward, approve it, end its use."""

import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from flask import Response, request

from reviewdesk.accounts.roles import Ability, roles_with
from reviewdesk.api import policy_shapes as shapes
from reviewdesk.api.policies import DRAFTERS, READERS, differences_shape, full_policy, version_of
from reviewdesk.api.shapes import Sentence
from reviewdesk.api.speaking import JSON, KEY, LONGEST_KEY, SAME_KEY, Answer, Reply, api, header, speaks
from reviewdesk.audit.registry import CHECKS
from reviewdesk.audit.versions import drafts, outline, shelf, tables, words
from reviewdesk.audit.versions.drafts import Edited
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Invalid, NotFound, Text
from reviewdesk.money import plain
from reviewdesk.pages import current_actor, requires

APPROVERS = sorted(roles_with(Ability.APPROVE_POLICY))
CSV = "text/csv"


@api.post("/policies")
@requires(*DRAFTERS)
@speaks(
    "policies",
    {201: Answer("The draft", shapes.FullPolicy, headers={"Location": "where it is"})},
    body=shapes.GivenDraft,
    headers={KEY: SAME_KEY},
    problems=(404, 409),
)
def draft_policy(body: shapes.GivenDraft) -> Reply:
    """Begin a version of one's own from a built-in policy or an earlier version."""
    made = drafts.draft(
        current_actor(), body.base, body.reason, effective_from=body.effective_from, key=header(KEY, LONGEST_KEY)
    )
    return Reply(full_policy(made.name), 201, {"Location": f"/api/v1/policies/{made.name}"})


# ------------------------------------------------------------------------------------------------ values


@api.get("/policies/<policy>/values")
@requires(*READERS)
@speaks("policies", {200: Answer("The values", shapes.PolicyValues)}, query=shapes.OfSection)
def list_policy_values(policy: str, query: shapes.OfSection) -> shapes.PolicyValues:
    """List every value of a policy with its path, type, unit and bounds: what a change of a draft may name.

    A path that has a row's number in it holds for the `edit` that comes with it.
    """
    if query.section is not None and query.section not in words.SECTIONS:
        known = ", ".join(words.SECTIONS)
        raise Invalid(
            "policy.section",
            Text(f"没有这一部分；现有：{known}", f"There is no such section; known: {known}"),
            field="section",
        )
    with unit_of_work(current_actor()) as work:
        version, body = version_of(work, policy), shelf.body_named(work, policy)
    items = [_value(*one) for one in outline.every_cell(body) if query.section in (None, one[0])]
    return shapes.PolicyValues(name=policy, edit=version.edit if version else None, items=items)


def _value(section: str, grid: outline.Grid, row: outline.Row, cell: outline.Cell) -> shapes.PolicyValue:
    of, value = row.bounds if cell.field == "value" else None, cell.value
    if cell.kind.name == "int" and value:
        value = int(value)
    return shapes.PolicyValue.model_validate(
        {
            "path": cell.path,
            "section": section,
            "where": Sentence.of(grid.place_of(row, cell)),
            "kind": cell.kind.name,
            "options": list(cell.kind.options),
            "optional": cell.kind.optional,
            "value": None if value == "" and cell.kind.optional else value,
            "bounds": {"unit": of.unit, "min": plain(of.least), "max": plain(of.most)} if of else None,
        }
    )


@api.patch("/policies/<policy>/values")
@requires(*DRAFTERS)
@speaks("policies", {200: Answer("What changed", shapes.EditedPolicy)}, body=shapes.GivenValues, problems=(409,))
def change_policy_values(policy: str, body: shapes.GivenValues) -> shapes.EditedPolicy:
    """Change values of a draft: all of them, or none.

    422 names in `errors` every path whose value cannot be stored, and why. 409 `policy.stale`: somebody changed the
    draft since; `policy.state`: it is no draft.
    """
    values = {one.path: one.value for one in body.changes}
    return _edited(policy, drafts.change(current_actor(), policy, values, body.edit))


@api.patch("/policies/<policy>/checks/<check>")
@requires(*DRAFTERS)
@speaks("policies", {200: Answer("What changed", shapes.EditedPolicy)}, body=shapes.GivenCheckRule, problems=(409,))
def change_policy_check(policy: str, check: str, body: shapes.GivenCheckRule) -> shapes.EditedPolicy:
    """Switch a check of a draft off or on, or let it count otherwise, with the reason."""
    if check not in CHECKS:
        raise NotFound("check.unknown", Text(f"没有审核项“{check}”。", f"There is no check {check}."))
    given: dict[str, Any] = {"enabled": body.enabled, "severity": body.severity, "reason": body.reason}
    values = {f"checks/{check}/{name}": value for name, value in given.items() if value is not None}
    return _edited(policy, drafts.change(current_actor(), policy, values, body.edit))


def _edited(policy: str, done: Edited) -> shapes.EditedPolicy:
    return shapes.EditedPolicy(name=policy, edit=done.edit, items=differences_shape(done.differences))


# ------------------------------------------------------------------------------------------------ dated tables


@api.get("/policies/<policy>/tables/<table>")
@requires(*READERS)
@speaks(
    "policies",
    {200: Answer("The table, in the form that `Accept` asks for", shapes.PolicyTable, media=(CSV,))},
    headers={"Accept": f"`{JSON}` (default), `{CSV}`"},
)
def get_policy_table(policy: str, table: str) -> shapes.PolicyTable | Response:
    """Give a dated table: `lpr-values`, `wages` or `holidays`. As CSV it is what an import reads, and an event."""
    if request.accept_mimetypes.best_match([JSON, CSV], JSON) == CSV:
        return Response(drafts.download_table(current_actor(), policy, table), mimetype=CSV)
    with unit_of_work(current_actor()) as work:
        version, body = version_of(work, policy), shelf.body_named(work, policy)
    rows = tables.rows_of(body, table)
    return shapes.PolicyTable(name=policy, table=table, edit=version.edit if version else None, rows=rows)


@api.post("/policies/<policy>/tables/<table>")
@requires(*DRAFTERS)
@speaks("policies", {200: Answer("What changed", shapes.ImportedTable)}, body=shapes.GivenRows, problems=(409,))
def import_policy_rows(policy: str, table: str, body: shapes.GivenRows) -> shapes.ImportedTable:
    """Take rows into a dated table of a draft: all of them, or none."""
    take = partial(tables.from_rows, table=table, rows=body.rows, cites=body.cites, replace=body.replace)
    return _imported(policy, table, take, body.edit)


@api.post("/policies/<policy>/tables/<table>/file")
@requires(*DRAFTERS)
@speaks("policies", {200: Answer("What changed", shapes.ImportedTable)}, form=shapes.TableForm, problems=(409,))
def import_policy_file(policy: str, table: str, form: shapes.TableForm) -> shapes.ImportedTable:
    """Take the rows of a workbook or text table into a dated table of a draft."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise Invalid("policy.file", Text("请附文件。", "Send a file."), field="file")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"table{Path(sent.filename).suffix.lower()[:8]}"
        sent.save(path)
        replace = form.replace == "true"
        take = partial(tables.from_file, table=table, file=path, cites=form.cites, replace=replace)
        return _imported(policy, table, take, int(form.edit))


def _imported(policy: str, table: str, take: drafts.Take, edit: int) -> shapes.ImportedTable:
    taken, done = drafts.import_table(current_actor(), policy, table, take, edit)
    return shapes.ImportedTable(
        name=policy,
        edit=done.edit,
        items=differences_shape(done.differences),
        added=taken.added,
        replaced=taken.replaced,
        removed=taken.removed,
    )


# ------------------------------------------------------------------------------------------------ steps


@api.post("/policies/<policy>/propose")
@requires(*DRAFTERS)
@speaks("policies", {200: Answer("It waits", shapes.FullPolicy)}, body=shapes.GivenProposal, problems=(409,))
def propose_policy(policy: str, body: shapes.GivenProposal) -> shapes.FullPolicy:
    """Put a draft forward for approval, with a finished dry run of it as it stands."""
    drafts.propose(current_actor(), policy, body.dry_run, body.edit)
    return full_policy(policy)


@api.post("/policies/<policy>/send-back")
@requires(*DRAFTERS)
@speaks("policies", {200: Answer("The draft", shapes.FullPolicy)}, body=shapes.GivenPolicyReason, problems=(409,))
def send_policy_back(policy: str, body: shapes.GivenPolicyReason) -> shapes.FullPolicy:
    """Make a proposed version a draft again."""
    drafts.send_back(current_actor(), policy, body.reason)
    return full_policy(policy)


@api.post("/policies/<policy>/approve")
@requires(*APPROVERS)
@speaks("policies", {200: Answer("It holds", shapes.FullPolicy)}, body=shapes.GivenApproval, problems=(409,))
def approve_policy(policy: str, body: shapes.GivenApproval) -> shapes.FullPolicy:
    """Approve a proposed version, naming the dry run that was looked at. It holds from its effective date on.

    403 for anybody who had a hand in the draft; the attempt is an event.
    """
    drafts.approve(current_actor(), policy, body.dry_run)
    return full_policy(policy)


@api.post("/policies/<policy>/retire")
@requires(*DRAFTERS)
@speaks("policies", {200: Answer("It is retired", shapes.FullPolicy)}, body=shapes.GivenPolicyReason, problems=(409,))
def retire_policy(policy: str, body: shapes.GivenPolicyReason) -> shapes.FullPolicy:
    """Discard a draft, or end the use of an approved version (a compliance officer); the one before it holds again."""
    drafts.retire(current_actor(), policy, body.reason)
    return full_policy(policy)
