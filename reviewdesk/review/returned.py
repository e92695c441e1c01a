"""Answering a returned case: the platform supplies or mends facts, and the case is audited again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reviewdesk import outbox
from reviewdesk.actor import Actor
from reviewdesk.addresses import address_key
from reviewdesk.audit.models import AuditRun
from reviewdesk.audit.registry import CHECKS
from reviewdesk.audit.service import AGAIN_JOB
from reviewdesk.db import Work, unit_of_work
from reviewdesk.errors import Conflict, Invalid, Stale, Text
from reviewdesk.intake.fields import FIELDS, REQUIRED, Field, field_named, is_field
from reviewdesk.intake.messages import said
from reviewdesk.intake.models import Case
from reviewdesk.intake.superseding import keep
from reviewdesk.intake.values import Bad, Value, reader_of
from reviewdesk.journal.service import record
from reviewdesk.masking import mask
from reviewdesk.money import yuan
from reviewdesk.review.changes import changes_since
from reviewdesk.review.moves import move_cases, not_allowed
from reviewdesk.review.service import lock_case
from reviewdesk.review.states import State, Verb, sources
from reviewdesk.vault import vault

FIXED = frozenset({"account_no"})
"""What names the account cannot be mended; such a row is imported anew."""

EDITABLE: tuple[Field, ...] = tuple(field for field in FIELDS if field.name not in FIXED)


def answer(actor: Actor, case_id: int, *, version: int, given: Mapping[str, str], note: str = "") -> Case:
    """Mend a returned case's facts from what was typed, and send it to the audit.

    `given` holds texts as a sheet would, by field name; an empty text takes an optional fact away. The actor becomes
    the case's last editor, so they cannot be the second person of a decision on it.

    Raises:
        NotFound: the organisation has no such case.
        NotAllowed: the actor is no uploader.
        Conflict: the case was not returned.
        Stale: the case has another version; `details["changes"]` says why.
        Invalid: a value cannot be read, or neither facts nor a note were given; `details["problems"]` names each field.
    """
    values = _read(given)
    with unit_of_work(actor) as work:
        case = lock_case(work, case_id, "review:case:answer")
        if not sources(Verb.ANSWER, actor.roles):
            raise not_allowed(Verb.ANSWER, case_id)
        if case.version != version:
            raise Stale(
                "case.stale",
                Text("案件已有变化，请先看变化再答复。", "The case has changed since you opened it."),
                changes=changes_since(work, case, version, case.run_id),
            )
        if State(case.state) is not State.RETURNED:
            raise Conflict("case.state", Text("只有退回的案件可以答复。", "Only a returned case is answered."))
        changed = _apply(work, case, values)
        if not changed and not note.strip():
            raise Invalid(
                "answer.empty", Text("请修改事实或写明答复。", "Mend a fact or write an answer."), field="note"
            )
        case.edited_by = actor.person_id
        work.session.flush()
        move_cases(work, Verb.ANSWER, [case_id], reason=note.strip() or None, details={"fields": changed})
        outbox.add(work, AGAIN_JOB, {"case_ids": [case_id]}, key=f"{case_id}-{case.version + 1}")
    return case


def _read(given: Mapping[str, str]) -> dict[str, Value]:
    """The typed texts as values, all problems at once."""
    values: dict[str, Value] = {}
    problems: list[dict[str, Any]] = []
    for name, text in given.items():
        if not is_field(name) or name in FIXED:
            raise Invalid("answer.field", Text("这一字段不能修改。", "This field cannot be changed."), field=name)
        field = field_named(name)
        try:
            values[name] = reader_of(field)(text.strip())
        except Bad as error:
            words = said(error.code, error.details, field.label, "元")
            problems.append({"field": name, "code": error.code, "message": words.message.as_json()})
            continue
        if values[name] is None and name in REQUIRED:
            required = Text(f"{field.label.zh}不能为空。", f"{field.label.en} is required.")
            problems.append({"field": name, "code": "required", "message": required.as_json()})
    if problems:
        first = problems[0]
        raise Invalid(first["code"], Text(**first["message"]), field=first["field"], problems=problems)
    return values


def _apply(work: Work, case: Case, values: Mapping[str, Value]) -> list[str]:
    """Write the changed values into facts and envelope, and record old and new ones; returns the changed fields."""
    personal = vault().unseal(case.sealed, case.org_id, case.case_id)
    old = {name: (personal if field_named(name).personal else case.facts).get(name) for name in values}
    changed = [name for name, value in values.items() if value != old[name]]
    if not changed:
        return []
    facts = dict(case.facts)
    for name in changed:
        target = personal if field_named(name).personal else facts
        if values[name] is None:
            target.pop(name, None)
        else:
            target[name] = values[name]
    keep(work, [case.case_id], "answer")
    _store(case, facts, personal)
    record(
        work,
        "review:facts:edit",
        ("case", case.case_id),
        old={name: _discreetly(name, old[name]) for name in changed},
        new={"fields": changed} | {name: _discreetly(name, values[name]) for name in changed},
        case_id=case.case_id,
        batch_id=case.batch_id,
    )
    return changed


def _discreetly(name: str, value: Any) -> Any:
    """A value as the journal may hold it: personal ones masked."""
    return mask(name, value) if field_named(name).personal and value is not None else value


def _store(case: Case, facts: dict[str, Any], personal: dict[str, Any]) -> None:
    """The facts, the envelope, and the columns that mirror them."""
    opened = vault()
    case.facts, case.facts_version = facts, case.facts_version + 1
    case.sealed = opened.seal(personal, case.org_id, case.case_id)
    case.borrower = mask("borrower_name", personal["borrower_name"])
    case.name_index = opened.blind("name", personal["borrower_name"], case.org_id)
    case.id_index = opened.blind("id_no", personal["id_no"], case.org_id)
    case.mobile_index = opened.blind("mobile", personal["mobile"], case.org_id) if personal.get("mobile") else None
    address = address_key(personal)
    case.address_index = None if address is None else opened.blind("address", address, case.org_id)
    case.lender_name, case.lender_kind = facts.get("lender_name"), facts.get("lender_kind")
    case.claimed, case.outstanding = facts.get("total_claimed"), facts.get("outstanding_principal")
    case.days_overdue = facts.get("days_overdue")


@dataclass(frozen=True, slots=True)
class Editor:
    """A field of the answer's form: a fact's text as a sheet would write it, or the mask of a personal one."""

    field: Field
    text: str
    masked: str


@dataclass(frozen=True, slots=True)
class Editors:
    """The form's fields: those that the findings ask about, and all others."""

    asked: list[Editor]
    others: list[Editor]


