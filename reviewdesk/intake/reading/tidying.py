"""Packages that calamine refuses over something that it need not look at: as copies in memory without that.

Only what it could not read is looked at so; whatever is wrong with the rest of the file stays as it is.
"""

import io
import re
import zipfile
from pathlib import Path
from typing import Final

from reviewdesk.intake.reading import ods_text, xlsb_records
from reviewdesk.intake.reading.kinds import slashed
from reviewdesk.intake.reading.sheet_text import relations_of, sheets_in

_WORKBOOK: Final = "xl/workbook.xml"
_KINDS: Final = ("/worksheet", "/chartsheet")
"""Others are the modules, dialogs and macros of old, which Excel keeps on, often without a part of the package."""

_UTF_16: Final = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\0": "utf-16-le", b"\0<": "utf-16-be"}
_DECLARED = re.compile(r"""(<\?xml[^>]*?encoding=["'])[^"']*""")
_BLANKS_IN_TABLE = re.compile(rb">\s+(?=</?(?:table|office):)")
_ODS: Final = b"application/vnd.oasis.opendocument.spreadsheet"
_WHOLE_LINES = re.compile(rb'<mergeCell ref="(?:[A-Z]+:[A-Z]+|[0-9]+:[0-9]+)"\s*/>')
_ENDLESS_DAY = re.compile(
    rb'(<c\b[^>]*?) s="[0-9]+"([^>]*>(?:<f\b[^>]*/>|<f\b[^>]*>[^<]*</f>)?'
    rb"<v>-?(?:[0-9]{10}|[0-9.]+[eE]\+?(?:9|[0-9]{2})))"
)
"""Numbers that no calendar has, in cells with a style."""

_NEW_ERROR = re.compile(
    rb'(<c\b[^>]* t="e"[^>]*>(?:<f\b[^>]*/>|<f\b[^>]*>[^<]*</f>)?<v>)'
    rb"(?!#(?:DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!)<)[^<]*"
)
"""Errors that calamine does not know: `#SPILL!`, `#GETTING_DATA`."""


def tidied(path: Path) -> bytes | None:
    """The package with what names its sheets, and texts in UTF-16, written as calamine reads them; None where there is
    nothing to tidy."""
    with zipfile.ZipFile(path) as packed:
        return _with(path.read_bytes(), _changes(packed))


def with_plain_cells(content: bytes, part: str) -> bytes | None:
    """The package with a sheet in which calamine finds neither merged whole columns, nor days that no calendar has, nor
    errors of new kinds; None where it has none of these anyway."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        text = packed.read(part)
    changed = _ENDLESS_DAY.sub(rb"\1\2", _WHOLE_LINES.sub(b"", text))
    changed = _NEW_ERROR.sub(rb"\1#N/A", changed)
    return _with(content, {part: changed} if changed != text else {})


def _with(content: bytes, changes: dict[str, bytes]) -> bytes | None:
    """The package with other content for some parts."""
    if not changes:
        return None
    copy = io.BytesIO(content)
    with zipfile.ZipFile(copy, "a", zipfile.ZIP_DEFLATED) as packed:
        for name, content in changes.items():
            if old := packed.NameToInfo.pop(name, None):
                packed.filelist.remove(old)
            packed.writestr(name, content)
    return copy.getvalue()


def _changes(packed: zipfile.ZipFile) -> dict[str, bytes]:
    names = packed.namelist()
    if ods_text.CONTENT in names:
        changes = {ods_text.CONTENT: _BLANKS_IN_TABLE.sub(b">", packed.read(ods_text.CONTENT))}
        if "mimetype" not in names:
            changes["mimetype"] = _ODS
    elif xlsb_records.WORKBOOK in names:
        changes = {xlsb_records.WORKBOOK: xlsb_records.of_sheets_only(packed, _KINDS)}
    else:
        changes = _of_xlsx(packed)
    return {name: content for name, content in changes.items() if name not in names or content != packed.read(name)}


def _of_xlsx(packed: zipfile.ZipFile) -> dict[str, bytes]:
    parts = {name: _in_utf_8(packed, name) for name in packed.namelist() if name.endswith((".xml", ".rels"))}
    changes = {name: text for name, text in parts.items() if text is not None}
    names = dict(zip(slashed(packed.namelist()), packed.namelist(), strict=True))
    if _WORKBOOK in names and "xl/_rels/workbook.xml.rels" in names:
        relations, workbook = names["xl/_rels/workbook.xml.rels"], names[_WORKBOOK]
        kept = {
            one["Id"]
            for one in relations_of(changes.get(relations) or packed.read(relations))
            if one.get("Type", "").endswith(_KINDS)
        }
        text = changes.get(workbook) or packed.read(workbook)
        for element, relation in sheets_in(text):
            if relation not in kept:
                text = text.replace(element, b"")
        changes[workbook] = text
    return changes


def _in_utf_8(packed: zipfile.ZipFile, name: str) -> bytes | None:
    with packed.open(name) as stream:
        encoding = _UTF_16.get(stream.read(2))
    if encoding is None:
        return None
    return _DECLARED.sub(r"\1UTF-8", packed.read(name).decode(encoding)).encode()
