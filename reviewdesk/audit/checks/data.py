"""Do the dates and figures of the row hold together, before anything is counted from them?"""

from __future__ import annotations

from datetime import date

from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.registry import Answer, Sentence, broken, check, missing, not_applicable, passed
from reviewdesk.audit.rules import Rules
from reviewdesk.audit.sheets import date_of

_DATES = (
    "contract_date",
    "disbursed_on",
    "due_on",
    "first_overdue_on",
    "last_paid_on",
    "last_demand_on",
    "accelerated_on",
    "acceleration_arrived_on",
    "claim_paid_on",
    "suit_filed_on",
    "suit_ended_on",
)


@check(
    "data.dates",
    title=("日期先后", "Order of the dates"),
    cites="民诉法 Art. 122, 124; 法释〔2020〕17号 Art. 18",
    uses=(*_DATES, "repayments"),
    says={
        "in_order": Sentence(
            "签约、放款、到期、逾期、还款等日期先后相符，均不晚于审核日。",
            "The dates of contract, disbursement, maturity, default and payment follow each other, none of them after "
            "the audit.",
        ),
        "reversed": Sentence(
            "{sooner_fact}（{sooner}）晚于{later_fact}（{later}），先后颠倒。利息、逾期和时效都从这些日期起算，"
            "先后矛盾的借款事实会被法院重点审查真实性。",
            "{sooner_fact} ({sooner}) is later than {later_fact} ({later}). Interest, default and limitation are "
            "counted from these days, and a court looks closely at a loan whose dates contradict each other.",
            "按合同、放款凭证和还款记录核对，更正{sooner_fact}或{later_fact}。",
            "Check contract, disbursement and ledger; correct {sooner_fact} or {later_fact}.",
        ),
        "in_future": Sentence(
            "{later_fact}（{later}）晚于审核日{as_of}，尚未发生的事实不能作为请求的依据。",
            "{later_fact} ({later}) is later than {as_of}: what has not happened yet supports no claim.",
            "更正{later_fact}。",
            "Correct {later_fact}.",
        ),
    },
)
def dates_are_in_order(case: CaseFacts, rules: Rules) -> Answer:
    """Contract ≤ disbursement ≤ maturity, default, payment, demand, acceleration; nothing lies in the future.

    So it is with the payments of a ledger. The calculation date has a check of its own, and so have acceleration,
    payment for the borrower and notice of an assignment that lie ahead.
    """
    formed, paid_out = case.contract_date, case.disbursed_on
    begun = paid_out or formed
    if begun is None:
        return missing("disbursed_on")
    if formed is not None and paid_out is not None and formed > paid_out:
        return _reversed("contract_date", formed, "disbursed_on", paid_out)
    name = "contract_date" if paid_out is None else "disbursed_on"
    for other, day in (
        ("due_on", case.due_on),
        ("first_overdue_on", case.first_overdue_on),
        ("last_paid_on", case.last_paid_on),
        ("last_demand_on", case.last_demand_on),
        ("accelerated_on", case.accelerated_on),
        ("acceleration_arrived_on", case.acceleration_arrived_on),
        ("claim_paid_on", case.claim_paid_on),
        ("suit_filed_on", case.suit_filed_on),
        ("suit_ended_on", case.suit_ended_on),
    ):
        if day is not None and day < begun:
            return _reversed(name, begun, other, day)
    filed, ended = case.suit_filed_on, case.suit_ended_on
    if filed is not None and ended is not None and filed > ended:
        return _reversed("suit_filed_on", filed, "suit_ended_on", ended)
    as_of = rules.as_of
    for other, day in (
        (name, begun),
        ("first_overdue_on", case.first_overdue_on),
        ("last_paid_on", case.last_paid_on),
        ("last_demand_on", case.last_demand_on),
    ):
        if day is not None and day > as_of:
            return broken("in_future", later_fact=other, later=day, as_of=as_of)
    return _payments(case, name, begun, as_of) or passed("in_order")


def _payments(case: CaseFacts, name: str, begun: date, as_of: date) -> Answer | None:
    """Whether a payment of the ledger was booked before the loan, or lies in the future."""
    rows = case.facts.get("repayments")
    if not rows:
        return None
    first, last = date_of(rows[0]["paid_on"]), date_of(rows[-1]["paid_on"])
    if first < begun:
        return _reversed(name, begun, "repayments", first)
    return broken("in_future", later_fact="repayments", later=last, as_of=as_of) if last > as_of else None


