"""Files that are broken, strange or made to do harm: each ends in one clear error or in the right rows."""

import io
import re
import resource
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviewdesk.errors import Invalid
from reviewdesk.intake.reading import open_source
from reviewdesk.intake.reading.child import open_file, sheet_messages
from reviewdesk.intake.reading.packing import unpack
from reviewdesk.intake.table import open_table

HEADERS = ["借据号", "姓名", "身份证号", "未还本金"]
ROW = ["A1", "张三", "11010519491231002X", 5000]
SHEET = "xl/worksheets/sheet1.xml"
LONGEST_SECONDS = 30


def processor_seconds() -> float:
    """What the reading processes that ended took of the processor, however busy the machine is."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def sound(rows: list[list[Any]] | None = None) -> bytes:
    """A workbook without a fault."""
    book = openpyxl.Workbook()
    for row in rows or [HEADERS, ROW]:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def changed(change: Callable[[str], str], part: str = SHEET, data: bytes | None = None) -> bytes:
    """A workbook of which one part says something else."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data or sound())) as packed, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in packed.namelist():
            content = packed.read(name)
            new.writestr(name, change(content.decode()).encode() if name == part else content)
    return out.getvalue()


def entities() -> bytes:
    """A billion laughs."""
    lines = ['<!ENTITY a0 "ha">'] + [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)]
    doctype = f"<!DOCTYPE worksheet [{''.join(lines)}]>"
    return changed(
        lambda text: doctype + re.sub(r"<\?xml.*?\?>", "", text).replace("<sheetData>", "<sheetData>&a11;", 1)
    )


def shared_entities() -> bytes:
    lines = ['<!ENTITY a0 "ha">'] + [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)]
    doctype = f"<!DOCTYPE sst [{''.join(lines)}]>"
    return changed(
        lambda text: doctype + re.sub(r"<\?xml.*?\?>", "", text).replace("借据号", "&a11;", 1), "xl/sharedStrings.xml"
    )


def bomb(megabytes: int) -> bytes:
    """A sheet that unpacks to a thousand times its size, all of it one text."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(sound())) as packed, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in packed.namelist():
            if name != SHEET:
                new.writestr(name, packed.read(name))
        with new.open(SHEET, "w", force_zip64=True) as sheet:
            sheet.write(b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>')
            sheet.write(b'<row r="1"><c r="A1" t="inlineStr"><is><t>')
            for _ in range(megabytes):
                sheet.write(b"x" * 1024**2)
            sheet.write(b"</t></is></c></row></sheetData></worksheet>")
    return out.getvalue()


def cell_bomb() -> bytes:
    """Few bytes, and cells enough for gigabytes."""
    cells = b'<row><c t="b"><v>1</v></c><c t="b"><v>1</v></c></row>' * 10_000
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(sound())) as packed, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in packed.namelist():
            if name != SHEET:
                new.writestr(name, packed.read(name))
        with new.open(SHEET, "w", force_zip64=True) as sheet:
            sheet.write(b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>')
            for _ in range(300):
                sheet.write(cells)
            sheet.write(b"</sheetData></worksheet>")
    return out.getvalue()


def charts_only() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=Sheet1!$A$1:$A$2"})
        book.add_chartsheet("图").set_chart(chart)
    return out.getvalue()


def stray_cell() -> bytes:
    """A cell in the last corner that no dimension announces."""

    def put(text: str) -> str:
        text = re.sub(r"<dimension[^>]*/>", "", text)
        return text.replace("</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')

    return changed(put)


def beyond() -> bytes:
    return changed(lambda text: text.replace('r="A2"', 'r="ZZZZZZ99999999999"').replace('r="B2"', 'r="4"'))


def text_in_xls() -> bytes:
    return "借据号\t姓名\n".encode() * 3


BAD: dict[str, tuple[Callable[[], bytes], set[str]]] = {
    "a zip bomb": (lambda: bomb(200), {"file.too_costly"}),
    "a bomb of cells": (cell_bomb, {"file.too_costly"}),
    "a stray cell in the last corner": (stray_cell, {"sheet.too_large"}),
    "cells beyond the sheet": (beyond, {"file.damaged"}),
    "truncated": (lambda: sound()[:-300], {"file.damaged"}),
    "cut in the middle": (lambda: sound()[:2000], {"file.damaged"}),
    "charts only": (charts_only, {"file.no_sheet", "file.damaged"}),
    "an empty sheet": (
        lambda: changed(lambda text: re.sub(r"<sheetData>.*</sheetData>", "<sheetData/>", text)),
        {"file.empty"},
    ),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(100), {"file.not_a_workbook"}),
    "a Word document": (
        lambda: changed(lambda text: text).replace(b"xl/", b"wd/"),
        {"file.not_a_workbook", "file.damaged"},
    ),
    "XML by Excel 2003": (lambda: b'<?xml version="1.0"?><Workbook/>', {"file.html"}),
    "a sheet that is no XML": (lambda: changed(lambda _: "<worksheet><sheetData><row"), {"file.damaged", "file.empty"}),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_ends_in_a_clear_error(kind: str, tmp_path: Path) -> None:
    make, codes = BAD[kind]
    path = tmp_path / "list.xlsx"
    path.write_bytes(make())
    before = processor_seconds()
    with pytest.raises(Invalid) as caught:
        open_table(path)
    assert caught.value.code in codes
    assert caught.value.text.zh
    assert "\n" not in caught.value.text.en
    assert processor_seconds() - before < LONGEST_SECONDS


def rows_of(data: bytes, folder: Path, name: str = "list.xlsx") -> list[list[Any]]:
    path = folder / name
    path.write_bytes(data)
    source = open_source(path)
    return list(source.sheet(source.sheet_names[0]).rows)


def test_formulas_without_a_value_are_empty_and_errors_are_told(tmp_path: Path) -> None:
    rows = rows_of(sound([HEADERS, ["A1", "张三", "=B1&C1", "=1/0"]]), tmp_path)
    assert rows[1] == ["A1", "张三"] or rows[1] == ["A1", "张三", "", ""]
    text = '<c r="D2" t="e"><f>1/0</f><v>#DIV/0!</v></c>'
    rows = rows_of(changed(lambda old: re.sub(r'<c r="D2"[^>]*><v>5000</v></c>', text, old)), tmp_path)
    assert rows[1][3] == "#DIV/0!"


def test_entities_that_only_stand_in_a_text_are_not_expanded(tmp_path: Path) -> None:
    try:
        rows = rows_of(shared_entities(), tmp_path)
    except Invalid as error:
        assert error.code == "file.damaged"  # noqa: PT017  (either way is right)
    else:
        assert len(str(rows[0][0])) < 100


def shared() -> bytes:
    """A workbook with shared strings."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate([HEADERS, ROW]):
            sheet.write_row(place, 0, row)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "old", "new", "name"),
    [
        (shared, "张三", "张二", "list.xlsx"),
        (sound, "<v>5000</v>", "<v>9000</v>", "list.xlsx"),
        (lambda: ods(ods_row("借据号", "姓名") + ods_row("A1", "张三")), "张三", "张二", "list.ods"),
    ],
)
def test_a_part_that_was_altered_on_the_way_is_damaged(
    data: Callable[[], bytes], old: str, new: str, name: str, tmp_path: Path
) -> None:
    packed = loose(data())
    altered = packed.replace(old.encode(), new.encode())
    assert altered != packed
    with pytest.raises(Invalid) as caught:
        rows_of(altered, tmp_path, name)
    assert caught.value.code == "file.damaged"


