"""Files become rows with Excel's row numbers, or one clear error."""

import contextlib
import tempfile
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewdesk.errors import Invalid
from reviewdesk.intake.reading import open_source
from reviewdesk.intake.reading.child import open_file, sheet_messages
from reviewdesk.intake.reading.packing import unpack
from reviewdesk.intake.reading.texts import decode
from reviewdesk.intake.table import open_table

TEXT = """借据号,姓名,身份证号,未还本金,备注
A1,张三,11010519491231002X,"12,345.67","多行
备注"
A2,李四,440106199003072349,¥1000,
"""
ENCRYPTED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")


def code_of(open_it: Callable[[], object]) -> str:
    with pytest.raises(Invalid) as caught:
        open_it()
    assert caught.value.text.zh
    assert caught.value.text.en
    assert "\n" not in caught.value.text.en
    return caught.value.code


def saved(book: openpyxl.Workbook, folder: Path, name: str = "list.xlsx") -> Path:
    path = folder / name
    book.save(path)
    return path


def test_rows_keep_the_numbers_that_excel_shows(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["C4"] = "借据号"
    sheet["C6"] = "A1"
    rows = open_source(saved(book, tmp_path)).sheet("Sheet").rows
    assert rows[3][2] == "借据号"
    assert rows[5][2] == "A1"
    assert rows[4][2] == ""


def test_cells_come_as_what_they_are(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append([date(2024, 3, 1), 0.24, "文字", True, 440305199003074576])
    sheet["B1"].number_format = "0.00%"
    row = open_source(saved(book, tmp_path)).sheet("Sheet").rows[0]
    assert row[:4] == [date(2024, 3, 1), 0.24, "文字", True]
    assert row[4] == pytest.approx(4.40305199003075e17)


def test_failed_formulas_are_not_lost(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "台账 & 明细"
    sheet.append(["借据号", "本金"])
    sheet.append(["A1", "#REF!"])
    sheet["B2"].data_type = "e"
    assert open_source(saved(book, tmp_path)).sheet("台账 & 明细").rows[1] == ["A1", "#REF!"]


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("gb18030"),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        TEXT.replace("\n", "\r\n").encode("gb18030"),
        ("sep=,\n" + TEXT).encode(),
        (TEXT + "\x1a").encode(),
    ],
    ids=["utf-8", "bom", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "crlf", "sep", "ctrl-z"],
)
def test_a_text_table_in_any_encoding(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(data)
    rows = open_source(path).sheet("list").rows
    assert rows[0] == ["借据号", "姓名", "身份证号", "未还本金", "备注"]
    assert rows[1][:4] == ["A1", "张三", "11010519491231002X", "12,345.67"]
    assert rows[2][3] == "¥1000"


@pytest.mark.parametrize("separator", [",", "\t", ";", "|"])
def test_a_text_table_with_any_separator(tmp_path: Path, separator: str) -> None:
    path = tmp_path / "list.txt"
    path.write_text(separator.join(("借据号", "姓名", "本金")) + "\n" + separator.join(("A1", "张三", "1.2万")) + "\n")
    assert open_source(path).sheet("list").rows[1] == ["A1", "张三", "1.2万"]


@pytest.mark.parametrize(
    "text",
    [
        "号,身份证\nA1\t,\t11010519491231002X\nA2\t,\t440305199003074576\n",
        "号,地址\nA1,甲|乙|丙\nA2,丁|戊|己\n",
        '号,地址\nA1, "甲，乙"\nA2,丙"丁\n',
        "号^地址\nA1^甲\nA2^乙\n",
        "\ufeff\ufeff号;金额\nA1;1,5\nA2;2,5\n",
        "号,姓名\n" + "A1,𠮷㐀\n" * 30,
    ],
)
def test_the_separator_of_the_header_is_that_of_the_table(tmp_path: Path, text: str) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(text.encode("utf-8" if "\ufeff" in text else "gb18030"))
    rows = list(open_source(path).sheet("list").rows)
    assert {len(row) for row in rows} == {2}
    assert rows[0][0] == "号"
    assert str(rows[1][0]).strip() == "A1"


@pytest.mark.parametrize(
    ("data", "line"),
    [
        ('号,姓名,地址,金额\nA1,甲,乙,1\nA2,"丙,乙,2\nA3,丁,乙,3\nA4,"戊",乙,4\n'.encode(), 3),
        ('号,姓名\nA1,"甲\nA2,乙\n'.encode(), 2),
        ("号,姓名\nA1,甲\n".encode() + "A2,乙\n".encode("gbk"), 3),
        ("号,姓名\nA1,甲\n".encode("gbk") + b"A2,\xff\xff\n", 3),
    ],
)
def test_what_spoils_a_text_table_is_told_with_its_line(tmp_path: Path, data: bytes, line: int) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(data)
    with pytest.raises(Invalid) as caught:
        list(open_source(path).sheet("list").rows)
    assert f"第 {line} 行" in caught.value.text.zh
    assert f"line {line}" in caught.value.text.en


def test_blank_lines_of_a_text_table_count() -> None:
    assert decode(b"\xef\xbb\xbfa") == "a"
    assert decode("，".encode("gb18030")) == "，"


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("empty.xlsx", b"", "file.empty"),
        ("blank.csv", b"\n \n", "file.empty"),
        ("letter.xlsx", b"%PDF-1.7 and so on", "file.not_a_workbook"),
        ("photo.xlsx", b"\x89PNG\r\n\x1a\n", "file.not_a_workbook"),
        ("page.xls", b"<html><table><tr><td>1</td></tr></table></html>", "file.html"),
        ("broken.xlsx", b"PK\x03\x04 and nothing more", "file.damaged"),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(6000), "file.damaged"),
        (
            "secret.xlsx",
            b"\xd0\xcf\x11\xe0" + b"\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "file.encrypted",
        ),
        ("noise.csv", bytes(range(256)) * 40, "file.encoding"),
        ("controls.csv", b"\x01\x02\x03\x04\x05\x06\x07\x08\x0e\x0f" * 20, "file.not_a_workbook"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(tmp_path: Path, name: str, data: bytes, code: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert code_of(lambda: open_table(path)) == code


def test_a_truncated_workbook_is_damaged(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["借据号", "姓名"])
    path = saved(book, tmp_path)
    path.write_bytes(path.read_bytes()[:-400])
    assert code_of(lambda: open_table(path)) == "file.damaged"


def test_a_zip_that_is_no_workbook(tmp_path: Path) -> None:
    path = tmp_path / "files.xlsx"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("note.txt", "hello")
    assert code_of(lambda: open_table(path)) == "file.not_a_workbook"


def test_a_file_or_sheet_that_is_not_there(tmp_path: Path) -> None:
    assert code_of(lambda: open_table(tmp_path / "none.xlsx")) == "file.absent"
    book = openpyxl.Workbook()
    path = saved(book, tmp_path)
    with pytest.raises(Invalid) as caught:
        open_table(path, "账户")
    assert caught.value.code == "sheet.absent"
    assert "Sheet" in caught.value.text.zh
    assert code_of(lambda: open_table(path)) == "file.empty"


def test_a_sheet_without_a_header(tmp_path: Path) -> None:
    path = tmp_path / "numbers.csv"
    path.write_text("1,2,3\n4,5,6\n")
    assert code_of(lambda: open_table(path)) == "header.not_found"


def test_a_sheet_that_spans_too_much_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviewdesk.intake.reading.workbooks.MAX_CELLS", 10)
    book = openpyxl.Workbook()
    book.active["Z50"] = 1
    assert code_of(lambda: list(open_file(saved(book, tmp_path)).sheet("Sheet").blocks())) == "sheet.too_large"


def test_the_accounts_are_found_among_several_sheets(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "说明"
    book.active.append(["本工作簿共两张表"])
    accounts = book.create_sheet("台账")
    accounts.append(["借据号", "借款人姓名", "身份证号码", "剩余本金", "年利率", "放款日期"])
    accounts.append(["A1", "张三", "11010519491231002X", 100, "24%", "2024-03-01"])
    payments = book.create_sheet("还款明细")
    payments.append(["借据号", "还款日期", "还款金额"])
    hidden = book.create_sheet("旧台账")
    hidden.append(["借据号", "借款人姓名", "身份证号码", "剩余本金", "年利率", "放款日期", "期数"])
    hidden.sheet_state = "hidden"
    table = open_table(saved(book, tmp_path))
    assert table.sheet.name == "台账"
    assert table.first_row == 2


def test_a_stray_cell_in_the_last_corner_is_refused_before_room_is_made_for_it(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["借据号", "姓名"])
    book.active.cell(1048576, 16384, "x")
    with pytest.raises(Invalid) as caught:
        open_table(saved(book, tmp_path))
    assert caught.value.code == "sheet.too_large"
    assert "1,048,576" in caught.value.text.en


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small workbook whose parts are not compressed, so that a changed byte changes what a part says."""
    book = openpyxl.Workbook()
    for row in (["借据号", "姓名", "身份证号", "未还本金"], ["A1", "张三", "11010519491231002X", 5.5]):
        book.active.append(row)
    path = saved(book, tmp_path_factory.mktemp("sound"))
    loose = path.with_name("loose.xlsx")
    with zipfile.ZipFile(path) as packed, zipfile.ZipFile(loose, "w", zipfile.ZIP_STORED) as unpacked:
        for name in packed.namelist():
            unpacked.writestr(name, packed.read(name))
    return loose.read_bytes()


@given(st.lists(st.tuples(st.integers(0, 10**6), st.binary(max_size=6)), min_size=1, max_size=5))
def test_a_workbook_with_changed_bytes_is_read_or_refused(sound: bytes, changes: list[tuple[int, bytes]]) -> None:
    data = bytearray(sound)
    for place, piece in changes:
        at = place % len(data)
        data[at : at + len(piece)] = piece
    read_or_refuse(bytes(data))


@given(st.one_of(st.binary(max_size=400), st.text(max_size=200).map(str.encode)))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    read_or_refuse(data)


def read_or_refuse(data: bytes) -> None:
    """Read every sheet in this process, for speed: what the reading process does for `open_source`."""
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as file:
        file.write(data)
        file.flush()
        with contextlib.suppress(Invalid):
            opened = open_file(Path(file.name))
            for name in opened.names:
                for kind, *content in sheet_messages(opened, name):
                    if kind == "rows":
                        count, block = content
                        assert len(unpack(block)) == count


def test_a_cell_merged_over_rows_speaks_for_each_unless_it_is_an_amount(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["拟诉清单"],
        ["借据号", "姓名", "身份证号", "未还本金", "机构类型"],
        ["A1", "张三", "11010519491231002X", 100, "银行"],
        ["A2", None, None, None, None],
    ):
        sheet.append(row)
    for area in ("A1:E1", "B3:B4", "C3:C4", "D3:D4", "E3:E4"):
        sheet.merge_cells(area)
    table = open_table(saved(book, tmp_path))
    assert table.data[1] == ["A2", "张三", "11010519491231002X", "", "银行"]
    assert table.header.names[0] == "借据号"
