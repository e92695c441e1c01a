"""The names of files within zip archives: as they were meant, and which of them nobody put there. Pure."""

import re
import zipfile
from typing import Final

_OUTSIDE: Final = re.compile(r"\A(?:[/\\]|[A-Za-z]:)|(?:\A|[/\\])\.\.(?:[/\\]|\Z)")
_HOUSEKEEPING: Final = re.compile(
    r"(?:\A|/)(?:__MACOSX/|\.DS_Store\Z|Thumbs\.db\Z|desktop\.ini\Z|~\$|\.)", re.IGNORECASE
)
_SAYS_UTF_8: Final = 0x800
_ENCRYPTED: Final = 0x1


def files_in(packed: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files of an archive without its folders, and without what has no name at all."""
    return [entry for entry in packed.infolist() if entry.filename and not entry.is_dir()]


def name_in(entry: zipfile.ZipInfo) -> str:
    """The name of an archive's file: Chinese Windows writes GBK, some programs of Macs UTF-8, without saying so."""
    if entry.flag_bits & _SAYS_UTF_8:
        return entry.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return entry.filename.encode("cp437").decode(encoding)
        except UnicodeError:
            continue
    return entry.filename


def leads_out(name: str) -> bool:
    """Whether a path asks for a place outside of its archive."""
    return bool(_OUTSIDE.search(name))


def is_housekeeping(name: str) -> bool:
    """Whether a file is what an operating system or program leaves behind: `__MACOSX/`, `Thumbs.db`, `~$list.xlsx`."""
    return bool(_HOUSEKEEPING.search(name))


def is_encrypted(entry: zipfile.ZipInfo) -> bool:
    """Whether a file opens with a password only."""
    return bool(entry.flag_bits & _ENCRYPTED)
