"""What does a suit cost, and is it worth it?"""

from __future__ import annotations

from decimal import Decimal

from reviewdesk.audit.checks.charges import overdue_days
from reviewdesk.audit.claims import Claim, claim_of, claimed_total, court_fee
from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.fees import halved, third
from reviewdesk.audit.interest import share_of
from reviewdesk.audit.registry import Answer, Sentence, broken, check, lacking, missing, passed
from reviewdesk.audit.rules import Rules
from reviewdesk.money import Fen

_CLAIM_FACTS = ("total_claimed", "outstanding_principal", "interest_due")


@check(
    "cost.worth",
    title=("是否值得起诉", "Worth filing"),
    cites="内部规则 (house rule); 诉讼费用交纳办法 Art. 13, 16",
    uses=("total_claimed", "days_overdue", "first_overdue_on", "calculated_to"),
    says={
        "worth": Sentence(
            "可主张{claim}，按逾期{days}天的回收率{recovery_share}预计可回收{expected_recovery}，高于成本{cost}"
            "（受理费{fee_halved}、律师费{lawyer_fee}、送达等{service_cost}）。",
            "{claim} may be claimed; at a recovery of {recovery_share} after {days} days {expected_recovery} is "
            "expected, more than the cost "
            "of {cost} (court fee {fee_halved}, lawyer {lawyer_fee}, service {service_cost}).",
        ),
        "not_worth": Sentence(
            "可主张{claim}，按逾期{days}天的回收率{recovery_share}预计可回收{expected_recovery}，低于成本{cost}"
            "（受理费{fee_halved}、律师费{lawyer_fee}、送达等{service_cost}）的{factor}倍。",
            "{claim} may be claimed; at a recovery of {recovery_share} after {days} days {expected_recovery} is "
            "expected, less than {factor} "
            "times the cost of {cost} (court fee {fee_halved}, lawyer {lawyer_fee}, service {service_cost}).",
            "改走调解、支付令或协商，或与同一借款人的其他案件合并起诉。",
            "Mediate, ask for a payment order or settle; or join other cases of the borrower.",
        ),
        "dear": Sentence(
            "成本{cost}（受理费{fee_halved}、律师费{lawyer_fee}、"
            "送达等{service_cost}）占可主张金额{claim}的{cost_share}，比例偏高。",
            "The cost of {cost} (court fee {fee_halved}, lawyer {lawyer_fee}, service {service_cost}) is "
            "{cost_share} of the {claim} that may "
            "be claimed: too much of it.",
            "改走调解、支付令或协商，或与同一借款人的其他案件合并起诉。",
            "Mediate, ask for a payment order or settle; or join other cases of the borrower.",
        ),
    },
)
def worth_filing(case: CaseFacts, rules: Rules) -> Answer:
    """What a suit is expected to bring is more than what it costs.

    Expected: the claimable sum × the policy's recovery share by days overdue. Cost: halved court fee, lawyer's fee
    and service.
    """
    found = claim_of(case, rules)
    claim = found.result.claimable if isinstance(found, Claim) else claimed_total(case)
    days = case.days_overdue if case.days_overdue is not None else overdue_days(case)
    if claim is None or days is None:
        return lacking(total_claimed=claim, days_overdue=days)
    fee = halved(rules.court_fees.fee(claim))
    lawyer = max(rules.lawyer_fee, share_of(claim, rules.lawyer_fee_share))
    cost = Fen(fee + lawyer + rules.service_cost)
    share = rules.recovery_share(days)
    expected = share_of(claim, share)
    numbers = {
        "claim": claim,
        "days": days,
        "recovery_share": share,
        "expected_recovery": expected,
        "fee_halved": fee,
        "lawyer_fee": lawyer,
        "service_cost": rules.service_cost,
        "cost": cost,
        "factor": rules.worth_factor,
    }
    if expected < share_of(cost, rules.worth_factor):
        return broken("not_worth", **numbers)
    if cost > share_of(claim, rules.cost_share):
        return broken("dear", **numbers, cost_share=Decimal(cost * 10000 // claim).scaleb(-4))
    return passed("worth", **numbers)


@check(
    "cost.fee",
    title=("诉讼费用", "Court fees"),
    cites="诉讼费用交纳办法 Art. 13–16",
    uses=("total_claimed",),
    says={
        "computed": Sentence(
            "按标的额{claim}：案件受理费{fee}，简易程序、调解或撤诉减半{fee_halved}；支付令申请费{fee_payment_order}；"
            "保全申请费{preservation_fee}；执行申请费{execution_fee}（执行后由被执行人负担）。",
            "On a claim of {claim}: court fee {fee}; halved in simplified procedure, mediation or withdrawal, "
            "{fee_halved}; payment order "
            "{fee_payment_order}; preservation {preservation_fee}; enforcement {execution_fee} (borne by the debtor).",
        ),
    },
)
def court_fees(case: CaseFacts, rules: Rules) -> Answer:
    """The court's fees on the claim, in each procedure."""
    claim = claimed_total(case)
    if claim is None:
        return missing(*(name for name in _CLAIM_FACTS if getattr(case, name) is None))
    fee = court_fee(case, rules, claim)
    return passed(
        "computed",
        claim=claim,
        fee=fee,
        fee_halved=halved(fee),
        fee_payment_order=third(fee),
        preservation_fee=rules.preservation_fees.fee(claim),
        execution_fee=rules.execution_fees.fee(claim),
    )
