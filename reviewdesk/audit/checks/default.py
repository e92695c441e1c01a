"""Is the borrower truly in default, for long enough, and is the whole debt due?"""

from __future__ import annotations

from datetime import date, timedelta

from reviewdesk.audit.case_ledger import Ledger, ledger_of, payments_of
from reviewdesk.audit.facts import ALL_DUE_FACTS, BY_SUIT, LAST_DUE_FACTS, CaseFacts
from reviewdesk.audit.ledger import replay_recorded
from reviewdesk.audit.registry import Answer, Sentence, broken, check, lacking, missing, not_applicable, passed
from reviewdesk.audit.rules import Rules
from reviewdesk.audit.schedule import ON_DEMAND


@check(
    "default.overdue_days",
    title=("逾期天数", "Days overdue"),
    cites="民法典 (Civil Code) Art. 577, 675",
    uses=("days_overdue", "first_overdue_on", "calculated_to", "repayments"),
    says={
        "agrees": Sentence(
            "自{first_overdue_on}至{calculated_to}逾期{days}天，与表列{days_overdue}天相符。",
            "From {first_overdue_on} to {calculated_to} are {days} days overdue, as the sheet's {days_overdue} say.",
        ),
        "differs": Sentence(
            "自{first_overdue_on}至{calculated_to}应为逾期{days}天，表列{days_overdue}天，相差{gap}天。"
            "逾期天数影响罚息与时效。",
            "From {first_overdue_on} to {calculated_to} are {days} days overdue; the sheet says {days_overdue}, "
            "{gap} off. Penalty "
            "interest and limitation depend on it.",
            "核对首次逾期日与计算截止日，更正逾期天数。",
            "Check the first overdue day and the calculation date, and correct the days overdue.",
        ),
        "agrees_with_ledger": Sentence(
            "按还款明细，最早一期未清偿的到期日为{unpaid_since}，至{calculated_to}逾期{days}天，"
            "与表列{days_overdue}天相符。",
            "By the ledger the first instalment not covered was due on {unpaid_since}: {days} days overdue on "
            "{calculated_to}, as the sheet's {days_overdue} say.",
        ),
        "ledger_differs": Sentence(
            "按还款明细逐笔抵充，最早一期未清偿的到期日为{unpaid_since}，至{calculated_to}应为逾期{days}天，"
            "表列{days_overdue}天，相差{gap}天。逾期天数影响罚息、起诉门槛与时效。",
            "With each payment set off, the first instalment not covered was due on {unpaid_since}: {days} days "
            "overdue on {calculated_to}. The sheet says {days_overdue}, {gap} off. Penalty interest, the threshold for "
            "filing and limitation depend on it.",
            "以还款计划和明细核对首次逾期日（已补齐的旧逾期不计入），更正逾期天数或补记还款。",
            "Check the first overdue day against schedule and ledger (a default made good does not count); correct the "
            "days, or book the payment that is left out.",
        ),
        "nothing_overdue": Sentence(
            "按还款明细，至{calculated_to}各期应还均已付清，没有逾期；表列逾期{days_overdue}天。",
            "By the ledger all that was due by {calculated_to} was paid: nothing is overdue. The sheet says "
            "{days_overdue} days.",
            "核对还款明细与首次逾期日；确无逾期的，不得起诉。",
            "Check ledger and first overdue day; if nothing is overdue, do not sue.",
        ),
    },
)
def overdue_days_agree(case: CaseFacts, rules: Rules) -> Answer:
    """Days overdue agree with the day from which they count, and with the calculation date.

    With a ledger that is the due date of the first instalment that the payments do not cover; else the first overdue
    day of the sheet. Both are compared where both are known.
    """
    stated, first, until = case.days_overdue, case.first_overdue_on, case.calculated_to
    if stated is None or until is None:
        return lacking(days_overdue=stated, first_overdue_on=first, calculated_to=until)
    by_ledger = _by_ledger(case, rules, stated)
    if first is None:
        return by_ledger or lacking(first_overdue_on=first)
    days = (until - first).days
    gap = abs(days - stated)
    if gap > rules.overdue_days_tolerance:
        return broken("differs", days=days, gap=gap)
    return by_ledger or passed("agrees", days=days)


