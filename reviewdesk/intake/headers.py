"""Which row is the header, and which column means which field.

A header is folded (width, case, spaces, brackets, traditional characters, units) and looked up among the synonyms.
What is found so is applied. What only resembles a synonym is a suggestion with its score, for a person to confirm;
columns of money are never guessed. Columns about third persons (contacts, spouse) are left out: a lawsuit does not
need them.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence, Set
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Literal

from opencc import OpenCC
from rapidfuzz import fuzz, process

from reviewdesk.errors import Text
from reviewdesk.intake.fields import FIELDS, Field, field_named
from reviewdesk.intake.other_words import OTHER_WORDS

Level = Literal["exact", "assumed", "ask", "similar", "duplicate", "third_person", "unknown", "stated"]
Period = Literal["year", "month", "day"]

APPLIED: frozenset[Level] = frozenset({"exact", "assumed", "stated"})
"""The levels of suggestion that hold without a person's word."""

HEADER_SEARCH_ROWS = 40
MIN_HEADER_MATCHES = 2
SIMILAR_FROM = 70.0
"""Of 100; below it a resemblance is not worth showing."""

MONEY_UNITS = {
    "分": 1,
    "元": 100,
    "百元": 10_000,
    "千元": 100_000,
    "万元": 1_000_000,
    "百万元": 100_000_000,
    "亿元": 10_000_000_000,
}
"""Fen in one unit."""

RATE_UNITS = {"%": 2, "‰": 3, "‱": 4}
"""Decimal places that the unit moves a number by."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A header reduced to what it means: `full` with the words in brackets, `base` without; the units said in it."""

    full: str
    base: str
    unit: str | None
    period: Period | None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a column seems to be, why, and how sure that is (`score` of 1)."""

    column: int
    header: str
    field: str | None
    level: Level
    score: float
    reason: Text
    unit: str | None = None
    period: Period | None = None

    @property
    def applied(self) -> bool:
        """Whether the suggestion holds without a person's word."""
        return self.field is not None and self.level in APPLIED


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a sheet: `rows` are the indexes of its one or two rows, data starts at `first_data`.

    `sheet_unit` is the unit that a note above the table states for all money.
    """

    rows: tuple[int, ...]
    names: tuple[str, ...]
    first_data: int
    sheet_unit: str | None
    matches: int


# --- folding ---------------------------------------------------------------------------------------------------------

_BRACKETS = re.compile(r"[(\[{<【〔「『〈《]([^)\]}>】〕」』〉》]*)[)\]}>】〕」』〉》]")
_ENUMERATION = re.compile(r"^(?:\(\d{1,2}\)|\d{1,2}[.、)]|[a-z][.、)])\s*(?=\D)")
_NOISE = re.compile(r"[\s:*_\-.,、;'\"“”‘’|·#?!。]+")
_UNIT_NAMES = {
    "元": "元 人民币 人民币元 rmb cny 单位元 ¥ 圆",
    "万元": "万 万元 单位万元 人民币万元",
    "千元": "千元 单位千元",
    "百元": "百元",
    "百万元": "百万 百万元",
    "亿元": "亿 亿元",
    "分": "分 单位分",
    "%": "% 百分比 百分之",
    "‰": "‰ 千分之 千分比",
    "‱": "‱ 万分之 万分比",
    "月": "月 个月 单位月 month months",
    "期": "期",
    "年": "年",
    "天": "天 日",
}
_UNIT_WORDS = {word: unit for unit, words in _UNIT_NAMES.items() for word in words.split()}
_UNIT_TAIL = re.compile(r"/?(?:单位)?(?:rmb|人民币|cny)?(百万元|百万|万元|万|千元|亿元|%|‰|‱)$")
_PARTED_UNIT = re.compile(r"(?<=\S\S)[\s/_\-,、:]+(?:单位)?(?:rmb|人民币|cny)?[\s:]*(百元|元|个月|月|期|年|天)$")
"""A unit that is told from the header's own words only because it stands apart: `本金/元`, `借款期限 月`."""
_CURRENCY_WORDS = re.compile(r"^(?:单位|人民币|rmb|cny|¥)+(?=.)")
_PERIODS: tuple[tuple[Period, re.Pattern[str]], ...] = (
    ("day", re.compile(r"日利|日息|日罚|按日|每日|/日|/天|日化|^日$|日%|日‰|日‱|逾期日利率|daily")),
    ("month", re.compile(r"月利|月息|月罚|按月|每月|/月|月化|^月$|月%|月‰|月‱|monthly")),
    ("year", re.compile(r"年|annual|yearly|p\.?a\.?$")),
)


