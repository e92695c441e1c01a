"""Where addresses, courts and companies are, as far as their names tell."""

from __future__ import annotations

import re
from functools import lru_cache

from reviewdesk.addresses import PLACES
from reviewdesk.identity import PROVINCES

_BY_FIRST_TWO = {names[0][:2]: code for code, names in PROVINCES.items() if code < "80"}
_COURT_WORDS = re.compile(r"(?:基层|中级|高级|互联网|铁路运输|金融)?(?:人民)?法院.*$")
_SUFFIX = re.compile(r"(?:省|(?:壮族|回族|维吾尔)?自治区|特别行政区|自治州|地区|市|区|县|盟|旗)$")
_SHORTEST_STEM = 2


@lru_cache(maxsize=65536)
def province_in(text: str) -> str | None:
    """The two-digit prefix of the province that a text starts with or, for company names, contains."""
    return _BY_FIRST_TWO.get(text[:2])


@lru_cache(maxsize=8192)
def province_anywhere(text: str) -> str | None:
    """The two-digit prefix of the first province named in a text."""
    found = [(text.find(name), code) for name, code in _BY_FIRST_TWO.items() if name in text]
    return min(found)[1] if found else None


@lru_cache(maxsize=16384)
def stems_of(address: str) -> tuple[str, ...]:
    """City and district of an address without their suffixes, the wider first: 广东省广州市天河区 is 广州, 天河."""
    found = PLACES.match(address)
    if not found:
        return ()
    stems = []
    for part in (found["city"], found["district"]):
        stem = _SUFFIX.sub("", part) if part else ""
        if len(stem) >= _SHORTEST_STEM:
            stems.append(stem)
    return tuple(stems)


@lru_cache(maxsize=8192)
def court_places(court: str) -> tuple[str, ...]:
    """The places in a court's name, the wider first: 北京市海淀区人民法院 is 北京, 海淀."""
    return stems_of(_COURT_WORDS.sub("", court))


@lru_cache(maxsize=8192)
def is_internet_court(court: str) -> bool:
    """Whether a court is one of the internet courts."""
    return "互联网法院" in court


def is_there(court: str, text: str) -> bool:
    """Whether a text (an address or a company's name) names the court's city, or its district if that is all it names.

    Districts of different cities share names (鼓楼区, 朝阳区), and streets are named after cities (南京路).
    """
    places, named = court_places(court), stems_of(text)
    if not named:
        return any(place in text for place in places)
    if len(places) > 1 and len(named) > 1:
        return places[0] == named[0]
    return any(place in named for place in places)
