"""What every reader of a cell starts from: clean text, numbers as Excel keeps them, and why a cell is bad."""

import math
import re
import unicodedata
from collections.abc import Callable
from datetime import datetime, time
from decimal import Decimal
from typing import Any, Literal, TypeAlias

Value: TypeAlias = str | int | bool | None
Reader: TypeAlias = Callable[[Any], Value]

Reading = Literal["percent", "share", "day_first", "month_first", "year_first", "unsure", "open", "months", "likely"]
"""How a person says that a column writes what may be read in two ways: a rate's `1`, the day of `01/02/2023`.

`unsure`: nobody can say, and `open`: nobody was asked yet; such a cell is an error then and never a guess. `months` and
`likely` are what the first rows of a column of terms tell: see `read_terms`.
"""


class Bad(Exception):
    """A cell that cannot be read; `details` fill the message of the code."""

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


_NOTHING = (
    "- -- --- — —— – / // \\ . 无 空 (空) (空白) 不详 未知 暂无 待补充 无数据 不适用 n/a na null none nan nil \\n"
)
ABSENT = frozenset({"", *_NOTHING.split()})
"""What people write where they have nothing to say, folded to lower case."""

_INVISIBLE = re.compile(
    r"[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
)
_QUOTED_FORMULA = re.compile(r'^="(.*)"$', re.DOTALL)
_ERRORS = re.compile(r"^#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|GETTING_DATA|SPILL!|CALC!)$", re.IGNORECASE)
_NOTE_SIGN = re.compile(
    r"([\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u2079\u2080-\u2089\u2150-\u215f\u2189\u2460-\u249b\u24ea-\u24ff"
    r"\u2776-\u2793\u3220-\u3229\u3248-\u324f\u3251-\u325f\u3280-\u3289\u32b1-\u32bf]+)"
)
"""Small, circled and bracketed digits: what folds them to digits makes 50001 of `5000①`."""

MAX_TEXT = 2000


def clean(text: str) -> str:
    """Half width, no invisible characters, no blanks around, no apostrophe or `="..."` that only forces text; the
    signs of footnotes stay."""
    if not text.isascii() or not text.isprintable():
        text = _INVISIBLE.sub("", _half_width(text))
    text = text.strip()
    if text[:1] in ("'", "=", "#"):
        quoted = _QUOTED_FORMULA.match(text)
        text = quoted.group(1).strip() if quoted else text.lstrip("'").strip()
        if _ERRORS.match(text):
            raise Bad("cell.error", error=text)
    return text


def _half_width(text: str) -> str:
    if not _NOTE_SIGN.search(text):
        return unicodedata.normalize("NFKC", text)
    parts = _NOTE_SIGN.split(text)
    return "".join(part if place % 2 else unicodedata.normalize("NFKC", part) for place, part in enumerate(parts))


def is_number(cell: Any) -> bool:
    """Whether a cell is a number; a sheet made to break its reader may hold one that is none."""
    if not isinstance(cell, int | float) or isinstance(cell, bool):
        return False
    if isinstance(cell, float) and not math.isfinite(cell):
        raise Bad("cell.error", error="#NUM!")
    return True


def number_text(value: float) -> str:
    """A number as Excel would show it unformatted: no `.0`, no exponent below 10^15."""
    if abs(value) < 1e15 and value == int(value):
        return str(int(value))
    return repr(value)


def shown(cell: object) -> str:
    """A cell as a person would recognise it, shortened."""
    if isinstance(cell, bool):
        text = "TRUE" if cell else "FALSE"
    elif isinstance(cell, float):
        text = number_text(cell) if abs(cell) < 1e11 else f"{cell:.5E}" if abs(cell) >= 1e15 else number_text(cell)
    elif isinstance(cell, datetime):
        text = cell.isoformat(sep=" ")
    else:
        text = str(cell)
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:57] + "…"


def decimal_of(value: float) -> Decimal:
    """A number to the 15 digits that a spreadsheet keeps: 0.21599999999999997, made by 0.018 × 12, is 0.216."""
    return Decimal(format(value, ".15g"))


def words_of(cell: Any) -> str:
    """The cell as clean text, whatever it was."""
    if isinstance(cell, str):
        return clean(cell)
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if is_number(cell):
        return number_text(float(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time(0) else cell.isoformat(sep=" ")
    return str(cell)


def text_of(cell: Any) -> str | None:
    text = words_of(cell)
    return None if text.lower() in ABSENT else text


def read_text(cell: Any) -> str | None:
    """Any words; runs of blanks and line breaks become one blank."""
    text = text_of(cell)
    if text is None:
        return None
    text = " ".join(text.split())
    if len(text) > MAX_TEXT:
        raise Bad("text.too_long", length=len(text), most=MAX_TEXT)
    return text


_BLANK_IN_CHINESE = re.compile(r"(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])")


def read_name(cell: Any) -> str | None:
    """A person's name: blanks between Chinese characters (`张 三`) only align the column and are dropped."""
    text = read_text(cell)
    if text is None:
        return None
    if len(text) > 100:
        raise Bad("text.too_long", length=len(text), most=100)
    return _BLANK_IN_CHINESE.sub("", text)


def read_bucket(cell: Any) -> str | None:
    """`m3+` becomes `M3+`."""
    text = read_text(cell)
    return text.upper() if text else text


SCIENTIFIC = re.compile(r"^-?\d+(?:\.\d+)?E\+?\d+$", re.IGNORECASE)
