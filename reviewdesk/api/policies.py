"""Policies: which holds, what each states, how they differ, and dry runs with their results."""

from typing import Any
from uuid import UUID

from reviewdesk.accounts.roles import Ability, roles_with
from reviewdesk.api import policy_shapes as shapes
from reviewdesk.api.shapes import Sentence
from reviewdesk.api.speaking import KEY, LONGEST_KEY, SAME_KEY, Answer, Reply, api, header, speaks
from reviewdesk.audit.models import DryRun, PolicyVersion
from reviewdesk.audit.policy import BUILT_IN, load_policy, policy_names
from reviewdesk.audit.versions import dry_run, outline, queries, shelf
from reviewdesk.audit.versions.differing import Difference, difference
from reviewdesk.clock import today
from reviewdesk.db import Work, unit_of_work
from reviewdesk.errors import Invalid, Text
from reviewdesk.pages import current_actor, requires

READERS = sorted(roles_with(Ability.SEE_CASES))
DRAFTERS = sorted(roles_with(Ability.DRAFT_POLICY))


@api.get("/policies")
@requires(*READERS)
@speaks("policies", {200: Answer("The policies", shapes.Policies)})
def list_policies() -> shapes.Policies:
    """List the organisation's versions and the built-in policies, and say which holds today."""
    with unit_of_work(current_actor()) as work:
        holds = shelf.in_force(work, today())
        own = [_own(one, holds) for one in queries.versions(work)]
    built_in = [_built_in(name, holds) for name in policy_names()]
    return shapes.Policies(items=[shapes.PolicyLine.model_validate(one) for one in (*own, *built_in)])


@api.get("/policies/<policy>")
@requires(*READERS)
@speaks("policies", {200: Answer("The policy", shapes.FullPolicy)})
def get_policy(policy: str) -> shapes.FullPolicy:
    """Give a policy with every number, list and citation that it states."""
    return full_policy(policy)


def full_policy(policy: str) -> shapes.FullPolicy:
    """A policy as the API gives it.

    Raises:
        NotFound: there is none of that name.
    """
    with unit_of_work(current_actor()) as work:
        holds, version = shelf.in_force(work, today()), version_of(work, policy)
        body = shelf.body_named(work, policy)
    line = _built_in(policy, holds) if version is None else _own(version, holds)
    stored = body if version is None else version.body
    rest = {
        "body": body,
        "digest": shelf.digest(stored),
        "edit": version.edit if version else None,
        "hands": version.hands if version else [],
        "dry_run_id": version.dry_run_id if version else None,
        "unverified": list(outline.policy_from(body).unverified),
    }
    return shapes.FullPolicy.model_validate(line | rest)


@api.get("/policies/<policy>/differences")
@requires(*READERS)
@speaks("policies", {200: Answer("What differs", shapes.PolicyDifferences)}, query=shapes.Against)
def policy_differences(policy: str, query: shapes.Against) -> shapes.PolicyDifferences:
    """Say how a policy differs from the one that it was made from, or from any other."""
    with unit_of_work(current_actor()) as work:
        version = version_of(work, policy)
        against = query.against or (version.base if version else BUILT_IN)
        found = difference(shelf.body_named(work, against), shelf.body_named(work, policy))
    return shapes.PolicyDifferences(name=policy, against=against, items=differences_shape(found))


@api.get("/policies/<policy>/dry-runs")
@requires(*READERS)
@speaks("policies", {200: Answer("The dry runs", shapes.DryRuns)})
def list_dry_runs(policy: str) -> shapes.DryRuns:
    """List the dry runs of a version, latest first."""
    with unit_of_work(current_actor()) as work:
        version = shelf.find(work, policy)
        runs = queries.dry_runs(work, version)
    return shapes.DryRuns(items=[shapes.DryRunLine.model_validate(_dry_run(one, version)) for one in runs])


@api.post("/policies/<policy>/dry-runs")
@requires(*DRAFTERS)
@speaks(
    "policies",
    {202: Answer("The dry run is asked for", shapes.DryRun, headers={"Location": "where to follow it"})},
    body=shapes.GivenDryRun,
    headers={KEY: SAME_KEY},
    problems=(409,),
)
def begin_dry_run(policy: str, body: shapes.GivenDryRun) -> Reply:
    """Try a version on a batch, or on the latest cases, against the policy in force. No case changes."""
    if (body.batch is None) == (body.last is None):
        raise Invalid(
            "policy.dry_run_cases",
            Text("请选择批次，或填写最近案件的件数。", "Name a batch, or say how many of the latest cases."),
            field="last",
        )
    scope: dict[str, Any] = {"batch": str(body.batch)} if body.batch else {"last": body.last}
    dry_run_id = dry_run.begin(current_actor(), policy, scope, key=header(KEY, LONGEST_KEY))
    where = f"/api/v1/policies/{policy}/dry-runs/{dry_run_id}"
    return Reply(_full(policy, dry_run_id), 202, {"Location": where})


