"""Is there a better road than a suit?"""

from __future__ import annotations

from datetime import timedelta

from reviewdesk.audit.claims import claimed_total
from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.registry import Answer, Sentence, check, missing, passed
from reviewdesk.audit.reversals import last_paid_on
from reviewdesk.audit.rules import Rules


@check(
    "settlement.lane",
    title=("先行协商建议", "Settle or sue"),
    cites="内部规则 (house rule); 民诉法 Art. 125; 法释〔2008〕11号 (2020) Art. 14",
    uses=("total_claimed", "days_overdue", "last_paid_on", "hardship", "negotiating", "complaint"),
    says={
        "sue": Sentence(
            "未见适宜先行协商的情形。",
            "Nothing suggests settling first.",
        ),
        "settle": Sentence(
            "建议先走协商（{reasons}）。和解协议同时构成对债务的承认，诉讼时效重新计算。",
            "Settling first is suggested ({reasons}). An agreement also acknowledges the debt, so that limitation runs "
            "anew.",
        ),
    },
)
def better_settled(case: CaseFacts, rules: Rules) -> Answer:
    """Whether a settlement has better prospects: a small claim, early default, a recent payment, hardship or an offer.

    Only a suggestion: it changes no verdict.
    """
    claim = claimed_total(case)
    if claim is None:
        return missing("total_claimed")
    reasons = []
    if claim < rules.settle_below:
        reasons.append("small_claim")
    if case.days_overdue is not None and case.days_overdue < rules.settle_overdue_days:
        reasons.append("early_default")
    paid = last_paid_on(case)
    if paid is not None and paid >= rules.as_of - timedelta(days=rules.settle_paid_days):
        reasons.append("paid_lately")
    if case.hardship:
        reasons.append("in_hardship")
    if case.negotiating:
        reasons.append("offer_pending")
    if case.complaint:
        reasons.append("complains")
    return passed("settle", reasons=reasons) if reasons else passed("sue")
