"""The mapping page: what needs a person first, what is settled in one line a column.

A column once put before a person stays where it is while the page is worked on, so that nothing jumps away under the
hands: the form says which these are (`here`) and which of them were looked at (`seen`).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, request
from flask_babel import gettext as _
from markupsafe import Markup, escape
from werkzeug.datastructures import MultiDict

from reviewdesk.db import Work
from reviewdesk.errors import Text
from reviewdesk.intake import confirming, queries
from reviewdesk.intake.declaring import Declared
from reviewdesk.intake.fields import FIELDS, Field, by_name, field_named
from reviewdesk.intake.forms import CONSTANTS, DROPPED, TAKEN_APART, UNITS, UNSURE
from reviewdesk.intake.hidden import WHY, Hidden, read_hidden
from reviewdesk.intake.keys import proposed_key
from reviewdesk.intake.looking import Look, missing_fields
from reviewdesk.intake.mapping import BY_ROW
from reviewdesk.intake.mapping import Mapping as ColumnMapping
from reviewdesk.intake.messages import unit_label
from reviewdesk.intake.models import Batch
from reviewdesk.intake.parts import parts_of, waiting_part
from reviewdesk.intake.questions import Question, questions_of
from reviewdesk.intake.saved_mappings import layout_change_of, saved_for
from reviewdesk.intake.showing import ColumnView, columns_of, discreet_sample
from reviewdesk.intake.side_checking import SideCheck
from reviewdesk.intake.side_looking import KIND_LABELS, PAPER, SideView, sides_of
from reviewdesk.intake.splitting import SPLIT_LABELS
from reviewdesk.intake.stating import MOST_PARTS, PERIODS, SPARED
from reviewdesk.labels import LENDER_KINDS
from reviewdesk.pages import in_my_language

KEY = "key"
"""What the form calls the made-up account number among the things that were looked at."""

MOST_LISTED = 400
"""So many columns that fill no field are listed; a sheet with more has them kept as they stand."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a sheet in three parts: to be looked at, about third persons, settled.

    `more` counts settled columns that are not listed.
    """

    to_see: list[ColumnView]
    third: list[ColumnView]
    settled: list[ColumnView]
    more: int


def in_parts(columns: Sequence[ColumnView], added: Collection[str], here: Collection[str]) -> Columns:
    """The columns as the page shows them; `added` are headers new to a known layout, `here` columns shown before."""
    to_see, third, settled = [], [], []
    for one in columns:
        if one.doubtful or one.rule.header in added or str(one.rule.column) in here:
            to_see.append(one)
        elif one.third:
            third.append(one)
        else:
            settled.append(one)
    listed = _listed(settled)
    return Columns(to_see, third, listed, len(settled) - len(listed))


def _listed(settled: list[ColumnView]) -> list[ColumnView]:
    """Every column that fills a field, and the first of the others."""
    kept = [one for one in settled if not one.filled][MOST_LISTED:]
    beyond = {one.rule.column for one in kept}
    return [one for one in settled if one.rule.column not in beyond]


@dataclass(frozen=True, slots=True)
class Tasks:
    """How many things on the page wait for a person, by kind."""

    lacking: int
    unanswered: int
    to_look_at: int

    @property
    def all(self) -> int:
        """All of them."""
        return self.lacking + self.unanswered + self.to_look_at


class FieldChoice:
    """The options of a column's field, written once for the whole page; a wide sheet has hundreds of such choices."""

    def __init__(self, groups: Iterable[tuple[str, list[Field]]]) -> None:
        parts = []
        for group, members in groups:
            options = "".join(
                f'<option value="{known.name}">{escape(in_my_language(known.label))}</option>' for known in members
            )
            parts.append(f'<optgroup label="{escape(group)}">{options}</optgroup>')
        self._options = "".join(parts)

    def __call__(self, chosen: Field | None) -> Markup:
        """The options with one of them chosen."""
        if chosen is None:
            return Markup(self._options)  # noqa: S704 -- made above, of escaped words
        plain = f'<option value="{chosen.name}">'
        return Markup(self._options.replace(plain, f"{plain[:-1]} selected>"))  # noqa: S704