def _by_ledger(case: CaseFacts, rules: Rules, stated: int) -> Answer | None:
    """The stated days against those of the ledger; None where there is no ledger of a loan in instalments."""
    days = _days_by_ledger(case, rules)
    if days is None or case.calculated_to is None:
        return None
    if days == 0:
        return broken("nothing_overdue") if stated > 0 else None
    gap, since = abs(days - stated), case.calculated_to - timedelta(days=days)
    if gap <= rules.overdue_days_tolerance:
        return passed("agrees_with_ledger", days=days, unpaid_since=since)
    counted = _as_lenders_count(case, rules)
    if counted is not None and abs((case.calculated_to - counted).days - stated) <= rules.overdue_days_tolerance:
        return passed("agrees_with_ledger", days=(case.calculated_to - counted).days, unpaid_since=counted)
    return broken("ledger_differs", days=days, gap=gap, unpaid_since=since)


def _as_lenders_count(case: CaseFacts, rules: Rules) -> date | None:
    """The first instalment not covered if what payments gave to penalty and compound interest counts for instalments.

    Lenders let a late payment cover its instalment and keep the penalty as a debt beside it. By law the penalty goes
    first, and each late payment leaves its instalment short by that much.
    """
    ledger = ledger_of(case, rules)
    if not isinstance(ledger, Ledger):
        return None
    _balance, book = replay_recorded(ledger.loan, payments_of(case))
    settled = sum(one.interest + one.compound + one.penalty + one.principal for one in book.set_offs or ())
    for on, _number, _since, _base, principal, interest, _fees in book.dues:
        settled -= principal + interest
        if settled < 0:
            return date.fromordinal(on)
    return None


def _days_by_ledger(case: CaseFacts, rules: Rules) -> int | None:
    """Days since the first instalment that the payments do not cover; None without the ledger of a loan with terms."""
    ledger = ledger_of(case, rules)
    if not isinstance(ledger, Ledger) or ledger.loan.method == ON_DEMAND or not ledger.balance.total:
        return None
    since = ledger.balance.unpaid_since
    return (ledger.loan.calculated_to - since).days if since else 0


@check(
    "default.bucket",
    title=("逾期等级", "Bucket"),
    cites="内部规则 (house rule)",
    uses=("bucket", "days_overdue", "first_overdue_on", "calculated_to"),
    says={
        "agrees": Sentence(
            "逾期{days}天，对应等级{expected}，与表列{bucket}相符。",
            "{days} days overdue is bucket {expected}, as the sheet's {bucket} says.",
        ),
        "differs": Sentence(
            "逾期{days}天，对应等级应为{expected}，表列为{bucket}。不影响诉讼请求，但说明逾期数据可能不是同一时点的。",
            "{days} days overdue is bucket {expected}; the sheet says {bucket}. It does not touch the claim, but shows "
            "that the figures may not be of one day.",
            "更正逾期等级或逾期天数。",
            "Correct the bucket or the days overdue.",
        ),
        "unknown_name": Sentence(
            "逾期{days}天，对应等级{expected}；表列“{bucket}”不是可核对的等级名称。",
            "{days} days overdue is bucket {expected}; “{bucket}” is no bucket that can be compared.",
        ),
    },
)
def bucket_agrees(case: CaseFacts, rules: Rules) -> Answer:
    """The bucket is the one of the days overdue."""
    days = _days(case)
    if case.bucket is None or days is None:
        return lacking(bucket=case.bucket, days_overdue=days)
    expected = rules.bucket_on(days)
    span = rules.bucket_days(case.bucket)
    if span is None:
        return not_applicable("unknown_name", days=days, expected=expected)
    low, high = span
    if low <= days and (high is None or days <= high):
        return passed("agrees", days=days, expected=expected)
    return broken("differs", days=days, expected=expected)