def _reversed(sooner_fact: str, sooner: date, later_fact: str, later: date) -> Answer:
    return broken("reversed", sooner_fact=sooner_fact, sooner=sooner, later_fact=later_fact, later=later)


@check(
    "data.magnitude",
    title=("金额与利率量级", "Size of amounts and rate"),
    cites="内部规则 (house rule); 民诉法 Art. 122",
    uses=("principal", "annual_rate"),
    says={
        "plausible": Sentence(
            "借款本金与年利率在消费贷款的常见范围内。",
            "Principal and annual rate are of the size that consumer loans have.",
        ),
        "unit": Sentence(
            "借款本金{principal}与本批次中位数{median}相差{factor}倍以上，疑为“元”与“万元”（或“分”）混用。"
            "金额单位错误会使全部诉讼请求错误。",
            "The principal of {principal} is over {factor} times off the batch's median of {median}: probably 元 and "
            "万元 (or cents) were mixed. A wrong unit makes the whole claim wrong.",
            "按合同核对该列单位，必要时以正确的单位重新导入。",
            "Check the column's unit against the contract; import again with the right unit.",
        ),
        "principal": Sentence(
            "借款本金{principal}不在消费贷款的常见范围（{least}至{most}）内，可能是单位或列取错。",
            "The principal of {principal} is outside what consumer loans have ({least} to {most}): unit or column may "
            "be wrong.",
            "按合同核对本金；确属该金额的，由审核员说明。",
            "Check the principal against the contract; if it is right, the reviewer says so.",
        ),
        "rate": Sentence(
            "年利率{annual_rate}超过{highest_rate}，可能把日利率、月利率或百分数读错。",
            "The annual rate of {annual_rate} is above {highest_rate}: a daily or monthly rate, or a percentage, may "
            "have been misread.",
            "按合同核对利率及其单位（年、月、日）。",
            "Check the rate and its unit (year, month, day) against the contract.",
        ),
    },
)
def figures_are_of_usual_size(case: CaseFacts, rules: Rules) -> Answer:
    """Principal and rate are of the size that consumer loans have, and of the size of the batch's other loans."""
    principal, rate = case.principal, case.annual_rate
    if principal is None:
        return missing("principal")
    median = case.related.median_principal
    if median is not None and (principal * rules.median_factor < median or principal > median * rules.median_factor):
        return broken("unit", median=median, factor=rules.median_factor)
    if not rules.least_principal <= principal <= rules.most_principal:
        return broken("principal", least=rules.least_principal, most=rules.most_principal)
    if rate is not None and rate > rules.highest_rate:
        return broken("rate", highest_rate=rules.highest_rate)
    return passed("plausible")


@check(
    "data.stale",
    title=("数据时效", "Age of the figures"),
    cites="内部规则 (house rule); 民诉法 Art. 122, 124",
    uses=("calculated_to",),
    says={
        "fresh": Sentence(
            "金额计算至{calculated_to}，距审核日{days}天，不超过{threshold}天。",
            "The amounts are counted to {calculated_to}, {days} days before the audit, not over {threshold}.",
        ),
        "stale": Sentence(
            "金额计算至{calculated_to}，距审核日已{days}天，超过{threshold}天。其间可能有还款未计入，"
            "起诉金额与实际欠款不符时会被抗辩。",
            "The amounts are counted to {calculated_to}, {days} days before the audit, over {threshold}. Payments made "
            "since may be missing, and a claim that ignores them invites a defence.",
            "以最近的数据重新计算并导入。",
            "Count the amounts anew to a recent day and import them.",
        ),
        "no_day": Sentence(
            "计算截止日缺失或在将来，见“计算截止日”。",
            "The calculation date is absent or in the future; see claim.calculated_to.",
        ),
    },
)
def figures_are_fresh(case: CaseFacts, rules: Rules) -> Answer:
    """The amounts were counted to a day not long before the audit."""
    until = case.calculated_to
    if until is None or until > rules.as_of:
        return not_applicable("no_day")
    days = (rules.as_of - until).days
    if days > rules.stale_days:
        return broken("stale", days=days, threshold=rules.stale_days)
    return passed("fresh", days=days, threshold=rules.stale_days)
