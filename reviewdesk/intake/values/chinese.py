"""Numbers written in Chinese."""

from decimal import Decimal

DIGITS = {
    char: place
    for place, chars in enumerate(("零〇", "一壹", "二贰两", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖"))
    for char in chars
}
_PLACES = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}


def chinese_number(text: str) -> Decimal | None:
    """`十二` is 12, `三点五` is 3.5, `二〇二三` is 2023; None when the text is no such number."""
    whole, dot, part = text.partition("点")
    value = _chinese_integer(whole)
    if value is None or (dot and (not part or any(char not in DIGITS for char in part))):
        return None
    return Decimal(f"{value}.{''.join(str(DIGITS[char]) for char in part)}") if part else Decimal(value)


def _chinese_integer(text: str) -> int | None:
    if not text or any(char not in DIGITS and char not in _PLACES and char not in "万亿" for char in text):
        return None
    if all(char in DIGITS for char in text):
        return int("".join(str(DIGITS[char]) for char in text))
    total = section = digit = 0
    for char in text:
        if char in DIGITS:
            digit = DIGITS[char]
        elif char in _PLACES:
            section += (digit or (1 if not section else 0)) * _PLACES[char]
            digit = 0
        else:
            total = (total + section + digit) * (10_000 if char == "万" else 100_000_000)
            section = digit = 0
    return total + section + digit
