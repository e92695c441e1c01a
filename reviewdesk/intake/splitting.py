"""One column for several fields: how its cells are taken apart.

`姓名/身份证` holds a name and a number, `借款起止日期` two days. A column has one way of being split; a cell that does
not come apart into as many parts as the column has is an error of that cell.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any, Literal, get_args

from reviewdesk.errors import Text
from reviewdesk.intake.values import Bad, Reader, Value, clean, shown

Split = Literal["dates", "id", "mobile", "/", "、", ",", ";", "|", "space", "~", "-", "+", "line"]
"""Two days, whatever stands between them; a name beside an ID number or a mobile number; else at a sign."""

SPLITS: tuple[Split, ...] = get_args(Split)

SPLIT_LABELS: dict[Split, Text] = {
    "dates": Text("两个日期", "two dates"),
    "id": Text("姓名与证件号", "name and ID number"),
    "mobile": Text("姓名与手机号", "name and mobile number"),
    "/": Text("斜线 /", "at /"),
    "、": Text("顿号 、", "at 、"),
    ",": Text("逗号 ,", "at commas"),
    ";": Text("分号 ;", "at semicolons"),
    "|": Text("竖线 |", "at |"),
    "space": Text("空格", "at blanks"),
    "~": Text("波浪号 ~", "at ~"),
    "-": Text("短横 -", "at -"),
    "+": Text("加号 +", "at +"),
    "line": Text("换行", "at line breaks"),
}

_DAY = r"\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?|\d{8}"
_TWO_DAYS = re.compile(rf"^\D{{0,4}}({_DAY})(?:\s*起)?[\s至到~—–\-/、,;起止]+({_DAY})(?:\s*止)?$")
_NUMBERED = {
    "id": re.compile(r"(?<![0-9A-Za-z])(\d{17}[\dXx]|\d{15})(?![0-9A-Za-z])"),
    "mobile": re.compile(r"(?<!\d)(1[3-9]\d{9})(?!\d)"),
}
_AROUND = " \t\r\n/、,;|:()[]-_—+"
_WORDS = re.compile(r"(?:身份证|证件|手机|电话|联系电话)(?:号码|号)?[::]?$")
_SIGNS: dict[str, re.Pattern[str]] = {
    "space": re.compile(r"\s+"),
    "line": re.compile(r"\s*[\r\n]+\s*"),
    "~": re.compile(r"\s*[~~∼〜]\s*"),
    **{sign: re.compile(rf"\s*{re.escape(sign)}\s*") for sign in ("/", "、", ",", ";", "|", "-", "+")},
}


FITTING_SHARE = 0.8
"""So many of a column's first cells must come apart, that it is taken for one of several fields."""


def parts_of(cell: Any, split: Split, count: int) -> Sequence[str] | None:
    """A cell taken apart; None where it has not as many parts. A blank cell has blank parts."""
    text = unicodedata.normalize("NFKC", cell).strip() if isinstance(cell, str) else shown(cell)
    if not text or text in ("-", "/", "—"):
        return ("",) * count
    if split == "dates":
        days = _TWO_DAYS.match(text)
        return days.groups() if days and count == 2 else None
    if split == "id" or split == "mobile":
        return _beside_number(text, _NUMBERED[split]) if count == 2 else None
    parts = _SIGNS[split].split(text if split == "line" else clean(text))
    return parts if len(parts) == count else None


def _beside_number(text: str, number: re.Pattern[str]) -> tuple[str, str] | None:
    """The words and the number of a cell that holds one of each, in their order."""
    found = number.search(text)
    if not found or number.search(text, found.end()):
        return None
    before, after = (
        _WORDS.sub("", one.strip(_AROUND)).strip(_AROUND) for one in (text[: found.start()], text[found.end() :])
    )
    if before and after:
        return None
    return (before, found[1]) if before else (found[1], after) if after else None


def part_reader(read: Reader, split: Split, place: int, names: Sequence[Text]) -> Reader:
    """A reader of whole cells that reads one part of each with `read`; `names` are what the parts hold.

    A cell that does not come apart is `Bad` with the code `cell.parts`.
    """

    def read_part(cell: Any) -> Value:
        parts = parts_of(cell, split, len(names))
        if parts is None:
            raise Bad("cell.parts", count=len(names), **named(names))
        return read(parts[place])

    return read_part


def named(labels: Sequence[Text]) -> dict[str, str]:
    """Labels as a message names them, in both languages."""
    return {"names": "、".join(one.zh for one in labels), "names_en": ", ".join(one.en.lower() for one in labels)}


def fitting(cells: Sequence[Any], readers: Sequence[Reader], splits: Sequence[Split] = SPLITS) -> Split | None:
    """The first way of splitting under which nearly all cells that say something come apart into readable parts."""
    said = [cell for cell in cells if not (cell is None or (isinstance(cell, str) and not cell.strip()))]
    enough = max(len(said) * FITTING_SHARE, 1)
    return next((split for split in splits if sum(_reads(one, split, readers) for one in said) >= enough), None)


def likely_split(cells: Sequence[Any], count: int) -> Split:
    """The way of splitting under which most cells come apart."""
    return max(SPLITS, key=lambda split: sum(any(parts_of(cell, split, count) or ()) for cell in cells))


def _reads(cell: Any, split: Split, readers: Sequence[Reader]) -> bool:
    parts = parts_of(cell, split, len(readers))
    return parts is not None and all(_readable(read, part) for read, part in zip(readers, parts, strict=True))


def _readable(read: Callable[[Any], Value], part: str) -> bool:
    try:
        read(part)
    except Bad:
        return False
    return True
