"""What a person does not see when opening a workbook, said before it is loaded: hidden parts, and macros."""

from collections.abc import Sequence

from reviewdesk.errors import Text
from reviewdesk.intake.mapping import column_letters
from reviewdesk.intake.table import Table

NAMED = 8
"""So many are named; of more the number is told."""


def notes_of(table: Table) -> tuple[Text, ...]:
    """One sentence for each kind of thing; hidden rows and columns are those of the table itself."""
    source, sheet = table.source, table.sheet
    hidden_sheets = [name for name in source.sheet_names if name not in source.visible_names]
    columns = [column for column in sheet.hidden_columns if column < len(table.header.names)]
    rows = [row for row in sheet.hidden_rows if table.header.first_data <= row < len(sheet.rows)]
    notes = []
    if source.has_macros:
        notes.append(Text("工作簿含有宏；宏不会被运行。", "The workbook holds macros; they are never run."))
    if hidden_sheets:
        listed = _listed(hidden_sheets)
        notes.append(Text(f"隐藏的工作表：{listed}。", f"Hidden sheets: {listed}."))
    if columns:
        listed = _listed([f"{column_letters(place)} {table.header.names[place]}".strip() for place in columns])
        notes.append(Text(f"隐藏的列也会读取：{listed}。", f"Hidden columns are read too: {listed}."))
    if rows:
        listed = _listed([str(row + 1) for row in rows])
        notes.append(Text(f"隐藏的行也会导入：第 {listed} 行。", f"Hidden rows are loaded too: {listed}."))
    return tuple(notes)


def _listed(names: Sequence[str]) -> str:
    shown = "、".join(names[:NAMED])
    return shown if len(names) <= NAMED else f"{shown} … ({len(names)})"
