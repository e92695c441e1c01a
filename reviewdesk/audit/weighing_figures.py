"""The numbers of a weighing with their formulas, in words and with the numbers put in.

A sum is written as people write it, the same in every language: `8,866.21 × 0.3 × 0.975`. Worked out and rounded as the
figure says, it gives the number shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final, Literal, NamedTuple

from reviewdesk.audit.citations import told
from reviewdesk.audit.policy_parts import Sourced
from reviewdesk.audit.policy_tables import FeeScale
from reviewdesk.audit.registry import CHECKS
from reviewdesk.audit.weighing import ORDINARY, SIMPLIFIED, SMALL_CLAIMS, Raised, Scales, Weighing
from reviewdesk.errors import Text
from reviewdesk.money import plain

Unit = Literal["yuan", "rate", "months", "count"]
Rounding = Literal["exact", "down", "half_up"]

PROCEDURES: Final = {
    SMALL_CLAIMS: Text("小额诉讼程序", "Small-claims procedure"),
    SIMPLIFIED: Text("简易程序", "Simplified procedure"),
    ORDINARY: Text("普通程序", "Ordinary procedure"),
}
ADVICE: Final = {
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
YOURS: Final = Text(
    "以上为估算，是否起诉由审核人决定。", "This is an estimate; whether to sue is the reviewer's decision."
)
_RECOVERY: Final = Text(
    "审核策略“预计回收比例”（本机构假设）", "the policy's table of expected recovery (own assumption)"
)


class Figure(NamedTuple):
    """A number with its formula.

    Attributes:
        value: fen for yuan, else a decimal.
        formula: the formula in words. sum: the same with the numbers put in. rounding: how its result is rounded, to
            the fen or to four decimals.
        source: what it rests on. assumed: an assumption of the organisation without a checked source is part of it.
    """

    name: str
    label: Text
    unit: Unit
    value: Any
    formula: Text
    sum: str
    rounding: Rounding
    source: Text
    assumed: bool

    @property
    def text(self) -> str:
        """The value without the sign of its unit: `8,866.21`, `18%`, `3.5`."""
        if self.unit == "yuan":
            return amount(self.value)
        return f"{plain(self.value * 100)}%" if self.unit == "rate" else plain(Decimal(self.value))


def figures(made: Weighing, scales: Scales) -> list[Figure]:
    """All numbers of a weighing, in the order in which each rests on those before it."""
    return [*_recovery(made, scales), *_costs(made, scales), *_net(made), *_length(made, scales)]


def amount(fen: int) -> str:
    """Fen as a sum shows them: `8,866.21`, with a minus sign where negative."""
    sign = "−" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


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


def _costs(made: Weighing, scales: Scales) -> Iterator[Figure]:
    policy = scales.rules.policy
    numbers = policy.parameters
    yield _fee(
        "fee_full", Text("案件受理费（全额）", "Court fee in full"), made.fee_full, policy.fees.court, made.claim
    )
    procedure = PROCEDURES[made.procedure]
    halves = made.procedure != ORDINARY
    yield Figure(
        "fee",
        Text("案件受理费", "Court fee"),
        "yuan",
        made.fee,
        Text(
            f"{procedure.zh}，{'减半' if halves else '全额'}收取",
            f"{procedure.en}: {'half' if halves else 'all'} of it",
        ),
        f"{amount(made.fee_full)} ÷ 2" if halves else amount(made.fee_full),
        "half_up",
        told("诉讼费用交纳办法第13、16条"),
        not policy.fees.court.verified,
    )
    preserved = policy.fees.preservation
    yield _fee(
        "preservation_full",
        Text("保全申请费（每件）", "Preservation fee, each"),
        made.preservation_full,
        preserved,
        made.claim,
    )
    yield Figure(
        "preservation",
        Text("保全申请费（按比例）", "Preservation fee, by share"),
        "yuan",
        made.preservation,
        Text(
            "每件保全申请费 × 申请保全的案件比例，舍去分以下",
            "the fee × share of cases with preservation, cut to the fen",
        ),
        f"{amount(made.preservation_full)} × {plain(scales.preservation_use)}",
        "down",
        _cited(numbers.preservation_use),
        not numbers.preservation_use.verified,
    )
    yield Figure(
        "service",
        Text("送达费用", "Service"),
        "yuan",
        made.service + made.announcement,
        Text(
            "送达及杂费 + 公告送达费（无法联系借款人时）",
            "service + announcement, where the borrower cannot be reached",
        ),
        f"{amount(made.service)} + {amount(made.announcement)}",
        "exact",
        _cited(numbers.service_cost, numbers.announcement_cost),
        made.announced and not numbers.announcement_cost.verified,
    )
    yield Figure(
        "lawyer",
        Text("律师费", "Lawyer's fee"),
        "yuan",
        made.lawyer,
        Text(
            "每件下限与可主张金额 × 比例的较大者，舍去分以下",
            "the larger of the least fee and claim × share, cut to the fen",
        ),
        f"max({amount(scales.rules.lawyer_fee)}, {amount(made.claim)} × {plain(scales.rules.lawyer_fee_share)})",
        "down",
        _cited(numbers.lawyer_fee, numbers.lawyer_fee_share),
        not numbers.lawyer_fee_share.verified,
    )
    yield Figure(
        "cost",
        Text("成本合计", "Cost"),
        "yuan",
        made.cost,
        Text("受理费 + 保全费 + 送达费用 + 律师费", "court fee + preservation + service + lawyer's fee"),
        " + ".join(map(amount, (made.fee, made.preservation, made.service + made.announcement, made.lawyer))),
        "exact",
        Text("见各项", "see each"),
        True,
    )


def _fee(name: str, label: Text, fee: int, scale: FeeScale, claim: int) -> Figure:
    return Figure(
        name,
        label,
        "yuan",
        fee,
        Text("按标的额分段累计", "each bracket of the claim at its rate"),
        fee_sum(scale, claim),
        "half_up",
        _cited(scale),
        not scale.verified,
    )


def fee_sum(scale: FeeScale, claim: int) -> str:
    """The sum of a cumulative fee, bracket by bracket."""
    below, parts = 0, []
    for bracket in scale.brackets:
        reached = claim if bracket.up_to is None else min(claim, bracket.up_to)
        if bracket.flat:
            parts.append(amount(bracket.flat))
        if bracket.rate and reached > below:
            parts.append(f"({amount(reached)} − {amount(below)}) × {plain(bracket.rate)}")
        if bracket.up_to is None or claim <= bracket.up_to:
            break
        below = bracket.up_to
    said = " + ".join(parts) or "0"
    return said if scale.highest is None else f"min({said}, {amount(scale.highest)})"


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


def _length(made: Weighing, scales: Scales) -> Iterator[Figure]:
    numbers = scales.rules.policy.parameters
    term = {
        SMALL_CLAIMS: numbers.months_small_claims,
        SIMPLIFIED: numbers.months_simplified,
        ORDINARY: numbers.months_ordinary,
    }[made.procedure]
    parts = [scales.to_file, term.value, *([scales.announcing] if made.announced else [])]
    said = [*map(plain, parts), *(f"{plain(one.weight)} × {plain(one.months)}" for one in made.raised if one.months)]
    procedure = PROCEDURES[made.procedure]
    yield Figure(
        "months_judgment",
        Text("至判决", "To judgment"),
        "months",
        made.months_judgment,
        Text(
            f"立案 + {procedure.zh}审限 + 公告（无法联系借款人时）+ 各项可能抗辩的权重 × 延长月数",
            f"to file + term ({procedure.en.lower()}) + announcement, where the borrower cannot be reached + "
            "weight × months of each likely defence",
        ),
        " + ".join(said),
        "exact",
        _cited(numbers.months_to_file, term),
        True,
    )
    yield Figure(
        "months_money",
        Text("至执行到位", "To the money"),
        "months",
        made.months_money,
        Text("至判决 + 执行", "to judgment + enforcement"),
        f"{plain(made.months_judgment)} + {plain(scales.enforcing)}",
        "exact",
        _cited(numbers.months_enforcement),
        not numbers.months_enforcement.verified,
    )


def _cited(*parts: Sourced) -> Text:
    return told("；".join(dict.fromkeys(part.cites for part in parts)))
