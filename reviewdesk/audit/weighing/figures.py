"""The numbers of a case's weighing, each with its formula, in the order in which each rests on those before it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from reviewdesk.audit.registry import CHECKS
from reviewdesk.audit.weighing.case import Weighing
from reviewdesk.audit.weighing.cost_figures import PROCEDURES, cost_figures
from reviewdesk.audit.weighing.figure import Figure, amount, cited
from reviewdesk.audit.weighing.scales import ORDINARY, SIMPLIFIED, SMALL_CLAIMS, Raised, Scales
from reviewdesk.errors import Text
from reviewdesk.money import plain

_ADVICE: Final = {
    "loses": Text(
        "预计入不敷出：成本高于预计回收。可先考虑调解、支付令、和解或与同一借款人的案件合并。",
        "Expected to cost more than it brings. Mediation, a payment order, a settlement or joining the borrower's "
        "other cases may come first.",
    ),
    "defended": Text(
        "预计有净回收，但存在不通过项对应的抗辩，补正后更稳妥。",
        "A net recovery is expected, but failed checks open the way to defences; mend them first.",
    ),
    "gains": Text("预计有净回收。", "A net recovery is expected."),
}
_LOSES_JOINED: Final = Text(
    "合并起诉后仍预计入不敷出：分担的成本高于本案预计回收。可先考虑调解、支付令或和解。",
    "Expected to cost more than it brings even as part of one suit. Mediation, a payment order or a settlement may "
    "come first.",
)
_YOURS: Final = Text(
    "以上为估算，是否起诉由审核人决定。", "This is an estimate; whether to sue is the reviewer's decision."
)
_RECOVERY: Final = Text(
    "审核策略“预计回收比例”（本机构假设）", "the policy's table of expected recovery (own assumption)"
)


def advice_of(made: Weighing) -> Text:
    """What the numbers suggest, and whose the decision is."""
    said = _LOSES_JOINED if made.filing.joined and made.advice == "loses" else _ADVICE[made.advice]
    return Text(said.zh + _YOURS.zh, f"{said.en} {_YOURS.en}")


def figures(made: Weighing, scales: Scales) -> list[Figure]:
    """All numbers of a weighing; `scales` are those of its case."""
    return [*_recovery(made, scales), *cost_figures(made), *_net(made), *_length(made)]


def factor_sum(one: Raised) -> str:
    """How a likely defence lowers the recovery, with the numbers put in."""
    return f"1 − {plain(one.weight)} × {plain(one.loss)}"


def check_names(one: Raised) -> Text:
    """The checks behind a likely defence."""
    titles = [CHECKS[check].title if check in CHECKS else Text(check, check) for check in one.checks]
    return Text("、".join(title.zh for title in titles), ", ".join(title.en for title in titles))


def _recovery(made: Weighing, scales: Scales) -> Iterator[Figure]:
    yield Figure(
        "claim",
        Text("可主张金额", "Claim"),
        "yuan",
        made.claim,
        Text(
            "本次审核得出的可主张金额；无法得出时取表载诉请金额",
            "what the audit says may be claimed, or else the sheet's claim",
        ),
        amount(made.claim),
        "exact",
        Text("审核结论", "the findings"),
        False,
    )
    yield Figure(
        "share",
        Text("账龄回收率", "Share by age of debt"),
        "rate",
        made.share,
        Text(f"逾期{made.days}天对应的比例", f"the share for {made.days} days overdue"),
        plain(made.share),
        "exact",
        _RECOVERY,
        True,
    )
    yield Figure(
        "evidence",
        Text("证据系数", "Evidence"),
        "rate",
        made.evidence,
        Text(
            "1 − 权重 × 缺少的必备证据项数 × 每项损失，最低为 0",
            "1 − weight × required items absent × loss of each, at least 0",
        ),
        f"max(0, 1 − {plain(made.items_weight)} × {made.items} × {plain(scales.item_loss)})",
        "exact",
        Text("必备证据；每项损失为本机构假设", "required evidence; the loss of each is an own assumption"),
        True,
    )
    factors = [made.share, *(one.factor for one in made.raised), made.evidence]
    yield Figure(
        "expected",
        Text("预计回收", "Expected recovery"),
        "yuan",
        made.expected,
        Text(
            "可主张金额 × 账龄回收率 × 各项可能抗辩的系数 × 证据系数，舍去分以下",
            "claim × share by age × the factor of each likely defence × evidence, cut to the fen",
        ),
        " × ".join([amount(made.claim), *map(plain, factors)]),
        "down",
        Text("见各项系数", "see each factor"),
        True,
    )


def _net(made: Weighing) -> Iterator[Figure]:
    yield Figure(
        "net",
        Text("预计净额", "Net expectation"),
        "yuan",
        made.net,
        Text("预计回收 − 成本合计", "expected recovery − cost"),
        f"{amount(made.expected)} − {amount(made.cost)}",
        "exact",
        Text("未计胜诉后由被告负担的诉讼费", "court fees that the defendant bears after judgment are not counted"),
        True,
    )
    yield Figure(
        "break_even",
        Text("保本回收率", "Break-even share"),
        "rate",
        (Decimal(made.cost) / Decimal(made.claim)).quantize(Decimal("0.0001"), rounding="ROUND_HALF_UP"),
        Text("成本合计 ÷ 可主张金额", "cost ÷ claim"),
        f"{amount(made.cost)} ÷ {amount(made.claim)}",
        "half_up",
        Text("回收率低于此数即入不敷出", "below it the suit costs more than it brings"),
        True,
    )


def _length(made: Weighing) -> Iterator[Figure]:
    filing = made.filing
    scales = filing.scales
    numbers = scales.rules.policy.parameters
    term = {
        SMALL_CLAIMS: numbers.months_small_claims,
        SIMPLIFIED: numbers.months_simplified,
        ORDINARY: numbers.months_ordinary,
    }[filing.procedure]
    parts = [scales.to_file, term.value, *([scales.announcing] if filing.announced else [])]
    said = [*map(plain, parts), *(f"{plain(one.weight)} × {plain(one.months)}" for one in filing.raised if one.months)]
    procedure = PROCEDURES[filing.procedure]
    heaviest = Text("（各案中最重者）", ", the heaviest in any of its cases") if filing.joined else Text("", "")
    yield Figure(
        "months_judgment",
        Text("至判决", "To judgment"),
        "months",
        filing.months_judgment,
        Text(
            f"立案 + {procedure.zh}审限 + 公告（无法联系借款人时）+ 各项可能抗辩{heaviest.zh}的权重 × 延长月数",
            f"to file + term ({procedure.en.lower()}) + announcement, where the borrower cannot be reached + "
            f"weight × months of each likely defence{heaviest.en}",
        ),
        " + ".join(said),
        "exact",
        cited(numbers.months_to_file, term),
        True,
    )
    yield Figure(
        "months_money",
        Text("至执行到位", "To the money"),
        "months",
        filing.months_money,
        Text("至判决 + 执行", "to judgment + enforcement"),
        f"{plain(filing.months_judgment)} + {plain(scales.enforcing)}",
        "exact",
        cited(numbers.months_enforcement),
        not numbers.months_enforcement.verified,
    )
