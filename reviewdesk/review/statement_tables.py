"""A claim statement (债权计算书) as titled tables, the same for the page, the workbook and the printed document."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Final, NamedTuple

from reviewdesk.audit.loan import LEGAL_ORDER
from reviewdesk.audit.orders import Ordered
from reviewdesk.audit.statement import ClaimStatement, Line, Part, Reversal
from reviewdesk.errors import Text

KINDS = {
    "principal": Text("本金", "Principal"),
    "interest": Text("利息", "Interest"),
    "penalty": Text("罚息", "Penalty interest"),
    "compound": Text("复利", "Compound interest"),
    "fees": Text("费用", "Fees"),
    "cap": Text("上限", "Cap"),
}
"""What the parts of a debt are called."""


class Column(NamedTuple):
    """A column: its heading, and the kind of its cells (text, money, rate, date, number or decimal)."""

    heading: Text
    kind: str


class Table(NamedTuple):
    """A titled table. Cells are fen, rates, dates, numbers or `Text`; None is an empty cell.

    `total`: the last row is the sum of those above it.
    """

    title: Text
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    total: bool = False


def columns(*named: tuple[str, str, str]) -> tuple[Column, ...]:
    """Columns by their headings in both languages and kinds."""
    return tuple(Column(Text(zh, en), kind) for zh, en, kind in named)


RESULT = columns(("项目", "Item", "text"), ("金额（元）", "Amount (CNY)", "money"))
PARTS = columns(
    ("项目", "Part", "text"),
    ("重算尚欠（元）", "Stands (CNY)", "money"),
    ("表列（元）", "Claimed (CNY)", "money"),
    ("差额（元）", "Difference (CNY)", "money"),
)
_LINES = columns(
    ("项目", "Charge", "text"),
    ("期数", "Instalment", "number"),
    ("起（含）", "From (counted)", "date"),
    ("止（不含）", "To (not counted)", "date"),
    ("天数", "Days", "number"),
    ("计算基数（元）", "Base (CNY)", "money"),
    ("年利率", "Rate a year", "rate"),
    ("金额（元）", "Amount (CNY)", "money"),
    ("累计（元）", "Running total (CNY)", "money"),
)
_SET_OFFS = columns(
    ("日期", "Day", "date"),
    ("还款（元）", "Paid (CNY)", "money"),
    ("抵费用", "To fees", "money"),
    ("抵利息", "To interest", "money"),
    ("抵复利", "To compound", "money"),
    ("抵罚息", "To penalty", "money"),
    ("抵到期本金", "To principal due", "money"),
    ("提前还本金", "To principal not due", "money"),
    ("留抵下期", "Kept for the next", "money"),
    ("多付", "Overpaid", "money"),
    ("剩余本金", "Principal left", "money"),
)


def tables_of(made: ClaimStatement) -> list[Table]:
    """The tables of a statement, those without rows left out."""
    tables = [
        Table(Text("计算结果", "Result"), RESULT, _result(made)),
        Table(Text("重算与表列数额对照", "Recomputed and claimed"), PARTS, tuple(map(_part, made.parts))),
        Table(Text("利息与费用逐期计算", "Charges by period"), _LINES, tuple(map(_line, made.lines))),
        _set_offs(made),
        *_orders(made),
        Table(Text("息费上限逐期计算", "The cap by period"), _LINES, tuple(map(_line, made.cap_lines))),
    ]
    return [table for table in tables if table.rows]


_NOTE: Final = Column(Text("说明", "Note"), "text")


def _set_offs(made: ClaimStatement) -> Table:
    """How each payment was set off; one that was taken back and its reversal are rows of their own, which cancel."""
    rows: list[tuple[Any, ...]] = [tuple(one) for one in made.set_offs]
    heads = _SET_OFFS
    if made.reversals:
        rows = [(*row[:2], None, *row[2:]) for row in rows]
        rows += [row for one in made.reversals for row in _taken_back(one)]
        rows.sort(key=lambda row: row[0])
        heads = (*_SET_OFFS[:2], _NOTE, *_SET_OFFS[2:])
    return Table(Text("还款逐笔抵充", "Payments and their set-off"), heads, tuple(rows))


def _taken_back(one: Reversal) -> Iterator[tuple[Any, ...]]:
    nothing = (None,) * (len(_SET_OFFS) - 2)
    if one.paid_on is None:
        note = Text("冲正，无对应还款，不计入", "Matches no payment")
    else:
        note = Text(f"冲正{one.paid_on}的还款", f"Reverses {one.paid_on}")
        gone = Text(f"{one.reversed_on}冲正，视为未付", f"Reversed {one.reversed_on}")
        yield one.paid_on, one.amount, gone, *nothing
    yield one.reversed_on, -one.amount, note, *nothing


_UNASKED: Final = Text("旧上限中合同未收取的部分", "Of the old limit not asked by the contract")


def _result(made: ClaimStatement) -> tuple[tuple[Any, ...], ...]:
    rows = [
        (Text("尚欠本金", "Principal that stands"), made.principal),
        (Text("尚欠息费", "Charges that stand"), made.charges),
        (Text("依约合计", "Together, by contract"), made.principal + made.charges),
        (Text("法定上限（息费合计）", "Cap on all charges"), made.cap_total),
    ]
    if made.by_ledger:
        rows += [
            (Text("其中已付息费", "Of which already paid"), made.charges_paid),
            *([(_UNASKED, made.unasked)] if made.unasked else []),
            (Text("上限余额", "What the cap leaves"), made.room),
        ]
    if made.credited > 0:
        rows.append((Text("超过上限、抵充本金的已付息费", "Paid above the cap, set off on principal"), made.credited))
    if made.overpaid:
        rows.append((Text("多付金额", "Overpaid"), made.overpaid))
    return (
        *rows,
        (Text("表列诉请总额", "Claimed by the sheet"), made.claimed),
        (Text("可主张总额", "May be claimed"), made.claimable),
        (Text("应剔除", "To be dropped"), made.excess),
    )


def _part(part: Part) -> tuple[Any, ...]:
    difference = None if part.claimed is None else part.claimed - part.stands
    return KINDS[part.kind], part.stands, part.claimed, difference


_ORDERS = {
    "legal": Text("法定顺序（第561条）", "By law (Art. 561)"),
    "policy": Text("审核策略的顺序", "In the policy's order"),
    "sheet": Text("按表中分摊", "As the sheet allocates"),
    "principal_first": Text("先抵本金", "Principal first"),
}
_TAKEN = Text("本计算书采用", "taken here")


def _orders(made: ClaimStatement) -> list[Table]:
    """The debt under each order of set-off side by side, with how each other differs from the one that is taken."""
    if len(made.orders) < 2:
        return []
    taken = next((one for one in made.orders if one.taken), made.orders[0])
    heads = [Column(Text("项目", "Part"), "text")]
    for one in made.orders:
        name = _ORDERS[one.kind]
        heads.append(Column(_with(name, _TAKEN) if one is taken else name, "money"))
        if one is not taken:
            heads.append(Column(Text("差额（元）", "Difference (CNY)"), "money"))
    rows = [_order_row(made.orders, taken, part, name) for part, name in _ORDER_ROWS.items()]
    return [Table(Text("抵充顺序对照", "Orders of set-off side by side"), tuple(heads), tuple(filter(None, rows)))]


_ORDER_ROWS = {
    **{part: KINDS[part] for part in ("principal", "interest", "compound", "penalty", "fees")},
    "total": Text("合计", "Together"),
    "overpaid": Text("多付金额", "Overpaid"),
    "claimable": Text("可主张总额", "May be claimed"),
}


def _order_row(orders: tuple[Ordered, ...], taken: Ordered, part: str, name: Text) -> tuple[Any, ...] | None:
    amounts = [getattr(one, part) for one in orders]
    if not any(amounts):
        return None
    cells: list[Any] = [name]
    for one, amount in zip(orders, amounts, strict=True):
        cells.append(amount)
        if one is not taken:
            base = getattr(taken, part)
            cells.append(None if amount is None or base is None else amount - base)
    return tuple(cells)


def _with(name: Text, more: Text) -> Text:
    return Text(f"{name.zh}，{more.zh}", f"{name.en}, {more.en}")


def _line(line: Line) -> tuple[Any, ...]:
    by_time = line.kind != "fees"
    base, rate = (line.base, line.rate) if by_time else (None, None)
    return KINDS[line.kind], line.number, line.start, line.until, line.days, base, rate, line.amount, line.running


_EACH_YEAR: Final = Text("平年365天、闰年366天", "365, in leap years 366")


def method_of(made: ClaimStatement) -> list[Text]:
    """How the amounts were computed, in sentences."""
    year = Text(f"一年{made.basis}天", str(made.basis)) if made.basis else _EACH_YEAR
    told = [
        Text(
            f"计算截止日{made.calculated_to}；按实际天数、{year.zh}计算，放款当日计入，还款当日不计入。",
            f"Computed to {made.calculated_to}, actual days over {year.en}; the day of disbursement counts, the day "
            "of repayment does not.",
        )
    ]
    if made.by_ledger:
        told += _ledger_method(made)
    else:
        told.append(
            Text(
                f"没有还款明细，息费取自表列数额，上限自{made.start}起按未还本金计算。",
                f"There is no ledger: charges are as the sheet states them, and the cap runs from {made.start} on the "
                "outstanding principal.",
            )
        )
    told.append(
        Text(
            f"依据审核策略{made.policy}（{made.as_of}）；利息、罚息、复利、违约金与费用合并受上限约束，"
            "上限按实际天数、一年365天计算。",
            f"Under policy {made.policy} as of {made.as_of}. Interest, penalty, compound interest, damages and fees "
            "are capped together; the cap counts actual days over 365.",
        )
    )
    if made.credited > 0 and len({line.rate for line in made.cap_lines}) > 1:
        told.append(
            Text(
                "2020年8月19日止的还款按合同抵充，在当时限度内自愿支付的息费不再退还；"
                "此后合同息费超过新上限的部分不受支持：计算上限时，每笔还款先抵旧上限内尚欠的息费"
                "和当日按新上限应付的息费，余额抵充本金。",
                "Payments up to 19 August 2020 are set off by contract, and what was paid within the old limit is not "
                "taken back. What the contract asks above the new cap afterwards is not granted: under the cap each "
                "payment covers what the old limit left unpaid and what the new cap allows by that day, and the rest "
                "of it counts against the principal.",
            )
        )
    elif made.credited > 0:
        told.append(
            Text(
                "合同息费超过上限，超过部分不受支持：计算上限时，每笔还款先抵至当日按上限应付的息费，余额抵充本金。",
                "The contract's charges pass the cap, and what is above it is not granted: under the cap each payment "
                "covers what the cap allows by that day, and the rest of it counts against the principal.",
            )
        )
    return told


def _ledger_method(made: ClaimStatement) -> list[Text]:
    zh = "、".join(KINDS[part].zh for part in made.order)
    en = ", ".join(KINDS[part].en.lower() for part in made.order)
    legal = made.order == LEGAL_ORDER
    basis = Text("民法典第561条", "Civil Code Art. 561") if legal else Text("审核策略所定", "as the policy has it")
    return [
        Text(f"每笔还款依次抵充：{zh}（{basis.zh}）。", f"Each payment is set off in this order: {en} ({basis.en})."),
        *_law_of_reversals(made),
        *_law_of_orders(made),
        Text(
            "分期利息为未到期本金×年利率÷12；罚息自各期到期日起对逾期本金逐日计算。按积数法计息：本金乘天数逐段累加，"
            "同一利率合计只四舍五入一次，各行金额为累计数之差，与单独计算至多相差一分。",
            "An instalment's interest is a twelfth of the annual rate on the principal not yet due; penalty runs by "
            "the day from each due date on what is overdue. Base × days are summed and each rate rounded once, so a "
            "line may differ by a fen from its own product.",
        ),
    ]


def _law_of_reversals(made: ClaimStatement) -> list[Text]:
    told = []
    if any(one.paid_on for one in made.reversals):
        told.append(
            Text(
                "已冲正的还款（扣款退回、错记、退款）视为从未支付：不抵充债务，不计入已还金额，也不中断诉讼时效；"
                "还款与冲正两行金额相抵。",
                "A payment that was taken back (a debit that bounced, a wrong booking, a refund) counts as never made: "
                "it is not set off, not counted as repaid and does not interrupt limitation; its row and that of the "
                "reversal cancel.",
            )
        )
    if any(one.paid_on is None for one in made.reversals):
        told.append(
            Text(
                "找不到对应还款的冲正不计入，债务不因此增加。",
                "A reversal that matches no payment does not count and never raises the debt.",
            )
        )
    return told


def _law_of_orders(made: ClaimStatement) -> list[Text]:
    """Why another order may hold, and what the other column rests on."""
    kinds = {one.kind for one in made.orders}
    told = [
        Text(
            "民法典第561条的顺序可由当事人另行约定：合同另有抵充约定、出借人能够举证的，从其约定；未约定的，"
            "出借人自行分摊与法定顺序不符的部分，借款人可以抗辩。",
            "The parties may agree on another order than that of Art. 561: where the contract does and the lender can "
            "prove it, that order holds. Without such a term the borrower may object to another allocation.",
        )
    ]
    if "sheet" in kinds:
        told.append(
            Text(
                "“按表中分摊”逐笔采用还款明细所列的本金、利息、罚息、费用，各以当日所欠为限，余额按本计算书的顺序抵充。",
                "“As the sheet allocates” takes the principal, interest, penalty and fees of each row of the sheet, "
                "each up to what was owed that day, and sets the rest off in the order of this statement.",
            )
        )
    if "principal_first" in kinds:
        told.append(
            Text(
                "还款明细没有分摊列，另按“先抵本金”对照（部分合同约定逾期较久后先还本）。",
                "The sheet does not allocate payments; “principal first” is shown beside it, as some contracts have it "
                "once a loan is long overdue.",
            )
        )
    return told if len(made.orders) > 1 else []


def cell_text(value: Any, kind: str, *, english: bool = False) -> str:
    """A cell as a document prints it."""
    if value is None:
        return ""
    if kind == "money":
        sign = "-" if value < 0 else ""
        return f"{sign}{abs(value) // 100:,}.{abs(value) % 100:02d}"
    if kind == "rate":
        return f"{value * 100:.2f}%"
    if isinstance(value, Text):
        return value.en if english else value.zh
    return value.isoformat() if isinstance(value, date) else str(value)
