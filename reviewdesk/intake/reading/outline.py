"""A large .xlsx file without its cells: its sheets, styles and shared strings, for reading it band by band."""

import io
import zipfile
from functools import cached_property
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from reviewdesk.intake.reading.asking import Calamine
from reviewdesk.intake.reading.kinds import package
from reviewdesk.intake.reading.plain_sheets import PlainSheet
from reviewdesk.intake.reading.strings import SharedStrings
from reviewdesk.intake.reading.tokens import Odd

_WORKBOOK, _STYLES = "xl/workbook.xml", "xl/styles.xml"
_SMALL_PARTS = ("[Content_Types].xml", "_rels/.rels", _WORKBOOK, "xl/_rels/workbook.xml.rels", _STYLES)
FROM_BYTES = 256 << 10
"""A smaller file is opened by calamine at once."""


class Outline:
    """What a package says beside its cells."""

    def __init__(self, packed: zipfile.ZipFile) -> None:
        self._packed = packed
        self._parts = set(packed.namelist())

    @cached_property
    def workbook(self) -> CalamineWorkbook:
        """The names of its sheets, as calamine finds them in a package that has nothing else."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as small:
            for name in _SMALL_PARTS:
                if name in self._parts:
                    small.writestr(name, self._packed.read(name))
        out.seek(0)
        return CalamineWorkbook.from_filelike(out)

    def plain_sheet(self, part: str) -> PlainSheet:
        """Begin to read a sheet.

        Raises:
            Odd: it is left to calamine.
        """
        strings, calamine = self._strings
        return PlainSheet(self._packed, part, strings, calamine)

    @cached_property
    def _strings(self) -> tuple[SharedStrings, Calamine]:
        styles = self._packed.read(_STYLES) if _STYLES in self._parts else None
        calamine = Calamine(styles, self._packed.read(_WORKBOOK))
        return SharedStrings(self._packed, calamine), calamine


def outline_of(path: Path, content: bytes | None = None) -> Outline | None:
    """The outline of a large .xlsx file, or of what is read in its place; None where it is of another kind, small, or
    strange."""
    if path.stat().st_size < FROM_BYTES:
        return None
    try:
        packed = package(path, content)
        if packed is None:
            return None
        outline = Outline(packed)
        _ = outline.workbook.sheets_metadata
    except (CalamineError, zipfile.BadZipFile, Odd, OSError, ValueError, KeyError, RuntimeError):
        return None
    return outline
