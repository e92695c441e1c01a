"""A whole workbook and its answer key.

Rows come in this order: a title, a note on units, the header, the accounts with a blank row here and there, a total, a
note. What is drawn depends on the seed, the day and the number of rows only.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

import reviewdesk.sampling.bad_cases
import reviewdesk.sampling.bad_cells
import reviewdesk.sampling.bad_loans
import reviewdesk.sampling.bad_sheets  # noqa: F401  importing these registers the defects
from reviewdesk.sampling.beside import HEADERS, NAMES, REPAYMENTS
from reviewdesk.sampling.book import HEAD, TITLE, Book
from reviewdesk.sampling.loans import Account, Bank
from reviewdesk.sampling.planting import BESIDE, DEFECTS, Defect, Finds, Refused
from reviewdesk.sampling.sheet import COLUMNS, RECEIVED, Column, as_money, shown

SHEET_NAME: Final = "诉讼清单"
TITLE_ROWS: Final = 2
BLANK_SHARE: Final = 0.002
LEAST_FOR_GROUPS: Final = 100
"""A sheet with fewer defects has none that takes more than two rows."""

PAPERS: Final = "reviewdesk.sampling.bad_cases"
"""The kinds of defects of an account sheet that say nothing of its amounts, and so go with any sheets beside it."""

BESIDE_SHARE: Final = 0.5
"""Of the defects in a workbook with sheets beside, so many need those."""

SUMMED: Final = frozenset({"principal", "outstanding_principal", "total_claimed"})


class Row(NamedTuple):
    """An account to be written; where it is not sound, with the name of its defect and what must be found."""

    account: Account
    defect: str = ""
    expects: Finds | Refused | None = None


@dataclass(slots=True)
class AnswerKey:
    """What a reader of the workbook must find."""

    seed: int
    as_of: date
    rows: int
    columns: int
    header_row: int = TITLE_ROWS + 1
    set_aside: list[int] = field(default_factory=list)
    planted: list[dict[str, Any]] = field(default_factory=list)
    sheets: dict[str, int] = field(default_factory=dict)

    def add(self, number: int, row: Row) -> None:
        """Note the defect of the row of that number."""
        if row.expects is None:
            return
        account_no = row.account.cells.get("account_no", row.account.values["account_no"])
        self.planted.append(
            {"row": number, "account_no": account_no, "defect": row.defect, "expects": row.expects.as_json()}
        )

    def as_json(self) -> dict[str, Any]:
        """The key as it is written."""
        return {
            "seed": self.seed,
            "as_of": self.as_of.isoformat(),
            "rows": self.rows,
            "columns": self.columns,
            "title_rows": TITLE_ROWS,
            "header_row": self.header_row,
            "set_aside": self.set_aside,
            "sheets": self.sheets,
            "beside": sum(one["defect"] in _BESIDE_NAMES for one in self.planted),
            "clean": self.rows - len(self.planted),
            "defects": dict(sorted(Counter(one["defect"] for one in self.planted).items())),
            "planted": self.planted,
        }


_BESIDE_NAMES: Final = frozenset(defect.name for defect in BESIDE)


def write_sample(
    out: Path,
    *,
    rows: int,
    seed: int,
    as_of: date,
    share: float,
    columns: Sequence[Column] = COLUMNS,
    sheets: Sequence[str] = (),
    payments: int | None = None,
) -> AnswerKey:
    """Write a workbook of so many accounts, of which `share` (0 to 1) carry a defect each.

    With fewer `columns` a defect in one that is left out does not show, and the key does not hold.

    Args:
        sheets: which of the sheets beside the accounts are written (`beside.NAMES`). Half of the defects then are of
            kinds that need all of them; the others are those of persons, courts, papers and cells that cannot be read.
        payments: how many instalments each borrower paid, and so lines in a sheet of repayments; None: drawn.
    """
    random = Random(seed)  # noqa: S311  invented data, reproducible by its seed
    ledgers = REPAYMENTS in sheets
    bank = Bank(random, as_of, ledgers=ledgers, payments=payments)
    columns = [*columns, RECEIVED] if ledgers else columns
    key = AnswerKey(seed, as_of, rows, len(columns))
    totals: Counter[str] = Counter()
    beside = {NAMES[kind]: HEADERS[kind] for kind in NAMES if kind in sheets}
    widths = [column.width for column in columns]
    with Book(out, SHEET_NAME, widths, key.header_row, merged=(1, 2), beside=beside) as book:
        book.write([f"互联网消费贷款{as_of.year}年第{1 + seed % 12}批诉讼清单"], TITLE)
        book.write([f"单位：元    数据截止：{bank.calculated_to.isoformat()}    共{rows}户"])
        book.write([column.header for column in columns], HEAD)
        for row in _rows(bank, rows, round(rows * share), beside=bool(sheets)):
            if random.random() < BLANK_SHARE:
                key.set_aside.append(book.write([]))
            key.add(book.write(shown(row.account, columns, random)), row)
            _write_beside(book, row.account, sheets)
            for name in SUMMED:
                totals[name] += row.account.values[name] or 0
        key.set_aside.append(book.write([]))
        key.set_aside.append(book.write([_total(column, totals, random) for column in columns]))
        key.set_aside.append(book.write(["注：以上数据由业务系统导出，逾期天数截至数据截止日。"]))
        key.sheets = {name: sheet.row - 1 for name, sheet in book.beside.items()}
    return key


def _write_beside(book: Book, account: Account, kinds: Sequence[str]) -> None:
    """The account's rows in the sheets beside, under its number as its own row has it."""
    if not kinds:
        return
    number = account.cells.get("account_no", account.values["account_no"])
    for kind, rows in account.beside(kinds).items():
        write = book.beside[NAMES[kind]].write
        for cells in rows:
            write([number, *cells])


def _total(column: Column, totals: Counter[str], random: Random) -> Any:
    if column.field == "account_no":
        return "合计"
    return as_money(totals[column.field], random) if column.field in SUMMED else None


def _rows(bank: Bank, count: int, defects: int, *, beside: bool) -> Iterator[Row]:
    """So many rows, of which `defects` at places drawn belong to a plant; those of one plant follow each other."""
    places = set(bank.random.sample(range(count), defects))
    kinds = _both_kinds(bank.random, defects) if beside else _kinds(bank.random, DEFECTS, defects)
    waiting: list[Row] = []
    left = defects
    for place in range(count):
        if place not in places:
            yield Row(bank.account())
            continue
        if not waiting:
            defect = next(kind for kind in kinds if len(kind.expects) <= left)
            waiting = [Row(account, defect.name, expects) for account, expects in defect.planted(bank)]
        left -= 1
        yield waiting.pop(0)


def _both_kinds(random: Random, defects: int) -> Iterator[Defect]:
    """Kinds that need the sheets beside, and such as go with them, by their share."""
    need = _kinds(random, BESIDE, defects)
    go_with = _kinds(random, [kind for kind in DEFECTS if _goes_with_sheets(kind)], defects)
    while True:
        yield next(need if random.random() < BESIDE_SHARE else go_with)


def _goes_with_sheets(kind: Defect) -> bool:
    """Whether a kind of defect says nothing of amounts that a sheet beside could contradict."""
    return kind.plant.__module__ == PAPERS or all(isinstance(one, Refused) for one in kind.expects)


def _kinds(random: Random, among: Sequence[Defect], defects: int) -> Iterator[Defect]:
    """All kinds in turn, in an order drawn anew for each round."""
    kinds = [kind for kind in among if len(kind.expects) <= 2 or defects >= LEAST_FOR_GROUPS]
    while True:
        yield from random.sample(kinds, len(kinds))
