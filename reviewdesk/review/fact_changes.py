"""How two versions of a case's facts differ, field by field, as people may see it: personal values masked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from reviewdesk.audit.sheets import ATTACHED
from reviewdesk.audit.vocabulary import KINDS, LABELS, spoken, used_json
from reviewdesk.errors import Text
from reviewdesk.evidence import KINDS as EVIDENCE
from reviewdesk.intake.extras import EXTRA
from reviewdesk.intake.side_fields import SIDE_SHEET_KINDS, SideField
from reviewdesk.intake.superseding import FactChange, Facts, differences
from reviewdesk.masking import mask
from reviewdesk.money import grouped

_SHEETS: Final = {known.kind: known for known in SIDE_SHEET_KINDS}
_ROWS: Final = (*_SHEETS, ATTACHED)
_NAMES: Final = {ATTACHED: Text("附件", "Attachments"), EXTRA: Text("表中其他列", "Other columns of the sheet")}


@dataclass(frozen=True, slots=True)
class Differs:
    """A fact that two versions give differently. `before` and `after` are None where one does not give it.

    Of a side sheet they say how many rows there are; `gone` and `come` are the rows that only one of them has.
    """

    name: str
    label: Text
    before: Text | None
    after: Text | None
    gone: tuple[Text, ...] = ()
    come: tuple[Text, ...] = ()


def differing(before: Facts, after: Facts) -> list[Differs]:
    """The facts that differ, personal ones first; of other columns each on its own."""
    return [one for change in differences(before, after) for one in _told(change)]


def _told(change: FactChange) -> Iterator[Differs]:
    name = change.name
    if change.personal:
        yield Differs(name, _label(name), _masked(name, change.before), _masked(name, change.after))
    elif name == EXTRA:
        yield from _extra(change.before or {}, change.after or {})
    elif name in _ROWS:
        yield _sheet(name, change.before, change.after)
    else:
        yield Differs(name, _label(name), _plain(name, change.before), _plain(name, change.after))


def _label(name: str) -> Text:
    return LABELS.get(name) or _NAMES.get(name) or Text(name, name)


def _masked(name: str, value: Any) -> Text | None:
    return None if value in (None, "") else Text(mask(name, value), mask(name, value))


def _plain(name: str, value: Any) -> Text | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return Text("是", "yes") if value else Text("否", "no")
    if name not in KINDS:
        return Text(str(value), str(value))
    written = used_json(name, value)
    return Text(spoken(name, written, "zh", {}), spoken(name, written, "en", {}))


def _extra(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Differs]:
    for header in dict.fromkeys([*before, *after]):
        old, new = before.get(header), after.get(header)
        if old != new:
            yield Differs(EXTRA, Text(header, header), _plain("", old), _plain("", new))


def _sheet(name: str, before: Sequence[Any] | None, after: Sequence[Any] | None) -> Differs:
    """How the rows of a side sheet differ; where a row stood in its workbook does not count."""
    old, new = ([_bare(row) for row in rows or ()] for rows in (before, after))
    return Differs(
        name,
        _label(name),
        _how_many(before),
        _how_many(after),
        tuple(_row(name, row) for row in old if row not in new),
        tuple(_row(name, row) for row in new if row not in old),
    )


def _bare(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "row" and value is not None}


def _how_many(rows: Sequence[Any] | None) -> Text | None:
    if rows is None:
        return None
    return Text(f"{len(rows)} 条", f"{len(rows)} {'row' if len(rows) == 1 else 'rows'}")


def _row(name: str, row: Mapping[str, Any]) -> Text:
    """A row in words: `2024-03-01 · 1,134.72`."""
    known = {field.name: field for field in _SHEETS[name].fields} if name in _SHEETS else {}
    zh, en = zip(*(_cell(known.get(column), column, value) for column, value in row.items()), strict=True)
    return Text(" · ".join(zh), " · ".join(en))


def _cell(field: SideField | None, column: str, value: Any) -> tuple[str, str]:
    if column == "kind" and value in EVIDENCE:
        return EVIDENCE[value].zh, EVIDENCE[value].en
    if column == "sha256":
        return str(value)[:12], str(value)[:12]
    if field is not None and field.reads == "money":
        return f"{field.label.zh} {grouped(value)}", f"{field.label.en} {grouped(value)}"
    if isinstance(value, bool):
        label = field.label if field is not None else Text(column, column)
        return f"{label.zh} {'是' if value else '否'}", f"{label.en} {'yes' if value else 'no'}"
    return str(value), str(value)
