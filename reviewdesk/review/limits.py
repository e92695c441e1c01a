"""How far people may go alone: what a policy says of second approvals and settlements, as values."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from reviewdesk.audit.policy import Parameters
from reviewdesk.money import Fen
from reviewdesk.review.settlement import Authority, Component, Plan, Problem, beyond
from reviewdesk.review.states import REVIEWER, SENIOR


@dataclass(frozen=True, slots=True)
class Limits:
    """What one person may do alone.

    Attributes:
        amount: the largest sum at stake, in fen, that one person decides on.
        authorities: how far each role may go in a settlement.
    """

    amount: Fen
    authorities: Mapping[str, Authority]

    def authority(self, roles: Collection[str]) -> Authority:
        """The widest authority among the roles; the reviewer's where there is none."""
        return self.authorities[SENIOR if SENIOR in roles else REVIEWER]

    def beyond_authority(self, plan: Plan, roles: Collection[str]) -> tuple[Problem, ...]:
        """Where a plan passes what somebody with these roles may agree to alone."""
        return beyond(plan, self.authority(roles))

    def refused(self, plan: Plan) -> tuple[Problem, ...]:
        """Where a plan passes even a senior reviewer's authority, so that no second person can confirm it."""
        return beyond(plan, replace(self.authorities[SENIOR], waived=plan.waived.total))


def limits_of(parameters: Parameters) -> Limits:
    """The limits that a policy's parameters state.

    A reviewer may waive what was charged for the delay in full; interest and principal follow the policy.
    """
    whole = Decimal(1)
    charges = dict.fromkeys((Component.DAMAGES, Component.PENALTY, Component.FEES, Component.COMPOUND), whole)
    reviewer = Authority(
        waive=charges | {Component.INTEREST: parameters.reviewer_interest_reduction.value},
        instalments=min(parameters.reviewer_instalments.whole, parameters.longest_plan.whole),
        first_within_days=parameters.longest_deferral.whole,
        waived=parameters.reduction_second_approval_above.fen,
    )
    senior = replace(
        reviewer,
        waive=charges | {Component.INTEREST: whole, Component.PRINCIPAL: parameters.senior_principal_reduction.value},
        instalments=parameters.longest_plan.whole,
    )
    return Limits(parameters.second_approval_above.fen, {REVIEWER: reviewer, SENIOR: senior})