@api.get("/policies/<policy>/dry-runs/<uuid:dry_run_id>")
@requires(*READERS)
@speaks("policies", {200: Answer("The dry run", shapes.DryRun)})
def get_dry_run(policy: str, dry_run_id: UUID) -> shapes.DryRun:
    """Give a dry run: counts of all cases, and the first cases whose verdict would change, with why."""
    return _full(policy, dry_run_id)


def _full(policy: str, dry_run_id: UUID) -> shapes.DryRun:
    with unit_of_work(current_actor()) as work:
        version = shelf.find(work, policy)
        run = queries.dry_run(work, version, dry_run_id)
        at = queries.progress_of(work, run)
    done = run.state == "done"
    rest: dict[str, Any] = {"progress": {"done": at.done, "total": at.total, "failed": at.failed}}
    rest |= {"counts": _counts(run.counts) if done else None, "changed": [_changed(one) for one in run.changed]}
    return shapes.DryRun.model_validate(_dry_run(run, version) | rest)


# ------------------------------------------------------------------------------------------------ writing


def version_of(work: Work, name: str) -> PolicyVersion | None:
    """The organisation's version of a name; None for a built-in policy."""
    return None if name in policy_names() else shelf.find(work, name)


def _own(one: Any, holds: str) -> dict[str, Any]:
    return {
        "name": one.name,
        "state": one.state,
        "in_force": one.name == holds,
        "effective_from": one.effective_from,
        "base": one.base,
        "reason": one.reason,
        "by": one.by_name,
        "at": one.created_at,
        "approved_by": one.approved_by_name,
        "approved_at": one.approved_at,
    }


def _built_in(name: str, holds: str) -> dict[str, Any]:
    nobody = dict.fromkeys(("base", "reason", "by", "at", "approved_by", "approved_at"))
    since = load_policy(name).effective_from
    return {"name": name, "state": "built_in", "in_force": name == holds, "effective_from": since} | nobody


def differences_shape(found: list[Difference]) -> list[shapes.PolicyDifference]:
    """What differs, as the API gives it."""
    return [
        shapes.PolicyDifference(
            section=one.section,
            where=Sentence.of(one.where),
            before=Sentence.of(one.before) if one.before else None,
            after=Sentence.of(one.after) if one.after else None,
        )
        for one in found
    ]


def _dry_run(one: DryRun, version: PolicyVersion) -> dict[str, Any]:
    return {
        "dry_run_id": one.dry_run_id,
        "policy": version.name,
        "against": one.against,
        "as_of": one.as_of,
        "scope": one.scope,
        "state": one.state,
        "fits": one.digest == shelf.digest(version.body),
        "by": one.by_name,
        "at": one.created_at,
        "finished_at": one.finished_at,
    }


def _counts(counts: dict[str, Any]) -> dict[str, Any]:
    before, after = counts["claimable"]
    uncomputed_before, uncomputed_after = counts.get("uncomputed", (None, None))
    return {
        "cases": counts["cases"],
        "verdict_changes": counts["verdict_changes"],
        "claimable_changes": counts["claimable_changes"],
        "claimable_before": before,
        "claimable_after": after,
        "uncomputed_before": uncomputed_before,
        "uncomputed_after": uncomputed_after,
        "moves": [
            {"earlier": old, "later": new, "cases": cases, "claimed": claimed}
            for old, new, cases, claimed in counts["moves"]
        ],
        "checks": [
            {"check": check, "earlier": old, "later": new, "cases": cases}
            for check, old, new, cases in counts["checks"]
        ],
    }


def _changed(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "case_id": one["case"],
        "number": one["number"],
        "claimed": one["claimed"],
        "earlier": one["verdicts"][0],
        "later": one["verdicts"][1],
        "claimable_before": one["claimable"][0],
        "claimable_after": one["claimable"][1],
        "checks": [{"check": check, "earlier": old, "later": new} for check, old, new in one["checks"]],
    }
