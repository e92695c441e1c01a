"""Numbers that name something: IDs, mobiles, accounts, cards, credit codes. A mangled one is never repaired."""

import re
from datetime import date, time, timedelta
from typing import Any

from reviewdesk.identity import id_check_digit
from reviewdesk.intake.values.cells import SCIENTIFIC, Bad, is_number, number_text, text_of

_ID_18 = re.compile(r"^[0-9]{17}[0-9X]$")
_OTHER_PAPERS = re.compile(r"^(?:[HM]\d{8,10}|[A-Z]{3}\d{12}|[DEGPS][A-Z]?\d{7,8}|\d{8})$")


def read_id_number(cell: Any) -> str | None:
    """A resident ID of 18 or 15 characters, or another personal paper; whether it is true is the audit's check."""
    if isinstance(cell, bool | date | time | timedelta):
        raise Bad("id_no.characters")
    if is_number(cell):
        return _id_of_number(float(cell))
    text = text_of(cell)
    if text is None:
        return None
    text = re.sub(r"[\s\-]", "", text).upper()
    if _ID_18.match(text):
        if text.endswith("000") and id_check_digit(text[:17]) != text[17]:
            raise Bad("id_no.precision_lost")
        return text
    if re.fullmatch(r"\d{15}", text) or _OTHER_PAPERS.match(text):
        return text
    raise Bad(_why_no_id(text), length=len(text))


def _id_of_number(value: float) -> str:
    digits = number_text(value)
    if re.fullmatch(r"\d{15}", digits):
        return digits
    if abs(value) >= 1e15:
        raise Bad("id_no.precision_lost")
    raise Bad("id_no.length", length=len(digits))


def _why_no_id(text: str) -> str:
    if SCIENTIFIC.match(text):
        return "id_no.scientific"
    if re.fullmatch(r"\d{16,19}\.0*", text):
        return "id_no.precision_lost"
    if "*" in text:
        return "id_no.masked"
    return "id_no.length" if re.fullmatch(r"\d+X?", text) else "id_no.characters"


_MOBILE = re.compile(r"^1[3-9]\d{9}$")


def read_mobile(cell: Any) -> str | None:
    """The first mobile number of the cell, bare; another number stays as written, for the audit to judge."""
    text = text_of(cell)
    if text is None:
        return None
    text = re.sub(r"^(\d+)\.0+$", r"\1", text)
    if SCIENTIFIC.match(text):
        raise Bad("mobile.scientific")
    parts = [_bare_number(part) for part in re.split(r"[/、;,，；|]|\s{1,}(?=1[3-9]\d{9})", text)]
    for part in parts:
        if _MOBILE.match(part):
            return part
    first = next((part for part in parts if part), "")
    if "*" in first:
        raise Bad("mobile.masked")
    if re.fullmatch(r"\d{5,20}", first):
        return first
    raise Bad("mobile.unreadable")


def _bare_number(text: str) -> str:
    return re.sub(r"^(?:\+?86|0086|0)(?=1[3-9]\d{9}$)", "", re.sub(r"[\s\-()]", "", text))


def read_account(cell: Any) -> str | None:
    """An account or contract number, as text; a number that Excel rounded is refused."""
    _refuse_rounded(cell, "account")
    text = text_of(cell)
    if text is None:
        return None
    if SCIENTIFIC.match(text) and "E+" in text.upper():
        raise Bad("account.scientific")
    text = re.sub(r"^(\d+)\.0+$", r"\1", " ".join(text.split()))
    if len(text) > 100:
        raise Bad("text.too_long", length=len(text), most=100)
    return text


def read_card(cell: Any) -> str | None:
    """A bank card or account number; masked ones are kept as they are."""
    _refuse_rounded(cell, "card")
    text = text_of(cell)
    if text is None:
        return None
    if SCIENTIFIC.match(text):
        raise Bad("card.scientific")
    text = re.sub(r"^(\d+)\.0+$", r"\1", re.sub(r"[\s\-]", "", text))
    if not re.fullmatch(r"[\d*]{6,32}", text):
        raise Bad("card.unreadable")
    return text


def read_code(cell: Any) -> str | None:
    """A unified social credit code; whether its check character fits is the audit's check."""
    _refuse_rounded(cell, "code")
    text = text_of(cell)
    if text is None:
        return None
    text = re.sub(r"[\s\-]", "", text).upper()
    if SCIENTIFIC.match(text):
        raise Bad("code.scientific")
    if not re.fullmatch(r"[0-9A-Z]{15}|[0-9A-Z]{18}", text):
        raise Bad("code.length", length=len(text))
    return text


def _refuse_rounded(cell: Any, kind: str) -> None:
    """Excel keeps 15 digits of a number; the rest of a longer one is gone. A date was a number that Excel mistook."""
    if isinstance(cell, bool | date | time | timedelta):
        raise Bad(f"{kind}.unreadable")
    if is_number(cell) and (abs(cell) >= 1e15 or cell != int(cell) or cell < 0):
        raise Bad(f"{kind}.precision_lost" if abs(cell) >= 1e15 else f"{kind}.unreadable")
