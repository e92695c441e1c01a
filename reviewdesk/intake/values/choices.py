"""Yes or no, proofs, and one of several choices."""

import re
from datetime import date, time, timedelta
from functools import cache
from typing import Any

from reviewdesk.intake.fields import Field, field_named
from reviewdesk.intake.headers import simplified
from reviewdesk.intake.values.cells import ABSENT, Bad, text_of, words_of

_YES = frozenset({"是", "有", "y", "yes", "true", "t", "1", "√", "✓", "✔", "☑", "对", "已", "v", "真", "on"})
_NO = frozenset(
    {"否", "无", "n", "no", "false", "f", "0", "×", "✗", "✘", "x", "未", "没有", "不是", "没", "非", "假", "off", "不"}
)
_DONE = re.compile(
    r"^(已|未|有|无|没有)(?:进行|被|在|办理)?(?:投诉|诉讼|起诉|仲裁|结清|协商|死亡|身故|破产|困难|确认|签署|签收|送达|签|凭证|证据)$"
)


def read_yes_no(cell: Any) -> bool | None:
    """Yes or no; blank is neither."""
    if isinstance(cell, bool):
        return cell
    if isinstance(cell, date | time | timedelta):
        raise Bad("yes_no.unreadable")
    text = words_of(cell).lower()
    if text in _YES:
        return True
    if text in _NO:
        return False
    if text in ABSENT:
        return None
    if found := _DONE.match(text):
        return found[1] in ("已", "有")
    raise Bad("yes_no.unreadable")


def read_proof(cell: Any) -> bool | None:
    """Whether there is proof: yes or no in words, or the reference of the proof itself, which is a yes."""
    try:
        return read_yes_no(cell)
    except Bad as bad:
        if bad.code != "yes_no.unreadable":
            raise
    text = words_of(cell)
    return not re.match(r"^(?:未|无|没|拒|退回|失败)", text)


def read_choice(cell: Any, field: Field) -> str | None:
    """One of a field's choices, by any of its names."""
    text = text_of(cell)
    if text is None:
        return None
    found = _choice_of(field, simplified(text))
    if found is None:
        raise Bad("choice.unknown", choices=tuple(field.choices))
    return found


def _fold_choice(text: str) -> str:
    """What a choice says, without the number that core systems put behind it (`等额本息_1`)."""
    return re.sub(r"[\s_\-()]|(?<=[^\d/])\d+$", "", text.lower())


def _choice_of(field: Field, text: str) -> str | None:
    folded = _fold_choice(text)
    names = _choice_names(field.name)
    if folded in names:
        return names[folded]
    if field.name in ("lender_kind", "repayment_method"):
        inside = [choice for name, choice in names.items() if len(name) > 1 and name in folded]
        return inside[0] if inside and (field.name == "lender_kind" or len(set(inside)) == 1) else None
    return None


@cache
def _choice_names(name: str) -> dict[str, str]:
    choices = field_named(name).choices
    return {_fold_choice(word): choice for choice, words in choices.items() for word in (choice, *words)}
