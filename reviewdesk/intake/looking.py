"""A look at a table: its header, and enough rows to show a person what each column is, before anything is loaded.

Pure: a look is taken from an opened file, kept as JSON, and laid out as the columns of the mapping page.
"""

import re
from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from reviewdesk.errors import Text
from reviewdesk.identity import read_id
from reviewdesk.intake.extras import MEND_COLUMN, ROW_COLUMN
from reviewdesk.intake.fields import MONEY_BASIS, REQUIRED, Field, field_named
from reviewdesk.intake.headers import Header, Suggestion, fold, is_third_person, suggest, unit_for
from reviewdesk.intake.hidden import Hidden
from reviewdesk.intake.keys import proposed_key
from reviewdesk.intake.mapping import Mapping, Rule, from_suggestions
from reviewdesk.intake.notices import Notice, notices_of
from reviewdesk.intake.proposing import as_before, completed
from reviewdesk.intake.questions import SAMPLE_ROWS, Question, questions_of, reopened, settled
from reviewdesk.intake.side_looking import BesideLook, look_beside, open_side_questions
from reviewdesk.intake.table import Table, open_table
from reviewdesk.masking import mask, mask_card, mask_id_no, mask_mobile

SHOWN_SAMPLES = 3


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of a file. `rows` counts the rows below the header, of which `sample` holds the first; `notices`
    say what a person should know of it, `hidden_columns` are places from 0."""

    sheet: str
    sheets: tuple[str, ...]
    header: Header
    rows: int
    sample: Sequence[Sequence[Any]]
    notices: tuple[Notice, ...] = ()
    hidden_sheets: tuple[str, ...] = ()
    hidden_columns: tuple[int, ...] = ()
    beside: tuple[BesideLook, ...] = ()
    since_1904: bool = False
    """Whether the workbook counts its days from 1904."""

    @property
    def names(self) -> tuple[str, ...]:
        """The headers, in the order of the columns."""
        return self.header.names

    @property
    def header_row(self) -> int:
        """Excel's number of the (last) header row."""
        return self.header.rows[-1] + 1

    def to_json(self) -> dict[str, Any]:
        """What is sealed and kept; `from_json` is the inverse, but for dates, which come back as ISO text."""
        return {
            "sheet": self.sheet,
            "sheets": self.sheets,
            "header_rows": self.header.rows,
            "names": self.header.names,
            "first_data": self.header.first_data,
            "sheet_unit": self.header.sheet_unit,
            "matches": self.header.matches,
            "rows": self.rows,
            "sample": [[_plain(cell) for cell in row] for row in self.sample],
            "notices": [notice.as_json() for notice in self.notices],
            "hidden_sheets": self.hidden_sheets,
            "hidden_columns": self.hidden_columns,
            "beside": [one.to_json() for one in self.beside],
            "since_1904": self.since_1904,
        }

    def taken(self, mapping: Mapping, hidden: Hidden) -> Mapping:
        """The mapping as this file is read by it: without the hidden columns where these are left out."""
        own = replace(mapping, since_1904=self.since_1904)
        return own.without(self.hidden_columns) if hidden.columns == "leave" else own

    @classmethod
    def from_json(cls, data: MappingType[str, Any]) -> "Look":
        """Read what `to_json` wrote."""
        header = Header(
            tuple(data["header_rows"]), tuple(data["names"]), data["first_data"], data["sheet_unit"], data["matches"]
        )
        return cls(
            data["sheet"],
            tuple(data["sheets"]),
            header,
            data["rows"],
            data["sample"],
            tuple(map(Notice.from_json, data.get("notices", ()))),
            tuple(data.get("hidden_sheets", ())),
            tuple(data.get("hidden_columns", ())),
            tuple(BesideLook(**one) for one in data.get("beside", ())),
            data.get("since_1904", False),
        )


def _plain(cell: Any) -> Any:
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return str(cell) if isinstance(cell, time | timedelta) else cell


def take_look(path: Path, sheet: str | None = None) -> Look:
    """Open a file and look at the table in it.

    Raises:
        Invalid: the file or sheet cannot be read, or no row looks like a header.
    """
    return look_at(open_table(path, sheet))


