"""The claim statement of a suit as titled tables: what its loans come to together, and the court fee on the sum."""

from __future__ import annotations

from typing import Any

from reviewdesk.audit.suit import SuitLoan, SuitStatement
from reviewdesk.errors import Text
from reviewdesk.review.statement_tables import KINDS, PARTS, RESULT, Table, columns

TOGETHER = Text("合计", "Together")

_LOANS = columns(
    ("案件", "Case", "text"),
    ("借据号", "Account", "text"),
    ("签约日期", "Contract of", "date"),
    ("计算截止日", "Computed to", "date"),
    ("尚欠本金（元）", "Principal (CNY)", "money"),
    ("尚欠息费（元）", "Charges (CNY)", "money"),
    ("依约合计（元）", "By contract (CNY)", "money"),
    ("息费上限（元）", "Cap on charges (CNY)", "money"),
    ("表列诉请（元）", "Claimed (CNY)", "money"),
    ("可主张（元）", "May be claimed (CNY)", "money"),
    ("应剔除（元）", "To be dropped (CNY)", "money"),
)


def suit_tables(made: SuitStatement) -> list[Table]:
    """The tables over all loans; those of each loan are its statement's own."""
    tables = [
        Table(Text("各笔借款合计", "The loans together"), _LOANS, (*map(_loan, made.loans), _sums(made)), total=True),
        Table(Text("各项债权合计", "Parts of the debt together"), PARTS, _parts(made)),
        Table(Text("标的额与案件受理费", "Amount in dispute and court fee"), RESULT, _fees(made)),
    ]
    return [table for table in tables if table.rows]


def _loan(loan: SuitLoan) -> tuple[Any, ...]:
    made = loan.made
    return (
        Text(loan.number, loan.number),
        Text(loan.account_no, loan.account_no),
        loan.contract_date,
        made.calculated_to,
        made.principal,
        made.charges,
        made.principal + made.charges,
        made.cap_total,
        made.claimed,
        made.claimable,
        made.excess,
    )


def _sums(made: SuitStatement) -> tuple[Any, ...]:
    return (TOGETHER, None, None, None, *made.sums)


def _parts(made: SuitStatement) -> tuple[tuple[Any, ...], ...]:
    return tuple(
        (
            KINDS[part.kind],
            part.stands,
            part.claimed,
            None if part.claimed is None else part.claimed - part.stands,
        )
        for part in made.parts
        if part.stands or part.claimed
    )


def _fees(made: SuitStatement) -> tuple[tuple[Any, ...], ...]:
    fees = made.fees
    return (
        (
            Text("诉讼标的额（可主张总额之和）", "Amount in dispute (the sum of what may be claimed)"),
            made.sums.claimable,
        ),
        (Text("案件受理费（一案，全额）", "Court fee of one suit, in full"), fees.full),
        (Text("减半交纳（简易程序、小额诉讼、调解或撤诉）", "Halved (simplified, small claims, settled)"), fees.halved),
        (Text("如逐笔分别起诉，减半受理费合计", "Halved fees of a suit for each loan, together"), fees.apart),
    )


def suit_method(made: SuitStatement) -> list[Text]:
    """How the sums were made, in sentences."""
    number, fees = len(made.loans), made.fees
    told = [
        Text(
            f"同一出借人对同一借款人的{number}笔借款合并为一案起诉。每笔借款依其合同与还款单独重算，上限也逐笔适用，"
            "一笔的上限余额不用于另一笔；合计为各笔之和。",
            f"The same lender sues the same borrower for {number} loans in one suit. Each is computed for itself, "
            "and so is its cap: what one leaves is not used for another. The totals are sums over the loans.",
        ),
        Text(
            "案件受理费按诉讼标的额依《诉讼费用交纳办法》第13条分段累计；多个财产性诉讼请求合并计算"
            f"（民事诉讼法解释第201条）。依据审核策略{fees.policy}（{fees.as_of}）。",
            "The court fee is that of Order 481 Art. 13 on the amount in dispute; several claims of property are added "
            f"up (法释〔2022〕11号 Art. 201). Under policy {fees.policy} as of {fees.as_of}.",
        ),
    ]
    if len(made.dates) > 1:
        first, last = made.dates[0], made.dates[-1]
        told.append(
            Text(
                f"注意：各笔计算截止日不同（{first}至{last}），起诉前宜统一截止日。",
                f"Mind: the loans are computed to different days ({first} to {last}); file with one day for all.",
            )
        )
    return told