@cache
def _to_simplified() -> OpenCC:
    return OpenCC("t2s")


def simplified(text: str) -> str:
    """Traditional characters written as simplified ones; plain ASCII is returned untouched."""
    return text if text.isascii() else str(_to_simplified().convert(text))


def _squeeze(text: str) -> str:
    return _NOISE.sub("", text).replace("帐", "账").replace("号码", "号").replace("證", "证")


@lru_cache(maxsize=8192)
def fold(header: str) -> Folded:
    """Reduce a header to its meaning; units in brackets or at its end are taken off and remembered."""
    text = _ENUMERATION.sub("", simplified(unicodedata.normalize("NFKC", header)).lower().strip())
    unit: str | None = None
    period: Period | None = None
    kept: list[str] = []
    for inside in _BRACKETS.findall(text):
        found_unit, found_period = _unit_of(_NOISE.sub("", inside))
        unit = unit or found_unit
        period = period or found_period
        if not found_unit and not found_period:
            kept.append(inside)
    bare = _BRACKETS.sub("", text).strip()
    base = _squeeze(bare)
    for candidate, pattern in _PERIODS:
        if period is None and pattern.search(base):
            period = candidate
    tail = _UNIT_TAIL.search(base)
    if tail and tail.start() > 1:
        unit = unit or _UNIT_WORDS[tail.group(1)]
        base = base[: tail.start()]
    elif (tail := _PARTED_UNIT.search(bare)) and tail.start() > 1:
        unit = unit or _UNIT_WORDS[tail.group(1)]
        base = _squeeze(bare[: tail.start()])
    return Folded(base + "".join(_squeeze(inside) for inside in kept), base, unit, period)


def _unit_of(inside: str) -> tuple[str | None, Period | None]:
    """Units in brackets: `万元`, `%`, `年化%`, `‰/月`, `月`."""
    for words in (inside, _CURRENCY_WORDS.sub("", inside)):
        if words in _UNIT_WORDS:
            return _UNIT_WORDS[words], None
    sign = re.search(r"[%‰‱]|百分之|千分之|万分之", inside)
    if not sign:
        return None, None
    for period, pattern in _PERIODS:
        if pattern.search(inside):
            return _UNIT_WORDS[sign.group(0)], period
    return _UNIT_WORDS[sign.group(0)], (
        "month" if "月" in inside else "day" if "日" in inside or "天" in inside else None
    )


def fold_lines(header: str) -> Folded:
    """The lower line of a header of two lines, with the unit and period that only its upper line states."""
    above, _, below = header.rpartition("|")
    folded = fold(below)
    if not above:
        return folded
    upper = fold(above)
    return replace(folded, unit=folded.unit or upper.unit, period=folded.period or upper.period)


# --- looking up ------------------------------------------------------------------------------------------------------

_PERSON_PREFIX = re.compile(r"^(?:主借款人|借款人|主借人|被告人|被告|债务人|客户|用户|本人|案人|borrower|customer)")
_THIRD_PERSON = re.compile(
    r"联系人|联络人|配偶|亲属|亲友|家属|家人|紧急联系|第三方联系|父亲|母亲|父母|子女|儿子|女儿|兄弟|姐妹|朋友|同事|邻居|"
    r"丈夫|妻子|爱人|老公|老婆|同住人|关系人|与(?:借款人|本人|客户|被告|主借人)的?关系|"
    r"spouse|emergency|contactperson|contactname|contact\d|relative|kinship|friend|colleague"
)
_MANDATE = re.compile(r"委案|退案|委托期|保险期间|保险期限")
_PARENT_NOISE = re.compile(r"(?:信息|情况|明细|项目|资料|金额|部分|数据)$")
_PAST = re.compile(r"已还|累计|还款|转让前|已付|历史|实收|归还")
_AMOUNT_TAIL = re.compile(r"(?:金额|数额|总额|额)$")

_VARIANT_COST = 60


