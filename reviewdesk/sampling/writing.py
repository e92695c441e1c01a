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
import reviewdesk.sampling.bad_loans  # noqa: F401  importing these three registers the defects
from reviewdesk.sampling.book import HEAD, TITLE, Book
from reviewdesk.sampling.loans import Account, Bank
from reviewdesk.sampling.planting import DEFECTS, Defect, Finds, Refused
from reviewdesk.sampling.sheet import COLUMNS, Column, as_money, shown

SHEET_NAME: Final = "诉讼清单"
TITLE_ROWS: Final = 2
BLANK_SHARE: Final = 0.002
LEAST_FOR_GROUPS: Final = 100
"""A sheet with fewer defects has none that takes more than two rows."""

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
            "clean": self.rows - len(self.planted),
            "defects": dict(sorted(Counter(one["defect"] for one in self.planted).items())),
            "planted": self.planted,
        }


def write_sample(
    out: Path, *, rows: int, seed: int, as_of: date, share: float, columns: Sequence[Column] = COLUMNS
) -> AnswerKey:
    """Write a workbook of so many accounts, of which `share` (0 to 1) carry a defect each.

    With fewer `columns` a defect in one that is left out does not show, and the key does not hold.
    """
    random = Random(seed)  # noqa: S311  invented data, reproducible by its seed
    bank = Bank(random, as_of)
    key = AnswerKey(seed, as_of, rows, len(columns))
    totals: Counter[str] = Counter()
    with Book(out, SHEET_NAME, [column.width for column in columns], key.header_row, merged=(1, 2)) as book:
        book.write([f"互联网消费贷款{as_of.year}年第{1 + seed % 12}批诉讼清单"], TITLE)
        book.write([f"单位：元    数据截止：{bank.calculated_to.isoformat()}    共{rows}户"])
        book.write([column.header for column in columns], HEAD)
        for row in _rows(bank, rows, round(rows * share)):
            if random.random() < BLANK_SHARE:
                key.set_aside.append(book.write([]))
            key.add(book.write(shown(row.account, columns, random)), row)
            for name in SUMMED:
                totals[name] += row.account.values[name] or 0
        key.set_aside.append(book.write([]))
        key.set_aside.append(book.write([_total(column, totals, random) for column in columns]))
        key.set_aside.append(book.write(["注：以上数据由业务系统导出，逾期天数截至数据截止日。"]))
    return key


def _total(column: Column, totals: Counter[str], random: Random) -> Any:
    if column.field == "account_no":
        return "合计"
    return as_money(totals[column.field], random) if column.field in SUMMED else None


def _rows(bank: Bank, count: int, defects: int) -> Iterator[Row]:
    """So many rows, of which `defects` at places drawn belong to a plant; those of one plant follow each other."""
    places = set(bank.random.sample(range(count), defects))
    kinds = _kinds(bank.random, defects)
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


def _kinds(random: Random, defects: int) -> Iterator[Defect]:
    """All kinds in turn, in an order drawn anew for each round."""
    kinds = [kind for kind in DEFECTS if len(kind.expects) <= 2 or defects >= LEAST_FOR_GROUPS]
    while True:
        yield from random.sample(kinds, len(kinds))
