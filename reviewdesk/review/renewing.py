"""Renewing cases from an import: what the sheet says anew of accounts that are cases already.

Only cases on which nobody has decided are renewed: a decision stands on the facts that it was made on. What the sheet
leaves blank stays as it was. A renewed case is audited again, and whoever asked for the import is its last editor.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import orjson

from reviewdesk import outbox
from reviewdesk.addresses import address_key
from reviewdesk.audit.service import AGAIN_JOB
from reviewdesk.db import Work
from reviewdesk.intake.fields import field_named, is_field
from reviewdesk.intake.known import UPDATE_EVENT, Outcome, Renewed
from reviewdesk.intake.models import Batch
from reviewdesk.intake.superseding import keep
from reviewdesk.journal.service import record_each
from reviewdesk.masking import mask
from reviewdesk.review.moves import move_cases
from reviewdesk.review.states import State, Verb
from reviewdesk.vault import vault

AT_ONCE: Final = 500  # cases that are locked, renewed and sent to one audit job together

WAY_TO_AUDIT: Final[Mapping[str, Verb | None]] = {
    State.RECEIVED: None,  # its audit is still to come
    State.AUDITING: None,
    State.IN_REVIEW: Verb.AUDIT_ANEW,
    State.RETURNED: Verb.ANSWER,
}
"""The states in which a case may be renewed, and the verb that sends it to a new audit."""

_LOCK = """
SELECT c.case_id FROM incoming_known k JOIN cases c ON c.org_id = :org AND c.case_id = k.case_id
WHERE k.case_id > :after ORDER BY c.case_id LIMIT :most FOR UPDATE OF c
"""

_READ = """
SELECT k.row, k.account_no, k.staged_id, k.facts AS new_facts, k.sealed AS new_sealed, c.case_id, c.number, c.state,
       f.facts, f.sealed, EXISTS (
           SELECT 1 FROM decisions d WHERE d.org_id = c.org_id AND d.case_id = c.case_id AND d.state = 'waiting'
       ) AS proposed
FROM incoming_known k
JOIN cases c ON c.org_id = :org AND c.case_id = k.case_id
JOIN case_files f ON f.org_id = c.org_id AND f.case_id = c.case_id
WHERE c.case_id = ANY(CAST(:ids AS bigint[]))
ORDER BY c.case_id
"""

_FILE = """
UPDATE case_files SET facts = %(facts)s::json, facts_version = facts_version + 1, sealed = %(sealed)s,
       name_index = %(name_index)s, id_index = %(id_index)s, mobile_index = %(mobile_index)s,
       address_index = %(address_index)s
WHERE org_id = %(org)s AND case_id = %(case)s
"""

_CASE = """
UPDATE cases SET borrower = %(borrower)s, lender_name = %(lender_name)s, lender_kind = %(lender_kind)s,
       claimed = %(total_claimed)s, outstanding = %(outstanding_principal)s, days_overdue = %(days_overdue)s,
       edited_by = %(by)s, version = version + CASE WHEN state IN ('received', 'auditing') THEN 1 ELSE 0 END
WHERE org_id = %(org)s AND case_id = %(case)s
"""


def renew(work: Work, batch: Batch) -> Iterator[Renewed]:
    """Renew the cases of the accounts that an import found known, in the order of their ids, and have them audited."""
    after = 0
    while True:
        ids = list(work.execute(_LOCK, org=work.org_id, after=after, most=AT_ONCE).scalars())
        if not ids:
            return
        after = ids[-1]
        judged = [(row, _renewal(work, row)) for row in work.execute(_READ, org=work.org_id, ids=ids)]
        changed = [one for _row, one in judged if one is not None and one.new]
        _store(work, batch, changed)
        _audit(work, batch, changed)
        for row, one in judged:
            yield Renewed(row.row, row.account_no, row.case_id, row.number, _outcome(one))


@dataclass(frozen=True, slots=True)
class _Renewal:
    """A case's facts as they will be, and what of them changed: old and new values, personal ones masked."""

    case_id: int
    state: str
    facts: dict[str, Any]
    personal: dict[str, Any]
    old: dict[str, Any]
    new: dict[str, Any]