def _days(case: CaseFacts) -> int | None:
    if case.days_overdue is not None:
        return case.days_overdue
    if case.first_overdue_on is not None and case.calculated_to is not None:
        return (case.calculated_to - case.first_overdue_on).days
    return None


@check(
    "default.threshold",
    title=("起诉所需逾期天数", "Overdue long enough to file"),
    cites="内部规则 (house rule); 民法典 (Civil Code) Art. 673, 675",
    uses=("days_overdue", "first_overdue_on", "calculated_to", "repayments"),
    says={
        "long_enough": Sentence(
            "已逾期{days}天，达到起诉门槛{threshold}天。",
            "{days} days overdue, at or past the {threshold} days from which a case may be filed.",
        ),
        "too_early": Sentence(
            "逾期{days}天，未达到起诉门槛{threshold}天。过早起诉增加成本与投诉风险，应先催告或协商。",
            "{days} days overdue, under the {threshold} days from which a case may be filed. Suing early costs "
            "money and invites "
            "complaints; remind or negotiate first.",
            "待逾期满{threshold}天再提起诉讼，或先行协商。",
            "Wait until {threshold} days have passed, or settle.",
        ),
    },
)
def overdue_long_enough(case: CaseFacts, rules: Rules) -> Answer:
    """The debt has been overdue for as long as the policy asks before a suit.

    Where the stated days, those counted from the first overdue day and those of the ledger differ, the fewest count.
    """
    stated, counted = case.days_overdue, None
    if case.first_overdue_on is not None and case.calculated_to is not None:
        counted = (case.calculated_to - case.first_overdue_on).days
    known = [days for days in (stated, counted, _days_by_ledger(case, rules)) if days is not None]
    if not known:
        return missing("days_overdue")
    days, threshold = min(known), rules.overdue_days_to_file
    return (passed if days >= threshold else broken)(
        "long_enough" if days >= threshold else "too_early", days=days, threshold=threshold
    )


