"""Is a cheaper or quicker procedure open?"""

from __future__ import annotations

from reviewdesk.audit.claims import claimed_total, court_fee
from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.fees import halved, third
from reviewdesk.audit.places import province_anywhere, province_in
from reviewdesk.audit.registry import Answer, Sentence, check, missing, passed
from reviewdesk.audit.rules import Rules
from reviewdesk.identity import PROVINCES

_CLAIM_FACTS = ("total_claimed", "outstanding_principal", "interest_due")


def _province_of_court(case: CaseFacts) -> str | None:
    """The province whose wages decide: that of the agreed court, else of the plaintiff, else of the borrower."""
    if case.agreed_court is not None:
        found = province_anywhere(case.agreed_court)
        if found is not None:
            return found
    if case.lender_code is not None and case.lender_code[2:4] in PROVINCES:
        return case.lender_code[2:4]
    address = case.contact_address or case.id_address
    return province_in(address) if address else None


@check(
    "procedure.small_claims",
    title=("小额诉讼程序", "Small-claims procedure"),
    cites="民诉法 Art. 165, 166",
    uses=("total_claimed", "agreed_court", "lender_code"),
    says={
        "open": Sentence(
            "标的额{claim}不超过{wage_year}年度年平均工资{wage}的一半{small_claims_limit}，适用小额诉讼程序，"
            "一审终审，案件受理费{fee_halved}。",
            "The claim of {claim} is within {small_claims_limit}, half of the average wage of {wage} in "
            "{wage_year}: small-claims "
            "procedure, one instance, fee {fee_halved}.",
        ),
        "by_agreement": Sentence(
            "标的额{claim}超过{small_claims_limit}但不超过{agreed_limit}，双方约定的，可以适用小额诉讼程序，"
            "案件受理费{fee_halved}。",
            "The claim of {claim} is above {small_claims_limit} but within {agreed_limit}: small-claims "
            "procedure if both sides agree, "
            "fee {fee_halved}.",
        ),
        "too_large": Sentence(
            "标的额{claim}超过{agreed_limit}，不适用小额诉讼程序；事实清楚的，可适用简易程序，案件受理费{fee_halved}。",
            "The claim of {claim} is above {agreed_limit}: no small-claims procedure; simplified procedure if "
            "the facts are plain, fee "
            "{fee_halved}.",
        ),
        "unreachable": Sentence(
            "借款人没有可用的电话和地址。下落不明的，不适用小额诉讼和简易程序，须公告送达，案件受理费{fee}。",
            "There is neither phone nor address of the borrower. Of a missing defendant neither small-claims nor "
            "simplified procedure is "
            "open; service is by announcement, fee {fee}.",
        ),
    },
)
def small_claims_procedure(case: CaseFacts, rules: Rules) -> Answer:
    """Whether the small-claims procedure is open, by law or by agreement, and the fee of it."""
    claim = claimed_total(case)
    if claim is None:
        return missing(*(name for name in _CLAIM_FACTS if getattr(case, name) is None))
    fee = court_fee(case, rules, claim)
    numbers = {"claim": claim, "fee": fee, "fee_halved": halved(fee)}
    if case.mobile is None and case.contact_address is None and case.id_address is None:
        return passed("unreachable", **numbers)
    wage = rules.wage_of(_province_of_court(case))
    reason = "open" if claim <= wage.limit else "by_agreement" if claim <= wage.agreed_limit else "too_large"
    notes = [] if wage.own else ["national_wage"]
    if wage.year < rules.as_of.year - 1:
        notes.append("older_wage")
    return passed(
        reason,
        **numbers,
        wage=wage.amount,
        wage_year=wage.year,
        small_claims_limit=wage.limit,
        agreed_limit=wage.agreed_limit,
        **({"notes": notes} if notes else {}),
    )


@check(
    "procedure.payment_order",
    title=("支付令", "Payment order"),
    version=2,
    cites="民诉法 Art. 225–228; 诉讼费用交纳办法 Art. 14",
    uses=("total_claimed",),
    says={
        "open": Sentence(
            "金额确定、可以送达的，可申请支付令，申请费{fee_payment_order}（起诉案件受理费为{fee}）；"
            "借款人提出异议的，转入诉讼。",
            "The sum is certain and the borrower can be served: a payment order costs {fee_payment_order} (a "
            "suit {fee}); if the borrower "
            "objects it becomes a suit.",
        ),
        "other_debts": Sentence(
            "该借款人另有{count}件在办案件（{cases}）。债权人与债务人之间有其他债务纠纷的，不能申请支付令；"
            "各笔均为同一出借人的放款、没有对待给付的，可一并申请。申请费{fee_payment_order}，起诉案件受理费{fee}。",
            "The borrower has {count} other open cases ({cases}). With other debts in dispute between the parties no "
            "payment order is given; loans of one lender, with nothing owed in return, may be asked for together. An "
            "order costs {fee_payment_order}, a suit {fee}.",
        ),
        "no_address": Sentence(
            "没有可送达的地址，支付令不能公告送达；起诉案件受理费{fee}，支付令申请费{fee_payment_order}。",
            "There is no address for service, and a payment order cannot be served by announcement. A suit costs "
            "{fee}, an order "
            "{fee_payment_order}.",
        ),
    },
)
def payment_order(case: CaseFacts, rules: Rules) -> Answer:
    """Whether a payment order is open, and the fee of it."""
    claim = claimed_total(case)
    if claim is None:
        return missing(*(name for name in _CLAIM_FACTS if getattr(case, name) is None))
    fee = court_fee(case, rules, claim)
    numbers = {"claim": claim, "fee": fee, "fee_payment_order": third(fee)}
    if case.contact_address is None and case.id_address is None:
        return passed("no_address", **numbers)
    others = case.related.same_borrower
    if others:
        return passed("other_debts", **numbers, count=len(others), cases=list(others))
    return passed("open", **numbers)
