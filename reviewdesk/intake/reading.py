"""Files become rows: workbooks through calamine, text tables by their own encoding and separator.

What a file is, is told by its content and never by its name. Rows keep the numbers that Excel shows.
"""

import codecs
import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TypeAlias

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from reviewdesk.errors import Invalid, Text
from reviewdesk.intake.sheet_text import SheetText

Cell: TypeAlias = str | float | int | bool | date | datetime | time | timedelta
Rows: TypeAlias = Sequence[Sequence[Cell]]

MAX_CELLS = 60_000_000
"""A sheet that spans more cells (a full sheet of some 57 columns) is refused before it is turned into rows."""

MAX_UNPACKED = 6 * 1024**3
"""Bytes; a workbook that unpacks to more is refused unread."""


Merge: TypeAlias = tuple[tuple[int, int], tuple[int, int]]
"""First and last (row, column) of cells that were merged, from 0; only the first holds the value."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet's rows from its first: `rows[0]` is Excel's row 1. Absent cells are empty strings."""

    name: str
    rows: Rows
    merges: Sequence[Merge] = ()

    def row_number(self, index: int) -> int:
        """Excel's number of `rows[index]`."""
        return index + 1


class Source:
    """An opened file. Sheets are read when asked for, each once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: dict[str, Sheet] = {}
        self._workbook: CalamineWorkbook | None = None
        kind = _kind_of(path)
        if kind == "text":
            self._read[path.stem] = Sheet(path.stem, _text_rows(path))
            self.sheet_names = [path.stem]
            self.visible_names = [path.stem]
            return
        workbook = self._workbook = _open_workbook(path)
        sheets = [meta for meta in workbook.sheets_metadata if meta.typ == SheetTypeEnum.WorkSheet]
        self.sheet_names = [meta.name for meta in sheets]
        self.visible_names = [meta.name for meta in sheets if meta.visible == SheetVisibleEnum.Visible]
        if not sheets:
            raise _unreadable("file.no_sheet", "工作簿里没有工作表。", "The workbook has no worksheet.")

    @property
    def is_text(self) -> bool:
        """Whether the file is a text table, which has no sheet names of its own."""
        return self._workbook is None

    def sheet(self, name: str) -> Sheet:
        """Read one sheet.

        Raises:
            Invalid: `sheet.absent`, naming the sheets that there are; `sheet.too_large`; `file.damaged`.
        """
        if name not in self._read:
            self._read[name] = self._read_sheet(name)
        return self._read[name]

    def _read_sheet(self, name: str) -> Sheet:
        if self._workbook is None or name not in self.sheet_names:
            there = "、".join(self.sheet_names)
            raise _unreadable(
                "sheet.absent",
                f"没有名为「{name}」的工作表。现有：{there}。",
                f"There is no sheet named {name!r}. The sheets are: {', '.join(self.sheet_names)}.",
            )
        with _reading(), SheetText(self.path, name) as text, ThreadPoolExecutor(1, "errors") as beside:
            _refuse_vast(name, *text.declared_size())
            errors = beside.submit(list, text.error_cells())
            sheet = self._workbook.get_sheet_by_name(name)
            _refuse_vast(name, sheet.total_height, sheet.total_width)
            rows: list[list[Cell]] = sheet.to_python(skip_empty_area=False)
            for row, column, error in errors.result():
                if row < len(rows) and column < len(rows[row]):
                    rows[row][column] = error
            merges = sheet.merged_cell_ranges or []
        return Sheet(name, rows, merges)


def _refuse_vast(name: str, height: int, width: int) -> None:
    if height * width > MAX_CELLS:
        raise _unreadable(
            "sheet.too_large",
            f"工作表「{name}」的范围有 {height:,} 行 × {width:,} 列，超过上限。请删除表格以外的空白行列后再试。",
            f"Sheet {name!r} spans {height:,} rows × {width:,} columns, more than can be read. "
            "Delete the empty rows and columns outside the table.",
        )


def open_source(path: Path) -> Source:
    """Open a workbook or text table.

    Raises:
        Invalid: with a code under `file.` and one plain sentence: not there, empty, encrypted, damaged, no table.
    """
    if not path.is_file():
        raise _unreadable("file.absent", f"找不到文件 {path.name}。", f"There is no file {path.name}.")
    if path.stat().st_size == 0:
        raise _unreadable("file.empty", "文件是空的。", "The file is empty.")
    return Source(path)


_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")


def _kind_of(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(b"PK"):
        _refuse_bombs(path)
        return "workbook"
    if head.startswith(_COMPOUND_FILE):
        return "workbook"
    if head.startswith(b"%PDF"):
        raise _not_a_workbook("PDF")
    if head[:4] in (b"\x89PNG", b"\xff\xd8\xff\xe0", b"GIF8", b"Rar!", b"7z\xbc\xaf"):
        raise _not_a_workbook()
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<html", b"<!doctype html", b"<table", b"<?xml", b"<meta", b"<style")):
        raise _unreadable(
            "file.html",
            "文件的扩展名像表格，内容却是网页或 XML。请用 Excel 或 WPS 打开后另存为 .xlsx。",
            "The file is named like a workbook but holds HTML or XML. Open it in Excel or WPS and save it as .xlsx.",
        )
    return "text"


def _refuse_bombs(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as packed:
            unpacked = sum(part.file_size for part in packed.infolist())
            names = {part.filename for part in packed.infolist()}
    except _FAULTS as error:
        raise _damaged() from error
    if unpacked > MAX_UNPACKED:
        raise _unreadable(
            "file.too_large",
            f"文件解压后有 {unpacked / 1024**3:.1f} GB，超过上限。",
            f"The file unpacks to {unpacked / 1024**3:.1f} GB, more than can be read.",
        )
    if not any(name.startswith("xl/") or name in {"content.xml", "mimetype"} for name in names):
        raise _not_a_workbook("zip")


def _open_workbook(path: Path) -> CalamineWorkbook:
    if _holds_encrypted_package(path):
        raise _encrypted()
    with _reading():
        try:
            return CalamineWorkbook.from_path(str(path))
        except PasswordError as error:
            raise _encrypted() from error


_FAULTS = (CalamineError, zipfile.BadZipFile, zlib.error, OSError, ValueError, OverflowError, RuntimeError)
"""What readers raise at a broken or strange file; zipfile says RuntimeError for methods and versions unknown to it."""


@contextmanager
def _reading() -> Iterator[None]:
    """Whatever the reader stumbles over is a damaged file; a panic of its Rust code is no ordinary exception."""
    try:
        yield
    except _FAULTS as error:
        raise _damaged() from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise _damaged() from error


def _holds_encrypted_package(path: Path) -> bool:
    """Office keeps an encrypted workbook as a stream of this name in a compound file; its directory may stand last."""
    with path.open("rb") as file:
        if file.read(8) != _COMPOUND_FILE:
            return False
        rest = b""
        while block := file.read(1 << 20):
            if _ENCRYPTED_PACKAGE in rest + block:
                return True
            rest = block[-len(_ENCRYPTED_PACKAGE) :]
    return False


# --- text tables -----------------------------------------------------------------------------------------------------

_SEPARATORS = (",", "\t", ";", "|", "，")


def _text_rows(path: Path) -> list[list[Cell]]:
    text = decode(path.read_bytes())
    if not text.strip():
        raise _unreadable("file.empty", "文件里没有内容。", "The file holds no text.")
    separator, text = _separator_of(text)
    csv.field_size_limit(10_000_000)
    try:
        return [list(record) for record in csv.reader(io.StringIO(text, newline=""), delimiter=separator)]
    except csv.Error as error:
        raise _unreadable(
            "file.damaged", "文本表格读不出来：引号不成对或字段过长。", f"The text table cannot be read: {error}."
        ) from error


def decode(data: bytes) -> str:
    """Decode a text table: by its byte order mark, else UTF-16 by its pattern, UTF-8, GB18030.

    Raises:
        Invalid: `file.encoding`, when the bytes are text in none of these.
    """
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return _strictly(data, encoding)
    head = data[:4096]
    if head.count(0) > len(head) // 8:
        little = head[1::2].count(0) >= head[0::2].count(0)
        return _strictly(data, "utf-16-le" if little else "utf-16-be")
    for encoding in ("utf-8", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8" or _reads_as_text(text):
            return _without_binary(text)
    raise _encoding_unknown()


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return _without_binary(data.decode(encoding))
    except UnicodeDecodeError as error:
        raise _encoding_unknown() from error


def _without_binary(text: str) -> str:
    controls = sum(1 for char in text[:4096] if char < " " and char not in "\t\r\n\x0b\x0c\x1a")
    if controls > 8:
        raise _not_a_workbook()
    return text.rstrip("\x1a\x00")


def _reads_as_text(text: str) -> bool:
    """Whether decoded GB18030 looks like writing: random bytes give many private-use and rare characters."""
    sample = text[:4096]
    odd = sum(1 for char in sample if 0xE000 <= ord(char) <= 0xF8FF or ord(char) > 0xFFFF or 0x80 <= ord(char) < 0xA0)
    return odd * 10 <= len(sample)


def _separator_of(text: str) -> tuple[str, str]:
    """The separator that cuts the first lines most evenly; a first line `sep=;` states it (Excel shows no such row)."""
    stated = re.match(r"\s*\"?sep=(.)\"?\r?\n", text)
    if stated:
        return stated.group(1), text[stated.end() :]
    lines = [line for line in re.sub(r'"[^"]*"', "", text[:65536]).splitlines()[:40] if line.strip()]

    def evenness(separator: str) -> tuple[int, int]:
        counts = [line.count(separator) for line in lines]
        best = max(counts, default=0)
        return (sum(1 for count in counts if count == best and best > 0) * best, best)

    chosen = max(_SEPARATORS, key=evenness)
    return (chosen if evenness(chosen)[1] else ","), text


# --- errors ----------------------------------------------------------------------------------------------------------


def _unreadable(code: str, zh: str, en: str) -> Invalid:
    return Invalid(code, Text(zh, en))


def _not_a_workbook(kind: str = "") -> Invalid:
    return _unreadable(
        "file.not_a_workbook",
        f"这不是工作簿或文本表格{f'（是 {kind} 文件）' if kind else ''}。请上传 .xlsx、.xls、.ods 或 .csv。",
        f"This is no workbook or text table{f' (it is a {kind} file)' if kind else ''}. "
        "Give a .xlsx, .xls, .ods or .csv file.",
    )


def _encrypted() -> Invalid:
    return _unreadable(
        "file.encrypted",
        "工作簿设有打开密码。请在 Excel 中取消密码后再上传。",
        "The workbook is protected by a password. Remove the password in Excel and try again.",
    )


def _damaged() -> Invalid:
    return _unreadable(
        "file.damaged",
        "工作簿已损坏或不完整，读不出来。请用 Excel 或 WPS 打开后另存一份。",
        "The workbook is damaged or incomplete. Open it in Excel or WPS and save a fresh copy.",
    )


def _encoding_unknown() -> Invalid:
    return _unreadable(
        "file.encoding",
        "认不出文件的编码。请另存为 UTF-8 的 .csv 或 .xlsx。",
        "The encoding of the file is not known. Save it as .csv in UTF-8, or as .xlsx.",
    )