@cache
def _index() -> dict[str, list[tuple[int, str, bool]]]:
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
    if folded.full != folded.base and folded.full not in _index():
        keys.append((3, folded.base, not parent))
    for cost, key, whole in list(keys):
        shorter = {_PERSON_PREFIX.sub("", key), _AMOUNT_TAIL.sub("", key)} - {key, ""}
        keys.extend((cost + _VARIANT_COST, one, whole) for one in sorted(shorter))
    if "/" in folded.full:
        keys.extend((_VARIANT_COST, part, not parent) for part in folded.full.split("/") if part)
    return keys


@dataclass(frozen=True, slots=True)
class _Candidate:
    rank: int
    column: int
    field: str
    strong: bool
    whole: bool


def _candidates(column: int, header: str) -> list[_Candidate]:
    """The fields a header may mean, best first, each field once.

    Where the two lines of a header together mean something, the lower line alone does not count.
    """
    best: dict[str, _Candidate] = {}
    past = bool(_PAST.search(header.rpartition("|")[0]))
    for cost, key, whole in _variants(header):
        for rank, field, strong in _index().get(key, ()):
            if past and not whole and field_named(field).kind == "money":
                continue
            found = _Candidate(cost + rank, column, field, strong, whole)
            if field not in best or (not found.whole, found.rank) < (not best[field].whole, best[field].rank):
                best[field] = found
    whole_ones = [one for one in best.values() if one.whole] or best.values()
    return sorted(whole_ones, key=lambda one: one.rank)


def is_third_person(header: str) -> bool:
    """Whether a column speaks of somebody other than the borrower and the lender."""
    return bool(_THIRD_PERSON.search(fold(header).full)) and fold(header).full not in _index()


# --- finding the header ----------------------------------------------------------------------------------------------

_SHEET_UNIT = re.compile(r"单位\s*[::]?\s*(?:人民币)?\s*(百万元|万元|千元|亿元|元|分)")


def find_header(rows: Sequence[Sequence[object]], also: Set[str] = frozenset()) -> Header | None:
    """The row, or two rows, with the most columns that can be understood; None when no row looks like a header.

    `also` holds folded headers that a written mapping names, which count as understood.
    """
    best: Header | None = None
    best_score = 0.0
    for index, row in enumerate(rows[:HEADER_SEARCH_ROWS]):
        for header in _readings(rows, index, also):
            score = _score(header, row)
            if score > best_score:
                best, best_score = header, score
    if best is None or best.matches < MIN_HEADER_MATCHES:
        return None
    return replace(best, sheet_unit=_unit_above(rows[: best.rows[0]]))


def _readings(rows: Sequence[Sequence[object]], index: int, also: Set[str]) -> Iterable[Header]:
    names = _names(rows[index])
    yield Header((index,), names, index + 1, None, _matches(names, also))
    if index + 1 < len(rows) and _may_be_second_line(rows[index], rows[index + 1]):
        joined = _joined_names(rows[index], rows[index + 1])
        yield Header((index, index + 1), joined, index + 2, None, _matches(joined, also))


def _names(row: Sequence[object]) -> tuple[str, ...]:
    return tuple(_cell_name(cell) for cell in row)


def _cell_name(cell: object) -> str:
    return re.sub(r"\s+", " ", cell).strip().lstrip("﻿") if isinstance(cell, str) else ""


def _matches(names: Sequence[str], also: Set[str]) -> int:
    """How many different things the names mean."""
    meant = set()
    for column, name in enumerate(names):
        found = _candidates(column, name) if name else []
        if found:
            meant.add(found[0].field)
        elif name and fold(name).full in also:
            meant.add(name)
    return len(meant)


def _score(header: Header, row: Sequence[object]) -> float:
    filled = sum(1 for cell in row if cell not in ("", None))
    numbers = sum(1 for cell in row if cell not in ("", None) and not isinstance(cell, str))
    share = header.matches / max(filled, 1)
    return (
        header.matches + min(share, 1.0) - 1.5 * numbers - 0.01 * header.rows[0] - (0.6 if len(header.rows) > 1 else 0)
    )


def _may_be_second_line(above: Sequence[object], below: Sequence[object]) -> bool:
    """The second line of a header is words only, and some of its columns lie under a header that spans them."""
    words = [cell for cell in below if cell not in ("", None)]
    if len(words) < 2 or not all(isinstance(cell, str) and len(re.findall(r"\d", cell)) < 4 for cell in words):
        return False
    spanned = sum(
        1
        for column, cell in enumerate(below)
        if cell not in ("", None) and (column >= len(above) or above[column] in ("", None))
    )
    return spanned >= 1 and sum(1 for cell in above if cell not in ("", None)) >= 2


