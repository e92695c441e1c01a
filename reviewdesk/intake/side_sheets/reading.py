"""All side sheets of a workbook, read into one."""

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from reviewdesk.errors import Invalid, Text
from reviewdesk.intake.reading import Sheet
from reviewdesk.intake.side_sheets.errors import SideError
from reviewdesk.intake.side_sheets.found import SideSheets
from reviewdesk.intake.side_sheets.layouts import NOTHING_SAID, Layout, Said, named_kind, recognise
from reviewdesk.intake.side_sheets.rows import RowReader


def read_side_sheets(names: Iterable[str], open_sheet: Callable[[str], Sheet], said: Said = NOTHING_SAID) -> SideSheets:
    """Read all side sheets among those named; others are passed over."""
    found = SideSheets()
    add_side_sheets(found, names, open_sheet, said=said)
    found.finish()
    return found


def add_side_sheets(
    found: SideSheets,
    names: Iterable[str],
    open_sheet: Callable[[str], Sheet],
    file: str = "",
    said: Said = NOTHING_SAID,
) -> None:
    """Add the side sheets among those named; `file` is what people call the file that they are in, one of several.

    A sheet that cannot be opened is an error where its name says that it belongs to the accounts.
    """
    for name in names:
        place = f"{file} › {name}" if file else name
        try:
            sheet = open_sheet(name)
        except Invalid as error:
            if named_kind(name) is not None:
                found.refuse(_unopened(place, error), "evidence", whole=False)
            continue
        layout = recognise(sheet, said)
        if isinstance(layout, SideError):
            found.refuse(replace(layout, sheet=place), "evidence", whole=False)
        elif layout is not None:
            found.layouts[place] = layout
            RowReader(found, layout, place).run(sheet)


def read_by_layouts(
    layouts: Mapping[str, Layout],
    open_sheet: Callable[[str], Sheet],
    given: Mapping[str, Container[int]] = MappingProxyType({}),
) -> SideSheets:
    """Read side sheets of known layouts; the rows at the places `given` were given anew since these were settled."""
    found = SideSheets()
    for name, layout in layouts.items():
        found.layouts[name] = layout
        RowReader(found, layout, name, given.get(name, frozenset())).run(open_sheet(name))
    found.finish()
    return found


def _unopened(name: str, error: Invalid) -> SideError:
    mend = Text("修正该表后重新上传", "mend the sheet and upload the workbook again")
    return SideError(1, None, None, "", error.code, None, error.text, mend, sheet=name)