def mapping_page(
    work: Work,
    batch: Batch,
    shown: ColumnMapping,
    declared: Declared,
    wrong: list[Text] | None = None,
    hidden: Hidden | None = None,
    checked: SideCheck | None = None,
) -> str:
    """The page of a batch whose columns wait for a person, under the mapping that is proposed or was stated so far."""
    look, suggestions = confirming.suggested_for(work, batch)
    hidden = hidden or read_hidden(batch.hidden)
    missing = missing_fields(look.taken(shown, hidden))
    questions = questions_of(shown, look.sample, look.header.sheet_unit)
    changed, saved = layout_change_of(work, look), saved_for(work, look)
    every = columns_of(look, shown, suggestions)
    columns = in_parts(every, changed[0].added if changed else (), request.form.getlist("here"))
    seen = frozenset(request.form.getlist("seen"))
    sides = _sides(look, shown, hidden)
    return render_template(
        "intake/mapping.html",
        batch=batch,
        file=queries.detail(work, batch.batch_id).file,
        look=look,
        width=len(every),
        parts=(parts := parts_of(batch)),
        part=waiting_part(parts),
        hidden=hidden,
        why_hidden=WHY,
        mapping=shown,
        columns=columns,
        seen=seen,
        said=request.form,
        tasks=_tasks(shown, missing, [*questions, *(one for side in sides for one in side.questions)], columns, seen),
        mapped=sum(1 for one in every if one.filled),
        changed=changed,
        retired=saved if saved and saved.retired else None,
        missing=missing,
        free=[one for one in every if not one.filled],
        constants=[field_named(name) for name in CONSTANTS if shown.rule_of(name) is None],
        questions=questions,
        asked=_asked(questions, request.form),
        sides=sides,
        asked_beside=_asked_beside(sides, request.form),
        side_kinds=[(kind, in_my_language(label)) for kind, label in KIND_LABELS.items()],
        PAPER=PAPER,
        checked=checked,
        key_choices=_key_choices(shown),
        KEY=KEY,
        spared=[field_named(name) for name in SPARED if name in shown.lacks],
        SPARED=SPARED,
        splits=[(split, in_my_language(label)) for split, label in SPLIT_LABELS.items()],
        most_parts=MOST_PARTS,
        DROPPED=DROPPED,
        TAKEN_APART=TAKEN_APART,
        by_name=by_name(),
        same_as_before=sum(1 for one in suggestions if one.level == "stated"),
        declared=declared,
        wrong=wrong or [],
        units={kind: [(unit, unit_label(unit)) for unit in units] for kind, units in UNITS.items()},
        periods=PERIODS,
        lender_kinds=LENDER_KINDS,
        unsure=request.form.get("constant-lender_kind") == UNSURE,
        UNSURE=UNSURE,
        options=FieldChoice(groups := _grouped_fields()),
        groups=groups,
    )


def _tasks(
    shown: ColumnMapping,
    missing: Sequence[Field],
    questions: Sequence[Question],
    columns: Columns,
    seen: Collection[str],
) -> Tasks:
    kind = shown.rule_of("lender_kind") or shown.constants.get("lender_kind")
    unsure = request.form.get("constant-lender_kind") == UNSURE
    unseen = sum(1 for one in columns.to_see if one.doubtful and str(one.rule.column) not in seen)
    return Tasks(
        lacking=len(missing) + (0 if kind or unsure else 1),
        unanswered=sum(1 for one in questions if one.open),
        to_look_at=unseen + (1 if shown.key and KEY not in seen else 0),
    )


def _asked(questions: Sequence[Question], form: "MultiDict[str, str]") -> list[Question]:
    """The questions that stay in view: those that are open, and those that were before this person answered them."""
    before = form.getlist("asked")
    return [one for one in questions if one.open or one.name in before]


def _asked_beside(sides: Sequence[SideView], form: "MultiDict[str, str]") -> dict[str, tuple[SideView, Question]]:
    """`_asked` of the sheets beside the accounts, by what their answers are called in the form."""
    before = form.getlist("asked")
    every = {side.name_of(one): (side, one) for side in sides for one in side.questions}
    return {name: (side, one) for name, (side, one) in every.items() if one.open or name in before}


def _sides(look: Look, shown: ColumnMapping, hidden: Hidden) -> list[SideView]:
    """The sheets beside the accounts; hidden ones where these are read."""
    sides = sides_of(look.beside, shown, discreet_sample)
    return [one for one in sides if not one.look.hidden or hidden.sheets == "take"]


def _key_choices(shown: ColumnMapping) -> list[tuple[str, str]]:
    """What account numbers may be made of, where no column has them: (value, words)."""
    if not shown.key:
        return []
    made = proposed_key(shown)
    choices = dict.fromkeys((shown.key, made, (BY_ROW,)), "")
    return [(",".join(key), _key_words(key)) for key in choices]


def _key_words(key: tuple[str, ...]) -> str:
    if key == (BY_ROW,):
        return str(_("按所在行编号"))
    return str(_("由%(names)s合成", names="＋".join(in_my_language(field_named(name).label) for name in key)))


def _grouped_fields() -> list[tuple[str, list[Any]]]:
    """The fields in groups that a person finds their way in."""
    groups: dict[str, list[Any]] = {_("借款人"): [], _("金额"): [], _("日期"): [], _("合同与其他"): []}
    names = list(groups)
    for known in FIELDS:
        place = 0 if known.personal else {"money": 1, "rate": 1, "date": 2}.get(known.kind, 3)
        groups[names[place]].append(known)
    return list(groups.items())
