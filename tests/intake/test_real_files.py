"""Files as programs really write them: each gives the same normalised rows, or one clear error."""

import io
import re
import struct
import zipfile
from collections.abc import Callable
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from reviewdesk.intake.hidden import Hidden
from reviewdesk.intake.notices import notices_of
from reviewdesk.intake.reading import open_source
from reviewdesk.intake.table import Table, open_table
from tests.intake import xls, xlsb
from tests.intake.files.make import BESIDE, HEADERS, ROWS

FILES = Path(__file__).parent / "files"

Row = tuple[int, dict[str, Any], list[str]]

RIGHT: list[Row] = [
    (
        4,
        {
            "account_no": "LO0001", "borrower_name": "张三", "id_no": "11010519491231002X", "mobile": "13800138000",
            "disbursed_on": "2024-03-01", "annual_rate": "0.24", "principal": 1_200_000,
            "outstanding_principal": 1_000_050, "total_claimed": 1_020_075, "days_overdue": 120, "student": False,
        },
        [],
    ),
    (
        5,
        {
            "account_no": "LO0002", "borrower_name": "欧阳晨曦", "id_no": "440524188001010014", "mobile": "13900139000",
            "disbursed_on": "2023-12-31", "annual_rate": "0.155", "principal": 800_000,
            "outstanding_principal": 800_000, "total_claimed": 800_100, "days_overdue": 95, "student": True,
        },
        [],
    ),
    (
        6,
        {
            "account_no": "LO0003", "borrower_name": "李四", "id_no": "440305199003074576", "mobile": "13700137000",
            "disbursed_on": "2024-02-29", "annual_rate": "0.18", "principal": 500_000,
            "total_claimed": 510_000, "days_overdue": 95, "student": False,
        },
        ["cell.error H6"],
    ),
    (
        7,
        {
            "account_no": "LO0004", "borrower_name": "王五", "id_no": "510107200612311237",
            "disbursed_on": "2024-05-01", "annual_rate": "0.18", "principal": 1_200_000,
            "outstanding_principal": 900_000, "total_claimed": 950_000, "days_overdue": 100, "student": False,
        },
        [],
    ),
]  # fmt: skip


def rows_of(table: Table) -> list[Row]:
    """The rows as they are normalised under what the headers suggest, with their errors by cell."""
    return [
        (row, facts, [f"{error.code} {error.cell}" for error in errors])
        for chunk in table.chunks(table.suggested_mapping())
        for row, facts, errors in chunk.records()
    ]


def opened(folder: Path, data: bytes, name: str = "list.xlsx") -> Table:
    path = folder / name
    path.write_bytes(data)
    return open_table(path)


# --- LibreOffice -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods", "csv"])
def test_files_by_libreoffice(kind: str) -> None:
    assert rows_of(open_table(FILES / f"libreoffice.{kind}")) == RIGHT


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_what_libreoffice_hid_is_found_and_can_be_left_out(kind: str) -> None:
    table = open_table(FILES / f"libreoffice.{kind}")
    assert [notice.code for notice in notices_of(table)] == ["hidden_sheets", "hidden_columns", "hidden_rows"]
    assert (table.hidden_columns, table.hidden_rows, table.hidden_sheets) == ((9,), (5,), ("还款明细",))
    hidden = Hidden("leave", "leave", "take")
    chunks = list(table.chunks(table.suggested_mapping(), hidden=hidden))
    assert [row for chunk in chunks for row in chunk.rows] == [4, 6, 7]
    paid = table.side_sheets(hidden).of("repayments", "LO0001")
    assert paid == [{"row": 2, "paid_on": "2024-06-01", "amount": 50_000}]


# --- xlsb ------------------------------------------------------------------------------------------------------------

TOTAL = {"LO0001": 10200.75, "LO0002": 8001}


def plain_rows() -> list[list[Any]]:
    """The sheet that all files hold, with what its formulas come to."""
    rows = []
    for row in ROWS:
        cells = list(row)
        cells[7] = "#DIV/0!" if cells[7] == "=1/0" else cells[7]
        cells[8] = TOTAL.get(cells[0], cells[8])
        rows.append(cells)
    return [["2024年11月委案清单"], ["单位：元"], list(HEADERS), *rows, ["合计", *[None] * 6, 18000.5]]


def test_xlsb(tmp_path: Path) -> None:
    table = opened(tmp_path, xlsb.workbook(plain_rows(), hidden_rows=[4], hidden_columns=[9]), "list.xlsb")
    assert rows_of(table) == RIGHT
    assert (table.hidden_columns, table.hidden_rows) == ((9,), (5,))


