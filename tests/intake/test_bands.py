"""Long sheets are read band by band: their cells are what calamine makes of them, whoever wrote the file."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from reviewdesk.errors import Invalid
from reviewdesk.intake.reading import open_source
from reviewdesk.intake.reading.packing import unpack
from reviewdesk.intake.reading.workbooks import Workbook
from reviewdesk.intake.table import ReadAgain, open_table

SHEET = "xl/worksheets/sheet1.xml"
Read = tuple[list[list[Any]], dict[str, Any], bool]


def rows_of(path: Path, *, plain: bool) -> Read:
    """The rows of the first sheet and what else is told of it, and whether calamine was not needed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("reviewdesk.intake.reading.outline.FROM_BYTES", 0 if plain else 1 << 60)
        patch.setattr("reviewdesk.intake.reading.workbooks.LARGE_PART", 0)
        patch.setattr("reviewdesk.intake.reading.plain_sheets.FIRST_BYTES", 300)
        patch.setattr("reviewdesk.intake.reading.plain_sheets.BAND_BYTES", 900)
        patch.setattr("reviewdesk.intake.reading.strings._PIECE", 150)
        workbook = Workbook(path)
        sheet = workbook.sheet(workbook.names[0])
        rows = [row for _, block in sheet.blocks() for row in unpack(block)]
        return rows, sheet.facts, sheet._plain is not None


def trimmed(rows: list[list[Any]]) -> list[list[tuple[type, Any]]]:
    """Rows without empty cells at their ends, with the type of each cell: TRUE is not 1."""
    found = []
    for row in rows:
        cells = list(row)
        while cells and cells[-1] == "":
            cells.pop()
        found.append([(type(cell), cell) for cell in cells])
    while found and not found[-1]:
        found.pop()
    return found


def assert_same(path: Path, *, plain: bool | None = True) -> Read:
    """Read both ways and compare; `plain` says whether calamine may have been needed."""
    quick, slow = rows_of(path, plain=True), rows_of(path, plain=False)
    assert trimmed(quick[0]) == trimmed(slow[0])
    for name in ("merges", "hidden_rows", "hidden_columns", "unvalued", "unvalued_count"):
        assert quick[1][name] == slow[1][name], name
    assert plain is None or quick[2] == plain
    return quick


CELLS: list[Any] = [
    "张三",
    " 前后有空格 ",
    "\u3000全角空格\u3000",
    "a & b < c > d \"e\" 'f'",
    "多行\n文字\r\n与制表\t符",
    "_x0041_ 和 _x000D_",
    "引号“内”",
    "12,345.67",
    "",
    0,
    -0.0,
    1,
    -12.5,
    0.1 + 0.2,
    1e-7,
    123456789012345678,
    1.7976931348623157e308,
    True,
    False,
    date(2024, 2, 29),
    datetime.fromisoformat("2024-02-29T13:14:15"),
    time(23, 59, 58),
    timedelta(days=3, hours=5),
]


