"""Keeping personal data out of what people type freely, before it reaches the journal."""

import re
from collections.abc import Callable, Mapping

from reviewdesk.masking import mask, mask_card, mask_id_no, mask_mobile

_PATTERNS = (
    (re.compile(r"(?<!\d)\d{17}[\dXx](?![\dXx])"), mask_id_no),
    (re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)"), mask_mobile),
    (re.compile(r"(?<!\d)\d{16,19}(?!\d)"), mask_card),
)


def discreet(text: str, personal: Mapping[str, object] | None = None) -> str:
    """`text` with what looks like an ID number, mobile number or bank card masked, and each value of `personal` too.

    Longer values go first, so that an address is masked before the name that it may contain.
    """
    known = ((field, str(value)) for field, value in (personal or {}).items())
    for field, value in sorted(known, key=lambda pair: -len(pair[1])):
        if len(value) > 1:
            text = text.replace(value, mask(field, value))
    for pattern, masked in _PATTERNS:
        text = _masked_where(pattern, masked, text)
    return text


def _masked_where(pattern: re.Pattern[str], masked: Callable[[str], str], text: str) -> str:
    return pattern.sub(lambda found: masked(found.group()), text)
