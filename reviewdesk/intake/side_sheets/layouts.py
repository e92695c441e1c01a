"""Which side sheet a sheet is, and which of its columns is what: as it seems, and as a person said."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from reviewdesk.errors import Text
from reviewdesk.intake.fields import field_named
from reviewdesk.intake.headers import Header, find_header, fold, suggest
from reviewdesk.intake.hidden import BY_DEFAULT, Hidden
from reviewdesk.intake.mapping import Mapping as ColumnMapping
from reviewdesk.intake.mapping import SideRule
from reviewdesk.intake.messages import said
from reviewdesk.intake.reading import Sheet
from reviewdesk.intake.row_kinds import is_blank
from reviewdesk.intake.side_fields import (
    DEMANDS,
    EVIDENCE,
    PAPERS,
    SIDE_SHEET_KINDS,
    SideField,
    SideKind,
    SideSheetKind,
)
from reviewdesk.intake.side_sheets.cells import word_of
from reviewdesk.intake.side_sheets.errors import SideError
from reviewdesk.intake.side_sheets.questions import SEEN_ROWS, settled_answers


@dataclass(frozen=True, slots=True)
class Said:
    """What a person said of the sheets beside the accounts; `account` is the header of the accounts' own numbers.

    `hidden` is what becomes of their hidden rows and columns.
    """

    rules: Sequence[SideRule] = ()
    account: str = ""
    hidden: Hidden = BY_DEFAULT

    @classmethod
    def by(cls, mapping: ColumnMapping) -> "Said":
        """What the accounts' mapping says."""
        own = mapping.rule_of("account_no")
        return cls(mapping.sides, own.header if own else "")

    def of(self, sheet: str) -> SideRule | None:
        """What was said of a sheet; its name may hold another month than when it was said."""
        for name in (lambda text: text, _without_digits):
            for rule in self.rules:
                if name(rule.sheet) == name(sheet):
                    return rule
        return None


def _without_digits(name: str) -> str:
    return re.sub(r"[\d〇零一二三四五六七八九十]+", "", fold(name).base)


NOTHING_SAID = Said()


@dataclass(frozen=True, slots=True)
class Layout:
    """Which side sheet it is, and which column is what. `papers`: columns that each stand for one paper.

    `answers` is how columns are read whose cells leave it open, by place; `later` is what was answered after the sheet
    was read, of cells that could not be read for want of it. `leaves_hidden`: hidden rows are left out. `since_1904`:
    bare numbers of days count from 1904.
    """

    kind: SideSheetKind
    header: Header
    account: int
    columns: tuple[tuple[SideField, int], ...]
    papers: tuple[tuple[str, int], ...] = ()
    answers: Mapping[int, str] = field(default_factory=dict)
    later: Mapping[int, str] = field(default_factory=dict)
    leaves_hidden: bool = False
    since_1904: bool = False

    def lacks(self) -> list[SideField]:
        """The required fields that no column fills."""
        have = {known.name for known, _ in self.columns}
        if self.papers:
            return []
        by_name = {known.name: known for known in self.kind.fields}
        return [by_name[group[0]] for group in self.kind.required if not have.intersection(group)]


def kind_called(code: str) -> SideSheetKind:
    """The kind of side sheet of that code."""
    return next(known for known in SIDE_SHEET_KINDS if known.kind == code)


def named_kind(name: str) -> SideSheetKind | None:
    """The side sheet that a sheet's name speaks of."""
    folded = fold(name).base
    return next((known for known in SIDE_SHEET_KINDS if known.named.search(folded)), None)


def recognise(sheet: Sheet, said: Said = NOTHING_SAID) -> Layout | SideError | None:
    """What side sheet this is, if it is one; an error where its name says so and its header lacks what is needed."""
    rule = said.of(sheet.name)
    if len(sheet.rows[:2]) < 2 or (rule is not None and rule.kind is None):
        return None
    kind = kind_called(rule.kind) if rule and rule.kind else named_kind(sheet.name)
    named = {fold(name).full: meant for name, meant in rule.columns.items()} if rule else {}
    own = fold(said.account).full
    header = header_of(sheet, rule, said.account)
    if header is None:
        return None
    if said.hidden.columns == "leave":
        header = replace(header, names=_without(header.names, sheet.hidden_columns))
    account = _account_column(header, named, own)
    if kind is None:
        unnamed = None if account is None else _unnamed(sheet, header, account)
        return unnamed and _settled(unnamed, sheet, rule, said)
    layout = Layout(kind, header, -1 if account is None else account, *_columns(kind, header, account, named))
    lacking = [one.label for one in layout.lacks()]
    if account is None:
        lacking.insert(0, field_named("account_no").label)
    return _lacking(sheet.name, header, lacking) if lacking else _settled(layout, sheet, rule, said)


def _settled(layout: Layout, sheet: Sheet, rule: SideRule | None, said: Said) -> Layout:
    """The layout with how its columns are read, as a person said or their first cells prove."""
    first = sheet.rows[layout.header.first_data : layout.header.first_data + SEEN_ROWS]
    answers = settled_answers(layout.columns, layout.header, first, rule.answers if rule else {})
    leaves_hidden = said.hidden.rows == "leave"
    return replace(layout, answers=answers, leaves_hidden=leaves_hidden, since_1904=sheet.since_1904)