def look_at(table: Table) -> Look:
    """The look of an opened table. A long one is looked through for what is hidden in it, but not read."""
    sample = table.data[:SAMPLE_ROWS]
    return Look(
        table.sheet.name,
        table.sheets,
        table.header,
        table.counted_rows,
        sample,
        notices_of(table),
        table.hidden_sheets,
        table.hidden_columns,
        look_beside(table),
        table.sheet.since_1904,
    )


def glance_at(table: Table) -> Look:
    """The look of a table as far as its beginning tells: without notices, and with about as many rows as it has."""
    sheet, sample = table.sheet, table.data[:SAMPLE_ROWS]
    beside, since_1904 = look_beside(table), sheet.since_1904
    return Look(sheet.name, table.sheets, table.header, table.rough_rows, sample, beside=beside, since_1904=since_1904)


# --- what is suggested -----------------------------------------------------------------------------------------------


def suggestions_of(look: Look, remembered: MappingType[str, Rule]) -> list[Suggestion]:
    """What every column seems to be; `remembered` are the organisation's own earlier choices by folded header."""
    found = suggest(look.names)
    taken = {one.field for one in found if one.applied}
    for place, one in enumerate(found):
        rule = remembered.get(fold(one.header).full) if one.header and not one.applied else None
        if rule is None or is_third_person(one.header) or (rule.field is not None and rule.field in taken):
            continue
        taken.add(rule.field)
        why = Text("沿用上次的对应", "as last time")
        found[place] = replace(
            one, field=rule.field, level="stated", score=1.0, reason=why, unit=rule.unit, period=rule.period
        )
    return found


def sure_mapping(
    look: Look, suggestions: Sequence[Suggestion], remembered: MappingType[str, Rule], constants: MappingType[str, str]
) -> Mapping:
    """The mapping that holds without a person's word."""
    sure = as_before(from_suggestions(suggestions, look.header), remembered)
    return replace(completed(sure, look.header, look.sample), constants=dict(constants))


def proposed_mapping(
    look: Look, suggestions: Sequence[Suggestion], remembered: MappingType[str, Rule], constants: MappingType[str, str]
) -> Mapping:
    """The mapping that a person is asked to confirm: what holds anyhow, and the best guesses for the rest."""
    sure = sure_mapping(look, suggestions, remembered, constants)
    taken = {rule.field for rule in sure.filled()}
    rules = []
    for rule, one in zip(sure.rules, suggestions, strict=True):
        guess = one.field if one.level in ("ask", "similar") and one.field not in taken else None
        if guess is None or rule.field or rule.parts or rule.drop:
            rules.append(rule)
            continue
        taken.add(guess)
        unit = unit_for(field_named(guess), one.unit, look.header.sheet_unit)
        rules.append(Rule(rule.column, rule.header, guess, unit, one.period))
    guessed = replace(sure, rules=tuple(rules))
    return settled(replace(guessed, key=proposed_key(guessed)), look.sample, look.header.sheet_unit)


def adopted(body: MappingType[str, Any], look: Look) -> Mapping:
    """A saved mapping laid over a header row that folds to the same headers, wherever its columns stand now."""
    names = look.names
    saved = Mapping.from_json(body)
    columns = [column for column, name in enumerate(names) if name not in (ROW_COLUMN, MEND_COLUMN)]
    rules = [rule for rule in saved.rules if rule.header not in (ROW_COLUMN, MEND_COLUMN)]
    moved = {column: replace(rule, column=column) for column, rule in zip(columns, rules, strict=True)}
    whole = (moved.get(column, Rule(column, name, None)) for column, name in enumerate(names))
    again = reopened(replace(saved, rules=tuple(whole)))
    return settled(again, look.sample, look.header.sheet_unit)


def hashed_names(names: Sequence[str]) -> list[str]:
    """The headers that make a header row the same as another: without what the correction workbook adds."""
    return [name for name in names if name not in (ROW_COLUMN, MEND_COLUMN)]


