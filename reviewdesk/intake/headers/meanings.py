"""What a header may mean: the fields whose synonyms it folds to, and whether it speaks of third persons."""

import re
from dataclasses import dataclass
from functools import cache

from reviewdesk.intake.fields import FIELDS, field_named
from reviewdesk.intake.headers.folding import fold

_PERSON_PREFIX = re.compile(r"^(?:主借款人|借款人|主借人|被告人|被告|债务人|客户|用户|本人|案人|borrower|customer)")
_THIRD_PERSON = re.compile(
    r"联系人|联络人|配偶|亲属|亲友|家属|家人|紧急联系|第三方联系|父亲|母亲|父母|子女|儿子|女儿|兄弟|姐妹|朋友|同事|邻居|"
    r"丈夫|妻子|爱人|老公|老婆|同住人|关系人|与(?:借款人|本人|客户|被告|主借人)的?关系|"
    r"spouse|emergency|contactperson|contactname|contact\d|relative|kinship|friend|colleague"
)
MANDATE = re.compile(r"委案|退案|委托期|保险期间|保险期限")
_PARENT_NOISE = re.compile(r"(?:信息|情况|明细|项目|资料|金额|部分|数据)$")
PAST = re.compile(r"已还|累计|还款|转让前|已付|历史|实收|归还")
_AMOUNT_TAIL = re.compile(r"(?:金额|数额|总额|额)$")

_VARIANT_COST = 60


@cache
def synonyms() -> dict[str, list[tuple[int, str, bool]]]:
    """Folded synonym -> [(rank, field, strong)]."""
    found: dict[str, list[tuple[int, str, bool]]] = {}
    for field in FIELDS:
        for rank, synonym in enumerate(field.synonyms):
            found.setdefault(fold(synonym).full, []).append((rank, field.name, True))
        for rank, synonym in enumerate(field.weak):
            found.setdefault(fold(synonym).full, []).append((200 + rank, field.name, False))
        for own in (field.name, field.label.zh, field.label.en):
            key = fold(own).full
            if all(name != field.name for _, name, _ in found.get(key, ())):
                found.setdefault(key, []).append((len(field.synonyms), field.name, True))
    return found


def _variants(header: str) -> list[tuple[int, str, bool]]:
    """The keys to look a header up by: (cost, key, whether a whole two-line header or the header itself is meant)."""
    parent, _, child = header.rpartition("|")
    folded = fold(child)
    keys: list[tuple[int, str, bool]] = []
    if parent:
        above = fold(parent).base
        for cost, name in ((0, above), (1, _PARENT_NOISE.sub("", above))):
            keys.append((cost, name + folded.full, True))
            keys.append((cost + 1, name + folded.base, True))
        keys.append((4, folded.full + above, True))
    keys.append((2 if parent else 0, folded.full, not parent))
    if folded.full != folded.base and folded.full not in synonyms():
        keys.append((3, folded.base, not parent))
    for cost, key, whole in list(keys):
        shorter = {_PERSON_PREFIX.sub("", key), _AMOUNT_TAIL.sub("", key)} - {key, ""}
        keys.extend((cost + _VARIANT_COST, one, whole) for one in sorted(shorter))
    if "/" in folded.full:
        keys.extend((_VARIANT_COST, part, not parent) for part in folded.full.split("/") if part)
    return keys


@dataclass(frozen=True, slots=True)
class Candidate:
    rank: int
    column: int
    field: str
    strong: bool
    whole: bool


def candidates_of(column: int, header: str) -> list[Candidate]:
    """The fields a header may mean, best first, each field once.

    Where the two lines of a header together mean something, the lower line alone does not count.
    """
    best: dict[str, Candidate] = {}
    past = bool(PAST.search(header.rpartition("|")[0]))
    for cost, key, whole in _variants(header):
        for rank, field, strong in synonyms().get(key, ()):
            if past and not whole and field_named(field).kind == "money":
                continue
            found = Candidate(cost + rank, column, field, strong, whole)
            if field not in best or (not found.whole, found.rank) < (not best[field].whole, best[field].rank):
                best[field] = found
    whole_ones = [one for one in best.values() if one.whole] or best.values()
    return sorted(whole_ones, key=lambda one: one.rank)


def is_third_person(header: str) -> bool:
    """Whether a column speaks of somebody other than the borrower and the lender."""
    return bool(_THIRD_PERSON.search(fold(header).full)) and fold(header).full not in synonyms()