def test_links_to_other_workbooks_are_not_followed(tmp_path: Path) -> None:
    link = '<c r="D2"><f>[1]Sheet1!A1</f><v>77</v></c>'
    rows = rows_of(changed(lambda old: re.sub(r'<c r="D2"[^>]*><v>5000</v></c>', link, old)), tmp_path)
    assert rows[1][3] == 77


def dated(days: float, *, since_1904: bool = False) -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["放款日期"])
    book.active.append([days])
    book.active["A2"].number_format = "yyyy-mm-dd"
    if since_1904:
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_days_are_counted_from_the_year_that_the_workbook_says(tmp_path: Path) -> None:
    def day(cell: Any) -> date:
        return cell.date() if isinstance(cell, datetime) else cell

    assert day(rows_of(dated(45352), tmp_path)[1][0]) == date(2024, 3, 1)
    assert day(rows_of(dated(45352 - 1462, since_1904=True), tmp_path)[1][0]) == date(2024, 3, 1)


@pytest.mark.parametrize("days", [-1, 0, 59.5, 60, 1e9, -1e300, 1e300])
def test_days_that_are_none_do_no_harm(days: float, tmp_path: Path) -> None:
    try:
        rows = rows_of(dated(days), tmp_path)
    except Invalid as error:
        assert error.code == "file.damaged"  # noqa: PT017  (what no calendar has makes the reader give up)
    else:
        assert rows[0] == ["放款日期"]


def test_a_cell_of_a_million_characters_is_read(tmp_path: Path) -> None:
    def put(text: str) -> str:
        return re.sub(r'<c r="B2"[^>]*>.*?</c>', f'<c r="B2" t="inlineStr"><is><t>{"长" * 10**6}</t></is></c>', text)

    assert len(rows_of(changed(put), tmp_path)[1][1]) == 10**6


def test_control_characters_are_kept_for_the_reader_of_values(tmp_path: Path) -> None:
    put = '<c r="B2" t="inlineStr"><is><t>张_x0007_三\u200b</t></is></c>'
    assert "张" in rows_of(changed(lambda text: re.sub(r'<c r="B2"[^>]*>.*?</c>', put, text)), tmp_path)[1][1]