def _joined_names(above: Sequence[object], below: Sequence[object]) -> tuple[str, ...]:
    names: list[str] = []
    parent = ""
    for column in range(max(len(above), len(below))):
        top = _cell_name(above[column]) if column < len(above) else ""
        child = _cell_name(below[column]) if column < len(below) else ""
        parent = top or (parent if child else "")
        names.append(f"{parent}|{child}" if parent and child and parent != child else child or parent)
    return tuple(names)


def _unit_above(rows: Sequence[Sequence[object]]) -> str | None:
    for row in rows:
        for cell in row:
            if isinstance(cell, str) and (found := _SHEET_UNIT.search(unicodedata.normalize("NFKC", cell))):
                return found.group(1)
    return None


def header_hash(names: Sequence[str]) -> str:
    """The same for header rows that differ only in width, case, spaces or traditional characters."""
    folded = "\x1f".join(f"{fold(name).full}({fold(name).unit or ''})" for name in names)
    return hashlib.sha256(folded.encode()).hexdigest()


# --- suggesting ------------------------------------------------------------------------------------------------------


def suggest(names: Sequence[str]) -> list[Suggestion]:
    """Say for every column what it seems to be; of two columns for one field the stronger header has it."""
    per_column = [
        _candidates(column, name) if name and not is_third_person(name) else [] for column, name in enumerate(names)
    ]
    taken = _assign(per_column, names)
    return [_suggestion(column, name, per_column[column], taken, names) for column, name in enumerate(names)]


def _assign(per_column: list[list[_Candidate]], names: Sequence[str]) -> dict[str, int]:
    """Field -> column, strongest headers first; then the rules for headers that mean two things."""
    taken: dict[str, int] = {}
    used: set[int] = set()
    for candidate in sorted((one for found in per_column for one in found), key=lambda one: (one.rank, one.column)):
        if candidate.field not in taken and candidate.column not in used:
            taken[candidate.field] = candidate.column
            used.add(candidate.column)
    held = taken.get("contract_no")
    if held is None or _strong(taken, per_column, "account_no"):
        return taken
    if any(one.field == "account_no" for one in per_column[held]):
        spare = taken.get("account_no")
        taken["account_no"] = taken.pop("contract_no")
        if spare is not None and any(one.field == "contract_no" for one in per_column[spare]):
            taken["contract_no"] = spare
    return taken


def _strong(taken: MappingType[str, int], per_column: list[list[_Candidate]], field: str) -> bool:
    column = taken.get(field)
    return column is not None and any(one.field == field and one.strong for one in per_column[column])


_ASSUMABLE = frozenset({"account_no", "contract_no", "product", "bucket"})
_PAIRED = {("本金", "outstanding_principal"), ("逾期利息", "interest_due")}
"""Weak headers that are plain once a stronger column holds their first meaning: `本金` beside `借款金额`."""


def _suggestion(
    column: int, name: str, candidates: list[_Candidate], taken: MappingType[str, int], names: Sequence[str]
) -> Suggestion:
    if not name:
        return Suggestion(column, name, None, "unknown", 0.0, Text("没有表头", "no header"))
    folded = fold_lines(name)
    if is_third_person(name):
        why = Text("涉及第三人，默认不导入", "about a third person: left out")
        return Suggestion(column, name, None, "third_person", 1.0, why)
    mine = next((one for one in candidates if taken.get(one.field) == column), None)
    if mine is None and candidates:
        return _duplicate(column, name, candidates[0], taken, names, folded)
    if mine is None:
        return _similar(column, name, folded, taken)
    level, why = _level_of(mine, candidates, name, names)
    period = folded.period or ("year" if mine.field == "annual_rate" and mine.strong else None)
    return Suggestion(column, name, mine.field, level, _SURE.get(level, 1.0), why, folded.unit, period)


_SURE: dict[Level, float] = {"assumed": 0.9, "ask": 0.5}
"""How sure a meaning is that another column or a common habit suggests."""


