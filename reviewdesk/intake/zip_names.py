"""The names of files within zip archives: as they were meant, and which of them nobody put there. Pure."""

import re
import struct
import zipfile
import zlib
from typing import Final

_OUTSIDE: Final = re.compile(r"\A(?:[/\\]|[A-Za-z]:)|(?:\A|[/\\])\.\.(?:[/\\]|\Z)")
_HOUSEKEEPING: Final = re.compile(
    r"(?:\A|/)(?:__MACOSX/|\.DS_Store\Z|Thumbs\.db\Z|desktop\.ini\Z|~\$|\.)", re.IGNORECASE
)
_SAYS_UTF_8: Final = 0x800
_ENCRYPTED: Final = 0x1
_FIELD: Final = struct.Struct("<HH")
_UTF_8_NAME: Final = 0x7075


def files_in(packed: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files of an archive without its folders, and without what has no name at all."""
    return [entry for entry in packed.infolist() if entry.filename and not entry.is_dir()]


def name_in(entry: zipfile.ZipInfo) -> str:
    """The name of an archive's file: Chinese Windows writes GBK, some programs of Macs UTF-8, without saying so."""
    return _meant(entry) or entry.filename


def is_readable(entry: zipfile.ZipInfo) -> bool:
    """Whether the name of an archive's file is in characters that we know; else its Latin letters and digits hold."""
    return _meant(entry) is not None


def _meant(entry: zipfile.ZipInfo) -> str | None:
    if entry.flag_bits & _SAYS_UTF_8:
        return entry.filename
    raw = entry.filename.encode("cp437")
    for encoding, written in (("utf-8", _said_beside(entry)), ("utf-8", raw), ("gb18030", raw)):
        try:
            if written:
                return written.decode(encoding)
        except UnicodeError:
            continue
    return None


def _said_beside(entry: zipfile.ZipInfo) -> bytes | None:
    """The name in UTF-8 that some programs write into a field of its own, if it is of the name as it stands."""
    extra = entry.extra
    while len(extra) >= _FIELD.size:
        kind, size = _FIELD.unpack_from(extra)
        body, extra = extra[_FIELD.size : _FIELD.size + size], extra[_FIELD.size + size :]
        if kind == _UTF_8_NAME and body[:1] == b"\x01":
            said = int.from_bytes(body[1:5], "little") == zlib.crc32(entry.orig_filename.encode("cp437"))
            return body[5:] if said else None
    return None


def leads_out(name: str) -> bool:
    """Whether a path asks for a place outside of its archive."""
    return bool(_OUTSIDE.search(name))


def is_housekeeping(name: str) -> bool:
    """Whether a file is what an operating system or program leaves behind: `__MACOSX/`, `Thumbs.db`, `~$list.xlsx`."""
    return bool(_HOUSEKEEPING.search(name))


def is_encrypted(entry: zipfile.ZipInfo) -> bool:
    """Whether a file opens with a password only."""
    return bool(entry.flag_bits & _ENCRYPTED)
