"""The numbers of a batch's weighing with their formulas, from its stored sums."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from reviewdesk.audit.citations import told
from reviewdesk.audit.policy import Parameters
from reviewdesk.audit.policy_parts import Parameter
from reviewdesk.audit.weighing.figure import Figure, Rounding, Unit, amount
from reviewdesk.errors import Text
from reviewdesk.money import plain

_SHARE: Final = Decimal("0.0001")
_TENTH: Final = Decimal("0.1")
_SUMMED: Final = Text("各案测算之和", "the sum over all cases")

AMOUNTS: Final = {
    "claim": Text("可主张金额合计", "Claims"),
    "expected": Text("预计回收合计", "Expected recovery"),
    "fee": Text("案件受理费合计", "Court fees"),
    "preservation": Text("保全申请费合计", "Preservation fees"),
    "service": Text("送达费用合计", "Service"),
    "lawyer": Text("律师费合计", "Lawyers' fees"),
    "cost": Text("成本合计", "Cost"),
    "net": Text("预计净额合计", "Net expectation"),
}


class Indicator(NamedTuple):
    """A number from which harm to the name may be read; `reached` says that it is at or above the policy's line."""

    figure: Figure
    limit: Decimal
    reached: bool
    source: Text


def batch_figures(sums: Mapping[str, Any]) -> list[Figure]:
    """The totals of a batch and what follows from them; empty where no case could be weighed."""
    return [*_totals(sums), *_unborne(sums), *_ratios(sums), *_lengths(sums)] if sums["cases"] else []


def _totals(sums: Mapping[str, Any]) -> Iterator[Figure]:
    amounts = sums["amounts"]
    for name, label in AMOUNTS.items():
        value = amounts[name]
        if name == "cost":
            parts = [amounts[part] for part in ("fee", "preservation", "service", "lawyer")]
            formula = Text("受理费 + 保全费 + 送达费用 + 律师费", "court fees + preservation + service + lawyers' fees")
            said = " + ".join(map(amount, parts))
        elif name == "net":
            formula = Text("预计回收 − 成本", "expected recovery − cost")
            said = f"{amount(amounts['expected'])} − {amount(amounts['cost'])}"
        elif name in ("claim", "expected"):
            formula = Text("各案之和，按审核结论分列", "the sum over all cases, by verdict")
            said = " + ".join(amount(group[name]) for group in sums["verdicts"].values())
        else:
            formula, said = _SUMMED, amount(value)
        yield _figure(name, label, "yuan", value, formula, said, assumed=name not in ("claim", "fee"))


def _unborne(sums: Mapping[str, Any]) -> Iterator[Figure]:
    """What cases of joined suits bear that cannot be weighed; a weighing of before this was counted tells none."""
    left = sums.get("unborne")
    if left and left["cases"]:
        zh, en = _numbers_of(left)
        said = Text(
            f"合并起诉而逾期天数不明的案件应分担的诉讼费用，不在成本合计之内：{zh}",
            f"what cases of joined suits with unknown days overdue bear, which the total of costs leaves out: {en}",
        )
        label = Text("未计入的合并起诉费用", "Costs of joined suits left out")
        yield _figure("unborne", label, "yuan", left["cost"], said, amount(left["cost"]))


def _numbers_of(left: Mapping[str, Any]) -> tuple[str, str]:
    """The numbers of the cases left out in Chinese and in English, how many more at their end."""
    numbers, more = left["numbers"], left["cases"] - len(left["numbers"])
    zh, en = "、".join(numbers), ", ".join(numbers)
    return (f"{zh}等{left['cases']}件", f"{en} and {more} more") if more else (zh, en)


def _ratios(sums: Mapping[str, Any]) -> Iterator[Figure]:
    amounts = sums["amounts"]
    claim, expected, cost = (amounts[name] for name in ("claim", "expected", "cost"))
    yield _ratio(
        "share",
        Text("预计回收率", "Expected share"),
        expected,
        claim,
        Text("预计回收 ÷ 可主张金额", "expected ÷ claims"),
    )
    yield _ratio(
        "break_even", Text("保本回收率", "Break-even share"), cost, claim, Text("成本 ÷ 可主张金额", "cost ÷ claims")
    )


