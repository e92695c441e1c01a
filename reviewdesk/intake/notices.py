"""What a person should know of a workbook beside its cells: hidden parts, macros that never run, values that are not
there. Said before it is loaded, and kept with the batch."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reviewdesk.errors import Invalid, Text
from reviewdesk.intake.mapping import column_letters
from reviewdesk.intake.reading import Sheet
from reviewdesk.intake.reading.found import Trait
from reviewdesk.intake.side_sheets import Layout, recognise
from reviewdesk.intake.table import Table

SHEETS_LOOKED_AT = 20
NAMED = 8
"""So many are named; of more the number is told."""

_TRAITS: dict[Trait, Text] = {
    "macros": Text("工作簿含有宏；宏不会被运行。", "The workbook holds macros; they are never run."),
    "links": Text(
        "工作簿链接了其他文件；不会打开那些文件，链接的单元格按上次保存的值读取。",
        "The workbook links to other files. They are not opened: linked cells are read as they were last saved.",
    ),
    "since_1904": Text(
        "工作簿的日期从 1904 年起算，已按此换算。",
        "The workbook counts its days from 1904; they were converted accordingly.",
    ),
}


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to know; `code` says of what kind it is."""

    code: str
    text: Text

    def as_json(self) -> dict[str, str]:
        """What is kept and given."""
        return {"code": self.code, **self.text.as_json()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Notice":
        """Read what `as_json` wrote."""
        return cls(data["code"], Text(data["zh"], data["en"]))


def notices_of(table: Table) -> tuple[Notice, ...]:
    """One notice for each kind of thing; hidden rows and columns are those of the table itself."""
    notices = [Notice(trait, text) for trait, text in _TRAITS.items() if trait in table.source.traits]
    if table.sheet.unvalued_count:
        notices.append(Notice("unvalued", _unvalued(table)))
    if hidden := table.hidden_sheets:
        listed = _listed(hidden)
        notices.append(Notice("hidden_sheets", Text(f"隐藏的工作表：{listed.zh}", f"Hidden sheets: {listed.en}")))
    if columns := _hidden_columns(table):
        notices.append(Notice("hidden_columns", _one_after_the_other("隐藏的列：", "Hidden columns: ", columns)))
    if rows := _hidden_rows(table):
        notices.append(Notice("hidden_rows", _one_after_the_other("隐藏的行：", "Hidden rows: ", rows)))
    return tuple(notices)


def _one_after_the_other(zh: str, en: str, parts: Sequence[Text]) -> Text:
    return Text(zh + "；".join(part.zh for part in parts), en + "; ".join(part.en for part in parts))


def _hidden_columns(table: Table) -> list[Text]:
    """The hidden columns of the accounts, then those of each visible sheet beside them."""
    names = table.header.names
    own = [f"{column_letters(place)} {names[place]}".strip() for place in table.hidden_columns]
    beside = [
        _of_sheet(sheet, _listed([column_letters(place) for place in columns]))
        for sheet, layout in _beside(table)
        if (columns := [place for place in sheet.hidden_columns if place < len(layout.header.names)])
    ]
    return [*([_listed(own)] if own else []), *beside]


def _hidden_rows(table: Table) -> list[Text]:
    """The hidden rows of the accounts, whose sheet is not named, then of each visible sheet beside them."""
    own = [_rows(table.hidden_rows)] if table.hidden_rows else []
    beside = [
        _of_sheet(sheet, _rows([row + 1 for row in rows]))
        for sheet, layout in _beside(table)
        if (rows := [row for row in sheet.hidden_rows if row >= layout.header.first_data])
    ]
    return own + beside


def _rows(rows: Sequence[int]) -> Text:
    listed = _listed([str(row) for row in rows])
    return Text(f"第 {listed.zh} 行", listed.en)


def _of_sheet(sheet: Sheet, what: Text) -> Text:
    return Text(f"「{sheet.name}」{what.zh}", f"“{sheet.name}” {what.en}")


def _beside(table: Table) -> Iterator[tuple[Sheet, Layout]]:
    """The visible sheets beside the accounts."""
    for name in table.sheets[:SHEETS_LOOKED_AT]:
        if name != table.sheet.name:
            try:
                layout = recognise(sheet := table.source.sheet(name))
            except Invalid:
                continue
            if isinstance(layout, Layout):
                yield sheet, layout


def _unvalued(table: Table) -> Text:
    sheet = table.sheet
    cells = [f"{column_letters(column)}{row + 1}" for row, column in sheet.unvalued]
    more = " …" if sheet.unvalued_count > len(cells) else ""
    return Text(
        f"{sheet.unvalued_count:,} 个公式没有保存计算结果，按空白读取：{'、'.join(cells)}{more}。"
        "请用 Excel 或 WPS 打开，保存后重新上传。",
        f"{sheet.unvalued_count:,} formulas were saved without their results and are read as blank: "
        f"{', '.join(cells)}{more}. Open the workbook in Excel or WPS, save it and upload it again.",
    )


def _listed(names: Sequence[str]) -> Text:
    more = "" if len(names) <= NAMED else f" … ({len(names):,})"
    return Text("、".join(names[:NAMED]) + more, ", ".join(names[:NAMED]) + more)
