"""Addresses as far as their text tells: whether one is precise enough to serve at, and when two are the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

PLACES: Final = re.compile(
    r"^(?P<province>.{2,7}?(?:省|自治区|特别行政区))?(?P<city>.{2,8}?(?:市|自治州|地区|盟))?(?P<district>.{1,8}?(?:区|县|旗|市))?"
)
"""Province, city and district at the head of an address."""

_BETWEEN = re.compile(r"[\W_]+")


def reaches_district(address: str) -> bool:
    """Whether an address is precise enough to serve: it names a district or county, and goes on after it."""
    found = PLACES.match(address)
    if not found or not (found["district"] or found["city"]):
        return False
    return len(address) > found.end() + 1


def address_key(personal: Mapping[str, Any]) -> str | None:
    """The address at which a borrower is reached, without spaces and punctuation; None where there is none to compare.

    One that does not reach beyond its district is shared by many, and says nothing.
    """
    return key_of(personal.get("contact_address"), personal.get("id_address"))


def key_of(contact_address: str | None, id_address: str | None) -> str | None:
    """`address_key` by the two addresses of a borrower."""
    address = contact_address or id_address
    if not address or not reaches_district(address):
        return None
    return (address if address.isalnum() else _BETWEEN.sub("", address)).casefold()