def test_xlsb_with_days_from_1904(tmp_path: Path) -> None:
    table = opened(tmp_path, xlsb.workbook(plain_rows(), since_1904=True), "list.xlsb")
    assert "since_1904" in {notice.code for notice in notices_of(table)}


def test_xlsb_with_a_macro_sheet(tmp_path: Path) -> None:
    assert rows_of(opened(tmp_path, xlsb.workbook(plain_rows(), macro_sheet="Macro1"), "list.xlsb")) == RIGHT


# --- xls -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", [1252, 936], ids=["by JExcelApi", "of China"])
def test_xls_with_a_code_page_that_says_nothing(page: int, tmp_path: Path) -> None:
    data = xls.changed(lambda kind, old: (kind, struct.pack("<H", page) if kind == xls.CODE_PAGE else old))
    assert rows_of(opened(tmp_path, data, "list.xls")) == RIGHT


def test_xls_with_a_theme(tmp_path: Path) -> None:
    theme = io.BytesIO()
    with zipfile.ZipFile(theme, "w") as packed:
        packed.writestr("theme/theme1.xml", "<theme/>")
    table = opened(tmp_path, xls.SOUND + theme.getvalue(), "list.xls")
    assert rows_of(table) == RIGHT
    assert table.hidden_columns == (9,)


def test_xls_with_formulas_as_numbers_writes_them(tmp_path: Path) -> None:
    data = xls.changed(
        lambda kind, old: (xls.OLD_FORMULA if kind == xls.FORMULA and old[12:14] != b"\xff\xff" else kind, old)
    )
    assert rows_of(opened(tmp_path, data, "list.xls")) == RIGHT


@pytest.mark.parametrize(
    ("page", "encoding", "days"),
    [(936, "gbk", 45352), (950, "big5", 45352), (None, "gbk", 45352), (936, "gbk", 440305199003074560)],
    ids=["GBK", "Big5", "no code page", "a number that no calendar has"],
)
def test_xls_by_excel_95(page: int | None, encoding: str, days: float, tmp_path: Path) -> None:
    path = tmp_path / "old.xls"
    path.write_bytes(xls.biff5("明細", [["借據號", "姓名", "放款日期"], ["A1", "李四", days]], page, encoding))
    source = open_source(path)
    assert source.sheet_names == ["明細"]
    day = date(2024, 3, 1) if days < 1e6 else days
    assert list(source.sheet("明細").rows) == [["借據號", "姓名", "放款日期"], ["A1", "李四", day]]


# --- ods -------------------------------------------------------------------------------------------------------------


