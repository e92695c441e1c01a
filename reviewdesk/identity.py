"""Numbers that name a person, a company, a card or a phone, and what is wrong with them.

Pure functions over text that is already trimmed and half-width. Nothing here guesses or repairs: a number is
read as it stands, and what does not fit is named by a stable code (`Problem`).

Sources: GB 11643-1999 (resident ID), GB 32100-2015 (unified social credit code), ISO/IEC 7812 (Luhn).
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from functools import lru_cache
from operator import mul
from typing import NamedTuple


class Problem(StrEnum):
    """Why a number is not what it claims to be."""

    LENGTH = "length"
    CHARACTERS = "characters"
    CHECK_DIGIT = "check_digit"
    BIRTH_DATE = "birth_date"
    PRECISION_LOST = "precision_lost"
    SEGMENT = "segment"


class IdReading(NamedTuple):
    """What an ID number says.

    `problem` is None for a sound number. `born`, `male` and `province` are None where the number does not tell.
    `province` is the two-digit prefix; `old` marks the 15-digit form, invalid for use since 2013.
    """

    problem: Problem | None
    born: date | None
    male: bool | None
    province: str | None
    old: bool = False


# Prefixes of GB/T 2260, and those of the residence permits that use the same 18-digit form.
PROVINCES: dict[str, tuple[str, str]] = {
    "11": ("北京", "Beijing"),
    "12": ("天津", "Tianjin"),
    "13": ("河北", "Hebei"),
    "14": ("山西", "Shanxi"),
    "15": ("内蒙古", "Inner Mongolia"),
    "21": ("辽宁", "Liaoning"),
    "22": ("吉林", "Jilin"),
    "23": ("黑龙江", "Heilongjiang"),
    "31": ("上海", "Shanghai"),
    "32": ("江苏", "Jiangsu"),
    "33": ("浙江", "Zhejiang"),
    "34": ("安徽", "Anhui"),
    "35": ("福建", "Fujian"),
    "36": ("江西", "Jiangxi"),
    "37": ("山东", "Shandong"),
    "41": ("河南", "Henan"),
    "42": ("湖北", "Hubei"),
    "43": ("湖南", "Hunan"),
    "44": ("广东", "Guangdong"),
    "45": ("广西", "Guangxi"),
    "46": ("海南", "Hainan"),
    "50": ("重庆", "Chongqing"),
    "51": ("四川", "Sichuan"),
    "52": ("贵州", "Guizhou"),
    "53": ("云南", "Yunnan"),
    "54": ("西藏", "Tibet"),
    "61": ("陕西", "Shaanxi"),
    "62": ("甘肃", "Gansu"),
    "63": ("青海", "Qinghai"),
    "64": ("宁夏", "Ningxia"),
    "65": ("新疆", "Xinjiang"),
    "71": ("台湾", "Taiwan"),
    "81": ("香港居民居住证", "Hong Kong residence permit"),
    "82": ("澳门居民居住证", "Macau residence permit"),
    "83": ("台湾居民居住证", "Taiwan residence permit"),
}

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_ID_ZERO = ord("0") * sum(_ID_WEIGHTS)
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_VALUES = {letter: value for value, letter in enumerate(_CREDIT_ALPHABET)}
_CREDIT_WEIGHTS = tuple(3**place % 31 for place in range(17))
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_LUHN_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
# Second and third digits that are not assigned to mobile subscribers.
_UNASSIGNED_SEGMENTS = frozenset({"142", "143", "154", "161", "164", "194"})


def id_check_digit(first17: str) -> str:
    """The eighteenth character for seventeen digits."""
    return _ID_CHECKS[(sum(map(mul, _ID_WEIGHTS, first17.encode())) - _ID_ZERO) % 11]


def read_id(number: str) -> IdReading:
    """Read a resident ID, residence permit or new permanent-residence number of 18 characters, or an old one of 15.

    The first problem found is named: wrong length, a character that cannot stand there, digits that a spreadsheet
    rounded away, a wrong check digit, a birth date that does not exist.
    """
    if len(number) == 15:
        return _read_old_id(number)
    if len(number) != 18:
        return IdReading(Problem.LENGTH, None, None, None)
    body, check = number[:17], number[17]
    if not (body.isascii() and body.isdigit()) or check not in "0123456789Xx":
        return IdReading(Problem.CHARACTERS, None, None, None)
    born, born_sum = _birth_date(number[6:14])
    male = ord(number[16]) % 2 == 1
    province, region_sum = _region(number[:6])
    if check.upper() != _ID_CHECKS[(region_sum + born_sum + _sequence_sum(number[14:17])) % 11]:
        lost = number.endswith("000")
        return IdReading(Problem.PRECISION_LOST if lost else Problem.CHECK_DIGIT, born, male, province)
    return IdReading(None if born else Problem.BIRTH_DATE, born, male, province)


def _read_old_id(number: str) -> IdReading:
    if not (number.isascii() and number.isdigit()):
        return IdReading(Problem.CHARACTERS, None, None, None, old=True)
    reading = read_id(modern_id(number))
    return reading._replace(old=True)


def modern_id(old: str) -> str:
    """The 18-character form of a 15-digit number (`110105491231002` is `11010519491231002X`)."""
    body = f"{old[:6]}19{old[6:]}"
    return body + id_check_digit(body)


def _weighed(digits: str, place: int) -> int:
    """The share of some digits, which stand from a place on, in the sum of a check digit."""
    return sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS[place:], digits, strict=False))


@lru_cache(maxsize=16384)
def _region(digits: str) -> tuple[str | None, int]:
    """The known province of a region's six digits, and their share in the check digit's sum."""
    return digits[:2] if digits[:2] in PROVINCES else None, _weighed(digits, 0)


@lru_cache(maxsize=65536)
def _birth_date(digits: str) -> tuple[date | None, int]:
    """The day that eight digits name, None where there is none, and their share in the check digit's sum."""
    share = _weighed(digits, 6)
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])), share
    except ValueError:
        return None, share