def _ratio(name: str, label: Text, part: int, whole: int, formula: Text) -> Figure:
    return _figure(name, label, "rate", _divided(part, whole), formula, f"{amount(part)} ÷ {amount(whole)}", "half_up")


def _lengths(sums: Mapping[str, Any]) -> Iterator[Figure]:
    cases = sums["cases"]
    for name, label in (
        ("months_judgment", Text("平均至判决", "To judgment, on average")),
        ("months_money", Text("平均至执行到位", "To the money, on average")),
    ):
        total = Decimal(sums[name])
        formula = Text("各案月数之和 ÷ 件数", "months of all cases ÷ cases")
        yield _figure(
            name, label, "months", _divided(total, cases, _TENTH), formula, f"{plain(total)} ÷ {cases}", "half_up"
        )


def indicators(sums: Mapping[str, Any], suits: Sequence[Mapping[str, Any]], numbers: Parameters) -> list[Indicator]:
    """What may harm the lender's name: small suits, cases of hardship, one court, and suits among its accounts.

    A joined suit is one suit.
    """
    cases, filings = sums["cases"], sums["filings"]
    if not cases:
        return []
    court = max((one["filings"] for one in sums["courts"] if one["court"]), default=0)
    shares = (
        (
            "small_suits",
            Text(
                f"小额起诉占比（标的低于{amount(numbers.small_suit.fen)}元）",
                f"Suits below {amount(numbers.small_suit.fen)}",
            ),
            (sums["small"], filings, _OF_FILINGS),
            numbers.small_suit_share,
        ),
        (
            "troubled",
            Text("有困难、协商、投诉或催收不当的案件占比", "Cases with hardship, an offer, a complaint or bad conduct"),
            (sums["troubled"], cases, _OF_CASES),
            numbers.hardship_share,
        ),
        (
            "one_court",
            Text("最多诉讼的约定法院占比", "Suits agreed for the most frequent court"),
            (court, filings, _OF_FILINGS),
            numbers.court_share,
        ),
    )
    found = [_indicator(_counted(name, label, *of), limit) for name, label, of, limit in shares]
    found += [_indicator(per_thousand(one), numbers.suits_per_thousand) for one in suits if one["accounts"]]
    return found


def per_thousand(suits: Mapping[str, Any]) -> Figure:
    """A lender's suits among 1,000 of its accounts: those filed in the last months and those of the batch."""
    filed, batch, accounts = suits["filed"], suits["batch"], suits["accounts"]
    lender = suits["lender"] or "—"
    value = _divided((filed + batch) * 1000, accounts, _TENTH)
    return _figure(
        "suits_per_thousand",
        Text(f"每千户起诉数：{lender}", f"Suits per 1,000 accounts: {lender}"),
        "count",
        value,
        Text(
            "（近12个月已立案 + 本批次拟诉）÷ 该出借人账户数 × 1000",
            "(filed in 12 months + this batch) ÷ accounts × 1000",
        ),
        f"({filed} + {batch}) ÷ {accounts} × 1000",
        "half_up",
        assumed=False,
    )


_OF_CASES: Final = Text("件数 ÷ 测算件数", "cases ÷ cases weighed")
_OF_FILINGS: Final = Text("诉讼数 ÷ 测算诉讼数（合并起诉计一个）", "suits ÷ suits weighed, a joined suit counted once")


def _counted(name: str, label: Text, part: int, whole: int, formula: Text) -> Figure:
    return _figure(name, label, "rate", _divided(part, whole), formula, f"{part} ÷ {whole}", "half_up", assumed=False)


def _indicator(figure: Figure, limit: Parameter) -> Indicator:
    return Indicator(figure, limit.value, figure.value >= limit.value, told(limit.cites))


def _divided(part: int | Decimal, whole: int, places: Decimal = _SHARE) -> Decimal:
    return (Decimal(part) / Decimal(whole)).quantize(places, rounding="ROUND_HALF_UP") if whole else Decimal(0)


def _figure(
    name: str,
    label: Text,
    unit: Unit,
    value: Any,
    formula: Text,
    said: str,
    rounding: Rounding = "exact",
    *,
    assumed: bool = True,
) -> Figure:
    return Figure(name, label, unit, value, formula, said, rounding, _SUMMED, assumed)
