"""What a workbook carries beside its cells, told by the parts of its package."""

import re
import zipfile
from pathlib import Path
from typing import Final, Literal

Trait = Literal["macros", "links", "since_1904"]
"""A program; links to other workbooks; days that count from 1904."""

_SINCE_1904: Final = re.compile(rb'\bdate1904="(?:1|true)"')
_WORKBOOK: Final = "xl/workbook.xml"


def traits_of(path: Path) -> frozenset[Trait]:
    """What a package carries; into a compound file nobody looks."""
    if not zipfile.is_zipfile(path):
        return frozenset()
    with zipfile.ZipFile(path) as packed:
        names = packed.namelist()
        since_1904 = _WORKBOOK in names and _SINCE_1904.search(packed.read(_WORKBOOK))
    found: set[Trait] = {"since_1904"} if since_1904 else set()
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        found.add("macros")
    if any(name.lower().startswith("xl/externallinks/") for name in names):
        found.add("links")
    return frozenset(found)