def test_an_open_document_with_blanks_between_its_elements(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(FILES / "libreoffice.ods") as packed, zipfile.ZipFile(out, "w") as new:
        for name in packed.namelist():
            if name != "mimetype":
                new.writestr(name, packed.read(name).replace(b"><table:", b">\n  <table:"))
    table = opened(tmp_path, out.getvalue(), "list.ods")
    assert (rows_of(table), table.hidden_columns, table.hidden_rows) == (RIGHT, (9,), (5,))


# --- .xlsx as other programs write it --------------------------------------------------------------------------------

NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_OOXML = "application/vnd.openxmlformats-officedocument.spreadsheetml"
CONTENT_TYPES = f"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/xl/workbook.xml" ContentType="{_OOXML}.sheet.main+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_OOXML}.worksheet+xml"/>
</Types>"""
RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
RELATION = '<Relationship Id="{}" Type="' + OFFICE + '/{}" Target="{}"/>'
STYLES = f"""<styleSheet xmlns="{NAMESPACE}"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills>
<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>
<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>"""

Cell = Callable[[str, Any], str]


def letters(column: int) -> str:
    return chr(65 + column)


def serial(day: date) -> int:
    return (day - date(1899, 12, 30)).days


def number_cell(place: str, value: Any) -> str:
    """A cell that is no text."""
    at = f' r="{place}"' if place else ""
    if isinstance(value, date):
        return f'<c{at} s="1"><v>{serial(value)}</v></c>'
    if value == "#DIV/0!":
        return f'<c{at} t="e"><f>1/0</f><v>{value}</v></c>'
    return f"<c{at}><v>{value}</v></c>"


def is_text(value: Any) -> bool:
    return isinstance(value, str) and value != "#DIV/0!"


def inline(place: str, value: Any) -> str:
    """Texts in the cells themselves, as Google Sheets' exporters and many programs write them."""
    if not is_text(value):
        return number_cell(place, value)
    at = f' r="{place}"' if place else ""
    return f'<c{at} t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'


def iso(place: str, value: Any) -> str:
    """Days as ISO text."""
    if isinstance(value, date):
        return f'<c r="{place}" t="d"><v>{value.isoformat()}</v></c>'
    return inline(place, value)


def of_formula(place: str, value: Any) -> str:
    """Texts as what a formula came to."""
    if not is_text(value):
        return number_cell(place, value)
    return f'<c r="{place}" t="str"><f>T("x")</f><v>{escape(value)}</v></c>'


def sheet_of(cell: Cell, *, places: bool = True, prefix: str = "", dimension: str = "") -> str:
    """The sheet's text."""
    lines = []
    for number, cells in enumerate(plain_rows(), 1):
        made = [
            cell(f"{letters(column)}{number}" if places else "", value)
            if value is not None
            else ("" if places else "<c/>")
            for column, value in enumerate(cells)
        ]
        lines.append(f"<row{f' r={chr(34)}{number}{chr(34)}' if places else ''}>{''.join(made)}</row>")
    text = f"<sheetData>{''.join(lines)}</sheetData>"
    if prefix:
        text = re.sub(r"<(/?)(\w)", rf"<\1{prefix}:\2", text)
        return f'<{prefix}:worksheet xmlns:{prefix}="{NAMESPACE}">{text}</{prefix}:worksheet>'
    return f'<worksheet xmlns="{NAMESPACE}">{dimension}{text}</worksheet>'


def package(sheet: str, *, styles: bool = True, shared: str | None = None, target: str = "worksheets/sheet1.xml",
            mark: str = "", slash: str = "/", relations: str = "r", others: str = "",
            related_others: str = "", encoding: str = "utf-8") -> bytes:  # fmt: skip
    """A workbook of one sheet, before which there may be others of other kinds."""
    out = io.BytesIO()
    related = RELATION.format("rId1", "worksheet", target)
    parts = {
        "[Content_Types].xml": CONTENT_TYPES,
        "_rels/.rels": RELATIONS.format(RELATION.format("rId1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{NAMESPACE}" xmlns:{relations}="{OFFICE}"><sheets>'
        f'{others}<sheet name="Sheet1" sheetId="1" {relations}:id="rId1"/></sheets></workbook>',
        "xl/worksheets/sheet1.xml": mark + sheet,
    }
    if styles:
        parts["xl/styles.xml"] = STYLES
        related += RELATION.format("rId2", "styles", "styles.xml")
    if shared is not None:
        parts["xl/sharedStrings.xml"] = shared
        related += RELATION.format("rId3", "sharedStrings", "sharedStrings.xml")
    parts["xl/_rels/workbook.xml.rels"] = RELATIONS.format(related + related_others)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name.replace("/", slash), content.encode(encoding))
    return out.getvalue()


class Shared:
    """Shared strings, each written by `write`."""

    def __init__(self, write: Callable[[str], str]) -> None:
        self.texts: dict[str, int] = {}
        self._write = write

    def cell(self, place: str, value: Any) -> str:
        if not is_text(value):
            return number_cell(place, value)
        return f'<c r="{place}" t="s"><v>{self.texts.setdefault(value, len(self.texts))}</v></c>'

    def table(self) -> str:
        return f'<sst xmlns="{NAMESPACE}">{"".join(f"<si>{self._write(text)}</si>" for text in self.texts)}</sst>'


def shared(write: Callable[[str], str]) -> bytes:
    strings = Shared(write)
    sheet = sheet_of(strings.cell)
    return package(sheet, shared=strings.table())


def phonetic(text: str) -> str:
    """How WPS and Japanese Excel say a text is read."""
    return f'<t>{escape(text)}</t><rPh sb="0" eb="1"><t>ヨミ</t></rPh><phoneticPr fontId="1"/>'


def rich(text: str) -> str:
    """A text in two fonts, with its blanks at the seam."""
    half = len(text) // 2
    first, second = escape(text[:half]), escape(text[half:])
    space = 'xml:space="preserve"'
    return f"<r><rPr><b/></rPr><t {space}>{first}</t></r><r><t {space}>{second}</t></r>"


def strict() -> bytes:
    data = package(sheet_of(inline), styles=True)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as packed, zipfile.ZipFile(out, "w") as new:
        for name in packed.namelist():
            text = packed.read(name).decode().replace(NAMESPACE, "http://purl.oclc.org/ooxml/spreadsheetml/main")
            new.writestr(name, text.replace(OFFICE, "http://purl.oclc.org/ooxml/officeDocument/relationships"))
    return out.getvalue()


class Streamed(io.BytesIO):
    """A file that cannot be gone back in, for which a zip writes its sizes after each part."""

    def seekable(self) -> bool:
        return False

    def tell(self) -> int:
        raise OSError("no place is known")


def streamed() -> bytes:
    out = Streamed()
    with zipfile.ZipFile(io.BytesIO(package(sheet_of(inline)))) as packed, zipfile.ZipFile(out, "w") as new:
        for name in packed.namelist():
            new.writestr(name, packed.read(name))
    return out.getvalue()


VARIANTS: dict[str, Callable[[], bytes]] = {
    "texts in the cells": lambda: package(sheet_of(inline)),
    "no places said": lambda: package(sheet_of(inline, places=False)),
    "a dimension of one cell": lambda: package(sheet_of(inline, dimension='<dimension ref="A1"/>')),
    "a dimension of more": lambda: package(sheet_of(inline, dimension='<dimension ref="A1:Z4000"/>')),
    "texts by formulas": lambda: package(sheet_of(of_formula)),
    "a prefix before every element": lambda: package(sheet_of(inline, prefix="x")),
    "days as ISO text": lambda: package(sheet_of(iso), styles=False),
    "shared texts": lambda: shared(lambda text: f"<t>{escape(text)}</t>"),
    "shared texts with their reading": lambda: shared(phonetic),
    "shared texts in two fonts": lambda: shared(rich),
    "a target from the root": lambda: package(sheet_of(inline), target="/xl/worksheets/sheet1.xml"),
    "a byte order mark": lambda: package(sheet_of(inline), mark="\ufeff<?xml version='1.0' encoding='UTF-8'?>"),
    "backslashes between folders": lambda: package(sheet_of(inline), slash="\\"),
    "another prefix of relations": lambda: package(sheet_of(inline), relations="d3p1"),
    "strict Open XML": strict,
    "sizes after the parts": streamed,
    "texts in UTF-16": lambda: package(sheet_of(inline), encoding="utf-16"),
    "blanks between the elements": lambda: package(sheet_of(inline).replace("><", ">\n  <")),
    "single quotes": lambda: package(sheet_of(inline).replace('"', "'")),
    "a dimension of the whole sheet": lambda: package(
        sheet_of(inline, dimension='<dimension ref="A1:XFD1048576"/>').replace(
            "</sheetData>", '<row r="1048576"><c r="XFD1048576" s="1"/></row></sheetData>'
        )
    ),
    "a module of old without a part": lambda: package(
        sheet_of(inline), others='<sheet name="Module1" sheetId="9" state="veryHidden" r:id=""/>'
    ),
    "a macro sheet of old": lambda: package(
        sheet_of(inline),
        others='<sheet name="Macro1" sheetId="9" r:id="rId9"/>',
        related_others=RELATION.format("rId9", "xlMacrosheet", "macrosheets/sheet1.xml"),
    ),
    "whole columns merged": lambda: package(
        sheet_of(inline).replace("</sheetData>", '</sheetData><mergeCells><mergeCell ref="X:Z"/></mergeCells>')
    ),
    "a number that no calendar has, shown as a day": lambda: package(
        sheet_of(inline).replace("</row>", '<c r="P1" s="1"><v>440305199003074560</v></c></row>', 1)
    ),
    "a comment and unknown elements": lambda: package(
        sheet_of(inline).replace("<sheetData>", "<!-- by a program --><sheetPr><tabColor/></sheetPr><sheetData>")
        + "<!-- the end -->"
    ),
}


@pytest.mark.parametrize("kind", VARIANTS)
def test_workbooks_by_other_programs(kind: str, tmp_path: Path) -> None:
    assert rows_of(opened(tmp_path, VARIANTS[kind]())) == RIGHT


def test_days_without_a_style_are_numbers_and_still_read_as_days(tmp_path: Path) -> None:
    rows = rows_of(opened(tmp_path, package(sheet_of(inline), styles=False)))
    assert [facts["disbursed_on"] for _, facts, _ in rows] == [facts["disbursed_on"] for _, facts, _ in RIGHT]


def test_blanks_and_line_breaks_in_a_text_are_kept_for_the_reader_of_values(tmp_path: Path) -> None:
    sheet = sheet_of(inline).replace(">李 四<", ">  李_x000D_&#10;四\t<")
    assert rows_of(opened(tmp_path, package(sheet)))[2][1]["borrower_name"] == "李四"


def test_by_openpyxl(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in plain_rows():
        book.active.append(row)
    book.active["H6"].data_type = "e"
    out = io.BytesIO()
    book.save(out)
    assert rows_of(opened(tmp_path, out.getvalue())) == RIGHT


def test_the_fixtures_hold_what_their_script_says() -> None:
    rows = open_table(FILES / "libreoffice.xlsx").source.sheet("还款明细").rows
    assert list(rows) == [list(row) for row in BESIDE]