@check(
    "default.acceleration",
    title=("提前到期", "Acceleration"),
    cites="民法典 (Civil Code) Art. 562, 565, 673",
    uses=(
        *LAST_DUE_FACTS,
        *ALL_DUE_FACTS,
        "last_demand_on",
        "demand_proof",
        "evidence_acceleration",
    ),
    says={
        "matured": Sentence(
            "最后一期已于{last_due_on}到期，无须宣布提前到期。",
            "The last instalment was due on {last_due_on}; no acceleration is needed.",
        ),
        "noticed": Sentence(
            "最后一期{last_due_on}到期，已于{accelerated_on}宣布提前到期，且有通知到达的凭证。",
            "The last instalment is due on {last_due_on}; the loan was accelerated on {accelerated_on}, and "
            "there is proof that the "
            "notice arrived.",
        ),
        "arrived": Sentence(
            "最后一期{last_due_on}到期；宣布提前到期的通知已到达，自{due_from}起全部本金到期，罚息自该日起以全部本金计算。",
            "The last instalment is due on {last_due_on}. The notice of acceleration arrived: all principal is due "
            "from {due_from}, and bears penalty interest from then.",
        ),
        "by_suit": Sentence(
            "最后一期{last_due_on}到期，以起诉方式宣布提前到期：起诉状副本送达借款人之日起全部本金到期。"
            "在此之前，罚息只就已到期各期计算，未到期本金不计罚息。",
            "The last instalment is due on {last_due_on}, and the suit itself accelerates the loan: all principal is "
            "due when the complaint is served. Until then only instalments that are due bear penalty interest.",
        ),
        "not_declared": Sentence(
            "最后一期至{last_due_on}才到期，未见宣布提前到期。未到期部分不能一并主张。",
            "The last instalment is due only on {last_due_on} and no acceleration is shown. What is not due "
            "cannot be claimed.",
            "依合同约定宣布提前到期并送达通知（也可在诉状中请求，自起诉状副本送达借款人之日起提前到期），"
            "或仅就已到期部分起诉。",
            "Accelerate under the contract and serve the notice (or ask for it in the complaint, which takes effect "
            "when a copy reaches the borrower), or sue only for what is due.",
        ),
        "declared_late": Sentence(
            "宣布提前到期日{accelerated_on}晚于审核日{as_of}，在此之前未到期部分不能一并主张。",
            "The acceleration is dated {accelerated_on}, later than {as_of}: until then what is not due cannot be "
            "claimed.",
            "更正提前到期日，或待其到来。",
            "Correct the date, or wait for it.",
        ),
        "arrives_later": Sentence(
            "提前到期自{due_from}起生效，晚于审核日{as_of}，在此之前未到期部分不能一并主张。",
            "The acceleration takes effect on {due_from}, later than {as_of}: until then what is not due cannot be "
            "claimed.",
            "更正提前到期日与送达日，或待其到来。",
            "Correct the days, or wait for them.",
        ),
        "no_proof_of_arrival": Sentence(
            "表列提前到期自{due_from}起生效，但明确没有通知到达的凭证。通知到达借款人时才发生提前到期的效力。",
            "By the sheet the acceleration takes effect on {due_from}, but there is no proof that the notice arrived. "
            "It takes effect only on arrival.",
            "补充提前到期通知的送达凭证。",
            "Add proof that the notice of acceleration arrived.",
        ),
        "no_proof": Sentence(
            "已于{accelerated_on}宣布提前到期，但明确没有通知到达的凭证。通知到达借款人时才发生提前到期的效力。",
            "The loan was accelerated on {accelerated_on}, but there is no proof that the notice arrived. It "
            "takes effect only on arrival.",
            "补充提前到期通知的送达凭证。",
            "Add proof that the notice of acceleration arrived.",
        ),
    },
)
def accelerated_before_suit(case: CaseFacts, rules: Rules) -> Answer:
    """A loan sued for before its last instalment is due was accelerated, and the notice arrived.

    Or the suit itself accelerates it: then all is due when the complaint is served.
    """
    last_due = case.last_due_on
    if last_due is None:
        return missing("due_on")
    if last_due <= rules.as_of:
        return not_applicable("matured", last_due_on=last_due)
    if case.accelerated_by == BY_SUIT:
        return passed("by_suit", last_due_on=last_due)
    if case.acceleration_arrived_on is not None and case.all_due_on is not None:
        return _arrived(case, rules, last_due, case.all_due_on)
    if case.accelerated_on is None:
        return broken("not_declared", last_due_on=last_due)
    if case.accelerated_on > rules.as_of:
        return broken("declared_late", last_due_on=last_due, as_of=rules.as_of)
    noticed = _notice_arrived(case)
    if noticed is None:
        return missing("evidence_acceleration", last_due_on=last_due)
    return passed("noticed", last_due_on=last_due) if noticed else broken("no_proof", last_due_on=last_due)


def _arrived(case: CaseFacts, rules: Rules, last_due: date, due_from: date) -> Answer:
    """The same where the sheet states when the notice arrived."""
    numbers = {"last_due_on": last_due, "due_from": due_from}
    if due_from > rules.as_of:
        return broken("arrives_later", **numbers, as_of=rules.as_of)
    return (
        broken("no_proof_of_arrival", **numbers)
        if case.evidence("acceleration") is False
        else passed("arrived", **numbers)
    )


def _notice_arrived(case: CaseFacts) -> bool | None:
    """Whether the notice arrived: its own evidence says so, or a demand on or after the acceleration with proof."""
    stated = case.evidence("acceleration")
    if stated is not None:
        return stated
    if case.last_demand_on is None or case.accelerated_on is None or case.last_demand_on < case.accelerated_on:
        return None
    return case.demand_proof
