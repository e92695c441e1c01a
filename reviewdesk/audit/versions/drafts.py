"""Drafting a policy: a version of one's own, changed step by step, tried, put forward, approved by somebody else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from reviewdesk.accounts.roles import Ability, may
from reviewdesk.actor import Actor
from reviewdesk.audit.models import DryRun, PolicyVersion
from reviewdesk.audit.policy import BUILT_IN, load_policy
from reviewdesk.audit.policy_errors import Problem, problem, refused
from reviewdesk.audit.versions import entering, outline, shelf, tables, words
from reviewdesk.audit.versions.differing import Difference, difference
from reviewdesk.audit.versions.entering import Entered
from reviewdesk.audit.versions.outline import Body, body_of, policy_from
from reviewdesk.audit.versions.shelf import body_named, digest
from reviewdesk.clock import now, today
from reviewdesk.db import Work, new_id, unit_of_work
from reviewdesk.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal, Stale, Text
from reviewdesk.idempotency import earlier, keyed
from reviewdesk.journal.service import record

MOST_TOLD: Final = 60
"""Changes that one event spells out."""

MOST_REASON: Final = 500


def draft(
    actor: Actor, base: str, reason: str, *, effective_from: date | None = None, key: str | None = None
) -> PolicyVersion:
    """Begin a version from a built-in or earlier one. It is to hold from today where no other day is given.

    `key` is the caller's idempotency key: the same key and request return the same version, however often they come.

    Raises:
        NotFound: there is no such base.
        Invalid: no reason is given.
        Conflict: the key was used for another request.
    """
    reason, request = _reason(reason), {"base": base, "reason": reason, "effective_from": effective_from}
    with unit_of_work(actor) as work:
        work.execute("SELECT pg_advisory_xact_lock(hashtextextended(:held, 3))", held=str(work.org_id))
        return earlier(work, PolicyVersion, key, request) or _drafted(
            work, base, reason, effective_from, keyed(key, request)
        )


def _drafted(
    work: Work, base: str, reason: str, effective_from: date | None, key: dict[str, str | None]
) -> PolicyVersion:
    actor, body = work.actor, body_named(work, base)
    last = work.session.scalar(select(func.max(PolicyVersion.version)).where(PolicyVersion.org_id == work.org_id))
    version = (last or 0) + 1
    name = f"{BUILT_IN}-v{version}"
    body = {**body, "name": name, "effective_from": (effective_from or today()).isoformat()}
    made = PolicyVersion(
        org_id=work.org_id,
        policy_id=new_id(),
        name=name,
        version=version,
        base=base,
        state="draft",
        body=body,
        reason=reason,
        effective_from=date.fromisoformat(body["effective_from"]),
        hands=[str(actor.person_id)],
        by_id=actor.person_id,
        by_name=actor.name,
        **key,
    )
    work.session.add(made)
    work.session.flush()
    told = {"policy": name, "base": base, "effective_from": body["effective_from"], "reason": reason}
    record(work, "audit:policy:draft", ("policy", name), new=told)
    return made


@dataclass(frozen=True, slots=True)
class Edited:
    """A draft that was changed: the count of its changes now, and what differs from before."""

    edit: int
    differences: list[Difference]


def edit(actor: Actor, name: str, section: str, form: Entered, edit_seen: int) -> Edited:
    """Change one section of a draft by a form.

    Raises:
        Stale: somebody changed the draft since the form was shown.
        Conflict: it is no draft any more.
        Invalid: values cannot be read, the policy would not hold together, or a changed check has no reason.
    """
    if section not in words.SECTIONS:
        raise NotFound("policy.section", Text("没有这一部分。", "There is no such section."))
    with unit_of_work(actor) as work:
        version = _draft(work, name, edit_seen)
        body = entering.changed(shelf.completed(version.body), section, form)
        return _store(work, version, body, "audit:policy:edit", {"section": section})


def change(actor: Actor, name: str, values: Mapping[str, Any], edit_seen: int) -> Edited:
    """Change values of a draft by their paths, as `parameters/adult_age/value`.

    Raises:
        Stale, Conflict, Invalid: as for `edit`; `details["errors"]` names every path that is wrong.
    """
    with unit_of_work(actor) as work:
        version = _draft(work, name, edit_seen)
        body = entering.patched(shelf.completed(version.body), values)
        return _store(work, version, body, "audit:policy:edit", {})


Take = Callable[[Body], tables.Imported]
"""How rows come into a body: from a file, or as plain JSON."""


def import_table(actor: Actor, name: str, table: str, take: Take, edit_seen: int) -> tuple[tables.Imported, Edited]:
    """Take rows into a dated table of a draft.

    Raises:
        Stale, Conflict, NotFound: as for `edit`.
        Invalid: rows cannot be read; `details["errors"]` names each.
    """
    tables.path_of(table)
    with unit_of_work(actor) as work:
        version = _draft(work, name, edit_seen)
        taken = take(shelf.completed(version.body))
        told = {"table": table, "added": taken.added, "replaced": taken.replaced, "removed": taken.removed}
        return taken, _store(work, version, taken.body, "audit:policy:import", told)


def download_table(actor: Actor, name: str, table: str) -> str:
    """A dated table of any policy as CSV, in the form that an import reads; an event.

    Raises:
        NotFound: there is no such policy or table.
    """
    with unit_of_work(actor) as work:
        text = tables.as_csv(body_named(work, name), table)
        record(work, "audit:policy:download", ("policy", name), new={"policy": name, "table": table})
    return text


def _store(work: Work, version: PolicyVersion, body: Body, action: str, told: dict[str, Any]) -> Edited:
    changes = difference(shelf.completed(version.body), body)
    require_reasons(body)
    if not changes:
        return Edited(version.edit, changes)
    version.body = body
    version.effective_from = date.fromisoformat(body["effective_from"])
    version.edit += 1
    version.hands = sorted({*version.hands, str(work.actor.person_id)})
    work.session.flush()
    record(work, action, ("policy", version.name), new={"policy": version.name, **told, "values": _told(changes)})
    return Edited(version.edit, changes)


def _told(changes: list[Difference]) -> list[dict[str, str]]:
    """What changed, each value with its place, as it was and is, in both languages."""
    sides = [(one.where, one.before or words.NOTHING, one.after or words.NOTHING) for one in changes[:MOST_TOLD]]
    return [
        {"zh": f"{where.zh}：{was.zh} → {now.zh}", "en": f"{where.en}: {was.en} → {now.en}"}
        for where, was, now in sides
    ]


def require_reasons(body: Body) -> None:
    """A check that counts otherwise than in the built-in policy does so for a stated reason, never silently.

    Raises:
        Invalid: some have none; `details["errors"]` names each.
    """
    built_in = body_of(load_policy(BUILT_IN))["checks"]
    silent = [
        _no_reason(name)
        for name, rule in body["checks"].items()
        if not rule["reason"].strip() and any(rule[one] != built_in[name][one] for one in ("severity", "enabled"))
    ]
    if silent:
        raise refused("policy.check_reason", silent)


def _no_reason(check: str) -> Problem:
    title = outline.check_title(check)
    zh, en = (
        f"“{title.zh}”与内置策略不同，请写明更改理由。",
        f"“{title.en}” differs from the built-in policy; give the reason.",
    )
    return problem(f"checks/{check}/reason", "policy.check_reason", Text(zh, en))


def propose(actor: Actor, name: str, dry_run_id: UUID, edit_seen: int) -> None:
    """Put a draft forward for approval with the dry run that shows what it does.

    Raises:
        Stale, Conflict: as for `edit`.
        Invalid: the dry run is not done, or is not of this draft as it stands.
    """
    with unit_of_work(actor) as work:
        version = _draft(work, name, edit_seen)
        policy_from(version.body)
        require_reasons(version.body)
        _fitting_dry_run(work, version, dry_run_id)
        _hand_over(work, version, "propose", "proposed", dry_run_id, dry_run=str(dry_run_id))


def send_back(actor: Actor, name: str, reason: str) -> None:
    """Make a proposed version a draft again, so that it can be changed.

    Raises:
        Conflict: it is not proposed.
        Invalid: no reason is given.
    """
    reason = _reason(reason)
    with unit_of_work(actor) as work:
        version = _locked(work, name)
        _require_state(version, "proposed")
        _hand_over(work, version, "send_back", "draft", None, reason=reason)


def _hand_over(work: Work, version: PolicyVersion, way: str, state: str, dry_run_id: UUID | None, **told: str) -> None:
    """Pass a version between those who draft it and those who approve it; a form that was shown before is stale."""
    version.dry_run_id, version.edit = dry_run_id, version.edit + 1
    _step(work, version, f"audit:policy:{way}", state, **told)


def approve(actor: Actor, name: str, dry_run_id: UUID) -> None:
    """Approve a proposed version, naming the dry run that was looked at. It holds from its effective date on.

    Raises:
        NotAllowed: the person had a hand in the draft, or their role does not approve policies.
        Conflict: it is not proposed.
        Invalid: the dry run is another than the proposed one, or of an earlier form of the draft.
    """
    with unit_of_work(actor) as work:
        version = _locked(work, name)
        _require_second_person(actor, version)
        _require_state(version, "proposed")
        if dry_run_id != version.dry_run_id:
            raise Invalid(
                "policy.dry_run",
                Text(
                    "请查看提交审批时所附的试运行后再批准。", "Look at the dry run that was put forward, then approve."
                ),
                field="dry_run",
            )
        _fitting_dry_run(work, version, dry_run_id)
        version.approved_at, version.approved_by_id, version.approved_by_name = now(), actor.person_id, actor.name
        told = {"effective_from": version.effective_from.isoformat(), "sha256": digest(version.body)}
        _step(work, version, "audit:policy:approve", "approved", dry_run=str(dry_run_id), **told)


def _require_second_person(actor: Actor, version: PolicyVersion) -> None:
    refusal = Refusal("audit:policy:approve", ("policy", version.name))
    if not may(actor.roles, Ability.APPROVE_POLICY):
        raise NotAllowed(
            "policy.role", Text("须由合规专员批准。", "A compliance officer has to approve."), refusal=refusal
        )
    if actor.person_id is None or str(actor.person_id) in version.hands:
        raise NotAllowed(
            "policy.own_draft",
            Text(
                "您参与了起草，须由另一位合规专员批准。", "You had a hand in this draft; somebody else has to approve."
            ),
            refusal=refusal,
        )


def retire(actor: Actor, name: str, reason: str) -> None:
    """Discard a draft, or end the use of an approved version; from then on the one before it holds again.

    Raises:
        NotAllowed: an approved version is ended by a role that does not approve policies.
        Conflict: it is retired already.
        Invalid: no reason is given.
    """
    reason = _reason(reason)
    with unit_of_work(actor) as work:
        version = _locked(work, name)
        _require_state(version, "draft", "proposed", "approved")
        if version.state == "approved" and not may(actor.roles, Ability.APPROVE_POLICY):
            raise NotAllowed(
                "policy.role",
                Text("已批准的版本须由合规专员停用。", "A compliance officer has to end an approved version."),
                refusal=Refusal("audit:policy:retire", ("policy", name)),
            )
        version.retired_at = now()
        _step(work, version, "audit:policy:retire", "retired", reason=reason)


def _step(work: Work, version: PolicyVersion, action: str, state: str, **told: str) -> None:
    """Bring a locked version into its next state, and record what that rests on."""
    was, version.state = version.state, state
    work.session.flush()
    new = {"policy_state": state, "policy": version.name, **told}
    record(work, action, ("policy", version.name), old={"policy_state": was}, new=new)


# --- what stands in the way -------------------------------------------------------------------------------------------


def _reason(text: str) -> str:
    text = text.strip()
    if not text or len(text) > MOST_REASON:
        raise Invalid(
            "policy.reason",
            Text(f"请写明理由，最多 {MOST_REASON} 字。", f"Give a reason of at most {MOST_REASON} characters."),
            field="reason",
        )
    return text


def _locked(work: Work, name: str) -> PolicyVersion:
    wanted = select(PolicyVersion).where(PolicyVersion.org_id == work.org_id, PolicyVersion.name == name)
    version = work.session.scalars(wanted.with_for_update()).one_or_none()
    if version is None:
        raise shelf.no_policy(name)
    return version


def _require_state(version: PolicyVersion, *states: str) -> None:
    if version.state not in states:
        raise Conflict(
            "policy.state",
            Text("此版本当前的状态不允许这一操作。", "The state of this version does not permit this."),
            state=version.state,
        )


def _draft(work: Work, name: str, edit_seen: int) -> PolicyVersion:
    version = _locked(work, name)
    _require_state(version, "draft")
    if version.edit != edit_seen:
        raise Stale(
            "policy.stale",
            Text("草案已被他人修改，请刷新后再改。", "Somebody changed the draft; reload, then change it."),
        )
    return version


def _fitting_dry_run(work: Work, version: PolicyVersion, dry_run_id: UUID) -> None:
    found = work.session.get(DryRun, (work.org_id, dry_run_id))
    if found is None or found.policy_id != version.policy_id or found.state != "done":
        raise Invalid(
            "policy.dry_run",
            Text("请先完成一次试运行。", "Finish a dry run of this version first."),
            field="dry_run",
        )
    if found.digest != digest(version.body):
        raise Invalid(
            "policy.dry_run_old",
            Text("试运行之后草案有修改，请重新试运行。", "The draft changed after this dry run; run it again."),
            field="dry_run",
        )
