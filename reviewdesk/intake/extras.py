"""Columns that no field of the audit takes: kept as they are, what is personal apart, third persons' not at all.

A lawsuit needs no data about contacts, spouses and friends. Their columns are kept only where a person gave a reason.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from reviewdesk.intake.headers import fold, is_third_person
from reviewdesk.intake.mapping import Mapping, Rule
from reviewdesk.intake.values import number_text

EXTRA = "extra"
"""The fact that holds what stands in such columns: header to text."""

PERSONAL_EXTRA = "other_personal"
"""The personal field that holds, as one text, what is personal in such columns."""

ROW_COLUMN, MEND_COLUMN = "原行号", "需修正"
"""Columns that the correction workbook adds; a mapping passes over them."""

MAX_EXTRA = 500

_PERSONAL_HEADER = re.compile(
    r"姓名|名字|电话|手机|联系|证件|身份证|护照|地址|住址|住所|户籍|籍贯|账号|卡号|邮箱|微信|qq|生日|出生|年龄|学历|婚姻|职业|"
    r"单位|民族|性别|人(?:名称)?$|员$|代表|name$|phone|mobile|address|e-?mail|birth|passport|person",
)
_PERSONAL_VALUE = re.compile(r"(?<!\d)(?:1[3-9]\d{9}|\d{17}[\dXx]|\d{15,19})(?!\d)|@\w")


@dataclass(frozen=True, slots=True)
class Extra:
    """One such column. `personal`: whatever stands in it is, by its header."""

    column: int
    header: str
    personal: bool


def extras_of(mapping: Mapping) -> list[Extra]:
    """The columns of a mapping that are kept although no field takes them."""
    return [
        Extra(rule.column, rule.header.replace("|", "｜"), _is_personal(rule))
        for rule in mapping.rules
        if rule.field is None and not rule.parts and rule.header and _is_kept(rule)
    ]


def _is_kept(rule: Rule) -> bool:
    if rule.drop or rule.header in (ROW_COLUMN, MEND_COLUMN):
        return False
    return rule.reason is not None or not is_third_person(rule.header)


def _is_personal(rule: Rule) -> bool:
    return rule.reason is not None or bool(_PERSONAL_HEADER.search(fold(rule.header).full))


class Keeper:
    """Keeps the extra columns of rows."""

    def __init__(self, extras: Sequence[Extra]) -> None:
        self._columns: list[tuple[Extra, dict[Any, str]]] = [(one, {}) for one in extras]

    def keep(self, cells: Sequence[Sequence[Any]], count: int) -> tuple[list[Any], list[Any]]:
        """The open and the personal part of `count` rows, their `cells` given by column; None where there is none."""
        opened: list[Any] = [None] * count
        personal: list[Any] = [None] * count
        for one, memo in self._columns:
            for place, text in _texts(cells[one.column] if one.column < len(cells) else (), memo):
                if one.personal or _PERSONAL_VALUE.search(text):
                    told = f"{one.header}：{text}"
                    personal[place] = told if personal[place] is None else f"{personal[place]}；{told}"
                elif opened[place] is None:
                    opened[place] = {one.header: text}
                else:
                    opened[place][one.header] = text
        return opened, personal


def _texts(cells: Sequence[Any], memo: dict[Any, str]) -> Iterator[tuple[int, str]]:
    """The cells that say something, with their places."""
    for place, cell in enumerate(cells):
        if cell == "" or cell is None:
            continue
        if type(cell) is str and len(cell) <= MAX_EXTRA and cell.isprintable():
            text = cell.strip()
        else:
            key = (type(cell), cell)
            if key not in memo:
                memo[key] = as_text(cell)
            text = memo[key]
        if text:
            yield place, text


def as_text(cell: Any) -> str:
    """A cell as Excel would show it, on one line."""
    if isinstance(cell, float):
        return number_text(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time(0) else cell.isoformat(sep=" ")
    text = " ".join("".join(char if char.isprintable() else " " for char in str(cell)).split())
    return text if len(text) <= MAX_EXTRA else text[: MAX_EXTRA - 1] + "…"
