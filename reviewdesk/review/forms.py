"""What the decision form sends, read into values. Money is in yuan there, days are ISO."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import TypeVar
from uuid import UUID

from reviewdesk.clock import today
from reviewdesk.errors import Invalid, Text
from reviewdesk.money import Fen, fen
from reviewdesk.review import settlement
from reviewdesk.review.judging import Ask
from reviewdesk.review.overrides import Kind
from reviewdesk.review.settlement import Terms
from reviewdesk.review.states import DECISIONS, Verb

T = TypeVar("T")


def read_ask(case_id: int, form: Mapping[str, str]) -> Ask:
    """The decision that a form asks for.

    Raises:
        Invalid: no choice, or a number or date that cannot be read; `details["field"]` names it.
    """
    choice = read_choice(form.get("choice", ""))
    return Ask(
        case_id=case_id,
        choice=choice,
        reason=form.get("reason", "").strip(),
        case_version=_whole(form, "version"),
        run_id=read_run(form),
        note=form.get("note", "").strip() or None,
        seen=read_seen(form),
        terms=read_terms(form) if choice is Verb.SETTLE else None,
    )


def read_seen(form: Mapping[str, str]) -> tuple[str, ...]:
    """The checks without facts that the person acknowledges to have seen."""
    return tuple(check for check in form.get("seen", "").split(",") if check)


def read_choice(raw: str) -> Verb:
    """One of the five decisions.

    Raises:
        Invalid: it is none.
    """
    if raw not in {choice.value for choice in DECISIONS}:
        raise Invalid("decision.choice", Text("请选择处理决定。", "Choose a decision."), field="choice")
    return Verb(raw)


def read_terms(form: Mapping[str, str]) -> Terms:
    """The terms of a settlement.

    Raises:
        Invalid: a field is absent or cannot be read.
    """
    kind = form.get("kind", "")
    if kind not in {known.value for known in settlement.Kind}:
        raise Invalid("settlement.kind", Text("请选择和解方式。", "Choose a kind of settlement."), field="kind")
    return Terms(
        kind=settlement.Kind(kind),
        agreed_on=today(),
        first_due_on=_day(form, "first_due_on"),
        count=1 if kind == settlement.Kind.DEFERRAL else _whole(form, "count"),
        waived=_money(form, "waived") if kind == settlement.Kind.REDUCTION else Fen(0),
        down_payment=_money(form, "down_payment"),
    )


def day_or_none(form: Mapping[str, str], name: str) -> date | None:
    """A day that may be absent.

    Raises:
        Invalid: it is there and is no day.
    """
    return _day(form, name) if form.get(name) else None


def _day(form: Mapping[str, str], name: str) -> date:
    return _read(form, name, date.fromisoformat)


def _money(form: Mapping[str, str], name: str) -> Fen:
    raw = form.get(name, "").replace(",", "").strip()
    return _read({name: raw or "0"}, name, fen)


def _whole(form: Mapping[str, str], name: str) -> int:
    return _read(form, name, int)


def _read(form: Mapping[str, str], name: str, reader: Callable[[str], T]) -> T:
    try:
        return reader(form.get(name, "").strip())
    except ValueError as error:
        raise Invalid("form.value", Text("填写有误。", "This cannot be read."), field=name) from error


def read_version(form: Mapping[str, str]) -> int:
    """The case version that the page showed."""
    return _whole(form, "version")


def read_verb(form: Mapping[str, str]) -> Verb:
    """What is to be done to the case."""
    return _read(form, "verb", Verb)


def read_run(form: Mapping[str, str]) -> int | None:
    """The audit run that the page showed."""
    return _whole(form, "run") if form.get("run") else None


def read_kind(form: Mapping[str, str]) -> Kind:
    """How a finding is to be set aside."""
    return _read(form, "kind", Kind)


def read_id(form: Mapping[str, str], name: str) -> UUID:
    """An identifier."""
    return _read(form, name, UUID)


def read_ids(raws: Iterable[str]) -> list[int]:
    """The case ids that were ticked."""
    return [_read({"ids": raw}, "ids", int) for raw in raws]
