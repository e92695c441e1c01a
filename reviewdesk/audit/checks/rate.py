"""Do the rate and the charges stay within what the law lets this lender ask?"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from reviewdesk.audit.caps import Cap
from reviewdesk.audit.case_ledger import Ledger, ledger_of
from reviewdesk.audit.claims import Claim, claim_of, principal_claimed
from reviewdesk.audit.costs import all_in_cost, effective, has_extra_cost
from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.interest import YEAR, basis_of, rate_by_days
from reviewdesk.audit.policy_parts import RECOURSE_KINDS
from reviewdesk.audit.registry import Answer, Sentence, broken, check, lacking, missing, not_applicable, passed, warned
from reviewdesk.audit.rules import Rules
from reviewdesk.audit.schedule import BULLET, BY_INSTALMENTS


def _cap_numbers(case: CaseFacts, cap: Cap) -> dict[str, Any]:
    """What a finding shows of a cap, and the notes that belong to it."""
    numbers: dict[str, Any] = {"cap": cap.rate, "rule": cap.rule}
    if cap.lasting:
        return numbers
    notes = []
    if cap.rate_before is not None:
        numbers["cap_before"], numbers["rate_from"] = cap.rate_before, cap.rate_from
    if cap.beyond:
        notes.append("lpr_beyond")
    if cap.that_day:
        notes.append("lpr_that_day")
    if cap.rule.endswith("-lpr") and case.contract_date is None:
        notes.append("formed_by_disbursement")
    if notes:
        numbers["notes"] = notes
    return numbers


@check(
    "rate.contract_cap",
    title=("合同利率上限", "Cap on the contract rate"),
    cites="法释〔2020〕17号 Art. 25, 31; 法发〔2017〕22号 Art. 2; 法释〔2020〕27号",
    uses=(
        "annual_rate",
        "penalty_rate",
        "repayment_method",
        "day_count",
        "lender_kind",
        "contract_date",
        "disbursed_on",
        "claim_paid",
        "claim_paid_on",
        "interest_due",
        "penalty_due",
        "damages_due",
        "calculated_to",
    ),
    says={
        "within": Sentence(
            "合同年利率{annual_rate}，未超过该类出借人在合同成立时的上限{cap}。",
            "The contract rate of {annual_rate} a year is within the cap of {cap} for this lender and contract.",
        ),
        "above": Sentence(
            "合同年利率{annual_rate}，超过上限{cap}。超过部分法院不予支持，并容易引发利率抗辩。",
            "The contract rate of {annual_rate} a year is above the cap of {cap}. The part above it will not be "
            "granted, and it "
            "invites a defence.",
            "诉讼请求按不超过{cap}的利率计算。",
            "Claim interest at no more than {cap}.",
        ),
        "above_before": Sentence(
            "合同成立于2020年8月20日前，年利率{annual_rate}超过旧规则上限{cap_before}；此后按起诉时上限{cap}计算。",
            "The contract is older than 20 August 2020. Its rate of {annual_rate} is above the old limit of "
            "{cap_before}, and from "
            "that day the cap of {cap}, as at filing, applies.",
            "2020年8月19日前按不超过{cap_before}、其后按不超过{cap}分段计算。",
            "Claim at most {cap_before} up to 19 August 2020 and at most {cap} from then on.",
        ),
        "above_after": Sentence(
            "合同成立于2020年8月20日前，年利率{annual_rate}未超过旧规则上限{cap_before}，"
            "但自该日起超过起诉时上限{cap}，须分段计算。",
            "The contract is older than 20 August 2020. Its rate of {annual_rate} is within the old limit of "
            "{cap_before}, but above "
            "the cap of {cap}, as at filing, that applies from that day.",
            "自2020年8月20日起按不超过{cap}计算。",
            "Claim at most {cap} from 20 August 2020 on.",
        ),
        "above_by_days": Sentence(
            "合同年利率{annual_rate}未超过上限{cap}，但合同按一年360天逐日计息，一年365天实际为年{rate_by_days}，超过上限。"
            "超过部分法院不予支持，并容易引发利率抗辩。",
            "The contract rate of {annual_rate} a year is within the cap of {cap}, but the contract counts it by the "
            "day on a year of 360 days: in 365 days it is {rate_by_days}, above the cap. The part above it will not "
            "be granted, and it invites a defence.",
            "诉讼请求按一年365天、不超过{cap}的利率计算。",
            "Claim interest at no more than {cap} on a year of 365 days.",
        ),
        "recourse_above_lpr": Sentence(
            "追偿主张的资金占用费（利息、违约金）折合年利率{asked_rate}，高于代偿时一年期LPR {lpr}。"
            "各地裁判不一，有判决仅支持一年期LPR。",
            "What is asked for the use of the money paid (interest, damages) comes to {asked_rate} a year, above the "
            "one-year LPR of {lpr} on the day of payment. Courts differ; some grant only the LPR.",
            "备好追偿利率、违约金的合同约定；没有约定或约定过高的，自代偿次日起按一年期LPR {lpr}主张。",
            "Have the clause on the rate or the damages ready; where there is none, or it is too high, claim the "
            "one-year LPR of {lpr} from the day after the payment.",
        ),
    },
)
def contract_rate_within_cap(case: CaseFacts, rules: Rules) -> Answer:
    """The agreed rate is within the cap of the lender's kind on the day the contract was formed.

    Of one who paid for the borrower, the rate asked on the payment is compared with the LPR of that day: the one
    agreed, or else what the sums claimed come to.
    """
    kind, formed_on = case.lender_kind, case.formed_on
    if case.annual_rate is None or kind is None:
        return lacking(annual_rate=case.annual_rate, lender_kind=kind)
    if formed_on is None and rules.needs_formation(kind):
        return missing("contract_date")
    cap = rules.cap_on(kind, formed_on)
    if cap is None:
        return missing("lpr")
    numbers = _cap_numbers(case, cap)
    if cap.rate_before is not None and case.annual_rate > cap.rate_before:
        return broken("above_before", **numbers)
    if case.annual_rate > cap.rate:
        return broken("above" if cap.rate_before is None else "above_after", **numbers)
    answer = (
        _recourse_rate(case, rules, numbers) if kind in RECOURSE_KINDS else _rate_by_days(case, rules, cap, numbers)
    )
    return answer or passed("within", **numbers)


def _rate_by_days(case: CaseFacts, rules: Rules, cap: Cap, numbers: dict[str, Any]) -> Answer | None:
    """Whether a rate passes the cap because each day counts as 1/360 of a year; instalments count by months."""
    if case.repayment_method in BY_INSTALMENTS or case.annual_rate is None:
        return None
    by_days = rate_by_days(case.annual_rate, basis_of(case.day_count, rules.day_count))
    return broken("above_by_days", **numbers, rate_by_days=by_days) if by_days > cap.rate else None


def _recourse_rate(case: CaseFacts, rules: Rules, numbers: dict[str, Any]) -> Answer | None:
    asked = _rate_asked(case) if case.penalty_rate is None else case.penalty_rate
    if case.claim_paid_on is None or asked is None:
        return None
    lpr = rules.lpr_on(case.claim_paid_on)
    if lpr is None or asked <= lpr.rate:
        return None
    return warned("recourse_above_lpr", **numbers, asked_rate=asked, lpr=lpr.rate)


def _rate_asked(case: CaseFacts) -> Decimal | None:
    """What interest, penalty and damages come to a year on what was paid for the borrower, rounded down."""
    if not case.claim_paid or case.claim_paid_on is None or case.calculated_to is None:
        return None
    days = (case.calculated_to - case.claim_paid_on).days
    charges = sum(max(0, part or 0) for part in (case.interest_due, case.penalty_due, case.damages_due))
    return Decimal(charges * YEAR * 10000 // (case.claim_paid * days)).scaleb(-4) if days > 0 else None


@check(
    "rate.claim_cap",
    title=("息费总额上限", "Cap on all charges together"),
    cites="法释〔2020〕17号 Art. 29, 31; 法发〔2017〕22号 Art. 2; 法释〔2020〕27号",
    uses=(
        "lender_kind",
        "contract_date",
        "outstanding_principal",
        "claim_paid",
        "claim_paid_on",
        "last_paid_on",
        "disbursed_on",
        "calculated_to",
        "interest_due",
        "penalty_due",
        "compound_due",
        "damages_due",
        "fees_due",
        "premium_due",
        "total_claimed",
    ),
    says={
        "within": Sentence(
            "利息、罚息、违约金与费用合计{charges}，未超过自{start}至{until}共{days}天的上限{cap_amount}"
            "（年{cap}）；可主张总额{claimable}。",
            "Interest, penalty, damages and fees together, {charges}, are within the cap of {cap_amount} for "
            "{days} days from {start} to "
            "{until} ({cap} a year). {claimable} may be claimed.",
        ),
        "above": Sentence(
            "利息、罚息、违约金与费用合计{charges}，超过自{start}至{until}共{days}天、"
            "以本金{base}按年{cap}计算的上限{cap_amount}。"
            "可主张总额{claimable}，应剔除{excess}。",
            "Interest, penalty, damages and fees together, {charges}, exceed the cap of {cap_amount}: {cap} a "
            "year on {base} for {days} "
            "days from {start} to {until}. {claimable} may be claimed; {excess} must be dropped.",
            "将诉请总额降至{claimable}。",
            "Reduce the claim to {claimable}.",
        ),
        "above_in_periods": Sentence(
            "利息、罚息、违约金与费用合计{charges}，超过分段计算的上限{cap_amount}"
            "（2020年8月19日前按年{cap_before}，其后按年{cap}）。"
            "可主张总额{claimable}，应剔除{excess}。",
            "Interest, penalty, damages and fees together, {charges}, exceed the cap of {cap_amount} "
            "({cap_before} a year up to 19 August "
            "2020, {cap} from then on). {claimable} may be claimed; {excess} must be dropped.",
            "分段重算，将诉请总额降至{claimable}。",
            "Recompute by period and reduce the claim to {claimable}.",
        ),
        "within_by_ledger": Sentence(
            "自放款日{start}至{until}，按各日实际未还本金以年{cap}计算，息费上限扣除已付息费{charges_paid}后余{cap_amount}；"
            "主张息费{charges}未超过。可主张总额{claimable}。",
            "From the disbursement on {start} to {until} the cap, {cap} a year on what was left of the principal day "
            "by day, leaves {cap_amount} beside the {charges_paid} already paid. The {charges} claimed are within it. "
            "{claimable} may be claimed.",
        ),
        "at_cap_by_ledger": Sentence(
            "息费上限扣除已付息费{charges_paid}后余{cap_amount}；主张息费{charges}，差额在按月与按日计息的允许偏差之内。"
            "可主张总额{claimable}。",
            "The cap leaves {cap_amount} beside the {charges_paid} already paid. The {charges} claimed pass it by no "
            "more than counting by months instead of days explains. {claimable} may be claimed.",
        ),
        "above_by_ledger": Sentence(
            "自放款日{start}至{until}，按各日实际未还本金以年{cap}计算，息费上限扣除已付息费{charges_paid}后余{cap_amount}；"
            "主张息费{charges}，超过上限。可主张总额{claimable}，应剔除{excess}。",
            "From the disbursement on {start} to {until} the cap, {cap} a year on what was left of the principal day "
            "by day, leaves {cap_amount} beside the {charges_paid} already paid. The {charges} claimed exceed it. "
            "{claimable} may be claimed; {excess} must be dropped.",
            "按债权计算书将诉请总额降至{claimable}。",
            "Reduce the claim to {claimable}, as the claim statement shows.",
        ),
        "principal_too_high": Sentence(
            "息费合计{charges}未超过上限{cap_amount}，但主张的本金超过可主张的{base}。可主张总额{claimable}，"
            "应剔除{excess}。",
            "The charges of {charges} are within the cap of {cap_amount}, but more principal is claimed than the "
            "{base} that may be. "
            "{claimable} may be claimed; {excess} must be dropped.",
            "将诉请总额降至{claimable}。",
            "Reduce the claim to {claimable}.",
        ),
    },
)
def charges_within_cap(case: CaseFacts, rules: Rules) -> Answer:
    """Interest, compound interest, penalty, damages and fees together stay within the cap on principal over the time.

    Gives the highest sum that may be claimed and what must be dropped.
    """
    claim = claim_of(case, rules)
    if not isinstance(claim, Claim):
        return missing(*claim)
    result = claim.result
    numbers = _cap_numbers(case, claim.cap)
    numbers.update(
        base=claim.base,
        start=claim.start,
        until=claim.until,
        days=max(0, (claim.until - claim.start).days),
        charges=result.charges,
        cap_amount=result.cap_amount,
        claimable=result.claimable,
        excess=result.excess,
    )
    if len(claim.periods) > 1:
        numbers["periods"] = claim.periods
    if claim.paid is not None:
        return _within_cap_by_ledger(case, rules, claim, numbers)
    if not result.excess:
        return passed("within", **numbers)
    if result.charges <= result.cap_amount:
        return broken("principal_too_high", **numbers)
    return broken("above_in_periods" if len(claim.periods) > 1 else "above", **numbers)


def _within_cap_by_ledger(case: CaseFacts, rules: Rules, claim: Claim, numbers: dict[str, Any]) -> Answer:
    """The same with a ledger: what the cap leaves beside the charges already paid.

    Months have one twelfth of a year's interest and the cap counts days, so a loan at the very cap can pass it by the
    ledger's tolerance; the sum that may be claimed is cut all the same.
    """
    numbers |= {"charges_paid": claim.paid, "charges_owed": claim.owed}
    if len(claim.periods) > 1:
        numbers["notes"] = [*numbers.get("notes", ()), "old_limit"]
    ledger = ledger_of(case, rules)
    if isinstance(ledger, Ledger) and ledger.credited > 0:
        numbers |= {"credited": ledger.credited, "notes": [*numbers.get("notes", ()), "credited"]}
    if claim.result.charges - claim.result.cap_amount > rules.ledger_tolerance(claim.base):
        return broken("above_by_ledger", **numbers)
    too_much = (principal_claimed(case) or 0) - claim.base
    if too_much > rules.ledger_tolerance(claim.base):
        return broken("principal_too_high", **numbers)
    if claim.result.charges > claim.result.cap_amount:
        return passed("at_cap_by_ledger", **numbers)
    return passed("within_by_ledger", **numbers)


@check(
    "rate.all_in_cost",
    title=("综合融资成本", "All-in cost"),
    cites="中国人民银行公告〔2021〕第3号; 金规〔2025〕9号; 小额贷款公司综合融资成本管理工作指引 (2025-12)",
    uses=(
        "principal",
        "disbursed_amount",
        "annual_rate",
        "repayment_method",
        "terms",
        "monthly_fee",
        "fees_due",
        "day_count",
        "disbursed_on",
        "due_on",
        "contract_date",
        "lender_kind",
    ),
    says={
        "within": Sentence(
            "综合融资成本为年{all_in_cost}（按实际到账、各期应还与全部费用计算的月内部收益率×12），未超过{limit}。",
            "The all-in cost is {all_in_cost} a year (12 × the monthly internal rate of return of what was "
            "received against all "
            "instalments and fees), within {limit}.",
        ),
        "above": Sentence(
            "综合融资成本为年{all_in_cost}（按实际到账、各期应还与全部费用计算的月内部收益率×12），超过{limit}。"
            "服务费、担保费、保险费等一并计入，不论由谁收取；借款人可据此抗辩，监管亦可追责。",
            "The all-in cost is {all_in_cost} a year (12 × the monthly internal rate of return of what was "
            "received against all instalments and fees), above {limit}. Fees for service, guarantee and insurance "
            "count, whoever charges them. It is a defence for the borrower and a matter for the regulator.",
            "放弃使成本超过{limit}的费用与利息，按不超过{limit}重算诉讼请求，并备好综合融资成本的计算说明。",
            "Give up the fees and the interest that carry the cost past {limit}, recompute the claim at no more than "
            "that, and prepare the computation of the cost.",
        ),
        "no_rate": Sentence(
            "按所列还款方式无法算出综合融资成本。",
            "The all-in cost cannot be computed for this way of repaying.",
        ),
    },
)
def all_in_cost_within_cap(case: CaseFacts, rules: Rules) -> Answer:
    """What the loan costs in all, as 12 × the monthly internal rate of return, is within the cap.

    Fees of every instalment count in full; fees of which only the sum owed is known are spread over the terms.
    """
    principal, rate, kind, method = case.principal or None, case.annual_rate, case.lender_kind, case.repayment_method
    if principal is None or rate is None or kind is None or method is None:
        return lacking(principal=principal, annual_rate=rate, lender_kind=kind, repayment_method=method)
    if method in BY_INSTALMENTS and not case.terms:
        return missing("terms")
    if method == BULLET and (case.disbursed_on is None or case.due_on is None):
        return lacking(disbursed_on=case.disbursed_on, due_on=case.due_on)
    if case.formed_on is None and rules.needs_formation(kind):
        return missing("contract_date")
    cap = rules.all_in_cap_on(kind, case.formed_on)
    if cap is None:
        return missing("lpr")
    cost = all_in_cost(case, basis_of(case.day_count, rules.day_count))
    if cost is None:
        return not_applicable("no_rate")
    limit = cap.rate if cap.rate_before is None else max(cap.rate, cap.rate_before)
    numbers = _cap_numbers(case, cap) | {"all_in_cost": cost, "limit": limit}
    compounded = effective(cost) if method in BY_INSTALMENTS and has_extra_cost(case) else None
    if compounded is not None:
        numbers |= {"effective_cost": compounded, "notes": [*numbers.get("notes", ()), "effective_cost"]}
    if cost > limit + rules.all_in_tolerance:
        return broken("above", **numbers)
    return passed("within", **numbers)


@check(
    "rate.lpr_coverage",
    title=("LPR数据覆盖", "LPR known for the contract"),
    cites="法释〔2020〕17号 Art. 25",
    uses=("contract_date", "disbursed_on", "lender_kind"),
    says={
        "covered": Sentence(
            "合同成立日的一年期LPR在策略所载数据之内，或距其末期不超过{threshold}天。",
            "The LPR of the day the contract was formed is in the policy, or not over {threshold} days past its end.",
        ),
        "beyond": Sentence(
            "合同成立日距策略中LPR的末期{until}已{days}天，超过{threshold}天，其间应已有新的LPR公布，"
            "所用上限可能不对。",
            "The contract was formed {days} days after {until}, to which the policy knows the LPR, over {threshold}: a "
            "newer LPR must exist, and the cap used may be wrong.",
            "请合规人员核对并录入新的LPR，发布新的策略版本后重新审核。",
            "Let compliance load the newer LPR in a new policy version, and audit again.",
        ),
        "filing_beyond": Sentence(
            "合同成立于2020年8月20日前，自该日起的上限按起诉时的LPR计算；策略中的LPR仅确认至{until}，距今{days}天，"
            "超过{threshold}天，其间应已有新的LPR公布。",
            "The contract is older than 20 August 2020, and from that day the cap follows the LPR at filing. The "
            "policy knows it to {until} only, {days} days ago, over {threshold}: a newer one must have been published.",
            "请合规人员核对并录入起诉时的LPR，发布新的策略版本后重新审核。",
            "Let compliance load the LPR at filing in a new policy version, and audit again.",
        ),
        "not_needed": Sentence("该类出借人的上限不取决于LPR。", "This lender's cap does not depend on the LPR."),
    },
)
def lpr_is_known(case: CaseFacts, rules: Rules) -> Answer:
    """Where the cap is a multiple of an LPR, that LPR is known, or was a short while before.

    It is the LPR of the contract's day; of a loan older than 20 August 2020, that of the filing.
    """
    kind, formed_on = case.lender_kind, case.formed_on
    if kind is None:
        return missing("lender_kind")
    if not rules.needs_formation(kind):
        return not_applicable("not_needed")
    if formed_on is None:
        return missing("contract_date")
    cap = rules.cap_on(kind, formed_on)
    if cap is None or not cap.beyond:
        return passed("covered", threshold=rules.lpr_gap_days)
    at_filing = cap.rate_before is not None
    days = ((rules.as_of if at_filing else formed_on) - rules.lpr_confirmed_to).days
    if days <= rules.lpr_gap_days:
        return passed("covered", threshold=rules.lpr_gap_days)
    numbers = {"days": days, "until": rules.lpr_confirmed_to, "threshold": rules.lpr_gap_days}
    return warned("filing_beyond", **numbers) if at_filing else broken("beyond", **numbers)
