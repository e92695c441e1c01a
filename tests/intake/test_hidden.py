"""What a person does not see in a workbook is named before it is loaded."""

import zipfile
from pathlib import Path

import openpyxl

from reviewdesk.intake.looking import Look, take_look

HEADERS = ["借据号", "姓名", "身份证号", "未还本金"]


def test_hidden_parts_and_macros_are_named(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(HEADERS)
    for number in range(3):
        sheet.append([f"A{number}", "张三", "11010519491231002X", 5])
    sheet.column_dimensions["D"].hidden = True
    sheet.row_dimensions[3].hidden = True
    book.create_sheet("旧台账").sheet_state = "hidden"
    path = tmp_path / "list.xlsm"
    book.save(path)
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr("xl/vbaProject.bin", b"never run")
    look = take_look(path)
    assert [note.zh for note in look.notes] == [
        "工作簿含有宏；宏不会被运行。",
        "隐藏的工作表：旧台账。",
        "隐藏的列也会读取：D 未还本金。",
        "隐藏的行也会导入：第 3 行。",
    ]
    assert Look.from_json(look.to_json()).notes == look.notes


def test_of_an_open_workbook_nothing_is_said(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(HEADERS)
    book.active.append(["A1", "张三", "11010519491231002X", 5])
    book.save(tmp_path / "list.xlsx")
    assert take_look(tmp_path / "list.xlsx").notes == ()
