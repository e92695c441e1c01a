"""Is the debt what the sheet says?"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from reviewdesk.audit.case_ledger import Ledger, ledger_of
from reviewdesk.audit.claims import (
    claimable_principal,
    held_back,
    principal_claimed,
    recomputed,
)
from reviewdesk.audit.facts import ALL_DUE_FACTS, CaseFacts
from reviewdesk.audit.interest import basis_of, interest_up_to
from reviewdesk.audit.policy_parts import RECOURSE_KINDS
from reviewdesk.audit.registry import (
    PASS,
    Answer,
    Sentence,
    broken,
    check,
    lacking,
    missing,
    not_applicable,
    passed,
    warned,
)
from reviewdesk.audit.reversals import last_paid_on, payments_made
from reviewdesk.audit.rules import Rules
from reviewdesk.audit.schedule import BULLET, ON_DEMAND, Standing
from reviewdesk.money import Fen


@check(
    "claim.sum",
    title=("各项之和与总额", "Parts and total of the claim"),
    cites="民诉法 Art. 122, 124",
    uses=(
        "outstanding_principal",
        "interest_due",
        "penalty_due",
        "compound_due",
        "damages_due",
        "fees_due",
        "premium_due",
        "lawyer_fee_due",
        "claim_paid",
        "total_claimed",
    ),
    says={
        "adds_up": Sentence(
            "本金与各项息费合计{parts_total}，与诉请总额{total_claimed}一致。",
            "Principal and charges add up to {parts_total}, the total claimed.",
        ),
        "differs": Sentence(
            "本金与各项息费合计{parts_total}，诉请总额为{total_claimed}，相差{difference}。诉讼请求须具体明确，"
            "各项与总额不符会被要求补正。",
            "Principal and charges add up to {parts_total}, but {total_claimed} is claimed: a difference of "
            "{difference}. "
            "A claim must be definite; parts that do not make up the total will be sent back.",
            "更正总额，或补列构成差额的项目。",
            "Correct the total, or state the item that makes up the difference.",
        ),
    },
)
def parts_add_up(case: CaseFacts, rules: Rules) -> Answer:
    """The parts of the claim make up its total.

    A lawyer's fee may be in the total or beside it. Parts that the sheet does not state count as nothing, but where it
    states none beside the principal and the total is higher, what the rest consists of is unknown.
    """
    principal = principal_claimed(case)
    if case.total_claimed is None or principal is None:
        return lacking(total_claimed=case.total_claimed, outstanding_principal=principal)
    parts = case.stated_parts
    if not parts and principal != case.total_claimed:
        return missing("interest_due", "penalty_due")
    parts_total = Fen(principal + sum(parts))
    difference = case.total_claimed - parts_total
    if case.lawyer_fee_due and abs(difference - case.lawyer_fee_due) <= rules.sum_tolerance:
        return passed("adds_up", parts_total=Fen(parts_total + case.lawyer_fee_due))
    if abs(difference) <= rules.sum_tolerance:
        return passed("adds_up", parts_total=parts_total)
    return broken("differs", parts_total=parts_total, difference=Fen(abs(difference)))


@check(
    "claim.principal_ceiling",
    title=("本金上限", "Ceiling of the principal"),
    cites="民法典 (Civil Code) Art. 670; 法释〔2020〕17号 Art. 26; 民法典 (Civil Code) Art. 700",
    uses=("principal", "disbursed_amount", "outstanding_principal", "claim_paid", "lender_kind"),
    says={
        "within": Sentence(
            "主张本金{claimed_principal}，未超过可主张的上限{ceiling}。",
            "The principal claimed, {claimed_principal}, is within the ceiling of {ceiling}.",
        ),
        "above_disbursed": Sentence(
            "主张本金{claimed_principal}，超过实际放款{ceiling}，超出{difference}。借款本金以实际提供的金额为准。",
            "The principal claimed, {claimed_principal}, is more than the {ceiling} paid out, by {difference}. "
            "Principal is what was actually lent.",
            "核对放款凭证与还款明细，将主张本金降至{ceiling}以内。",
            "Check the disbursement and the ledger; claim no more than {ceiling} as principal.",
        ),
        "above_received": Sentence(
            "主张本金{claimed_principal}；实际放款{disbursed_amount}减去已还本金后，可主张{ceiling}，"
            "超出{difference}。",
            "The principal claimed is {claimed_principal}; what was paid out ({disbursed_amount}) less the "
            "principal repaid leaves "
            "{ceiling}: too much by {difference}.",
            "将主张本金降至{ceiling}。",
            "Claim {ceiling} as principal.",
        ),
        "above_payment": Sentence(
            "主张本金{claimed_principal}，超过实际代偿（理赔）金额{ceiling}，超出{difference}。"
            "追偿以实际代偿金额为限。",
            "The principal claimed, {claimed_principal}, is more than the {ceiling} paid for the borrower, by "
            "{difference}. "
            "Recourse is limited to what was paid.",
            "将主张本金降至代偿（理赔）金额以内。",
            "Claim no more than what was paid for the borrower.",
        ),
        "above_ledger": Sentence(
            "主张本金{claimed_principal}；按还款明细逐笔抵充后尚欠本金{ceiling}，超出{difference}。",
            "The principal claimed is {claimed_principal}; with each payment of the ledger set off, {ceiling} of "
            "principal is left: too much by {difference}.",
            "将主张本金降至{ceiling}。",
            "Claim {ceiling} as principal.",
        ),
    },
)
def principal_within_disbursed(case: CaseFacts, rules: Rules) -> Answer:
    """Outstanding principal is at most what was paid out less the principal repaid; for a recourse, what was paid.

    Without a ledger the principal repaid is what the sheet's own figures imply: contract principal less outstanding.
    `claim.schedule` compares with the contract's schedule.
    """
    claimed = principal_claimed(case)
    ledger = ledger_of(case, rules)
    if isinstance(ledger, Ledger) and claimed is not None and claimed > ledger.principal:
        gap = claimed - ledger.principal
        if gap > rules.ledger_tolerance(ledger.principal):
            numbers = {"claimed_principal": claimed, "ceiling": ledger.principal}
            return broken("above_ledger", **numbers, difference=Fen(gap))
    if case.lender_kind in RECOURSE_KINDS:
        ceiling, reason = case.claim_paid, "above_payment"
        if ceiling is None or claimed is None:
            return missing("claim_paid")
    else:
        lent = [amount for amount in (case.principal, case.disbursed_amount) if amount is not None]
        if not lent or claimed is None:
            return lacking(outstanding_principal=claimed, principal=lent or None)
        ceiling, reason = Fen(min(lent)), "above_disbursed"
        if held_back(case) and claimed <= (case.principal or 0):
            ceiling, reason = claimable_principal(case) or ceiling, "above_received"
    if claimed <= ceiling:
        return passed("within", claimed_principal=claimed, ceiling=ceiling)
    return broken(reason, claimed_principal=claimed, ceiling=ceiling, difference=Fen(claimed - ceiling))


@check(
    "claim.deducted_in_advance",
    title=("预扣利息（砍头息）", "Interest deducted in advance"),
    cites="民法典 (Civil Code) Art. 670; 法释〔2020〕17号 Art. 26",
    uses=("principal", "disbursed_amount", "outstanding_principal", "disbursed_on", "repayments"),
    says={
        "paid_in_full": Sentence(
            "实际放款{disbursed_amount}，不少于合同本金{principal}，未见预扣。",
            "{disbursed_amount} was paid out, not less than the contract principal of {principal}: nothing was "
            "held back.",
        ),
        "held_back": Sentence(
            "合同本金{principal}，实际放款{disbursed_amount}，预先扣除{held_back}。利息不得预先扣除，"
            "本金应按实际借款额认定，"
            "可主张本金为{claimable_principal}。",
            "The contract says {principal}, but {disbursed_amount} was paid out: {held_back} was held back. "
            "Interest may not be "
            "deducted in advance; the principal that may be claimed is {claimable_principal}.",
            "按实际放款重新计算本金与利息，主张本金不超过{claimable_principal}。",
            "Recompute principal and interest on what was paid out, and claim at most {claimable_principal} as "
            "principal.",
        ),
        "already_deducted": Sentence(
            "合同本金{principal}，实际放款{disbursed_amount}，预先扣除{held_back}；"
            "表列本金{outstanding_principal}未超过实际放款，"
            "但利息若按合同本金计算，仍须重算。",
            "{held_back} was held back from the contract principal of {principal}. The outstanding principal of "
            "{outstanding_principal} does not exceed what was paid out, but interest on the contract principal "
            "must be recomputed.",
            "确认利息按实际放款{disbursed_amount}计算。",
            "Confirm that interest was computed on the {disbursed_amount} paid out.",
        ),
        "returned_at_once": Sentence(
            "放款{disbursed_amount}后一日内即收回{returned}。放款当日或次日以利息、服务费、担保费等名目收回的款项，"
            "法院可能认定为预扣，本金按扣除后的{claimable_principal}认定。",
            "Within a day of the disbursement of {disbursed_amount}, {returned} came back. What is taken back at once "
            "as interest, service or guarantee fee may be held to be deducted in advance, and the principal to be "
            "{claimable_principal}.",
            "核实该笔款项的性质：属预扣的，本金降至{claimable_principal}并重算利息；属借款人自愿提前还本的，备好其指示。",
            "Find out what it was: if deducted, claim {claimable_principal} as principal and recompute; if the "
            "borrower chose to repay early, have that order ready.",
        ),
    },
)
def nothing_deducted_in_advance(case: CaseFacts, rules: Rules) -> Answer:
    """Principal is what the borrower received, not what the contract says.

    A lender that pays out 9,200 on a contract of 10,000 may claim 9,200. What the ledger shows as paid back on the day
    of the disbursement or the next may be a deduction under another name.
    """
    if case.principal is None or case.disbursed_amount is None:
        return lacking(principal=case.principal, disbursed_amount=case.disbursed_amount)
    withheld = held_back(case)
    if not withheld:
        returned = _returned_at_once(case)
        if not returned:
            return passed("paid_in_full")
        left = Fen(max(0, case.disbursed_amount - returned))
        return warned("returned_at_once", returned=returned, claimable_principal=left)
    may_claim = claimable_principal(case)
    if may_claim is None:
        return broken("held_back", held_back=withheld, claimable_principal=case.disbursed_amount)
    if may_claim == case.outstanding_principal:
        return broken("already_deducted", held_back=withheld, claimable_principal=may_claim)
    return broken("held_back", held_back=withheld, claimable_principal=may_claim)


def _returned_at_once(case: CaseFacts) -> int:
    """What the ledger shows as paid on the day of the disbursement or the next."""
    rows, paid_out = payments_made(case), case.disbursed_on
    if not rows or paid_out is None:
        return 0
    until = (paid_out + timedelta(days=1)).isoformat()
    if rows[0]["paid_on"] > until:
        return 0
    returned: int = sum(row["amount"] for row in rows if row["paid_on"] <= until)
    return returned


@check(
    "claim.schedule",
    title=("与还款计划核对", "Comparison with the repayment schedule"),
    cites="民法典 (Civil Code) Art. 674–676; 法释〔2020〕17号 Art. 24–26",
    uses=(
        "lender_kind",
        "principal",
        "annual_rate",
        "repayment_method",
        "terms",
        "terms_paid",
        "disbursed_on",
        "due_on",
        *ALL_DUE_FACTS,
        "day_count",
        "calculated_to",
        "outstanding_principal",
        "interest_due",
        "repayments",
    ),
    says={
        "agrees": Sentence(
            "按还款方式、利率与已还{terms_paid}期重算，未还本金{schedule_principal}、"
            "到期未付利息{schedule_interest}，与表列数额相符。",
            "Recomputed from method, rate and {terms_paid} instalments paid, {schedule_principal} of principal and "
            "{schedule_interest} of interest due are outstanding, as the sheet says.",
        ),
        "principal_differs": Sentence(
            "按还款计划重算，已还{terms_paid}期后未还本金应为{schedule_principal}，表列{outstanding_principal}，"
            "相差{difference}。本金是计息和核定上限的基数，差额说不清的，借款人会以已还款或计算错误抗辩。",
            "By the schedule {schedule_principal} of principal is left after {terms_paid} instalments; the sheet says "
            "{outstanding_principal}, a difference of {difference}. Interest and cap are counted on the principal, and "
            "a gap that nobody explains invites the plea of payment or of error.",
            "以还款明细说明差额，或更正未还本金。",
            "Explain the difference from the ledger, or correct the outstanding principal.",
        ),
        "interest_differs": Sentence(
            "未还本金与还款计划相符；按计划到期未付利息应为{schedule_interest}，表列{interest_due}，相差{difference}。",
            "The principal agrees with the schedule. By it {schedule_interest} of interest is due; the sheet says "
            "{interest_due}, a difference of {difference}.",
            "说明利息计算方法（是否含到期后利息），或更正欠息。",
            "Say how the interest was computed (whether it runs after maturity), or correct it.",
        ),
        "recourse": Sentence(
            "追偿以代偿（理赔）金额为准，不按借款的还款计划核对。",
            "A recourse rests on what was paid for the borrower, not on the schedule of the loan.",
        ),
        "no_schedule": Sentence(
            "随借随还，没有固定的还款计划，须以还款明细核对。",
            "Repaid on demand: there is no fixed schedule; the ledger must be checked.",
        ),
        "by_ledger": Sentence(
            "表列本金与利息与还款明细逐笔抵充的结果相符；已还期数不能说明提前还款与部分还款，不再按还款计划核对。",
            "Principal and interest are those that the ledger leaves with each payment set off. How many instalments "
            "were paid cannot tell of payments in part or ahead, so the schedule is not compared.",
        ),
    },
)
def agrees_with_schedule(case: CaseFacts, rules: Rules) -> Answer:
    """Outstanding principal and interest are those of the contract's schedule after the instalments paid.

    Where they are not, but are those of the ledger, the ledger explains the difference.
    """
    if case.lender_kind in RECOURSE_KINDS:
        return not_applicable("recourse")
    if case.repayment_method == ON_DEMAND:
        return not_applicable("no_schedule")
    answer = _by_schedule(case, rules)
    return answer if answer[0] == PASS or not _explained_by_ledger(case, rules) else not_applicable("by_ledger")


def _explained_by_ledger(case: CaseFacts, rules: Rules) -> bool:
    ledger = ledger_of(case, rules)
    if not isinstance(ledger, Ledger) or case.outstanding_principal is None or case.interest_due is None:
        return False
    balance = ledger.balance
    return abs(case.outstanding_principal - balance.principal) <= rules.ledger_tolerance(balance.principal) and abs(
        case.interest_due - balance.interest
    ) <= rules.ledger_tolerance(balance.total)


def _by_schedule(case: CaseFacts, rules: Rules) -> Answer:
    if case.repayment_method == BULLET:
        return _agrees_with_bullet(case, rules)
    found = recomputed(case, rules)
    if not isinstance(found, Standing):
        return missing(*found)
    return _compared(case, rules, found.principal, found.interest)


def _agrees_with_bullet(case: CaseFacts, rules: Rules) -> Answer:
    """Interest of a loan repaid in one sum is due with it, or at its acceleration."""
    principal, rate, start, end, until = (
        case.principal,
        case.annual_rate,
        case.disbursed_on,
        case.due_on,
        case.calculated_to,
    )
    if principal is None or rate is None or start is None or end is None or until is None:
        return lacking(principal=principal, annual_rate=rate, disbursed_on=start, due_on=end, calculated_to=until)
    if case.all_due_on is not None:
        end = min(end, case.all_due_on)
    basis = basis_of(case.day_count, rules.day_count)
    interest = interest_up_to(principal, rate, (end - start).days, end, basis) if end <= until else Fen(0)
    paid_in_full = bool(case.terms and case.terms_paid and case.terms_paid >= case.terms)
    return _compared(case, rules, Fen(0) if paid_in_full else principal, interest)


def _compared(case: CaseFacts, rules: Rules, principal: Fen, interest: Fen) -> Answer:
    numbers: dict[str, Any] = {"schedule_principal": principal, "schedule_interest": interest}
    if case.terms_paid is None:
        numbers["terms_paid"] = Fen(0)
    if case.outstanding_principal is None:
        return missing("outstanding_principal", **numbers)
    gap = abs(case.outstanding_principal - principal)
    if gap > rules.tolerance(principal):
        return broken("principal_differs", **numbers, difference=Fen(gap))
    if case.interest_due is None:
        return missing("interest_due", **numbers)
    gap = abs(case.interest_due - interest)
    if gap > rules.tolerance(interest):
        return broken("interest_differs", **numbers, difference=Fen(gap))
    return passed("agrees", **numbers)


@check(
    "claim.calculated_to",
    title=("计算截止日", "Calculation date"),
    cites="民诉法 Art. 122, 124",
    uses=("calculated_to", "last_paid_on", "disbursed_on"),
    says={
        "sound": Sentence(
            "计算截止日为{calculated_to}，不晚于审核日，也不早于最后还款日。",
            "Amounts are calculated to {calculated_to}, not later than today and not before the last repayment.",
        ),
        "in_future": Sentence(
            "计算截止日{calculated_to}晚于审核日{as_of}，未发生的利息不能计入。",
            "Amounts are calculated to {calculated_to}, later than {as_of}: interest that has not accrued is counted.",
            "将各项金额计算至不晚于{as_of}的日期。",
            "Calculate all amounts to a day not later than {as_of}.",
        ),
        "before_last_payment": Sentence(
            "计算截止日{calculated_to}早于最后还款日{last_paid_on}，最后一次还款没有计入。",
            "Amounts are calculated to {calculated_to}, before the last repayment on {last_paid_on}, which is "
            "left out.",
            "计入{last_paid_on}的还款后重新计算各项金额。",
            "Calculate all amounts anew with the repayment of {last_paid_on}.",
        ),
        "before_disbursement": Sentence(
            "计算截止日{calculated_to}早于放款日{disbursed_on}，该日尚无借款，各项金额没有依据。",
            "Amounts are calculated to {calculated_to}, before the disbursement on {disbursed_on}: nothing was lent by "
            "then, and they have no basis.",
            "更正计算截止日或放款日期。",
            "Correct the calculation date or the date of disbursement.",
        ),
    },
)
def calculated_to_a_sound_day(case: CaseFacts, rules: Rules) -> Answer:
    """The calculation date is there, not in the future, and not before the last repayment."""
    day = case.calculated_to
    if day is None:
        return missing("calculated_to")
    if day > rules.as_of:
        return broken("in_future", as_of=rules.as_of)
    latest = _latest_payment(case)
    if latest is not None and day < latest:
        return broken("before_last_payment", last_paid_on=latest)
    if case.disbursed_on is not None and day < case.disbursed_on:
        return broken("before_disbursement")
    return passed("sound")


def _latest_payment(case: CaseFacts) -> date | None:
    """The day of the last repayment, by the account sheet or the ledger, whichever is later."""
    rows = payments_made(case)
    booked = date.fromisoformat(rows[-1]["paid_on"]) if rows else None
    return max(filter(None, (last_paid_on(case), booked)), default=None)


@check(
    "claim.paid_off",
    title=("是否已结清", "Whether anything is owed"),
    cites="民法典 (Civil Code) Art. 557",
    uses=("paid_off", "outstanding_principal", "total_claimed", "claim_paid"),
    says={
        "owed": Sentence("尚有{owed}未清偿。", "{owed} is still owed."),
        "flagged": Sentence(
            "表中标记为已结清。债务已经清偿的，起诉会被驳回并损害声誉。",
            "The sheet marks the loan as paid off. A suit for a paid debt will be dismissed and harms the "
            "lender's name.",
            "核实还款明细；如标记有误，更正“是否结清”。",
            "Check the ledger; if the mark is wrong, correct it.",
        ),
        "nothing_owed": Sentence(
            "未还金额为零，没有可以起诉的债权。",
            "The amount owed is zero: there is nothing to sue for.",
            "核实未还本金与总额。",
            "Check the outstanding principal and the total.",
        ),
    },
)
def something_is_owed(case: CaseFacts, rules: Rules) -> Answer:
    """A debt that is paid off is not sued for."""
    if case.paid_off:
        return broken("flagged")
    owed = case.total_claimed if case.total_claimed is not None else principal_claimed(case)
    if owed is None:
        return missing("outstanding_principal")
    if owed <= 0:
        return broken("nothing_owed", owed=owed)
    return passed("owed", owed=owed)
