"""Which policy holds: an organisation's approved version of the day, or the built-in one; and each by its name."""

from __future__ import annotations

import hashlib
from datetime import date
from uuid import UUID

import orjson
from sqlalchemy import select

from reviewdesk.actor import system
from reviewdesk.audit.models import PolicyVersion
from reviewdesk.audit.policy import BUILT_IN, Policy, load_policy, policy_names
from reviewdesk.audit.versions.outline import Body, body_of, policy_from
from reviewdesk.db import Work, unit_of_work
from reviewdesk.errors import NotFound, Text

KEPT = 64
"""How many approved versions a process keeps ready."""

_known: dict[tuple[UUID, str], Policy] = {}


def no_policy(name: str) -> NotFound:
    """The error for a name that the organisation has no policy of."""
    return NotFound(
        "policy.unknown", Text(f"没有名为“{name}”的审核策略。", f"There is no policy named {name}."), policy=name
    )


def policy_of(org_id: UUID, name: str) -> Policy:
    """The policy that a run of an organisation names.

    A law firm reads the runs of the cases entrusted to it; so this looks in the organisation that the run belongs to.

    Raises:
        NotFound: there is none.
    """
    if name in policy_names():
        return load_policy(name)
    known = _known.get((org_id, name))
    if known is None:
        with unit_of_work(system(org_id)) as work:
            known = keep(find(work, name))
    return known


def keep(version: PolicyVersion) -> Policy:
    """The policy of a version, kept ready where it can no longer change."""
    policy = policy_from(completed(version.body))
    if version.state in ("approved", "retired"):
        if len(_known) >= KEPT:
            _known.clear()
        _known[version.org_id, version.name] = policy
    return policy


def find(work: Work, name: str) -> PolicyVersion:
    """The organisation's version of that name.

    Raises:
        NotFound: there is none.
    """
    wanted = select(PolicyVersion).where(PolicyVersion.org_id == work.org_id, PolicyVersion.name == name)
    version = work.session.scalars(wanted).one_or_none()
    if version is None:
        raise no_policy(name)
    return version


def body_named(work: Work, name: str) -> Body:
    """The body of a built-in policy or of one of the organisation's versions.

    Raises:
        NotFound: there is none.
    """
    return body_of(load_policy(name)) if name in policy_names() else completed(find(work, name).body)


_IN_FORCE = """
SELECT name FROM policies
WHERE org_id = :org AND state = 'approved' AND effective_from <= :day
ORDER BY effective_from DESC, approved_at DESC LIMIT 1
"""


def in_force(work: Work, day: date) -> str:
    """The name of the policy that holds on a day."""
    return work.execute(_IN_FORCE, org=work.org_id, day=day).scalar() or BUILT_IN


def completed(body: Body) -> Body:
    """A stored body in the form of this program: parameters and checks that it has gained come from the built-in
    policy, and those that it has lost are left out.
    """
    base = body_of(load_policy(BUILT_IN))
    return {
        **base,
        **{name: part for name, part in body.items() if name in base},
        **{
            part: {name: body.get(part, {}).get(name, value) for name, value in base[part].items()}
            for part in ("parameters", "checks", "defences", "check_defences")
        },
    }


def digest(body: Body) -> str:
    """A digest of a body, by which a dry run is known to be of exactly this draft."""
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()
