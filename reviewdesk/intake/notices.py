"""What a person should know of a workbook beside its cells: hidden parts, macros that never run, values that are not
there. Said before it is loaded, and kept with the batch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reviewdesk.errors import Text
from reviewdesk.intake.mapping import column_letters
from reviewdesk.intake.reading.found import Trait
from reviewdesk.intake.table import Table

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
        notices.append(Notice("hidden_sheets", Text(f"隐藏的工作表：{listed}", f"Hidden sheets: {listed}")))
    if columns := table.hidden_columns:
        listed = _listed([f"{column_letters(place)} {table.header.names[place]}".strip() for place in columns])
        notices.append(Notice("hidden_columns", Text(f"隐藏的列：{listed}", f"Hidden columns: {listed}")))
    if rows := table.hidden_rows:
        listed = _listed([str(row) for row in rows])
        notices.append(Notice("hidden_rows", Text(f"隐藏的行：第 {listed} 行", f"Hidden rows: {listed}")))
    return tuple(notices)


def _unvalued(table: Table) -> Text:
    sheet = table.sheet
    cells = "、".join(f"{column_letters(column)}{row + 1}" for row, column in sheet.unvalued)
    more = " …" if sheet.unvalued_count > len(sheet.unvalued) else ""
    return Text(
        f"{sheet.unvalued_count:,} 个公式没有保存计算结果，按空白读取：{cells}{more}。"
        "请用 Excel 或 WPS 打开，保存后重新上传。",
        f"{sheet.unvalued_count:,} formulas were saved without their results and are read as blank: {cells}{more}. "
        "Open the workbook in Excel or WPS, save it and upload it again.",
    )


def _listed(names: Sequence[str]) -> str:
    shown = "、".join(names[:NAMED])
    return shown if len(names) <= NAMED else f"{shown} … ({len(names):,})"
