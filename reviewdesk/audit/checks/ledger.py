"""Does the sheet claim what the ledger of repayments leaves?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reviewdesk.audit.case_ledger import Ledger, ledger_of
from reviewdesk.audit.claims import nothing_repaid, principal_claimed
from reviewdesk.audit.facts import ALL_DUE_FACTS, CaseFacts
from reviewdesk.audit.policy_parts import RECOURSE_KINDS
from reviewdesk.audit.registry import Answer, Sentence, broken, check, missing, not_applicable, passed, warned
from reviewdesk.audit.reversals import Repaid, Row, payments_made, repaid_of
from reviewdesk.audit.rules import Rules
from reviewdesk.audit.sheets import date_of
from reviewdesk.intake.side_fields import UNREAD
from reviewdesk.money import Fen


@check(
    "claim.ledger",
    title=("与还款明细核对", "Comparison with the ledger"),
    cites="民法典 (Civil Code) Art. 560–561, 670, 674–676; 法释〔2020〕17号 Art. 15, 26",
    uses=(
        "repayments",
        UNREAD,
        "principal",
        "disbursed_amount",
        "annual_rate",
        "penalty_rate",
        "repayment_method",
        "terms",
        "monthly_fee",
        "disbursed_on",
        "due_on",
        *ALL_DUE_FACTS,
        "day_count",
        "misused",
        "misuse_proof",
        "calculated_to",
        "claim_paid",
        "claim_paid_on",
        "paid_total",
        "outstanding_principal",
        "interest_due",
        "penalty_due",
        "compound_due",
    ),
    says={
        "agrees": Sentence(
            "按{payments}笔还款逐笔抵充（共{ledger_paid}），至{calculated_to}尚欠本金{ledger_principal}、"
            "息费{ledger_charges}，与表列数额相符。",
            "With {payments} payments set off one by one ({ledger_paid} in all), {ledger_principal} of principal and "
            "{ledger_charges} of interest and penalty stand on {calculated_to}, as the sheet says.",
        ),
        "principal_differs": Sentence(
            "按还款明细逐笔抵充（实现债权的费用、利息、本金），尚欠本金应为{ledger_principal}，"
            "表列{claimed_principal}，相差{difference}。",
            "With each payment set off (costs, then interest, then principal) {ledger_principal} of principal is left; "
            "the sheet says {claimed_principal}, a difference of {difference}.",
            "核对还款明细与抵充顺序，将本金更正为{ledger_principal}，或补交漏列的还款。",
            "Check the ledger and the order of set-off; correct the principal to {ledger_principal}, or add the "
            "payments that are left out.",
        ),
        "charges_above": Sentence(
            "按还款明细重算，至{calculated_to}尚欠利息、罚息与复利合计{ledger_charges}，表列合计{claimed_charges}，"
            "多计{difference}。",
            "By the ledger {ledger_charges} of interest, penalty and compound interest stands on {calculated_to}; the "
            "sheet claims {claimed_charges}, too much by {difference}.",
            "按债权计算书将利息、罚息与复利合计降至{ledger_charges}。",
            "Reduce interest, penalty and compound interest to {ledger_charges}, as the claim statement shows.",
        ),
        "charges_below": Sentence(
            "本金与还款明细相符；按明细重算的利息、罚息与复利合计{ledger_charges}，表列合计{claimed_charges}，"
            "少计{difference}。",
            "The principal agrees with the ledger. By it {ledger_charges} of interest, penalty and compound interest "
            "stands; the sheet claims {claimed_charges}, less by {difference}.",
            "确认是否放弃差额；放弃的，在诉状中写明计算方法。",
            "Confirm that the rest is waived, and state in the complaint how the sum was computed.",
        ),
        "unapplied": Sentence(
            "表列已还总额{paid_total}，还款明细合计{ledger_paid}，有{difference}未入账或无凭证。借款人可以已还款抗辩。",
            "The sheet says that {paid_total} was repaid, the ledger adds up to {ledger_paid}: {difference} is not "
            "booked, or not proved. It is a defence of payment.",
            "逐笔核对银行流水与还款明细，补记差额后重新计算。",
            "Compare the bank's receipts with the ledger, book the difference and compute anew.",
        ),
        "reversal_unmatched": Sentence(
            "还款明细有{unmatched}笔冲正（合计{unmatched_total}）找不到被冲的还款：明细第{unmatched_row}行于"
            "{unmatched_on}冲正{unmatched_amount}，此前没有同样金额、尚未被冲的还款。对不上的冲正不计入：债务不因此增加，"
            "按借款人已还{ledger_paid}计算。",
            "Reversals in the ledger that match no payment: {unmatched} ({unmatched_total} in all). Row "
            "{unmatched_row} takes back {unmatched_amount} on {unmatched_on}, and no payment of that amount was made "
            "by then and not taken back yet. Such a reversal does not count: it never raises the debt, which rests on "
            "the {ledger_paid} repaid.",
            "补上被冲的那笔还款（金额相同，日期不晚于冲正）；只冲一部分的，把原还款拆成保留与被冲两行；一次冲多笔的，"
            "把冲正拆成与各笔还款金额相同的几行；记错的，删去该行。然后重新导入。",
            "Add the payment that it takes back (of the same amount, not later than the reversal). Where only part of "
            "one was taken back, split the payment into the part that stands and the part taken back; where several "
            "were, split the reversal into one row for each; delete a row that is wrong. Then import again.",
        ),
        "reversed_counted": Sentence(
            "表列已还总额{paid_total}把已冲正的还款{reversed_total}也算在内；冲正的还款视为从未支付，实还{ledger_paid}。",
            "The sheet says that {paid_total} was repaid, which counts {reversed_total} that was taken back. A payment "
            "that was taken back counts as never made: {ledger_paid} was repaid.",
            "将已还总额更正为{ledger_paid}，并备好银行退回或冲正的凭证。",
            "Correct the total repaid to {ledger_paid}, and have the bank's proof of the reversal ready.",
        ),
        "paid_later": Sentence(
            "还款明细中有{later_paid}发生在计算截止日{calculated_to}之后，没有计入。",
            "The ledger shows {later_paid} paid after the calculation date of {calculated_to}, which is not counted.",
            "将计算截止日改到最后一次还款之后，重新计算各项金额。",
            "Move the calculation date past the last payment and compute all amounts anew.",
        ),
        "booked_differently": Sentence(
            "数额与还款明细相符，但表列各笔还款抵充本金合计{booked_principal}，依法定顺序应为{set_off_principal}，"
            "相差{difference}。",
            "The amounts agree with the ledger, but it books {booked_principal} on principal where the legal order "
            "gives {set_off_principal}, a difference of {difference}.",
            "合同约定了抵充顺序的，备好约定条款；否则按民法典第561条重新抵充。",
            "Have the contract's clause on set-off ready, or set the payments off by Art. 561.",
        ),
        "no_ledger": Sentence(
            "表中注明已有还款明细，但没有导入，未逐笔核对；未还本金与利息仅与还款计划核对。未核对不等于相符。",
            "The sheet says that there is a ledger, but it was not imported, so nothing was replayed; principal and "
            "interest were compared with the schedule only. That is not agreement.",
            "在同一工作簿中加一张“还款明细”工作表（借据号、还款日期、还款金额，每笔一行），对已有案件选择“更新”重新导入；"
            "已有该表的，在列对应页确认它被读取，并改正其中不能识别的行。",
            "Add a sheet named 还款明细 to the workbook (借据号, 还款日期, 还款金额; one row a payment) and import it "
            "again, updating the cases. If it is there, see on the mapping page that it is read, and mend its rows "
            "that cannot be.",
        ),
        "unread": Sentence(
            "还款明细中这个账户有不能识别的行，整份明细没有采用，未逐笔核对。读不出的行可能是还款：不等于没有还款。",
            "The ledger has rows of this account that cannot be read, so that none of it was taken in and nothing was "
            "replayed. What cannot be read may be a payment: that is not to say that nothing was repaid.",
            "在批次的修正页改正这些行（或下载错误工作簿改后交回），并入案件后自动重新审核。",
            "Mend these rows on the batch's page, or in the workbook of errors; they then join the case, which is "
            "audited anew.",
        ),
        "nothing_repaid": Sentence(
            "表中没有任何还款的记载，无须逐笔抵充。", "The sheet shows no repayment at all: nothing is to be set off."
        ),
    },
)
def agrees_with_ledger(case: CaseFacts, rules: Rules) -> Answer:
    """Principal and charges are those that stand when every repayment is set off on its day in the order of Art. 561.

    Receipts that are not in the ledger, and payments after the calculation date, fail as well: what was paid and not
    counted is the borrower's first defence. A payment that was taken back counts as never made; a reversal that
    matches no payment fails, and does not raise the debt. A ledger is missing where the sheet says that there is one
    and it was not imported, where a row of it cannot be read, and where repayments were made and nobody gives one.
    """
    ledger = ledger_of(case, rules)
    if ledger is None:
        return _without_ledger(case)
    found = repaid_of(case)
    if found is not None and found.unmatched:
        return _unmatched(found)
    if not isinstance(ledger, Ledger):
        return missing(*ledger)
    claimed = principal_claimed(case)
    if claimed is None:
        return missing("outstanding_principal")
    numbers = _numbers(case, ledger)
    return (
        _payments_left_out(case, rules, numbers)
        or _principal(claimed, rules, ledger, numbers)
        or _charges(case, rules, ledger, numbers)
        or _booking(case, rules, ledger, numbers)
        or passed("agrees", **numbers)
    )


def _without_ledger(case: CaseFacts) -> Answer:
    if case.unread("repayments"):
        return missing("repayments", reason="unread")
    if case.listed_evidence("ledger") or case.evidence("ledger"):
        return missing("repayments", reason="no_ledger")
    if case.lender_kind in RECOURSE_KINDS:
        paid = (
            case.last_paid_on is not None and case.claim_paid_on is not None and case.last_paid_on > case.claim_paid_on
        )
    else:
        paid = not nothing_repaid(case) or (case.paid_total is None and case.terms_paid is None)
    return missing("repayments") if paid else not_applicable("nothing_repaid")


def _unmatched(found: Repaid) -> Answer:
    """Which reversals match no payment; the first of them in full."""
    first = found.unmatched[0]
    return broken(
        "reversal_unmatched",
        unmatched=len(found.unmatched),
        unmatched_total=Fen(-_sum(found.unmatched)),
        unmatched_row=first["row"],
        unmatched_on=date_of(first["paid_on"]),
        unmatched_amount=Fen(-first["amount"]),
        ledger_paid=found.total,
    )


def _sum(rows: Sequence[Row]) -> int:
    return sum(row["amount"] for row in rows)


def _numbers(case: CaseFacts, ledger: Ledger) -> dict[str, Any]:
    balance, rows = ledger.balance, payments_made(case)
    return {
        "payments": len(rows),
        "ledger_paid": Fen(_sum(rows)),
        "ledger_principal": balance.principal,
        "ledger_interest": Fen(balance.interest),
        "ledger_penalty": Fen(balance.penalty),
        "ledger_compound": Fen(balance.compound),
        "ledger_charges": Fen(balance.interest + balance.penalty + balance.compound),
    }


def _payments_left_out(case: CaseFacts, rules: Rules, numbers: dict[str, Any]) -> Answer | None:
    until = (case.calculated_to or rules.as_of).isoformat()
    rows = payments_made(case)
    later = 0
    if rows and rows[-1]["paid_on"] > until:
        later = sum(row["amount"] for row in rows if row["paid_on"] > until)
    if later > 0:
        return broken("paid_later", **numbers, later_paid=Fen(later))
    if case.paid_total is None or case.lender_kind in RECOURSE_KINDS:
        return None
    gap = case.paid_total - numbers["ledger_paid"]
    if abs(gap) <= rules.sum_tolerance:
        return None
    undone = _reversed(case)
    if undone and abs(gap - undone) <= rules.sum_tolerance:
        return broken("reversed_counted", **numbers, reversed_total=undone)
    return broken("unapplied", **numbers, difference=Fen(abs(gap)))


def _reversed(case: CaseFacts) -> Fen:
    """The payments that were taken back, together."""
    found = repaid_of(case)
    return Fen(0) if found is None else found.reversed_total


def _principal(claimed: Fen, rules: Rules, ledger: Ledger, numbers: dict[str, Any]) -> Answer | None:
    principal = ledger.balance.principal
    gap = abs(claimed - principal)
    if gap <= rules.ledger_tolerance(principal):
        return None
    numbers |= {"claimed_principal": claimed, "difference": Fen(gap)}
    return (broken if gap > rules.ledger_limit(principal) else warned)("principal_differs", **numbers)


def _charges(case: CaseFacts, rules: Rules, ledger: Ledger, numbers: dict[str, Any]) -> Answer | None:
    parts = [part for part in (case.interest_due, case.penalty_due, case.compound_due) if part is not None]
    if not parts:
        return None
    claimed, stands = sum(parts), numbers["ledger_charges"]
    gap = claimed - stands
    if abs(gap) <= rules.ledger_tolerance(ledger.balance.total):
        return None
    numbers |= {"claimed_charges": Fen(claimed), "difference": Fen(abs(gap))}
    if gap < 0:
        return warned("charges_below", **numbers)
    return (broken if gap > rules.ledger_limit(ledger.balance.total) else warned)("charges_above", **numbers)


def _booking(case: CaseFacts, rules: Rules, ledger: Ledger, numbers: dict[str, Any]) -> Answer | None:
    """Whether the sheet's own set-off puts as much on the principal as the order that applies.

    What a recourse counts from, the payment for the borrower, was set off by nobody before.
    """
    rows = payments_made(case)
    if not rows or rows[0].get("principal") is None or case.lender_kind in RECOURSE_KINDS:
        return None
    booked = [row.get("principal") for row in rows]
    if None in booked:
        return None
    total = sum(part for part in booked if part is not None)
    expected = ledger.loan.principal - ledger.balance.principal
    if abs(total - expected) <= rules.ledger_tolerance(expected):
        return None
    numbers |= {"booked_principal": Fen(total), "set_off_principal": Fen(expected)}
    return warned("booked_differently", **numbers, difference=Fen(abs(total - expected)))


@check(
    "claim.receipts",
    title=("银行收款与入账", "The bank's receipts and the books"),
    cites="法释〔2020〕17号 Art. 15; 民诉法 Art. 67",
    uses=("bank_received", "repayments", "paid_total"),
    says={
        "not_stated": Sentence("表中没有银行实收合计。", "The sheet does not state what the bank received."),
        "agrees": Sentence(
            "银行实收合计{bank_received}与还款入账合计{booked}一致。",
            "The bank received {bank_received}, as the books of repayments add up to.",
        ),
        "not_booked": Sentence(
            "银行实收合计{bank_received}，还款入账合计{booked}，有{difference}未入账。"
            "借款人可以已还款抗辩，未入账的还款须先冲减债务。",
            "The bank received {bank_received}, the books show {booked}: {difference} was paid and not booked. It is a "
            "defence of payment, and must be set off first.",
            "逐笔核对银行流水，补记未入账的还款后重新计算各项金额。",
            "Compare the bank's statement line by line, book what is left out, and compute all amounts anew.",
        ),
        "reversed_received": Sentence(
            "银行实收合计{bank_received}，还款入账合计{booked}，差额恰为已冲正的还款{reversed_total}："
            "银行合计没有扣除退回的款项，或者款项并未退回、不应冲正。后者借款人可以已还款抗辩。",
            "The bank received {bank_received}, the books show {booked}: the difference is just the {reversed_total} "
            "that was taken back. Either the bank's sum still holds what went back, or the money never went back and "
            "should not have been taken off; then it is a defence of payment.",
            "以银行退回凭证核对：已退回的，从实收合计中扣除；没有退回的，删去冲正、恢复还款后重新计算。",
            "Look for the bank's proof that the money went back: if it did, take it off the sum received; if not, "
            "delete the reversal and compute anew with the payment.",
        ),
        "not_received": Sentence(
            "还款入账合计{booked}，银行实收合计{bank_received}，有{difference}没有收款凭证，还款记录可能有误。",
            "The books show {booked}, the bank received {bank_received}: {difference} has no receipt, and the books "
            "may be wrong.",
            "补充其他渠道的收款凭证，或更正还款明细。",
            "Add receipts of other channels, or correct the ledger.",
        ),
    },
)
def receipts_are_booked(case: CaseFacts, rules: Rules) -> Answer:
    """What the bank received is what the ledger, or else the account's row, shows as repaid and not taken back."""
    received = case.bank_received
    if received is None:
        return not_applicable("not_stated")
    found = repaid_of(case)
    booked = case.paid_total if found is None else found.total
    if booked is None:
        return missing("repayments")
    gap = received - booked
    if abs(gap) <= rules.sum_tolerance:
        return passed("agrees", booked=booked)
    undone = _reversed(case)
    if undone and abs(gap - undone) <= rules.sum_tolerance:
        return broken("reversed_received", booked=booked, reversed_total=undone)
    return broken("not_booked" if gap > 0 else "not_received", booked=booked, difference=Fen(abs(gap)))