def by_openpyxl(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for number in range(40):
        sheet.append([number, *CELLS[number % 7 :]])
    sheet["C3"] = CellRichText("一", TextBlock(InlineFont(b=True), "二"))
    sheet["D50"] = "=1+1"
    sheet["D51"] = "#N/A"
    sheet["D51"].data_type = "e"
    for place, form in enumerate(("0.00%", "yyyy-mm-dd", "[h]:mm:ss", "m/d/yy h:mm", '"年"0', "mmm-yy", "General")):
        cell = sheet.cell(60 + place, 2, 45352.75)
        cell.number_format = form
    sheet["AZ70"] = "远"
    sheet.merge_cells("A5:A7")
    sheet.row_dimensions[9].hidden = True
    sheet.column_dimensions["C"].hidden = True
    book.save(path)


def by_xlsxwriter(path: Path, **options: Any) -> None:
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet("台账 & 明细")
        day, moment = book.add_format({"num_format": "yyyy/m/d"}), book.add_format({"num_format": "hh:mm"})
        for row in range(60):
            if row % 11 == 3:
                continue
            sheet.write(row, 0, f"HT{row:05d}")
            sheet.write(row, 1, row * 1.5)
            sheet.write(row, 2, 45000 + row, day)
            sheet.write(row, 3, row / 24, moment)
            sheet.write_boolean(row, 5, row % 2 == 0)
            sheet.write_formula(row, 6, f"=B{row + 1}*2", None, row * 3)
            sheet.write_formula(row, 7, f'="x"&A{row + 1}', None, f"x{row}")
            sheet.write_blank(row, 9, None, day)
            sheet.write(row, 10, CELLS[row % 6])


@pytest.mark.parametrize(
    "write",
    [
        by_openpyxl,
        by_xlsxwriter,
        lambda path: by_xlsxwriter(path, constant_memory=True),
        lambda path: by_xlsxwriter(path, date_1904=True),
    ],
    ids=["openpyxl", "xlsxwriter", "inline strings", "1904"],
)
def test_cells_are_what_calamine_makes_of_them(write: Callable[[Path], None], tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    write(path)
    rows, _, _ = assert_same(path, plain=None if write is by_openpyxl else True)
    assert len(rows) >= 40


@pytest.mark.parametrize("attribute", [b"date1904='1'", b'date1904 = "true"'])
def test_a_calendar_from_1904_is_known_however_it_is_written(attribute: bytes, tmp_path: Path) -> None:
    usual, path = tmp_path / "usual.xlsx", tmp_path / "list.xlsx"
    by_xlsxwriter(usual, date_1904=True)
    with zipfile.ZipFile(usual) as packed, zipfile.ZipFile(path, "w") as new:
        for name in packed.namelist():
            text = packed.read(name)
            new.writestr(name, text.replace(b'date1904="1"', attribute) if name == "xl/workbook.xml" else text)
    assert attribute in zipfile.ZipFile(path).read("xl/workbook.xml")
    rows, _, _ = assert_same(path)
    assert rows[1][2] == date(2027, 3, 17)


def written(body: str, folder: Path, strings: str = "") -> Path:
    """A workbook with a sheet written by hand."""
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "x")
        sheet.write(0, 1, 45000, book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write(0, 2, 45000, book.add_format({"num_format": "[h]:mm"}))
    path = folder / "hand.xlsx"
    with zipfile.ZipFile(data) as packed, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in packed.namelist():
            text = packed.read(name)
            if name == SHEET:
                text = re.sub(rb"<sheetData>.*</sheetData>", b"<sheetData>" + body.encode() + b"</sheetData>", text)
                text = re.sub(rb"<dimension[^>]*/>", b"", text)
            if name == "xl/sharedStrings.xml" and strings:
                main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
                text = f'<sst xmlns="{main}">{strings}</sst>'.encode()
            new.writestr(name, text)
    return path


ROWS = "".join(f'<row r="{row}"><c r="A{row}"><v>{row}</v></c></row>' for row in range(1, 30))
USUAL = [
    '<c r="B40" t="str"><v>a&amp;b</v></c>',
    '<c r="B40" t="str"><v> a_x000D_b </v></c>',
    '<c r="B40" t="str"><f>A1</f><v></v></c>',
    '<c r="B40"><v>1E5</v></c>',
    '<c r="B40"><v>.5</v></c>',
    '<c r="B40"><v>+7</v></c>',
    '<c r="B40"><v>abc</v></c>',
    '<c r="B40"><v> 12</v></c>',
    '<c r="B40"><v/></c>',
    '<c r="B40"><f>1+1</f></c>',
    '<c r="B40"><f t="shared" si="0"/><v>4</v></c>',
    '<c r="B40" t="b"><v>true</v></c>',
    '<c r="B40" t="d"><v>2024-01-02T03:04:05</v></c>',
    '<c r="B40" t="e"><f>A1:A9</f><v>#SPILL!</v></c><c r="C40" s="1" t="e"><v>#GETTING_DATA</v></c>',
    '<c r="B40" s="1"><v>45352.5</v></c>',
    '<c r="B40" s="1"><v>-3</v></c>',
    '<c r="B40" s="1"><v>440305199003074560</v></c><c r="C40" s="1"><v>1E+300</v></c>',
    '<c r="B40" s="2"><v>1380013800</v></c><c r="C40" s="2"><v>999999999</v></c><c r="D40" s="2"><v>1e9</v></c>',
    '<c r="B40" s="99"><v>3</v></c>',
    '<c r="B40" t="inlineStr"><is><t> a </t></is></c>',
    '<c r="B40" t="inlineStr"><is><t xml:space="preserve"> a </t></is></c>',
    '<c r="B40" t="inlineStr"><is><t/></is></c>',
    '<c r="B40" t="inlineStr"><v>q</v></c>',
    '<c r="B40" t="str"><is><t>q</t></is></c>',
    '<c r="B40" t="s"><v>0</v></c><c r="C40" t="s"><v>5</v></c>',
    '<c r="XFC40"><v>1</v></c>',
]


@pytest.mark.parametrize("cells", USUAL)
def test_single_odd_cells_are_asked_about(cells: str, tmp_path: Path) -> None:
    items = ["a", "", " b ", "c&lt;d", "e_x0041_", "。中文。"]
    strings = "".join(f"<si><t>{item}</t></si>" for item in items)
    assert_same(written(f'{ROWS}<row r="40">{cells}</row>', tmp_path, strings))


STRANGE = [
    '<c r="B40" t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r></is></c>',
    '<c s="1" r="B40"><v>3</v></c>',
    "<c><v>3</v></c>",
    '<c r="B40"> <v>3</v></c>',
    '<c r="B40"><!-- x --><v>3</v></c>',
    '<c r="B40"><v>1</v><v>2</v></c>',
    '<c r="B40" t="str"><v><![CDATA[x]]></v></c>',
    '<c r="B40"><v>3</v></c><c r="A40"><v>4</v></c>',
]


@pytest.mark.parametrize("cells", STRANGE)
def test_what_is_written_strangely_is_left_to_calamine_from_there_on(cells: str, tmp_path: Path) -> None:
    assert_same(
        written(f'{ROWS}<row r="40">{cells}</row><row r="41"><c r="A41"><v>9</v></c></row>', tmp_path), plain=False
    )


@pytest.mark.parametrize(
    "item",
    ["<si><t>一</t><rPh sb='0' eb='1'><t>yi</t></rPh></si>", "<si><r><t>一</t></r><r><t> 二</t></r></si>", "<si></si>"],
)
def test_shared_strings_of_several_parts(item: str, tmp_path: Path) -> None:
    body = f'{ROWS}<row r="40"><c r="A40" t="s"><v>0</v></c><c r="B40" t="s"><v>1</v></c></row>'
    assert_same(written(body, tmp_path, f"<si><t>x</t></si>{item}"))


@pytest.mark.parametrize("numbers", [[0, 59], [59, 0], [30, 30], [7]])
def test_shared_strings_are_read_as_far_as_rows_refer_to_them(numbers: list[int], tmp_path: Path) -> None:
    strings = "".join(f"<si><t>第 {number} 个</t></si>" for number in range(60))
    rows = [f'<row r="{row}"><c r="A{row}" t="s"><v>{one}</v></c></row>' for row, one in enumerate(numbers, 40)]
    assert_same(written(ROWS + "".join(rows), tmp_path, strings))


@pytest.mark.parametrize("end", ["<si>", "<!-- x -->", "<si><t>y</t></si><si/>"])
def test_shared_strings_that_end_strangely_are_left_to_calamine(end: str, tmp_path: Path) -> None:
    body = f'{ROWS}<row r="40"><c r="A40" t="s"><v>0</v></c></row>'
    path = written(body, tmp_path, "".join("<si><t>x</t></si>" for _ in range(60)) + end)
    try:
        slow = rows_of(path, plain=False)
    except Invalid:
        with pytest.raises(Invalid):
            rows_of(path, plain=True)
    else:
        assert trimmed(rows_of(path, plain=True)[0]) == trimmed(slow[0])


def test_damage_behind_the_strings_that_rows_refer_to_is_noticed(tmp_path: Path) -> None:
    body = f'{ROWS}<row r="40"><c r="A40" t="s"><v>0</v></c></row>'
    path = written(body, tmp_path, "".join(f"<si><t>{number}</t></si>" for number in range(3_000)))
    with zipfile.ZipFile(path) as packed:
        part = packed.getinfo("xl/sharedStrings.xml")
    content = bytearray(path.read_bytes())
    last = part.header_offset + 30 + len(part.filename) + part.compress_size - 20
    content[last] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(Invalid):
        rows_of(path, plain=True)


@pytest.mark.parametrize("prefix", ["x", "ns2"])
def test_elements_with_a_prefix(prefix: str, tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    by_xlsxwriter(path)
    parts = {}
    with zipfile.ZipFile(path) as packed:
        for name in packed.namelist():
            text = packed.read(name).decode()
            if name in (SHEET, "xl/sharedStrings.xml"):
                text = re.sub(r"<(/?)(\w)", rf"<\1{prefix}:\2", text).replace("xmlns=", f"xmlns:{prefix}=", 1)
            parts[name] = text
    with zipfile.ZipFile(path, "w") as new:
        for name, text in parts.items():
            new.writestr(name, text)
    rows, _, _ = assert_same(path)
    assert rows[2][0] == "HT00002"


def test_rows_far_apart(tmp_path: Path) -> None:
    body = f'{ROWS}<row r="60000"><c r="C60000"><v>1</v></c></row><row r="60001"><c r="A60001"><v>2</v></c></row>'
    rows, _, _ = assert_same(written(body, tmp_path))
    assert (len(rows), rows[59_999][2], rows[60_000][0]) == (60_001, 1, 2)


PIECES = st.lists(
    st.sampled_from(
        [*USUAL, *STRANGE, "<c r='B40'><v>1</v></c>", "</row><row r='41'>", "&", "<", ">", "<c", "</c>", "x"]
    ),
    max_size=4,
)


@given(pieces=PIECES)
def test_whatever_is_in_a_row_is_read_alike_or_refused_alike(
    pieces: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = written(f'{ROWS}<row r="40">{"".join(pieces)}</row>', tmp_path_factory.mktemp("pieces"))
    found = []
    for plain in (True, False):
        try:
            found.append(trimmed(rows_of(path, plain=plain)[0]))
        except Exception as error:
            found.append([[(type(error), str(error))]])
    assert found[0] == found[1]


# --- as the process of its own gives them ----------------------------------------------------------------------------

HEADERS = ["借据号", "姓名", "身份证号", "未还本金", "机构类型"]
COUNT = 30_000


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("long") / "long.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("台账")
        sheet.write_row(0, 0, HEADERS)
        for row in range(1, COUNT + 1):
            sheet.write_row(row, 0, [f"HT{row:08d}", "张三", "11010519491231002X", row, "银行" if row != 21 else ""])
        sheet.set_row(7, None, None, {"hidden": True})
        sheet.merge_range("E21:E22", "银行")
    return path


def test_a_long_sheet_is_only_begun_until_more_is_asked_for(long: Path) -> None:
    sheet = open_source(long).sheet("台账")
    assert sheet.is_long
    assert sheet.rough_rows == COUNT + 1
    assert sheet.rows[:2] == [HEADERS, ["HT00000001", "张三", "11010519491231002X", 1.0, "银行"]]
    assert sheet.rows._store.size < COUNT / 10
    assert list(sheet.hidden_rows) == [7]
    assert sheet.rows._store.size < COUNT / 10
    assert sheet.rows[COUNT][3] == COUNT
    assert len(sheet.rows) == COUNT + 1


def test_rows_are_handed_on_once_and_can_be_had_again(long: Path) -> None:
    sheet = open_source(long).sheet("台账")
    firsts = [(first, len(rows)) for first, rows in sheet.rows.on(1)]
    assert sum(count for _, count in firsts) == COUNT
    assert [first for first, _ in firsts[1:]] == [first + count for first, count in firsts[:-1]]
    assert not sheet.rows.are_kept
    assert sheet.rows[25_000][0] == "HT00025000"
    assert sheet.rows.are_kept


def test_cells_merged_over_rows_make_a_long_sheet_be_read_again(long: Path) -> None:
    table = open_table(long)
    mapping = table.suggested_mapping()
    with pytest.raises(ReadAgain):
        list(table.chunks(mapping))
    table.fill_merged()
    kinds = [kind for chunk in table.chunks(mapping) for kind in chunk.columns["lender_kind"]]
    assert kinds == ["bank"] * COUNT
