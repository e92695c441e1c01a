"""Which column means which field, how sure that is, and why."""

import re
from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from rapidfuzz import fuzz, process

from reviewdesk.errors import Text
from reviewdesk.intake.fields import field_named
from reviewdesk.intake.headers.folding import Folded, Period, fold, fold_lines
from reviewdesk.intake.headers.meanings import MANDATE, PAST, Candidate, candidates_of, is_third_person, synonyms
from reviewdesk.intake.other_words import OTHER_WORDS

Level = Literal["exact", "assumed", "ask", "similar", "duplicate", "third_person", "unknown", "stated"]

APPLIED: frozenset[Level] = frozenset({"exact", "assumed", "stated"})
"""The levels of suggestion that hold without a person's word."""

SIMILAR_FROM = 70.0
"""Of 100; below it a resemblance is not worth showing."""


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


def suggest(names: Sequence[str]) -> list[Suggestion]:
    """Say for every column what it seems to be; of two columns for one field the stronger header has it."""
    per_column = [
        candidates_of(column, name) if name and not is_third_person(name) else [] for column, name in enumerate(names)
    ]
    taken = _assign(per_column, names)
    return [_suggestion(column, name, per_column[column], taken, names) for column, name in enumerate(names)]


def _assign(per_column: list[list[Candidate]], names: Sequence[str]) -> dict[str, int]:
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


def _strong(taken: MappingType[str, int], per_column: list[list[Candidate]], field: str) -> bool:
    column = taken.get(field)
    return column is not None and any(one.field == field and one.strong for one in per_column[column])


_ASSUMABLE = frozenset({"account_no", "contract_no", "product", "bucket"})
_PAIRED = {("本金", "outstanding_principal"), ("逾期利息", "interest_due")}
"""Weak headers that are plain once a stronger column holds their first meaning: `本金` beside `借款金额`."""


def _suggestion(
    column: int, name: str, candidates: list[Candidate], taken: MappingType[str, int], names: Sequence[str]
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


def _level_of(mine: Candidate, candidates: list[Candidate], name: str, names: Sequence[str]) -> tuple[Level, Text]:
    field = field_named(mine.field)
    key = fold(name.rpartition("|")[2]).full
    if (
        mine.field == "due_on"
        and key in ("到期日", "到期日期")
        and any(MANDATE.search(fold(one).full) for one in names)
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
    column: int, name: str, best: Candidate, taken: MappingType[str, int], names: Sequence[str], folded: Folded
) -> Suggestion:
    holder = names[taken[best.field]] if best.field in taken else ""
    label = field_named(best.field).label
    why = Text(f"与「{holder}」同指{label.zh}，请选一列", f"means {label.en.lower()} as {holder!r} does: choose one")
    return Suggestion(column, name, best.field, "duplicate", 1.0, why, folded.unit, folded.period)


@cache
def _choices() -> tuple[list[str], list[str]]:
    keys, fields = [], []
    for key, found in synonyms().items():
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
    if len(folded.base) < 2 or PAST.search(name.rpartition("|")[0]):
        return nothing
    for key, score, place in process.extract(folded.base, keys, scorer=fuzz.ratio, limit=5, score_cutoff=SIMILAR_FROM):
        if fields[place] not in taken and _may_resemble(folded.base, fields[place]):
            why = Text(f"与「{key}」相似 {score / 100:.2f}", f"resembles {key!r} ({score / 100:.2f})")
            return Suggestion(column, name, fields[place], "similar", score / 100, why, folded.unit, folded.period)
    return nothing
