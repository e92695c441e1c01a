"""The cells of side sheets: moments, channels, papers and their states, digests."""

import re
from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any, Literal

from reviewdesk.intake.headers import fold
from reviewdesk.intake.row_kinds import is_blank
from reviewdesk.intake.side_fields import (
    ABOUT_REVERSAL,
    CHANNELS,
    LABELS,
    OUTCOMES,
    PAPERS,
    REVERSAL,
    STATES,
    Words,
)
from reviewdesk.intake.side_fields import Reading as SideReading
from reviewdesk.intake.values import (
    Bad,
    Reading,
    clean,
    read_count,
    read_date,
    read_text,
    read_yes_no,
    shown,
)

REACHED = {"delivered": True, "promised": True, "refused": True, "no_answer": False}
"""Whether a demand arrived, as its outcome tells where no column says it: who promises or refuses was reached."""

_TIME = re.compile(
    r"(上午|下午|晚上|晚|中午|am|pm)?\s*(\d{1,2})[:时点](\d{1,2})?(?:[:分]\d{1,2})?(?:秒|分)?\s*(am|pm)?", re.I
)


def read_clock(cell: Any) -> str | None:
    """A time of day as `22:15`."""
    if isinstance(cell, datetime | time):
        return cell.strftime("%H:%M") if isinstance(cell, time) or cell.time() != time(0) else None
    if isinstance(cell, timedelta):
        cell = cell.total_seconds() / 86_400
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if not 0 <= cell < 100_000:
            raise Bad("clock.unreadable")
        minutes = round(cell % 1 * 1440) % 1440
        return f"{minutes // 60:02d}:{minutes % 60:02d}" if minutes or cell < 1 else None
    text = read_text(cell)
    return None if text is None else _clock_of(text)


def _clock_of(text: str) -> str:
    found = _TIME.search(text)
    if not found:
        raise Bad("clock.unreadable")
    hour, minute = int(found[2]), int(found[3] or 0)
    half = (found[1] or found[4] or "").lower()
    if half in ("下午", "晚上", "晚", "pm") and hour < 12:
        hour += 12
    if hour > 23 or minute > 59:
        raise Bad("clock.unreadable")
    return f"{hour:02d}:{minute:02d}"


def read_moment(cell: Any, reading: Reading | None = None, since_1904: bool = False) -> tuple[str, str | None] | None:
    """A day, and the time of day where the cell says one; `reading` and `since_1904` as for `read_date`."""
    day = read_date(cell, reading, since_1904)
    if day is None:
        return None
    if isinstance(cell, str):
        return day, _clock_of(cell) if _TIME.search(cell) else None
    return day, read_clock(cell) if isinstance(cell, datetime | float) else None


def word_of(words: Words, text: str) -> str | None:
    return next((name for name, pattern in words if pattern.search(text)), None)


def _read_word(cell: Any, words: Words, other: str) -> str | None:
    text = read_text(cell)
    return None if text is None else word_of(words, fold(text).full) or other


def _read_paper(cell: Any) -> str | None:
    text = read_text(cell)
    if text is None:
        return None
    found = word_of(PAPERS, fold(text).full)
    if found is None:
        raise Bad("choice.unknown", options="、".join(LABELS[name].zh for name, _ in PAPERS))
    return found


def read_state(cell: Any) -> str | None:
    if is_blank(cell):
        return None
    text = clean(shown(cell)) if not isinstance(cell, bool) else ("有" if cell else "无")
    if text in ("", "-", "/", "—"):
        return None
    found = word_of(STATES, text)
    if found is None:
        raise Bad("choice.unknown", options="有、无、不适用")
    return found


def _read_arrival(cell: Any) -> bool | None:
    """Whether a demand arrived: yes or no, or words such as `已送达`, `未接通`."""
    try:
        return read_yes_no(cell)
    except Bad as bad:
        if bad.code != "yes_no.unreadable":
            raise
    found = word_of(OUTCOMES, fold(shown(cell)).full)
    if found in REACHED:
        return REACHED[found]
    raise Bad("yes_no.unreadable")


def _read_digest(cell: Any) -> str | None:
    text = read_text(cell)
    if text is None:
        return None
    digest = text.replace(" ", "").lower().removeprefix("sha256:")
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise Bad("digest.unreadable")
    return digest


def _read_number(cell: Any) -> int | None:
    """`3`, `第3期`, `3/12`: the third."""
    if isinstance(cell, str) and (found := re.fullmatch(r"\s*第?\s*(\d{1,4})\s*期?\s*(?:/\s*\d{1,4}\s*期?)?\s*", cell)):
        return int(found[1])
    return read_count(cell)


Entry = Literal["reversal", "unclear"]
"""A row that takes a payment back, and one that may do so or may be the payment itself."""

_NO_WORDS = re.compile(r"[\d\W_]+")
_NOT_MARKED = re.compile(r"否|无|没有|非|未|正常|n|no|false|0|x|×|-|/|—")


def _read_entry(cell: Any) -> Entry | None:
    """What a row's kind says of a reversal; None where it says nothing of one."""
    if is_blank(cell):
        return None
    words = _NO_WORDS.sub("", fold(shown(cell)).full)
    if not ABOUT_REVERSAL.search(words):
        return None
    return "reversal" if REVERSAL.fullmatch(words) else "unclear"


def _read_mark(cell: Any) -> Entry | None:
    """A mark that is set may stand at the reversal, or at the payment that was reversed."""
    if is_blank(cell) or cell is False or _NOT_MARKED.fullmatch(clean(shown(cell)).lower()):
        return None
    return "unclear"


READERS: dict[SideReading, Callable[..., Any]] = {
    "date": read_date,
    "moment": read_moment,
    "clock": read_clock,
    "text": read_text,
    "number": _read_number,
    "channel": partial(_read_word, words=CHANNELS, other="other"),
    "outcome": partial(_read_word, words=OUTCOMES, other="unknown"),
    "arrival": _read_arrival,
    "paper": _read_paper,
    "state": read_state,
    "digest": _read_digest,
    "entry": _read_entry,
    "mark": _read_mark,
}
