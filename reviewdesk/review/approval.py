"""When a decision waits for a second person, and who that person may not be.

Values in, values out: the page, the bulk run, the API and the workers all ask these functions, so the rule cannot
differ between them, and no role is above it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from reviewdesk.review.states import SENIOR, Verb


class Why(StrEnum):
    """A ground on which a decision waits for a second person."""

    FAILED_CHECK = "failed_check"
    AMOUNT = "amount"
    REDUCTION = "reduction"
    EXPIRED = "expired"


class Bar(StrEnum):
    """A reason why somebody may not be the second person."""

    ROLE = "role"
    IMPORTED = "imported"
    EDITED = "edited"
    PROPOSED = "proposed"


EXPIRED_CHECK = "limitation.expired"
"""The check whose failure only a senior reviewer may override (Civil Code Art. 188, 193)."""

_FINAL_CHOICES = frozenset({Verb.APPROVE, Verb.SETTLE, Verb.WITHDRAW})


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the rule looks at.

    Attributes:
        verb: the decision.
        amount: the sum at stake, in fen: what the sheet claims, or None where it says nothing.
        amount_limit: the policy's limit in fen; one person may decide up to and including it.
        failed: ids of the checks that failed in the run that the decision is based on.
        beyond_authority: the proposed settlement passes what the proposer's role may agree to alone.
    """

    verb: Verb
    amount: int | None
    amount_limit: int
    failed: Collection[str] = ()
    beyond_authority: bool = False


@dataclass(frozen=True, slots=True)
class Involvement:
    """Who has had a hand in a case, by person id; None where it was nobody."""

    imported_by: object
    edited_by: object
    proposed_by: object


def grounds(of: Circumstances) -> tuple[Why, ...]:
    """On which grounds the decision waits for a second person; none means that one person decides.

    Escalating and returning settle nothing, so they never wait. An amount that is not known counts as above the limit.
    """
    return tuple(_grounds(of))


def _grounds(of: Circumstances) -> Iterable[Why]:
    if of.verb is Verb.APPROVE and of.failed:
        yield Why.FAILED_CHECK
    if of.verb is Verb.APPROVE and EXPIRED_CHECK in of.failed:
        yield Why.EXPIRED
    if of.verb in _FINAL_CHOICES and (of.amount is None or of.amount > of.amount_limit):
        yield Why.AMOUNT
    if of.verb is Verb.SETTLE and of.beyond_authority:
        yield Why.REDUCTION


def bars(person: object, roles: Collection[str], involvement: Involvement) -> tuple[Bar, ...]:
    """Why `person`, holding `roles`, may not be the second person; empty if they may."""
    return tuple(_bars(person, roles, involvement))


def _bars(person: object, roles: Collection[str], involvement: Involvement) -> Iterable[Bar]:
    if SENIOR not in roles:
        yield Bar.ROLE
    if person is None or person == involvement.imported_by:
        yield Bar.IMPORTED
    if person is None or person == involvement.edited_by:
        yield Bar.EDITED
    if person is None or person == involvement.proposed_by:
        yield Bar.PROPOSED
