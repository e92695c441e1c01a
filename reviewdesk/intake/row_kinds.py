"""Which rows of a sheet are accounts, and why the others are none: blank, total, note, header."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from reviewdesk.intake.fields import MONEY_BASIS, REQUIRED, field_named
from reviewdesk.intake.mapping import Mapping
from reviewdesk.intake.reading.packing import Columns
from reviewdesk.intake.values import PLAIN


class RowKinds:
    """Tells the rows of a sheet apart by what its columns are."""

    def __init__(self, mapping: Mapping) -> None:
        self._header = {part for rule in mapping.rules for part in (rule.header, *rule.header.split("|")) if part}
        self._mapped = {rule.column for rule in mapping.filled()}
        self._money = {rule.column for rule in mapping.filled() if field_named(rule.field or "").kind == "money"}
        self._identity = [rule.column for name in REQUIRED if (rule := mapping.rule_of(name))]
        self._owing = [rule.column for name in MONEY_BASIS if (rule := mapping.rule_of(name))]

    def of(self, rows: Sequence[Sequence[Any]]) -> list[str]:
        """Why each row is set aside, empty for accounts; most rows show at a glance that they are accounts."""
        if len(self._identity) < 2:
            return [self._kind_of(row) for row in rows]
        first, second = self._identity[0], self._identity[-1]
        furthest = max(first, second)
        plain = PLAIN["account"].fullmatch
        if isinstance(rows, Columns) and furthest < len(rows.columns):
            return [
                "" if type(one) is str and plain(one) and other else self._kind_of(rows[place])
                for place, (one, other) in enumerate(zip(rows.columns[first], rows.columns[second], strict=True))
            ]
        return [
            ""
            if len(row) > furthest and type(row[first]) is str and plain(row[first]) and row[second]
            else self._kind_of(row)
            for row in rows
        ]

    def _kind_of(self, row: Sequence[Any]) -> str:
        """Empty for a row that is an account, else why it is set aside."""
        width = len(row)
        present = [row[column] for column in self._identity if column < width and not is_blank(row[column])]
        if len(present) > 1 and not is_label(present[0]) and not self._header.issuperset(present):
            return ""
        words = [cell for cell in row if not is_blank(cell)]
        if not words:
            return "blank"
        return self._kind_of_odd(words, present, row)

    def _kind_of_odd(self, words: list[Any], present: list[Any], row: Sequence[Any]) -> str:
        texts = [cell for cell in words if isinstance(cell, str)]
        if any(is_label(text) for text in texts[:3]):
            return "total"
        if len(words) > 2 and self._header.issuperset(words):
            return "header"
        if texts and texts[0] is words[0] and _NOTE.match(_tight(texts[0])):
            return "note"
        filled = {column for column in self._mapped if column < len(row) and not is_blank(row[column])}
        if not filled and not texts:
            return "blank"
        if len(words) <= 2 and len(texts) == len(words) and not self._owes(row) and not _may_be_account(words):
            return "note"
        if not texts and not present and filled <= self._money and self._owes(row):
            return "total"
        return ""

    def _owes(self, row: Sequence[Any]) -> bool:
        return any(column < len(row) and not is_blank(row[column]) for column in self._owing)


_TOTAL = re.compile(
    r"^(?:合计|总计|小计|共计|汇总|总和|累计|本页合计|本页小计|total|subtotal|sum|grandtotal)"
    r"(?:[:]?|\(.*\)|:?\d[\d,.]*(?:笔|户|条|件|元|万元|人)?|金额|数|:?共?\d+(?:笔|户|条|件|人).*)$",
    re.IGNORECASE,
)
_NOTE = re.compile(
    r"^(?:备注|注|说明|附注|注意|注释|填表|制表|制单|审核|复核|经办|编制|填报|单位|日期|打印|数据来源|以上|note)[\d一二三]?(?:人|说明|日期|时间)?[:、.\s]|^(?:注|以上|数据来源|\*|※)",
    re.IGNORECASE,
)


def _tight(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text[:200]).split())


def is_blank(cell: Any) -> bool:
    """Whether a cell says nothing at all."""
    return cell is None or (type(cell) is str and (not cell or cell.isspace()))


def is_label(cell: Any) -> bool:
    """Whether a cell heads a row of totals: `合计`, `小计：`."""
    return isinstance(cell, str) and bool(_TOTAL.match(_tight(cell)))


_ACCOUNT_LIKE = re.compile(r"[^\s，。；：、:;!！?？年月日页共第截]*\d[^\s，。；：、:;!！?？年月日页共第截]*")


def _may_be_account(words: list[Any]) -> bool:
    """Whether a row of one or two cells might be a broken account: one of them is a code with digits."""
    return any(_ACCOUNT_LIKE.fullmatch(cell.strip()) for cell in words if isinstance(cell, str))