def missing_fields(mapping: Mapping) -> list[Field]:
    """The fields without which no row can be loaded, and which no column fills."""
    missing = [field_named(name) for name in REQUIRED if not _is_there(mapping, name)]
    if not any(mapping.rule_of(name) for name in MONEY_BASIS):
        missing.append(field_named(MONEY_BASIS[0]))
    return missing


def _is_there(mapping: Mapping, name: str) -> bool:
    made = name == "account_no" and bool(mapping.key)
    return made or name in mapping.lacks or mapping.rule_of(name) is not None


def open_questions(look: Look, mapping: Mapping) -> list[Question]:
    """What a person has yet to say of columns that may be read in two ways, also of the sheets beside the accounts."""
    own = [one for one in questions_of(mapping, look.sample, look.header.sheet_unit) if one.open]
    return [*own, *open_side_questions(look.beside, mapping)]


def is_in_doubt(look: Look, suggestions: Sequence[Suggestion], mapping: Mapping) -> bool:
    """Whether a person must look: something is missing or made up, or may mean the one or the other."""
    if missing_fields(mapping) or mapping.key or open_questions(look, mapping):
        return True
    if any(_contradicts(look, one, mapping) for one in suggestions):
        return True
    return any(
        one.level == "ask" and one.field is not None and mapping.rule_of(one.field) is None for one in suggestions
    )


_CONTRADICTING = ("money", "rate", "date")


def _contradicts(look: Look, one: Suggestion, mapping: Mapping) -> bool:
    """Whether a column that means what another does, and fills nothing, says otherwise than that one."""
    taken = mapping.rule_of(one.field) if one.level == "duplicate" and one.field else None
    if taken is None or one.field is None or field_named(one.field).kind not in _CONTRADICTING:
        return False
    if taken.column == one.column or any(rule.column == one.column for rule in mapping.filled()):
        return False
    cells = (row[one.column] if one.column < len(row) else "" for row in look.sample)
    return any(
        cell not in ("", None, 0) and (taken.column >= len(row) or cell != row[taken.column])
        for cell, row in zip(cells, look.sample, strict=True)
    )


@dataclass(frozen=True, slots=True)
class LayoutChange:
    """How a header row differs from an earlier one of the same organisation: headers that are new, and those gone."""

    added: tuple[str, ...]
    gone: tuple[str, ...]


ALIKE_FROM = 0.6
"""Two header rows that share less of their headers are different layouts, not a changed one."""


def layout_change(names: Sequence[str], earlier: Sequence[str]) -> LayoutChange | None:
    """What changed between two header rows that are the same layout; None where nothing did, or they are not."""
    now = {fold(name).full: name for name in hashed_names(names) if name}
    before = {fold(name).full: name for name in hashed_names(earlier) if name}
    both = len(now.keys() & before.keys())
    if both < ALIKE_FROM * max(len(now), len(before), 1) or now.keys() == before.keys():
        return None
    return LayoutChange(
        tuple(name for key, name in now.items() if key not in before),
        tuple(name for key, name in before.items() if key not in now),
    )


# --- nothing personal in the clear -----------------------------------------------------------------------------------

_ID = re.compile(r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])")
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_CARD = re.compile(r"(?<![0-9A-Za-z])\d{16,19}(?![0-9A-Za-z])")
_LONG_NUMBER = re.compile(r"\d{11}")
"""All of these hold so many digits."""
NAME_LIKE = re.compile(r"^[\u4e00-\u9fff]{2,4}$")
SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷"
    "侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)


def discreet(text: str, field: str | None) -> str:
    """A cell as everyone may see it: a personal field masked, in all others what looks like a person's number."""
    text = text.replace("\x00", "")  # PostgreSQL's text holds everything but this
    if field is not None and field_named(field).personal:
        return mask(field, text)
    if field is not None and field_named(field).kind == "account":
        return mask_id_no(text) if read_id(text).problem is None else text
    if _LONG_NUMBER.search(text) is None:
        return text
    text = _ID.sub(lambda found: mask_id_no(found[0]), text)
    text = _MOBILE.sub(lambda found: mask_mobile(found[0]), text)
    return text if field is not None else _CARD.sub(lambda found: mask_card(found[0]), text)
