"""What a file is, told by its content and never by its name."""

import io
import zipfile
import zlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Literal

from reviewdesk.intake.reading.errors import archive, damaged, not_a_workbook, too_costly, unreadable
from reviewdesk.intake.reading.formats import DELIMITED, WORKBOOKS
from reviewdesk.intake.zip_opening import ListTooLong, open_zip

Kind = Literal["package", "compound", "text"]
"""A zip package (xlsx, xlsm, xlsb, ods), a compound file (xls, and whatever has a password), a text table."""

MAX_UNPACKED = 6 * 1024**3
"""Bytes; a workbook that unpacks to more is refused unread."""

MAX_PARTS = 20_000
"""A workbook has some tens of parts, and one for each picture."""

_BOMB_BYTES = 64 * 1024**2
_BOMB_RATIO = 200
"""A part that unpacks to so much and to so many times its size was made to do harm: sheets shrink to a twentieth."""

COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHER_KINDS = {
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff\xe0": "JPEG",
    b"\xff\xd8\xff\xe1": "JPEG",
    b"GIF8": "GIF",
    b"Rar!": "RAR",
    b"7z\xbc\xaf": "7z",
    b"\x09\x00\x04\x00": "Excel 2",
    b"\x09\x02\x06\x00": "Excel 3",
    b"\x09\x04\x06\x00": "Excel 4",
}
"""What else files begin with, and how they are called."""

_DOCUMENTS = {"word/": "Word", "ppt/": "PowerPoint", "Index/Document.iwa": "Numbers"}
"""Parts of other packages, by how they begin."""

ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")


def is_packed(path: Path) -> bool:
    """Whether a file is a zip from its first byte: Excel keeps a zip of its theme near the end of an `.xls`."""
    with path.open("rb") as file:
        return file.read(2) == b"PK"


def package(path: Path, content: bytes | None = None) -> zipfile.ZipFile | None:
    """The zip that a file is, or that is read in its place; None where it is none."""
    if not is_packed(path):
        return None
    return zipfile.ZipFile(path if content is None else io.BytesIO(content))


def refuse_altered(path: Path) -> None:
    """Refuse a workbook of which a part is not what it was when it was packed. Of its sheets calamine sees to that
    itself; the parts here it takes as they come.

    Raises:
        Invalid: `file.damaged`.
    """
    packed = package(path)
    if packed is None:
        return
    for name in packed.namelist():
        if name.lower() in _TAKEN_AS_THEY_COME:
            with suppress(zipfile.BadZipFile, RuntimeError):  # calamine opens some that Python does not
                _require_sound(packed.open(name))


def _require_sound(stream: IO[bytes]) -> None:
    try:
        while stream.read(_READ_AT_ONCE):
            pass
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise damaged() from error


_TAKEN_AS_THEY_COME = frozenset(
    {"xl/sharedstrings.xml", "xl/sharedstrings.bin", "xl/styles.xml", "xl/styles.bin", "content.xml"}
)
_READ_AT_ONCE = 1 << 20


def kind_of(path: Path) -> Kind:
    """Tell what a file is.

    Raises:
        Invalid: `file.not_a_workbook`, `file.archive`, `file.html`, `file.damaged`, `file.too_large`,
            `file.too_costly`.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(b"PK"):
        refuse_bombs(path)
        _refuse_no_package(path)
        return "package"
    if head.startswith(COMPOUND_FILE):
        return "compound"
    if head.startswith(b"%PDF"):
        raise not_a_workbook("PDF")
    if head[:4] in _OTHER_KINDS:
        raise not_a_workbook(_OTHER_KINDS[head[:4]])
    if head.startswith(b"\x1f\x8b"):
        raise not_a_workbook("gzip")
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<html", b"<!doctype html", b"<table", b"<?xml", b"<meta", b"<style", b"mime-version:")):
        raise unreadable(
            "file.html",
            "文件的扩展名像表格，内容却是网页或 XML。请用 Excel 或 WPS 打开后另存为 .xlsx。",
            "The file is named like a workbook but holds HTML or XML. Open it in Excel or WPS and save it as .xlsx.",
        )
    return "text"


def refuse_bombs(path: Path) -> None:
    """Look at the directory of a zip before anything of it is unpacked.

    Raises:
        Invalid: `file.damaged`, `file.too_costly`, `file.too_large`.
    """
    parts = _parts(path)
    if any(part.file_size > max(_BOMB_BYTES, part.compress_size * _BOMB_RATIO) for part in parts):
        raise too_costly()
    unpacked = sum(part.file_size for part in parts)
    if unpacked > MAX_UNPACKED or len(parts) > MAX_PARTS:
        raise unreadable(
            "file.too_large",
            f"文件解压后有 {unpacked / 1024**3:.1f} GB、{len(parts):,} 个部分，超过上限。",
            f"The file unpacks to {unpacked / 1024**3:.1f} GB in {len(parts):,} parts, more than can be read.",
        )


def _parts(path: Path) -> list[zipfile.ZipInfo]:
    try:
        with open_zip(path) as packed:
            return packed.infolist()
    except ListTooLong as error:
        raise too_costly() from error
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, OverflowError, RuntimeError) as error:
        raise damaged() from error


def slashed(names: Sequence[str]) -> list[str]:
    """The names of parts with the slashes that they should have: some programs of Windows write backslashes."""
    return [name.replace("\\", "/") for name in names]


def is_package(names: Sequence[str]) -> bool:
    """Whether the files of a zip are the parts of a workbook or of another document."""
    return "[Content_Types].xml" in names or any(
        name.startswith("xl/workbook.") or name in {"content.xml", "mimetype"} for name in names
    )


def begins_soon(path: Path) -> bool:
    """Whether the first rows of a file are there at once, however many follow: it is an .xlsx workbook."""
    return (
        is_packed(path)
        and zipfile.is_zipfile(path)
        and "xl/workbook.xml" in slashed([part.filename for part in _parts(path)])
    )


def _refuse_no_package(path: Path) -> None:
    names = slashed([part.filename for part in _parts(path)])
    if any(name.startswith("xl/") or name in {"content.xml", "mimetype"} for name in names):
        return
    tables = [name for name in names if name.lower().endswith((*WORKBOOKS, *DELIMITED))]
    document = next((kind for name in names for part, kind in _DOCUMENTS.items() if name.startswith(part)), "zip")
    raise archive(tables) if tables else not_a_workbook(document)


def holds_encrypted_package(path: Path) -> bool:
    """Office keeps an encrypted workbook as a stream of this name in a compound file; its directory may stand last."""
    with path.open("rb") as file:
        if file.read(8) != COMPOUND_FILE:
            return False
        rest = b""
        while block := file.read(1 << 20):
            if ENCRYPTED_PACKAGE in rest + block:
                return True
            rest = block[-len(ENCRYPTED_PACKAGE) :]
    return False