def test_strict_open_xml_is_read(tmp_path: Path) -> None:
    data = sound()
    for part in ("xl/workbook.xml", SHEET, "xl/sharedStrings.xml", "xl/styles.xml"):
        data = changed(
            lambda text: text.replace(
                "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
                "http://purl.oclc.org/ooxml/spreadsheetml/main",
            ).replace(
                "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
                "http://purl.oclc.org/ooxml/officeDocument/relationships",
            ),
            part,
            data,
        )
    for part in ("_rels/.rels", "xl/_rels/workbook.xml.rels"):
        data = changed(
            lambda text: text.replace(
                "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
                "http://purl.oclc.org/ooxml/officeDocument/relationships",
            ),
            part,
            data,
        )
    assert rows_of(data, tmp_path) == [HEADERS, ROW]


ODS = """<?xml version="1.0"?><office:document-content
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet><table:table
 table:name="台账">{rows}</table:table></office:spreadsheet></office:body></office:document-content>"""


def ods(rows: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr("META-INF/manifest.xml", "<manifest/>")
        packed.writestr("content.xml", ODS.format(rows=rows))
    return out.getvalue()


def ods_row(*cells: str, repeated: int = 1) -> str:
    made = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in cells
    )
    return f'<table:table-row table:number-rows-repeated="{repeated}">{made}</table:table-row>'


def test_an_open_document_is_read(tmp_path: Path) -> None:
    rows = rows_of(ods(ods_row("借据号", "姓名") + ods_row("A1", "张三")), tmp_path, "list.ods")
    assert [row[:2] for row in rows] == [["借据号", "姓名"], ["A1", "张三"]]


def test_an_open_document_that_repeats_a_row_without_end(tmp_path: Path) -> None:
    before = processor_seconds()
    try:
        rows = rows_of(ods(ods_row("借据号", "姓名", repeated=4_000_000_000)), tmp_path, "list.ods")
    except Invalid as error:
        assert error.code in {"file.too_costly", "sheet.too_large", "file.damaged"}  # noqa: PT017  (either is right)
    else:
        assert rows[0][:2] == ["借据号", "姓名"]
    assert processor_seconds() - before < LONGEST_SECONDS


def test_entities_between_the_rows_are_not_expanded(tmp_path: Path) -> None:
    assert rows_of(entities(), tmp_path) == [HEADERS, ROW]


def test_a_zip_of_tables_is_named(tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("一月.xlsx", sound())
        packed.writestr("二月.csv", "借据号,姓名\n")
    with pytest.raises(Invalid) as caught:
        open_table(path)
    assert caught.value.code == "file.archive"
    assert "2" in caught.value.text.zh


@pytest.mark.parametrize("encoding", ["utf-16", "gb18030", "utf-8-sig"])
def test_text_that_is_named_like_a_workbook(tmp_path: Path, encoding: str) -> None:
    assert rows_of("借据号\t姓名\nA1\t张三\n".encode(encoding), tmp_path, "list.xls") == [
        ["借据号", "姓名"],
        ["A1", "张三"],
    ]


def test_a_workbook_that_is_named_like_text(tmp_path: Path) -> None:
    assert rows_of(sound(), tmp_path, "list.csv") == [HEADERS, ROW]


def test_the_same_header_twice(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    path.write_bytes(sound([[*HEADERS, "姓名", "未还本金"], [*ROW, "李四", 1]]))
    table = open_table(path)
    assert [one.field for one in table.suggestions if one.applied].count("borrower_name") <= 1


def test_five_thousand_columns(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    path.write_bytes(sound([HEADERS + [f"列{n}" for n in range(4_996)], ROW + list(range(4_996))]))
    before = processor_seconds()
    table = open_table(path)
    assert len(table.header.names) == 5_000
    assert next(table.chunks(table.suggested_mapping())).rows == [2]
    assert processor_seconds() - before < LONGEST_SECONDS


# --- fuzz ------------------------------------------------------------------------------------------------------------

LOOSE = st.lists(st.tuples(st.integers(0, 10**6), st.binary(min_size=1, max_size=8)), min_size=1, max_size=6)


def loose(data: bytes) -> bytes:
    """The same package, unpacked, so that a changed byte changes what a part says."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as packed, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as unpacked:
        for name in packed.namelist():
            unpacked.writestr(name, packed.read(name))
    return out.getvalue()


SOUND = {"xlsx": loose(sound()), "ods": loose(ods(ods_row("借据号", "姓名") + ods_row("A1", "张三")))}


@pytest.mark.parametrize("kind", SOUND)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=LOOSE)
def test_changed_bytes_give_rows_or_one_error(kind: str, changes: list[tuple[int, bytes]], tmp_path: Path) -> None:
    data = bytearray(SOUND[kind])
    for place, piece in changes:
        at = place % len(data)
        data[at : at + len(piece)] = piece
    path = tmp_path / f"list.{kind}"
    path.write_bytes(data)
    try:
        opened = open_file(path)
        for name in opened.names:
            for said, *content in sheet_messages(opened, name):
                if said == "rows":
                    assert len(unpack(content[1])) == content[0]
    except Invalid as error:
        assert error.code.startswith(("file.", "sheet."))  # noqa: PT017  (rows are as right)