@lru_cache(maxsize=1000)
def _sequence_sum(digits: str) -> int:
    return _weighed(digits, 14)


def age_on(born: date, day: date) -> int:
    """Completed years on that day; one born on 29 February ages on 1 March of a common year."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def credit_code_problem(code: str) -> Problem | None:
    """What is wrong with a unified social credit code, or None.

    Only the code's own check character is tested: organisations older than the standard carry organisation codes
    (places 9 to 17) from other registers.
    """
    if len(code) != 18:
        return Problem.LENGTH
    total = 0
    for letter, weight in zip(code[:17], _CREDIT_WEIGHTS, strict=True):
        value = _CREDIT_VALUES.get(letter)
        if value is None:
            return Problem.CHARACTERS
        total += value * weight
    if code[17] not in _CREDIT_VALUES:
        return Problem.CHARACTERS
    return None if _CREDIT_ALPHABET[-total % 31] == code[17] else Problem.CHECK_DIGIT


def credit_check_character(first17: str) -> str:
    """The eighteenth character for seventeen of a unified social credit code."""
    total = sum(_CREDIT_VALUES[letter] * weight for letter, weight in zip(first17, _CREDIT_WEIGHTS, strict=True))
    return _CREDIT_ALPHABET[-total % 31]


def passes_luhn(card: str) -> bool:
    """Whether a bank card of 13 to 19 digits has the right last digit. Some old cards do not."""
    if not (13 <= len(card) <= 19 and card.isascii() and card.isdigit()):
        return False
    total = 0
    for place, letter in enumerate(reversed(card)):
        digit = ord(letter) - 48
        total += _LUHN_DOUBLED[digit] if place % 2 else digit
    return total % 10 == 0


def mobile_problem(number: str) -> Problem | None:
    """What is wrong with a mainland mobile number of 11 digits, or None.

    `SEGMENT` is softer than the others: the number has the right form in a range not known to be assigned.
    """
    if len(number) != 11:
        return Problem.LENGTH
    if not (number.isascii() and number.isdigit()):
        return Problem.CHARACTERS
    if number[0] != "1" or number[1] < "3":
        return Problem.SEGMENT
    return Problem.SEGMENT if number[:3] in _UNASSIGNED_SEGMENTS else None
