"""Earlier audits of a case as they were, what changed between two, and the case's facts by version."""

from typing import Any

from reviewdesk.accounts.roles import Ability, roles_with
from reviewdesk.api import record_shapes as shapes
from reviewdesk.api.shapes import Sentence
from reviewdesk.api.speaking import Answer, api, speaks
from reviewdesk.audit.models import AuditRun
from reviewdesk.audit.queries import findings_of, runs_of
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Invalid, Text
from reviewdesk.intake.fact_forms import facts_for_people
from reviewdesk.intake.superseding import Version, facts_at, versions_of
from reviewdesk.pages import current_actor, requires
from reviewdesk.review import replay
from reviewdesk.review.desk import visible_case
from reviewdesk.review.fact_changes import Differs, differing

READERS = sorted(roles_with(Ability.SEE_CASES))


@api.get("/cases/<int:case_id>/runs")
@requires(*READERS)
@speaks("audits", {200: Answer("The audits", shapes.Runs)})
def list_runs(case_id: int) -> shapes.Runs:
    """List the audits of a case, latest first."""
    with unit_of_work(current_actor()) as work:
        case = visible_case(work, case_id, "review:case:open")
        return shapes.Runs(items=[_line(run) for run in runs_of(work, case.case_id)])


@api.get("/cases/<int:case_id>/runs/<int:run_id>")
@requires(*READERS)
@speaks("audits", {200: Answer("The audit", shapes.FullRun)})
def get_run(case_id: int, run_id: int) -> shapes.FullRun:
    """Give one audit of a case with its findings, on the facts that it saw."""
    with unit_of_work(current_actor()) as work:
        case = visible_case(work, case_id, "review:case:open")
        run = replay.run_of(work, case, run_id)
        facts = replay.facts_of_run(work, case, run)
        findings = findings_of(run, facts.facts) if facts else None
    return shapes.FullRun.model_validate(_members(run) | {"findings": findings})


@api.get("/cases/<int:case_id>/runs/<int:run_id>/changes")
@requires(*READERS)
@speaks("audits", {200: Answer("What changed", shapes.WhatChanged)}, query=shapes.Between)
def what_changed(case_id: int, run_id: int, query: shapes.Between) -> shapes.WhatChanged:
    """Say what an audit says otherwise than an earlier one, and whether new rules or new facts did it.

    Of a case's first audit there is nothing to say. The facts of then and of now are audited under the rules of then
    and of now, all four, to tell the two apart.
    """
    with unit_of_work(current_actor()) as work:
        case = visible_case(work, case_id, "review:case:open")
        later = replay.run_of(work, case, run_id)
        earlier = replay.run_of(work, case, query.earlier) if query.earlier else replay.run_before(work, later)
        if earlier is None:
            return shapes.WhatChanged(earlier=None, later=_line(later), changes=[], facts=None)
        if earlier.run_id >= later.run_id:
            raise Invalid("run.order", Text("只能与更早的审核比较。", "Only with an earlier audit."), field="earlier")
        explained = replay.explained(work, case, earlier, later)
        sides = [replay.facts_of_run(work, case, run) for run in (earlier, later)]
    facts = None if sides[0] is None or sides[1] is None else differing(sides[0], sides[1])
    return shapes.WhatChanged(
        earlier=_line(earlier),
        later=_line(later),
        changes=[_change(one) for one in explained],
        facts=None if facts is None else [_differs(one) for one in facts],
    )


@api.get("/cases/<int:case_id>/facts")
@requires(*READERS)
@speaks("audits", {200: Answer("The versions", shapes.FactsVersions)})
def list_facts_versions(case_id: int) -> shapes.FactsVersions:
    """List the versions of a case's facts: how each came to be, by whom and when."""
    with unit_of_work(current_actor()) as work:
        case = visible_case(work, case_id, "review:case:open")
        versions = versions_of(work, case)
        return shapes.FactsVersions(
            items=[shapes.FactsVersion.model_validate(_version(one, case.facts_version)) for one in versions]
        )


@api.get("/cases/<int:case_id>/facts/<int:version>")
@requires(*READERS)
@speaks("audits", {200: Answer("The facts", shapes.FactsOfVersion)})
def get_facts_version(case_id: int, version: int) -> shapes.FactsOfVersion:
    """Give the facts of a case in one of their versions, personal ones masked."""
    with unit_of_work(current_actor()) as work:
        case = visible_case(work, case_id, "review:case:open")
        given = facts_at(work, case, version)
        made = next(one for one in versions_of(work, case) if one.version == version)
        facts = facts_for_people({**given.facts, **given.personal}, reveal=False)
        return shapes.FactsOfVersion.model_validate(_version(made, case.facts_version) | {"facts": facts})


# ------------------------------------------------------------------------------------------------ writing


def _members(run: AuditRun) -> dict[str, Any]:
    named = ("run_id", "is_current", "policy", "as_of", "facts_version", "verdict", "failed", "warned", "missing")
    return {name: getattr(run, name) for name in (*named, "claimable", "excess", "limitation_expiry")} | {
        "at": run.created_at
    }


def _line(run: AuditRun) -> shapes.RunLine:
    return shapes.RunLine.model_validate(_members(run))


def _change(one: replay.Explained) -> shapes.RunChange:
    change = one.change
    return shapes.RunChange.model_validate(
        {
            "check": change.check,
            "title": Sentence.of(change.title),
            "earlier": change.earlier,
            "later": change.later,
            "cause": one.cause,
        }
    )


def _differs(one: Differs) -> shapes.FactDifference:
    return shapes.FactDifference(
        fact=one.name,
        label=Sentence.of(one.label),
        before=Sentence.of(one.before) if one.before else None,
        after=Sentence.of(one.after) if one.after else None,
        gone=[Sentence.of(row) for row in one.gone],
        come=[Sentence.of(row) for row in one.come],
    )


def _version(one: Version, current: int) -> dict[str, Any]:
    return {
        "version": one.version,
        "is_current": one.version == current,
        "why": one.why,
        "by": one.by,
        "at": one.at,
    }
