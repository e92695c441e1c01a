"""Zip archives of workbooks and text tables: what is in one, whether it is safe to unpack, and its files one by one."""

import re
import shutil
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reviewdesk.errors import Invalid, Text
from reviewdesk.intake.reading.errors import damaged, unreadable
from reviewdesk.intake.reading.formats import DELIMITED, TABLES, WORKBOOKS
from reviewdesk.intake.reading.kinds import is_package, refuse_bombs, slashed
from reviewdesk.intake.zip_names import files_in, is_encrypted, is_housekeeping, leads_out, name_in
from reviewdesk.intake.zip_opening import open_zip

MOST_TABLES: Final = 100
MOST_BYTES: Final = 2 * 1024**3
"""Unpacked, of all tables of an archive together."""

_ARCHIVES: Final = (".zip", ".rar", ".7z", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".zst")
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Others are rare, and some take gigabytes of memory to unpack."""

_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, OverflowError, RuntimeError)
_DIGITS: Final = re.compile(r"(\d+)")
_LONGEST_STEM: Final = 60
_COPY_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Member:
    """A table of an archive; `name` is its path there as a person reads it."""

    name: str
    entry: zipfile.ZipInfo


@dataclass(frozen=True, slots=True)
class Contents:
    """The tables of an archive in the order of their names, and the names of its other files, which nobody reads."""

    tables: tuple[Member, ...]
    others: tuple[str, ...]

    @property
    def size(self) -> int:
        """Bytes of all tables, unpacked."""
        return sum(member.entry.file_size for member in self.tables)


def is_archive(path: Path) -> bool:
    """Whether a file is a zip of files, and neither a workbook nor another document that is one inside."""
    with path.open("rb") as file:
        if file.read(2) != b"PK":
            return False
    try:
        with open_zip(path) as packed:
            names = slashed(packed.namelist())
            return not is_package(names) and any(name.lower().endswith((*WORKBOOKS, *DELIMITED)) for name in names)
    except _BROKEN:
        return False


def contents_of(path: Path) -> Contents:
    """What is in an archive.

    Raises:
        Invalid: `file.damaged`, `file.too_costly` for a bomb, `file.too_large`, `archive.path`, `archive.nested`,
            `archive.encrypted`, `archive.method`, `archive.many`; each names the files.
    """
    refuse_bombs(path)
    try:
        with zipfile.ZipFile(path) as packed:
            entries = files_in(packed)
    except _BROKEN as error:
        raise damaged() from error
    _refuse_outside(entries)
    entries = [entry for entry in entries if not is_housekeeping(name_in(entry))]
    _refuse_nested(entries)
    tables = _tables(entries)
    _refuse_unreadable(tables)
    contents = Contents(
        tuple(sorted((Member(name_in(entry), entry) for entry in tables), key=_order)),
        tuple(sorted(name_in(entry) for entry in entries if entry not in tables)),
    )
    if len(tables) > MOST_TABLES:
        raise unreadable(
            "archive.many",
            f"压缩包里有 {len(tables)} 个表格，超过 {MOST_TABLES} 个的上限。请分成几个压缩包。",
            f"The archive holds {len(tables)} tables, more than {MOST_TABLES}. Split it.",
        )
    if contents.size > MOST_BYTES:
        raise unreadable(
            "file.too_large",
            f"压缩包里的表格解开后有 {contents.size / 1024**3:.1f} GB，超过上限。请分成几个压缩包。",
            f"The archive's tables unpack to {contents.size / 1024**3:.1f} GB, more than can be read. Split it.",
        )
    return contents


def extract(path: Path, member: Member, folder: Path) -> Path:
    """Unpack a table into a folder, under a name of ours that keeps its own stem and suffix; returns where it is.

    Raises:
        Invalid: `file.damaged`.
    """
    target = folder / _plain(member.name)
    try:
        with zipfile.ZipFile(path) as packed, packed.open(member.entry) as source, target.open("wb") as out:
            shutil.copyfileobj(source, out, _COPY_BYTES)
    except _BROKEN as error:
        raise damaged() from error
    return target


def _plain(name: str) -> str:
    """The last part of a path, fit to be a file's name here and a sheet's name for people."""
    last = Path("".join(char if char.isprintable() else " " for char in name.replace("\\", "/").rpartition("/")[2]))
    return f"{last.stem[:_LONGEST_STEM].strip() or 'table'}{last.suffix.lower()}"


def _tables(entries: Sequence[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    return [
        entry for entry in entries if (name := name_in(entry)).lower().endswith(TABLES) and not is_housekeeping(name)
    ]


def _order(member: Member) -> list[str]:
    """As people sort: `2月` before `10月`."""
    return [part.zfill(12) if part.isdecimal() else part.casefold() for part in _DIGITS.split(member.name)]


def _refuse_outside(entries: Sequence[zipfile.ZipInfo]) -> None:
    if outside := [name for entry in entries if leads_out(name := name_in(entry))]:
        listed = listing(outside)
        raise unreadable(
            "archive.path",
            f"压缩包内有指向包外的路径，已拒收：{listed.zh}。",
            f"The archive holds paths that lead out of it: {listed.en}.",
        )


def _refuse_nested(entries: Sequence[zipfile.ZipInfo]) -> None:
    if nested := [name for entry in entries if (name := name_in(entry)).lower().endswith(_ARCHIVES)]:
        raise nested_archive(nested)


def nested_archive(names: Sequence[str]) -> Invalid:
    """The error about archives within an archive."""
    listed = listing(names)
    return unreadable(
        "archive.nested",
        f"压缩包里还有压缩包：{listed.zh}。请把其中的表格解到同一个压缩包里再上传。",
        f"The archive holds archives: {listed.en}. Put their tables into the one archive and try again.",
    )


def _refuse_unreadable(tables: Sequence[zipfile.ZipInfo]) -> None:
    if locked := [name_in(entry) for entry in tables if is_encrypted(entry)]:
        listed = listing(locked)
        raise unreadable(
            "archive.encrypted",
            f"压缩包里的文件有密码：{listed.zh}。请用不设密码的压缩包重新上传。",
            f"Files of the archive are protected by a password: {listed.en}. Pack them anew without one.",
        )
    if strange := [name_in(entry) for entry in tables if entry.compress_type not in _METHODS]:
        listed = listing(strange)
        raise unreadable(
            "archive.method",
            f"压缩方式不受支持：{listed.zh}。请用系统自带的“压缩为 zip”重新打包。",
            f"Files are packed by a method that is not supported: {listed.en}. Pack them anew as an ordinary zip.",
        )


NAMED: Final = 8


def listing(names: Sequence[str]) -> Text:
    """The first names, in both languages, and how many more there are."""
    shown, more = names[:NAMED], len(names) - NAMED
    return Text(
        "、".join(shown) + (f" 等 {len(names)} 个" if more > 0 else ""),
        ", ".join(shown) + (f" and {more} more" if more > 0 else ""),
    )
