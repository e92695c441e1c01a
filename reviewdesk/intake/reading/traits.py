"""What a workbook carries beside its cells, told by the parts of its package."""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from reviewdesk.intake.reading import xls_records, xlsb_records
from reviewdesk.intake.reading.asking import counts_from_1904
from reviewdesk.intake.reading.found import Trait
from reviewdesk.intake.reading.kinds import package

_WORKBOOK: Final = "xl/workbook.xml"


def _counts_from_1904(packed: zipfile.ZipFile, names: Sequence[str]) -> bool:
    if xlsb_records.WORKBOOK in names:
        return xlsb_records.counts_from_1904(packed)
    return _WORKBOOK in names and counts_from_1904(packed.read(_WORKBOOK))


def traits_of(path: Path, content: bytes | None = None) -> frozenset[Trait]:
    """What a workbook carries; links of an `.xls` are not looked for. `content` is what is read in its place."""
    whole = package(path, content)
    if whole is None:
        return xls_records.traits_of(path)
    with whole as packed:
        names = packed.namelist()
        since_1904 = _counts_from_1904(packed, names)
    found: set[Trait] = {"since_1904"} if since_1904 else set()
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        found.add("macros")
    if any(name.lower().startswith("xl/externallinks/") for name in names):
        found.add("links")
    return frozenset(found)