def editors(case: Case, run: AuditRun | None) -> Editors:
    """The fields that an answer may change, those of failed and unanswered checks first."""
    personal = vault().unseal(case.sealed, case.org_id, case.case_id)
    asked = facts_asked_about(run)
    made = [_editor(field, case, personal) for field in EDITABLE]
    return Editors(
        [one for one in made if one.field.name in asked], [one for one in made if one.field.name not in asked]
    )


def facts_asked_about(run: AuditRun | None) -> frozenset[str]:
    """The facts that the run's failed and unanswered checks rest on."""
    if run is None:
        return frozenset()
    checks = (CHECKS[check] for check in (*run.failed, *run.missing) if check in CHECKS)
    return frozenset(name for check in checks for name in check.uses)


def _editor(field: Field, case: Case, personal: Mapping[str, Any]) -> Editor:
    if field.personal:
        return Editor(field, "", mask(field.name, personal.get(field.name)))
    return Editor(field, as_typed(field, case.facts.get(field.name)), "")


def as_typed(field: Field, value: Any) -> str:
    """A stored fact as somebody would type it into a sheet; read again, it is the same value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if field.kind == "money":
        return yuan(value)
    if field.kind == "choice":
        return field.choices[value][0] if value in field.choices else str(value)
    return str(value)


def changed_texts(case: Case, form: Mapping[str, str]) -> dict[str, str]:
    """The form's texts that differ from what it showed; a personal field that was left empty stays as it is."""
    return {
        field.name: form[field.name]
        for field in EDITABLE
        if field.name in form
        and form[field.name].strip() != ("" if field.personal else as_typed(field, case.facts.get(field.name)))
    }
