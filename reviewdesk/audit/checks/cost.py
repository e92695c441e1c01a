"""What does a suit cost, and is it worth it?"""

from __future__ import annotations

from decimal import Decimal

from reviewdesk.audit.checks.charges import overdue_days
from reviewdesk.audit.claims import Claim, claim_of, claimed_total, court_fee, principal_claimed
from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.fees import halved, third
from reviewdesk.audit.interest import share_of
from reviewdesk.audit.registry import Answer, Sentence, broken, check, lacking, missing, not_applicable, passed
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


@check(
    "claim.lawyer_fee",
    title=("律师费请求", "Lawyer's fee claimed"),
    cites="民法典 (Civil Code) Art. 577, 585; 司法部、国家发改委、国家市场监管总局律师服务收费意见 (2021)",
    uses=("lawyer_fee_due", "lawyer_fee_agreed", "lawyer_invoice", "total_claimed"),
    says={
        "none": Sentence("未主张律师费。", "No lawyer's fee is claimed."),
        "supported": Sentence(
            "主张律师费{lawyer_fee_due}，合同有约定，且有委托合同与发票。法院可酌情调整。",
            "A lawyer's fee of {lawyer_fee_due} is claimed; the contract agrees on it, and there are mandate and "
            "invoice. A court may trim it.",
        ),
        "no_clause": Sentence(
            "主张律师费{lawyer_fee_due}，但合同没有由借款人负担律师费的约定，该项请求不受支持。",
            "A lawyer's fee of {lawyer_fee_due} is claimed, but no clause puts it on the borrower: it will not be "
            "granted.",
            "放弃律师费请求，或提供合同约定的条款。",
            "Drop the fee, or show the clause.",
        ),
        "too_much": Sentence(
            "主张律师费{lawyer_fee_due}，占其余诉请金额{claim}的{share}，超过{most_share}。明显过高的，法院会调减。",
            "The lawyer's fee of {lawyer_fee_due} is {share} of the {claim} claimed otherwise, above {most_share}: a "
            "court will reduce what is plainly too much.",
            "将律师费降至其余诉请金额的{most_share}以内。",
            "Reduce the fee to at most {most_share} of the rest of the claim.",
        ),
        "no_invoice": Sentence(
            "主张律师费{lawyer_fee_due}，没有律师费发票。费用没有实际发生的，不受支持。",
            "A lawyer's fee of {lawyer_fee_due} is claimed without an invoice: a cost that did not arise is not "
            "granted.",
            "补充委托代理合同、发票与付款凭证，或放弃该项请求。",
            "Add mandate, invoice and payment, or drop the fee.",
        ),
    },
)
def lawyer_fee_is_supported(case: CaseFacts, rules: Rules) -> Answer:
    """A lawyer's fee is claimed only where the contract agrees on it, it was invoiced, and it is in proportion."""
    fee = case.lawyer_fee_due
    if not fee or fee < 0:
        return not_applicable("none")
    if case.lawyer_fee_agreed is None:
        return missing("lawyer_fee_agreed")
    if not case.lawyer_fee_agreed:
        return broken("no_clause")
    claim = _rest_of_claim(case, rules, fee)
    if claim is None:
        return missing("total_claimed")
    if fee > share_of(claim, rules.lawyer_fee_most):
        share = Decimal(fee * 10000 // claim).scaleb(-4) if claim else Decimal(1)
        return broken("too_much", claim=claim, share=share, most_share=rules.lawyer_fee_most)
    if case.lawyer_invoice is None:
        return missing("lawyer_invoice")
    return passed("supported", claim=claim) if case.lawyer_invoice else broken("no_invoice")


def _rest_of_claim(case: CaseFacts, rules: Rules, fee: Fen) -> Fen | None:
    """What is claimed beside the fee; the sheet's total may hold it or not."""
    total, principal = case.total_claimed, principal_claimed(case)
    if total is None:
        return claimed_total(case)
    if principal is None:
        return Fen(total - fee)
    parts = principal + sum(case.stated_parts)
    return total if abs(total - parts) <= rules.sum_tolerance else Fen(max(0, total - fee))
