"""The costs of a suit with their formulas: all of them of a case that goes alone, or its part of a joined suit's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reviewdesk.audit.citations import told
from reviewdesk.audit.policy_tables import FeeScale
from reviewdesk.audit.weighing.case import Weighing
from reviewdesk.audit.weighing.figure import Figure, Rounding, amount, cited
from reviewdesk.audit.weighing.filing import Filing
from reviewdesk.audit.weighing.scales import ORDINARY, SIMPLIFIED, SMALL_CLAIMS
from reviewdesk.errors import Text
from reviewdesk.money import plain

PROCEDURES: Final = {
    SMALL_CLAIMS: Text("小额诉讼程序", "Small-claims procedure"),
    SIMPLIFIED: Text("简易程序", "Simplified procedure"),
    ORDINARY: Text("普通程序", "Ordinary procedure"),
}

_NAMES: Final = {
    "fee": Text("案件受理费", "Court fee"),
    "preservation": Text("保全申请费（按比例）", "Preservation fee, by share"),
    "service": Text("送达费用", "Service"),
    "lawyer": Text("律师费", "Lawyer's fee"),
    "cost": Text("成本合计", "Cost"),
}


def cost_figures(made: Weighing) -> Iterator[Figure]:
    """The costs of a case; of one in a joined suit first those of the suit, named `suit_…`, then its part of each."""
    if made.filing.joined is None:
        yield from _costs_of(made.filing)
    else:
        yield _claims(made.filing)
        yield from (_of_suit(one) for one in _costs_of(made.filing))
        yield from _parts(made)


def _of_suit(one: Figure) -> Figure:
    return one._replace(name=f"suit_{one.name}", label=Text(f"全案{one.label.zh}", f"{one.label.en} of the suit"))


def _claims(filing: Filing) -> Figure:
    unknown = filing.joined.unknown if filing.joined else ()
    left = "、".join(unknown)
    return Figure(
        "suit_claim",
        Text("全案可主张金额", "Claim of the suit"),
        "yuan",
        filing.claim,
        Text(
            "合并起诉各案可主张金额之和" + (f"（{left}金额不明，未计入）" if unknown else ""),
            "the sum over the cases of the joined suit" + (f" ({left} not counted: claim unknown)" if unknown else ""),
        ),
        " + ".join(amount(loan.claim) for loan in filing.loans),
        "exact",
        told("民诉法解释第201条"),
        False,
    )


# --- of what goes to court as one -------------------------------------------------------------------------------------


def _costs_of(filing: Filing) -> Iterator[Figure]:
    yield from _court_fee(filing)
    yield from _preservation(filing)
    yield _service(filing)
    yield _lawyer(filing)
    yield _total(filing.cost, (filing.fee, filing.preservation, filing.serving, filing.lawyer))


def _court_fee(filing: Filing) -> Iterator[Figure]:
    scale = filing.scales.rules.policy.fees.court
    yield _fee("fee_full", Text("案件受理费（全额）", "Court fee in full"), filing.fee_full, scale, filing.claim)
    procedure = PROCEDURES[filing.procedure]
    halves = filing.procedure != ORDINARY
    yield Figure(
        "fee",
        _NAMES["fee"],
        "yuan",
        filing.fee,
        Text(
            f"{procedure.zh}，{'减半' if halves else '全额'}收取",
            f"{procedure.en}: {'half' if halves else 'all'} of it",
        ),
        f"{amount(filing.fee_full)} ÷ 2" if halves else amount(filing.fee_full),
        "half_up",
        told("诉讼费用交纳办法第13、16条"),
        not scale.verified,
    )


def _preservation(filing: Filing) -> Iterator[Figure]:
    policy = filing.scales.rules.policy
    use = policy.parameters.preservation_use
    yield _fee(
        "preservation_full",
        Text("保全申请费（每件）", "Preservation fee, each"),
        filing.preservation_full,
        policy.fees.preservation,
        filing.claim,
    )
    yield Figure(
        "preservation",
        _NAMES["preservation"],
        "yuan",
        filing.preservation,
        Text(
            "每件保全申请费 × 申请保全的案件比例，舍去分以下",
            "the fee × share of cases with preservation, cut to the fen",
        ),
        f"{amount(filing.preservation_full)} × {plain(filing.scales.preservation_use)}",
        "down",
        cited(use),
        not use.verified,
    )


def _service(filing: Filing) -> Figure:
    numbers = filing.scales.rules.policy.parameters
    return Figure(
        "service",
        _NAMES["service"],
        "yuan",
        filing.serving,
        Text(
            "送达及杂费 + 公告送达费（无法联系借款人时）",
            "service + announcement, where the borrower cannot be reached",
        ),
        f"{amount(filing.service)} + {amount(filing.announcement)}",
        "exact",
        cited(numbers.service_cost, numbers.announcement_cost),
        filing.announced and not numbers.announcement_cost.verified,
    )


def _lawyer(filing: Filing) -> Figure:
    rules = filing.scales.rules
    numbers = rules.policy.parameters
    return Figure(
        "lawyer",
        _NAMES["lawyer"],
        "yuan",
        filing.lawyer,
        Text(
            "每件下限与可主张金额 × 比例的较大者，舍去分以下",
            "the larger of the least fee and claim × share, cut to the fen",
        ),
        f"max({amount(rules.lawyer_fee)}, {amount(filing.claim)} × {plain(rules.lawyer_fee_share)})",
        "down",
        cited(numbers.lawyer_fee, numbers.lawyer_fee_share),
        not numbers.lawyer_fee_share.verified,
    )


def _total(cost: int, parts: tuple[int, ...]) -> Figure:
    return Figure(
        "cost",
        _NAMES["cost"],
        "yuan",
        cost,
        Text("受理费 + 保全费 + 送达费用 + 律师费", "court fee + preservation + service + lawyer's fee"),
        " + ".join(map(amount, parts)),
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
        cited(scale),
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


# --- a case's part of a joined suit -----------------------------------------------------------------------------------


def _parts(made: Weighing) -> Iterator[Figure]:
    filing = made.filing
    assumed = {one.name: one.assumed for one in _costs_of(filing)}
    shares = (
        ("fee", made.fee, filing.fee),
        ("preservation", made.preservation, filing.preservation),
        ("service", made.service, filing.serving),
        ("lawyer", made.lawyer, filing.lawyer),
    )
    for name, part, whole in shares:
        yield _part(made, name, part, whole, assumed=assumed[name])
    total = _total(made.cost, tuple(part for _name, part, _whole in shares))
    yield total._replace(label=_of_case(total.label))


def _of_case(label: Text) -> Text:
    return Text(f"{label.zh}（本案分担）", f"{label.en}, this case's part")


def _part(made: Weighing, name: str, part: int, whole: int, *, assumed: bool) -> Figure:
    filing = made.filing
    rounding: Rounding
    if made.place < len(filing.loans) - 1:
        formula = Text(
            "全案费用 × 本案可主张金额 ÷ 全案可主张金额，舍去分以下",
            "cost of the suit × claim ÷ claim of the suit, cut to the fen",
        )
        said, rounding = f"{amount(whole)} × {amount(made.claim)} ÷ {amount(filing.claim)}", "down"
    else:
        formula = Text(
            "全案费用 − 其他各案分担（案件号最后的一案负担尾差）",
            "cost of the suit − the parts of the other cases (the case of the last number bears what they leave)",
        )
        said, rounding = " − ".join(map(amount, (whole, *filing.others_of(whole)))), "exact"
    return Figure(
        name,
        _of_case(_NAMES[name]),
        "yuan",
        part,
        formula,
        said,
        rounding,
        Text("按各案可主张金额的比例分担", "shared in proportion to the claims"),
        assumed,
    )
