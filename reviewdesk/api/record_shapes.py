"""The shapes of a case's record in the API: findings set aside, audits in full, what changed, and facts by version."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field, JsonValue

from reviewdesk.api.shapes import Finding, Moment, Money, Override, Reason, Sentence, Shape, Verdict
from reviewdesk.api.shapes.overrides import Outcome
from reviewdesk.review.overrides import Kind
from reviewdesk.review.states import State


class Overrides(Shape):
    """All that were made of a case, latest first, those that ended included."""

    items: list[Override]


class GivenOverride(Shape):
    """How a finding is to be set aside. `case_version` and `run_id` are those of the case that the client saw.

    `kind`: override (fail, warn), acknowledge (missing), or silence with its last day `until`. `attachment_id` names a
    file of the case that bears the reason out.
    """

    kind: Kind = Kind.OVERRIDE
    reason: Reason
    case_version: int
    run_id: int | None = None
    until: date | None = None
    attachment_id: UUID | None = None


class GivenWithdrawal(Shape):
    """Why a finding is to count again."""

    reason: Reason


class RunLine(Shape):
    """An audit of a case, without its findings."""

    run_id: int
    is_current: bool
    policy: str
    as_of: date
    facts_version: int
    verdict: Verdict
    failed: list[str]
    warned: list[str]
    missing: list[str]
    claimable: Money | None
    excess: Money | None
    limitation_expiry: date | None
    at: Moment


class Runs(Shape):
    """The audits of a case, latest first."""

    items: list[RunLine]


class FullRun(RunLine):
    """An audit with its findings, as it was. `findings` is null where the facts that it saw were not kept."""

    findings: list[Finding] | None


class RunChange(Shape):
    """A check that says something else than in the earlier audit; null where it did not run.

    `cause`: new `rules`, new `facts`, `others` (what other cases say), `both` (several of these together), a newer
    `program`, or `unknown` where the earlier facts, or what other cases said then, were not kept.
    """

    check: str
    title: Sentence
    earlier: Outcome | None
    later: Outcome | None
    cause: Literal["rules", "facts", "others", "both", "program", "unknown"]


class FactDifference(Shape):
    """A fact that differs, as people may see it: personal ones masked. Of a side sheet, how many rows and which."""

    fact: str
    label: Sentence
    before: Sentence | None
    after: Sentence | None
    gone: list[Sentence] = Field(description="rows that only the earlier version has")
    come: list[Sentence] = Field(description="rows that only the later version has")


class WhatChanged(Shape):
    """What changed between two audits; the first of a case has no `earlier`.

    `facts` is null where the earlier facts were not kept.
    """

    earlier: RunLine | None
    later: RunLine
    changes: list[RunChange]
    facts: list[FactDifference] | None


class Between(Shape):
    """With which earlier audit another is compared: the one before it, where nothing is said."""

    earlier: int | None = Field(None, ge=1)


class FactsVersion(Shape):
    """How a version of a case's facts came to be."""

    version: int
    is_current: bool
    why: Literal["import", "update", "answer", "attachment", "mend"]
    by: str
    at: Moment


class FactsVersions(Shape):
    """The versions of a case's facts that can be read, oldest first."""

    items: list[FactsVersion]


class FactsOfVersion(FactsVersion):
    """The facts of a case in a version; personal ones are masked."""

    facts: dict[str, JsonValue]


class JointMember(Shape):
    """A case that is handled together with others."""

    case_id: int
    number: str
    state: State
    verdict: Verdict | None
    claimable: Money | None


class LeftJoint(Shape):
    """A case that left a joint handling while it lasted: settled, withdrawn, or taken out by a person."""

    case_id: int
    number: str
    at: Moment
    by: str
    reason: Sentence


class Joint(Shape):
    """Cases of one borrower that are handled together; with `one_filing` they go to court as one suit."""

    joint_id: UUID
    one_filing: bool
    reason: str
    by: str
    at: Moment
    claimable: Money
    cases: list[JointMember]
    left: list[LeftJoint]


class JointOfCase(Shape):
    """The joint handling that a case is in; null where it is in none."""

    joint: Joint | None


class GivenJoint(Shape):
    """Which cases are to be joined, and why."""

    case_ids: list[int] = Field(min_length=2, max_length=20)
    one_filing: bool = False
    reason: Reason
    assignee: UUID | None = Field(None, description="a reviewer, for a senior reviewer to name")


class PartedCases(Shape):
    """The cases whose joint handling ended."""

    case_ids: list[int]
