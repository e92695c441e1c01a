"""How two policies differ: value by value, in the order of their pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reviewdesk.audit.versions.outline import Body, Cell, every_cell
from reviewdesk.errors import Text


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that differs between two policies; None on the side that has no such row.

    `grid`, `row` and `field` name its place; `anchor` is its row's place on the page of its section, empty where the
    later policy has no such row.
    """

    section: str
    grid: str
    row: str
    field: str
    anchor: str
    where: Text
    before: Text | None
    after: Text | None


def difference(before: Body, after: Body) -> list[Difference]:
    """What differs between two policies, in the order of their pages."""
    old, new = dict(_named(before)), dict(_named(after))
    found = []
    for name in [*new, *(name for name in old if name not in new)]:
        was, now = old.get(name), new.get(name)
        if was is None or now is None or was[1].shown != now[1].shown:
            where, _cell, _anchor = now or was or (Text("", ""), None, "")
            anchor = now[2] if now else ""
            found.append(Difference(*name, anchor, where, was and was[1].shown, now and now[1].shown))
    return found


def _named(body: Body) -> Iterator[tuple[tuple[str, str, str, str], tuple[Text, Cell, str]]]:
    for section, grid, row, cell in every_cell(body):
        yield (section, grid.path, row.key, cell.field), (grid.place_of(row, cell), cell, row.anchor)