def _without(names: Sequence[str], columns: Sequence[int]) -> tuple[str, ...]:
    left_out = frozenset(columns)
    return tuple("" if column in left_out else name for column, name in enumerate(names))


def header_of(sheet: Sheet, rule: SideRule | None, account: str = "") -> Header | None:
    """The header of a side sheet, whose columns may be known by what a person said of them only."""
    named = {fold(name).full for name in (*rule.columns, account)} if rule else {fold(account).full}
    return find_header(sheet.rows, _all_words() | named)


def _account_column(header: Header, named: Mapping[str, str | None], own: str) -> int | None:
    """The column of account numbers: as a person said, else as its header says, else as the accounts' is called."""
    keys = [fold(name).full for name in header.names]
    chosen = [column for column, key in enumerate(keys) if named.get(key) == "account_no"]
    known = [one.column for one in suggest(header.names) if one.field == "account_no" and one.applied]
    alike = [column for column, key in enumerate(keys) if key and key == own]
    may_be = (column for column in (*chosen, *known, *alike) if named.get(keys[column], "account_no") == "account_no")
    return next(may_be, None)


LOOKED_THROUGH = 5_000
"""So many rows of a sheet without a telling name are looked through for accounts that stand in it twice."""


def _unnamed(sheet: Sheet, header: Header, account: int) -> Layout | None:
    """A sheet whose name says nothing is a side sheet only where its header fits one kind and accounts stand twice."""
    layouts = [Layout(kind, header, account, *_columns(kind, header, account, {})) for kind in SIDE_SHEET_KINDS]
    fitting = [one for one in layouts if not one.lacks() and len(one.columns) + len(one.papers) > 1]
    first = sheet.rows[header.first_data : header.first_data + LOOKED_THROUGH]
    cells = [row[account] for row in first if account < len(row) and not is_blank(row[account])]
    if len(fitting) != 1 or len(set(map(str, cells))) == len(cells):
        return None
    return fitting[0]


def _lacking(sheet: str, header: Header, lacking: Sequence[Text]) -> SideError:
    details = {"columns": "、".join(one.zh for one in lacking), "columns_en": ", ".join(one.en for one in lacking)}
    words = said("side.columns_missing", details, Text("", ""), "")
    return SideError(header.rows[-1] + 1, None, None, "", "side.columns_missing", None, *words, sheet=sheet)


@cache
def _all_words() -> frozenset[str]:
    return frozenset(fold(word).full for kind in SIDE_SHEET_KINDS for known in kind.fields for word in known.synonyms)


@cache
def _index(kind: SideKind) -> dict[str, tuple[int, SideField]]:
    fields = next(known.fields for known in SIDE_SHEET_KINDS if known.kind == kind)
    found: dict[str, tuple[int, SideField]] = {}
    for known in fields:
        for rank, word in enumerate(known.synonyms):
            key = fold(word).full
            if key not in found or rank < found[key][0]:
                found[key] = (rank, known)
    return found


def _columns(
    kind: SideSheetKind, header: Header, account: int | None, named: Mapping[str, str | None]
) -> tuple[tuple[tuple[SideField, int], ...], tuple[tuple[str, int], ...]]:
    """Fields with their columns, each field's strongest header first; and the columns of papers of a wide list."""
    ranked: list[tuple[int, int, SideField]] = []
    for column, name in enumerate(header.names):
        found = _meant(kind, name, named) if column != account else None
        if found is not None:
            ranked.append((found[0], column, found[1]))
    taken: list[tuple[SideField, int]] = []
    for _, column, known in sorted(ranked, key=lambda one: one[:2]):
        if known.adds or all(other.name != known.name for other, _ in taken):
            taken.append((known, column))
    if kind is DEMANDS and all(known.name != "on" for known, _ in taken):
        taken = [(ON if known.name == "at" else known, column) for known, column in taken]
    if kind is not EVIDENCE or any(known.name == "kind" for known, _ in taken):
        return tuple(taken), ()
    papers = tuple(
        (paper, column)
        for column, name in enumerate(header.names)
        if column != account
        and named.get(fold(name).full, "") is not None
        and (paper := word_of(PAPERS, fold(name).full)) is not None
    )
    return (), papers


ON = DEMANDS.fields[0]
"""Where a sheet has no column of days, `催收时间` holds day and time in one."""


def _meant(kind: SideSheetKind, name: str, named: Mapping[str, str | None]) -> tuple[int, SideField] | None:
    """What a header means: as a person said, who comes before all others, else as it seems."""
    key = fold(name).full
    if key not in named:
        return _meaning(kind, name)
    return next(((-1, known) for known in kind.fields if known.name == named[key]), None)


def _meaning(kind: SideSheetKind, name: str) -> tuple[int, SideField] | None:
    above, _, below = name.rpartition("|")
    keys = [fold(above).base + fold(below).full] if above else [fold(name).full, fold(name).base]
    if above and kind.neutral.search(fold(above).base):
        keys.append(fold(below).full)
    index = _index(kind.kind)
    return next((index[key] for key in keys if key in index), None)