def _level_of(mine: _Candidate, candidates: list[_Candidate], name: str, names: Sequence[str]) -> tuple[Level, Text]:
    field = field_named(mine.field)
    key = fold(name.rpartition("|")[2]).full
    if (
        mine.field == "due_on"
        and key in ("到期日", "到期日期")
        and any(_MANDATE.search(fold(one).full) for one in names)
    ):
        return "ask", Text("可能是借款到期日，也可能是委案到期日", "may be the loan's due date or the mandate's")
    if (key, mine.field) in _PAIRED and "|" not in name:
        first = field_named(candidates[0].field).label
        return "assumed", Text(f"另有一列是{first.zh}", f"another column is {first.en.lower()}")
    if not mine.whole and field.kind == "money":
        return "ask", Text("上级表头含义不明，请确认", "the header above is not understood: please confirm")
    if not mine.strong:
        if mine.field in _ASSUMABLE or key == "利率":
            return "assumed", Text(f"通常是{field.label.zh}", f"usually {field.label.en.lower()}")
        return "ask", Text(f"可能是{field.label.zh}", f"may be {field.label.en.lower()}")
    if mine is not candidates[0] and mine.field != "account_no":
        first = field_named(candidates[0].field).label
        return "assumed", Text(f"{first.zh}另有一列", f"another column is {first.en.lower()}")
    if "|" in name:
        return "exact", Text("两行表头", "two-line header")
    return "exact", Text("同义词", "synonym")


def _duplicate(
    column: int, name: str, best: _Candidate, taken: MappingType[str, int], names: Sequence[str], folded: Folded
) -> Suggestion:
    holder = names[taken[best.field]] if best.field in taken else ""
    label = field_named(best.field).label
    why = Text(f"与「{holder}」同指{label.zh}，请选一列", f"means {label.en.lower()} as {holder!r} does: choose one")
    return Suggestion(column, name, best.field, "duplicate", 1.0, why, folded.unit, folded.period)


@cache
def _choices() -> tuple[list[str], list[str]]:
    keys, fields = [], []
    for key, found in _index().items():
        if len(key) > 1:
            keys.append(key)
            fields.append(min(found)[1])
    return keys, fields


@cache
def _other() -> frozenset[str]:
    return frozenset(fold(word).full for word in OTHER_WORDS)


_ENDS: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = (
    (re.compile(r"率$|rate$"), frozenset({"rate"})),
    (re.compile(r"(?:日|日期|时间|date)$"), frozenset({"date"})),
    (re.compile(r"(?:电话|手机|手机号|phone|mobile)$"), frozenset({"mobile"})),
    (re.compile(r"(?:地址|住址|address)$"), frozenset({"address"})),
    (re.compile(r"(?:名称|姓名|name)$"), frozenset({"name", "text"})),
    (re.compile(r"(?:金额|数额|余额|总额|本金|利息|amount|balance)$"), frozenset()),
)
"""What the end of a header says of the kind of its values; what counts money is not guessed from a resemblance."""


def _may_resemble(base: str, field: str) -> bool:
    kind = field_named(field).kind
    return next((kind in kinds for end, kinds in _ENDS if end.search(base)), kind not in ("money", "proof"))


def _similar(column: int, name: str, folded: Folded, taken: MappingType[str, int]) -> Suggestion:
    keys, fields = _choices()
    nothing = Suggestion(
        column, name, None, "unknown", 0.0, Text("不认识的列", "not known"), folded.unit, folded.period
    )
    if folded.full in _other():
        return replace(
            nothing, score=1.0, reason=Text("不是审核用的字段，原样保留", "no field of the audit: kept as it is")
        )
    if len(folded.base) < 2 or _PAST.search(name.rpartition("|")[0]):
        return nothing
    for key, score, place in process.extract(folded.base, keys, scorer=fuzz.ratio, limit=5, score_cutoff=SIMILAR_FROM):
        if fields[place] not in taken and _may_resemble(folded.base, fields[place]):
            why = Text(f"与「{key}」相似 {score / 100:.2f}", f"resembles {key!r} ({score / 100:.2f})")
            return Suggestion(column, name, fields[place], "similar", score / 100, why, folded.unit, folded.period)
    return nothing


def unit_for(field: Field, unit: str | None, sheet_unit: str | None) -> str | None:
    """The unit that applies to a column: its own where it fits the field's kind, else the sheet's for money."""
    if field.kind == "money":
        return unit if unit in MONEY_UNITS else sheet_unit
    if field.kind == "rate":
        return unit if unit in RATE_UNITS else None
    if field.kind == "terms":
        return unit if unit in ("月", "期", "年", "天") else None
    return None
