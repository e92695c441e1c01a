"""Does the loan's cost pass a line that the supervisor has drawn below the cap?"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from reviewdesk.audit.costs import all_in_cost
from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.interest import basis_of
from reviewdesk.audit.registry import Answer, Sentence, broken, check, lacking, missing, not_applicable, passed
from reviewdesk.audit.rules import CostLimit, Rules


@check(
    "rate.cost_line",
    title=("监管成本线", "The supervisor's lines on cost"),
    cites="小额贷款公司综合融资成本管理工作指引 (2025-12); 消费金融公司贷款利率窗口指导 (2025-10, 媒体报道)",
    uses=(
        "lender_kind",
        "contract_date",
        "disbursed_on",
        "principal",
        "disbursed_amount",
        "annual_rate",
        "repayment_method",
        "terms",
        "day_count",
        "monthly_fee",
        "fees_due",
    ),
    says={
        "no_line": Sentence(
            "合同成立时，该类出借人没有低于上限的监管成本线。",
            "When the loan was made, no line below the cap was drawn for this kind of lender.",
        ),
        "no_rate": Sentence(
            "按所列还款方式无法算出综合融资成本。", "The all-in cost cannot be computed for this way of repaying."
        ),
        "within": Sentence(
            "综合融资成本年{all_in_cost}，未超过监管成本线{limit}。",
            "The all-in cost of {all_in_cost} a year is within the line of {limit}.",
        ),
        "noted": Sentence(
            "综合融资成本年{all_in_cost}，高于监管成本线{limit}，未超过司法上限。不影响起诉，但借款人可能据此抗辩或投诉。",
            "The all-in cost of {all_in_cost} a year is above the line of {limit}, though within the cap. It does not "
            "hinder the suit, but the borrower may plead it or complain.",
        ),
        "above": Sentence(
            "综合融资成本年{all_in_cost}，高于监管成本线{limit}。监管要求压降此类新发放贷款，借款人可据此抗辩，"
            "法院可能参照调减。",
            "The all-in cost of {all_in_cost} a year is above the line of {limit}. The supervisor wants such new loans "
            "reduced; the borrower may plead it, and a court may reduce the charges.",
            "评估按不超过{limit}主张，或备好综合融资成本的计算与明示材料。",
            "Consider claiming at no more than {limit}, or have the computation and its disclosure ready.",
        ),
        "average_above": Sentence(
            "本批次该出借人的贷款平均综合融资成本为年{lender_average}（以本金加权，含全部费用），"
            "高于监管对新发放贷款平均水平的要求{limit}。批量起诉会把整体定价暴露给法院和监管。",
            "The loans of this lender in the batch cost {lender_average} a year on average (all fees included, weighed "
            "by principal), above the {limit} that the supervisor asks of new loans on average. Suing in bulk shows "
            "that pricing to courts and supervisor.",
            "起诉前与合规部门评估整体定价；高成本贷款优先协商。",
            "Weigh the pricing with compliance before suing, and settle the dearest loans first.",
        ),
    },
)
def cost_within_lines(case: CaseFacts, rules: Rules) -> Answer:
    """The all-in cost is within the lines drawn for this kind of lender when the contract was formed.

    Some lines speak of one loan, some of a lender's new loans on average (here: those of the batch).
    """
    kind, formed_on = case.lender_kind, case.formed_on
    if kind is None:
        return missing("lender_kind")
    lines = rules.cost_lines.get(kind)
    if lines is None:
        return not_applicable("no_line")
    if formed_on is None:
        return missing("contract_date")
    limits = [limit for line in lines if (limit := rules.limit_of(line, formed_on)) is not None]
    if not limits:
        return not_applicable("no_line")
    return _measured(case, rules, limits)


def _measured(case: CaseFacts, rules: Rules, limits: list[CostLimit]) -> Answer:
    if not case.principal or case.annual_rate is None or case.repayment_method is None:
        return lacking(
            principal=case.principal or None, annual_rate=case.annual_rate, repayment_method=case.repayment_method
        )
    cost, average = all_in_cost(case, basis_of(case.day_count, rules.day_count)), case.related.lender_average
    if cost is None:
        return not_applicable("no_rate")
    above = [limit for limit in limits if _measure(limit, cost, average) > limit.rate + rules.all_in_tolerance]
    warning = next((limit for limit in above if limit.warns), None)
    if warning is not None:
        numbers: dict[str, Any] = {"all_in_cost": cost, "limit": warning.rate, "line": warning.id}
        if warning.of_average:
            return broken("average_above", **numbers, lender_average=average)
        return broken("above", **numbers)
    chosen = above[0] if above else min(limits, key=lambda limit: limit.rate)
    return passed("noted" if above else "within", all_in_cost=cost, limit=chosen.rate, line=chosen.id)


def _measure(limit: CostLimit, cost: Decimal, average: Decimal | None) -> Decimal:
    """What a line is held against; nothing where nobody knows the average."""
    return cost if not limit.of_average else average or Decimal(0)