def _outcome(one: _Renewal | None) -> Outcome:
    if one is None:
        return "decided"
    return "updated" if one.new else "unchanged"


def _renewal(work: Work, row: Any) -> _Renewal | None:
    """What the sheet changes of a case; None where somebody has decided on it, or proposes to."""
    if row.state not in WAY_TO_AUDIT or row.proposed:
        return None
    opened = vault()
    personal = opened.unseal(row.sealed, work.org_id, row.case_id)
    facts, new_facts = dict(row.facts), dict(row.new_facts)
    if isinstance(facts.get("extra"), dict) and isinstance(new_facts.get("extra"), dict):
        new_facts["extra"] = facts["extra"] | new_facts["extra"]
    given = new_facts | opened.unseal(row.new_sealed, work.org_id, row.staged_id)
    had = facts | personal
    changed = [name for name, value in given.items() if value != had.get(name)]
    return _Renewal(
        row.case_id,
        row.state,
        facts | new_facts,
        personal | {name: value for name, value in given.items() if name not in new_facts},
        {name: discreetly(name, had.get(name)) for name in changed},
        {name: discreetly(name, given[name]) for name in changed},
    )


def discreetly(name: str, value: Any) -> Any:
    """A fact as the journal may hold it: personal ones masked, of lists and unnamed columns only their number."""
    if value is None:
        return None
    if not is_field(name):
        return len(value)
    return mask(name, value) if field_named(name).personal else value


def _store(work: Work, batch: Batch, changed: Sequence[_Renewal]) -> None:
    if not changed:
        return
    rows = [_columns(work, batch, one) for one in changed]
    keep(work, [one.case_id for one in changed], "update")
    with work.cursor() as cursor:
        cursor.executemany(_FILE, rows)
        cursor.executemany(_CASE, rows)
    told = {one.case_id: (one.old, one.new | {"fields": list(one.new)}) for one in changed}
    record_each(work, UPDATE_EVENT, told, batch_id=batch.batch_id)


def _columns(work: Work, batch: Batch, one: _Renewal) -> dict[str, Any]:
    opened, org_id, personal = vault(), work.org_id, one.personal
    address = address_key(personal)
    mirrored = ("lender_name", "lender_kind", "total_claimed", "outstanding_principal", "days_overdue")
    return {name: one.facts.get(name) for name in mirrored} | {
        "org": org_id,
        "case": one.case_id,
        "by": batch.by_id,
        "facts": orjson.dumps(one.facts).decode(),
        "sealed": opened.seal(personal, org_id, one.case_id),
        "borrower": mask("borrower_name", personal["borrower_name"]),
        "name_index": opened.blind("name", personal["borrower_name"], org_id),
        "id_index": opened.blind("id_no", personal["id_no"], org_id),
        "mobile_index": opened.blind("mobile", personal["mobile"], org_id) if personal.get("mobile") else None,
        "address_index": None if address is None else opened.blind("address", address, org_id),
    }


def _audit(work: Work, batch: Batch, changed: Sequence[_Renewal]) -> None:
    """Send the renewed cases that were audited before to a new audit."""
    sent: list[int] = []
    for state, group in groupby(sorted(changed, key=lambda one: one.state), key=lambda one: one.state):
        verb = WAY_TO_AUDIT[state]
        if verb is not None:
            ids = [one.case_id for one in group]
            move_cases(work, verb, ids, reason=f"批次「{batch.name}」更新了事实")
            sent += ids
    if sent:
        outbox.add(work, AGAIN_JOB, {"case_ids": sent}, key=f"{batch.batch_id}-{min(sent)}-{work.actor.job_id}")
