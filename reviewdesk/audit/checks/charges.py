"""Are the interest, penalty and compound interest claimed no more than what has accrued?"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from reviewdesk.audit.calendar import add_months
from reviewdesk.audit.case_ledger import Ledger, highest_penalty_rate, ledger_of, payments_of, penalty_rate
from reviewdesk.audit.claims import (
    claimable_principal,
    parts_explain_total,
    recomputed_as_received,
)
from reviewdesk.audit.facts import ALL_DUE_FACTS, CaseFacts
from reviewdesk.audit.interest import BANKERS_YEAR, basis_of, interest_up_to, length, simple_interest
from reviewdesk.audit.ledger import replay
from reviewdesk.audit.loan import Balance, charge
from reviewdesk.audit.policy_parts import RECOURSE_KINDS
from reviewdesk.audit.registry import Answer, Sentence, broken, check, lacking, missing, not_applicable, passed, warned
from reviewdesk.audit.reversals import last_paid_on
from reviewdesk.audit.rules import Rules
from reviewdesk.audit.schedule import BY_INSTALMENTS, Standing, schedule
from reviewdesk.money import Fen


@check(
    "claim.interest",
    title=("利息上限", "Interest claimed"),
    cites="民法典 (Civil Code) Art. 674, 676; 法释〔2020〕17号 Art. 24, 28",
    uses=(
        "interest_due",
        "outstanding_principal",
        "annual_rate",
        "last_paid_on",
        "disbursed_on",
        "claim_paid_on",
        "calculated_to",
        "day_count",
        "lender_kind",
    ),
    says={
        "within": Sentence(
            "主张利息{interest_due}，未超过计算至{calculated_to}的可主张利息{allowed}。",
            "The interest claimed, {interest_due}, is within the {allowed} computed to {calculated_to}.",
        ),
        "above": Sentence(
            "主张利息{interest_due}，超过按合同利率计算至{calculated_to}的{allowed}，多计{difference}。"
            "未到期的利息不得一并主张。",
            "The interest claimed, {interest_due}, is more than the {allowed} at the contract rate to "
            "{calculated_to}, by "
            "{difference}. Interest not yet due may not be claimed with it.",
            "按合同利率和实际天数重算利息，降至{allowed}以内，或补充说明计算依据。",
            "Recompute interest at the contract rate and actual days, to at most {allowed}, or show how it was "
            "computed.",
        ),
        "bankers_year": Sentence(
            "主张利息{interest_due}，按一年365天计算为{allowed}，仅在按360天计算（{allowed_360}）时相符。"
            "合同没有约定按360天计息的，多出部分不受支持。",
            "The interest claimed, {interest_due}, fits only a year of 360 days ({allowed_360}); with 365 days "
            "it is {allowed}. "
            "Unless the contract agrees on 360 days the rest will not be granted.",
            "确认合同约定的计息天数，或按365天重算。",
            "Confirm the contract's day count, or recompute with 365 days.",
        ),
        "within_ledger": Sentence(
            "主张利息{interest_due}，未超过按还款明细逐笔抵充后尚欠的{allowed}。",
            "The interest claimed, {interest_due}, is within the {allowed} that stands with each payment set off.",
        ),
        "above_ledger": Sentence(
            "主张利息{interest_due}；按还款明细逐笔抵充，至{calculated_to}到期未付利息为{allowed}，多计{difference}。"
            "未到期的利息不得一并主张。",
            "The interest claimed is {interest_due}. With each payment set off, {allowed} of interest is due and "
            "unpaid on {calculated_to}: too much by {difference}. Interest not yet due may not be claimed with it.",
            "按债权计算书将利息降至{allowed}。",
            "Reduce the interest to {allowed}, as the claim statement shows.",
        ),
        "none": Sentence("未主张利息。", "No interest is claimed."),
    },
)
def interest_within_contract(case: CaseFacts, rules: Rules) -> Answer:
    """Interest is at most what the contract rate gives by the calculation date.

    Allowed is the more of two: the schedule's interest due and unpaid, or the contract rate on the principal that may
    be claimed for the days since the last repayment (since the payment, at the rate asked on it, for one who paid in
    the borrower's place).
    """
    if case.interest_due is None:
        return not_applicable("none") if parts_explain_total(case, rules) else missing("interest_due")
    if case.interest_due <= 0:
        return not_applicable("none")
    ledger = ledger_of(case, rules)
    if isinstance(ledger, Ledger):
        return _interest_by_ledger(case, rules, ledger, case.interest_due)
    recourse = case.lender_kind in RECOURSE_KINDS
    base, rate = claimable_principal(case), case.annual_rate
    start = case.claim_paid_on if recourse else last_paid_on(case) or case.disbursed_on
    if recourse and case.penalty_rate is not None:
        rate = case.penalty_rate
    if base is None or start is None or rate is None or case.calculated_to is None:
        facts: dict[str, object] = {"annual_rate": rate, "calculated_to": case.calculated_to}
        facts["claim_paid" if recourse else "outstanding_principal"] = base
        facts["claim_paid_on" if recourse else "last_paid_on"] = start
        return lacking(**facts)
    days = max(0, (case.calculated_to - start).days)
    allowed = interest_up_to(base, rate, days, case.calculated_to, basis_of(case.day_count, rules.day_count))
    found = recomputed_as_received(case, rules)
    if isinstance(found, Standing):
        allowed = max(allowed, found.interest)
    if case.interest_due <= allowed + rules.tolerance(allowed):
        return passed("within", allowed=allowed, days=days)
    at_360 = simple_interest(base, rate, days, BANKERS_YEAR)
    if case.day_count is None and case.interest_due <= at_360:
        return warned("bankers_year", allowed=allowed, allowed_360=at_360, days=days)
    return broken("above", allowed=allowed, days=days, difference=Fen(case.interest_due - allowed))


@check(
    "claim.penalty",
    title=("罚息上限", "Penalty interest claimed"),
    cites="银发〔2003〕251号; 法释〔2020〕17号 Art. 28",
    uses=(
        "penalty_due",
        "penalty_rate",
        "annual_rate",
        "outstanding_principal",
        "first_overdue_on",
        "days_overdue",
        *ALL_DUE_FACTS,
        "misused",
        "misuse_proof",
        "day_count",
        "calculated_to",
        "lender_kind",
    ),
    says={
        "within": Sentence(
            "主张罚息{penalty_due}，未超过按{allowed_rate}计{days}天的{allowed}。",
            "The penalty interest claimed, {penalty_due}, is within {allowed}: {days} days at {allowed_rate}.",
        ),
        "above": Sentence(
            "主张罚息{penalty_due}，超过按{allowed_rate}计{days}天的{allowed}，多计{difference}。"
            "罚息只能按约定且不超过允许上浮的利率、就实际逾期的天数计收，多计部分不受支持。",
            "The penalty interest claimed, {penalty_due}, is more than {allowed} ({days} days at {allowed_rate}), by "
            "{difference}. It runs at the rate agreed, up to the uplift allowed, and for the days overdue; the rest "
            "will not be granted.",
            "按允许的罚息利率与实际逾期天数重算，降至{allowed}以内。",
            "Recompute with the rate allowed and the days overdue, to at most {allowed}.",
        ),
        "bankers_year": Sentence(
            "主张罚息{penalty_due}，按一年365天计算为{allowed}，仅在按360天计算（{allowed_360}）时相符。"
            "合同没有约定按360天计息的，多出部分不受支持。",
            "The penalty interest claimed, {penalty_due}, fits only a year of 360 days ({allowed_360}); with 365 days "
            "it is {allowed}. Unless the contract agrees on 360 days the rest will not be granted.",
            "确认合同约定的计息天数，或按365天重算。",
            "Confirm the contract's day count, or recompute with 365 days.",
        ),
        "rate_too_high": Sentence(
            "约定罚息利率{penalty_rate}，超过可主张的最高利率{allowed_rate}（金融机构为合同利率上浮后，"
            "民间借贷为合同成立时LPR的四倍）；主张数额{penalty_due}未超过按约计算的{allowed}。",
            "The agreed penalty rate of {penalty_rate} is above the {allowed_rate} allowed (of financial lenders the "
            "contract rate with its uplift, of private ones four times the LPR of the contract's day); the amount of "
            "{penalty_due} is within {allowed}.",
            "诉讼请求中的罚息利率降至{allowed_rate}。",
            "Ask for penalty interest at no more than {allowed_rate} in the complaint.",
        ),
        "above_by_schedule": Sentence(
            "主张罚息{penalty_due}。未到期的本金不计罚息：各期逾期本金自到期日起、其余本金自提前到期日起，"
            "按年{allowed_rate}计算至{calculated_to}为{allowed}，多计{difference}。",
            "The penalty interest claimed is {penalty_due}. Principal bears none before it is due: counted from each "
            "instalment's day, and on the rest from the acceleration, at {allowed_rate} a year to {calculated_to}, it "
            "is {allowed}: too much by {difference}.",
            "按各期到期日分段重算罚息，降至{allowed}以内；已宣布提前到期的，补充宣布日期与通知凭证。",
            "Recompute from each instalment's day, to at most {allowed}; if the loan was accelerated, state the day "
            "and add proof of the notice.",
        ),
        "rate_unclaimed": Sentence(
            "未主张罚息，但约定罚息利率{penalty_rate}超过可主张的最高利率{allowed_rate}。"
            "请求计算至实际清偿之日的，其后的罚息同样受限。",
            "No penalty interest is claimed, but the agreed rate of {penalty_rate} is above the {allowed_rate} "
            "allowed. A claim for interest until payment is bound by it as well.",
            "诉讼请求中的罚息利率降至{allowed_rate}。",
            "Ask for penalty interest at no more than {allowed_rate} in the complaint.",
        ),
        "within_ledger": Sentence(
            "主张罚息{penalty_due}，未超过按还款明细逐日计算的{allowed}（年{allowed_rate}）。",
            "The penalty interest claimed, {penalty_due}, is within the {allowed} counted day by day from the ledger "
            "({allowed_rate} a year).",
        ),
        "above_ledger": Sentence(
            "主张罚息{penalty_due}；按还款明细，对各期逾期本金自到期日起按年{allowed_rate}逐日计算为{allowed}，"
            "多计{difference}。",
            "The penalty interest claimed is {penalty_due}. Counted day by day at {allowed_rate} a year on what was "
            "overdue, it is {allowed}: too much by {difference}.",
            "按债权计算书将罚息降至{allowed}。",
            "Reduce the penalty interest to {allowed}, as the claim statement shows.",
        ),
        "none": Sentence("未主张罚息。", "No penalty interest is claimed."),
    },
)
def penalty_within_uplift(case: CaseFacts, rules: Rules) -> Answer:
    """Penalty interest is at most the principal that was due × the rate allowed × the days overdue.

    Financial lenders may raise the contract rate by the policy's uplift; others charge what was agreed, or else go on
    with the contract rate. Without a ledger it is counted on the whole outstanding principal, and then, for a loan in
    instalments, on each instalment from its own day.
    """
    if case.penalty_due is None or case.penalty_due <= 0:
        return _no_penalty(case, rules)
    ledger = ledger_of(case, rules)
    if isinstance(ledger, Ledger):
        return _penalty_by_ledger(case, rules, ledger, case.penalty_due)
    base, days = claimable_principal(case), overdue_days(case)
    if case.lender_kind is None or case.annual_rate is None or base is None or days is None:
        return lacking(
            lender_kind=case.lender_kind, annual_rate=case.annual_rate, outstanding_principal=base, days_overdue=days
        )
    highest = highest_penalty_rate(case, case.annual_rate, rules)
    rate = min(case.penalty_rate, highest) if case.penalty_rate is not None else highest
    allowed = interest_up_to(base, rate, days, case.calculated_to, basis_of(case.day_count, rules.day_count))
    numbers = {"allowed": allowed, "allowed_rate": rate, "days": days}
    if case.penalty_due > allowed + rules.tolerance(allowed):
        at_360 = simple_interest(base, rate, days, BANKERS_YEAR)
        if case.day_count is None and case.penalty_due <= at_360:
            return warned("bankers_year", **numbers, allowed_360=at_360)
        return broken("above", **numbers, difference=Fen(case.penalty_due - allowed))
    due_only = _penalty_on_what_was_due(case, rules, rate, days)
    if due_only is not None and case.penalty_due > due_only + rules.tolerance(due_only):
        numbers = {"allowed": due_only, "allowed_rate": rate, "difference": Fen(case.penalty_due - due_only)}
        return broken("above_by_schedule", **numbers)
    if case.penalty_rate is not None and case.penalty_rate > (most := _most_asked(case, rules, highest)):
        return warned("rate_too_high", **numbers | {"allowed_rate": most})
    return passed("within", **numbers)


def _most_asked(case: CaseFacts, rules: Rules, highest: Decimal) -> Decimal:
    """The highest penalty rate that may be asked: of a private lender's loan no more than its cap (Art. 28)."""
    if case.lender_kind != "private":
        return highest
    cap = rules.cap_on("private", case.formed_on)
    return highest if cap is None else min(highest, cap.rate)


def _no_penalty(case: CaseFacts, rules: Rules) -> Answer:
    """No penalty is claimed; the rate at which it would go on is still held to what is allowed."""
    if case.penalty_due is None and not parts_explain_total(case, rules):
        return missing("penalty_due")
    rate, contract, kind = case.penalty_rate, case.annual_rate, case.lender_kind
    if rate is not None and contract is not None and kind is not None and kind not in RECOURSE_KINDS:
        most = _most_asked(case, rules, highest_penalty_rate(case, contract, rules))
        if rate > most:
            return warned("rate_unclaimed", allowed_rate=most)
    return not_applicable("none")


def _penalty_on_what_was_due(case: CaseFacts, rules: Rules, rate: Decimal, days: int) -> Fen | None:
    """Penalty on each unpaid instalment from its day, and on the rest from the acceleration or the last due date.

    Instalments are counted from the first overdue day. None where the facts do not tell, or all was due by then.
    """
    terms, paid, method, until = case.terms, case.terms_paid, case.repayment_method, case.calculated_to
    if method not in BY_INSTALMENTS or not terms or paid is None or until is None or case.lender_kind in RECOURSE_KINDS:
        return None
    if not case.principal or case.annual_rate is None or paid >= terms:
        return None
    first = until - timedelta(days=days)
    last = min((day for day in (case.last_due_on, case.all_due_on) if day is not None), default=date.max)
    if last <= first:
        return None
    plan = schedule(method, case.principal, case.annual_rate, terms)
    basis, end, product = basis_of(case.day_count, rules.day_count), until.toordinal(), 0
    for number in range(paid, terms):
        due = min(add_months(first, number - paid), last)
        if due < until:
            product += plan.principals[number] * length(due.toordinal(), end, basis)
    return charge(product, rate, basis)


def overdue_days(case: CaseFacts) -> int | None:
    """Days overdue at the calculation date, counted from the first overdue day, or else as stated."""
    if case.first_overdue_on is not None and case.calculated_to is not None:
        return max(0, (case.calculated_to - case.first_overdue_on).days)
    return case.days_overdue


def _interest_by_ledger(case: CaseFacts, rules: Rules, ledger: Ledger, claimed: Fen) -> Answer:
    """Interest claimed against what stands by the ledger.

    A sheet may call the contract rate on what is overdue interest, and only what the penalty rate adds penalty; so
    much of the ledger's penalty may stand as interest, as long as both together are within the ledger's.
    """
    balance = ledger.balance
    allowed = Fen(balance.interest + _as_interest(ledger, case.penalty_due or 0))
    if claimed <= allowed + rules.ledger_tolerance(allowed):
        return passed("within_ledger", allowed=allowed)
    at_360 = _with_bankers_year(case, ledger).interest if claimed < 2 * allowed and case.day_count is None else 0
    if claimed <= at_360:
        return warned("bankers_year", allowed=allowed, allowed_360=Fen(at_360))
    return broken("above_ledger", allowed=allowed, difference=Fen(claimed - allowed))


def _as_interest(ledger: Ledger, penalty_claimed: int) -> int:
    """What of the penalty is the contract rate going on, and is not claimed as penalty."""
    rate, penalty = ledger.loan.rate, ledger.loan.penalty_rate
    if not penalty:
        return 0
    going_on = int(ledger.balance.penalty * min(Decimal(1), rate / penalty))
    return min(going_on, max(0, ledger.balance.penalty - penalty_claimed))


def _penalty_by_ledger(case: CaseFacts, rules: Rules, ledger: Ledger, claimed: Fen) -> Answer:
    """Penalty interest claimed against what stands by the ledger on what was overdue, day by day."""
    balance, rate = ledger.balance, ledger.loan.penalty_rate
    numbers = {"allowed": Fen(balance.penalty), "allowed_rate": rate}
    if claimed > balance.penalty + rules.ledger_tolerance(balance.penalty):
        unstated = case.day_count is None and claimed < 2 * balance.penalty
        at_360 = _with_bankers_year(case, ledger).penalty if unstated else 0
        if claimed <= at_360:
            return warned("bankers_year", **numbers, allowed_360=Fen(at_360), days=_days_overdue(case, ledger))
        return broken("above_ledger", **numbers, difference=Fen(claimed - balance.penalty))
    if case.penalty_rate is not None and case.penalty_rate > (most := _most_asked(case, rules, rate)):
        return warned("rate_too_high", **numbers | {"allowed_rate": most})
    return passed("within_ledger", **numbers)


def _with_bankers_year(case: CaseFacts, ledger: Ledger) -> Balance:
    return replay(ledger.loan._replace(basis=BANKERS_YEAR), payments_of(case))


def _days_overdue(case: CaseFacts, ledger: Ledger) -> int:
    since = ledger.balance.unpaid_since
    return (ledger.loan.calculated_to - since).days if since else 0


@check(
    "claim.compound",
    title=("复利", "Compound interest"),
    cites="人民币利率管理规定 Art. 20–21; 法释〔2020〕17号 Art. 27",
    uses=(
        "compound_due",
        "interest_due",
        "annual_rate",
        "penalty_rate",
        "first_overdue_on",
        "days_overdue",
        "day_count",
        "calculated_to",
        "lender_kind",
    ),
    says={
        "allowed": Sentence(
            "主张复利{compound_due}；金融机构在合同有约定时可对未付利息计收复利，但不得对罚息再计复利，"
            "且全部息费受上限约束。",
            "{compound_due} of compound interest is claimed. A financial institution may charge it on unpaid "
            "interest if the contract "
            "says so, not on penalty interest, and within the cap on all charges.",
        ),
        "above": Sentence(
            "主张复利{compound_due}，超过以欠息为基数、按年{allowed_rate}计{days}天的{allowed}，多计{difference}。"
            "复利只能对未付利息计收，不得对罚息、复利再计。",
            "The compound interest claimed, {compound_due}, is more than {allowed} (the interest due, {days} days at "
            "{allowed_rate}), by {difference}. It may be charged on unpaid interest only, not on penalty or compound "
            "interest.",
            "以未付利息为基数重算复利，降至{allowed}以内，或放弃复利请求。",
            "Recompute on the unpaid interest, to at most {allowed}, or drop the compound interest.",
        ),
        "above_ledger": Sentence(
            "主张复利{compound_due}；按还款明细，对逾期未付利息按年{allowed_rate}逐日计算为{allowed}，多计{difference}。"
            "复利只能对未付利息计收，不得对罚息、复利再计。",
            "The compound interest claimed is {compound_due}. Counted day by day at {allowed_rate} a year on interest "
            "overdue it is {allowed}: too much by {difference}. It may be charged on unpaid interest only, not on "
            "penalty or compound interest.",
            "按债权计算书将复利降至{allowed}，或放弃复利请求。",
            "Reduce the compound interest to {allowed}, as the claim statement shows, or drop it.",
        ),
        "not_allowed": Sentence(
            "主张复利{compound_due}；该类出借人不是可以计收复利的金融机构，该项请求不受支持。",
            "{compound_due} of compound interest is claimed, but this kind of lender may not charge it: it will not be "
            "granted.",
            "放弃复利请求。",
            "Drop the compound interest.",
        ),
        "none": Sentence("未主张复利。", "No compound interest is claimed."),
    },
)
def compound_only_for_financial_lenders(case: CaseFacts, rules: Rules) -> Answer:
    """Compound interest is for financial institutions only, and no more than unpaid interest bears."""
    if case.compound_due is None:
        return not_applicable("none") if parts_explain_total(case, rules) else missing("compound_due")
    if case.compound_due <= 0:
        return not_applicable("none")
    if case.lender_kind is None:
        return missing("lender_kind")
    if case.lender_kind not in rules.compound_kinds:
        return broken("not_allowed")
    return _compound_above(case, rules, case.compound_due) or passed("allowed")


def _compound_above(case: CaseFacts, rules: Rules, claimed: Fen) -> Answer | None:
    """Whether more is claimed than interest overdue bears at the penalty rate; None too where the facts do not tell."""
    ledger = ledger_of(case, rules)
    if isinstance(ledger, Ledger):
        allowed, rate = Fen(ledger.balance.compound), ledger.loan.penalty_rate
        if claimed <= allowed + rules.ledger_tolerance(allowed):
            return None
        numbers: dict[str, Any] = {"allowed": allowed, "allowed_rate": rate, "difference": Fen(claimed - allowed)}
        return broken("above_ledger", **numbers)
    days = overdue_days(case)
    if case.interest_due is None or case.annual_rate is None or days is None:
        return None
    rate = penalty_rate(case, case.annual_rate, rules)
    basis = basis_of(case.day_count, rules.day_count)
    allowed = interest_up_to(case.interest_due, rate, days, case.calculated_to, basis)
    if claimed <= allowed + rules.tolerance(allowed):
        return None
    return broken("above", allowed=allowed, allowed_rate=rate, days=days, difference=Fen(claimed - allowed))
