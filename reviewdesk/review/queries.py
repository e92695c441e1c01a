"""Reads of the review stage: the queue with its filters, a case with everything known of it, and what waits."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from reviewdesk.actor import Actor
from reviewdesk.clock import today
from reviewdesk.db import Work
from reviewdesk.errors import Invalid, Text
from reviewdesk.filters import read_values
from reviewdesk.money import fen, yuan
from reviewdesk.review.orders import ORDERS
from reviewdesk.review.overrides import IN_FORCE
from reviewdesk.review.states import State
from reviewdesk.vault import vault

NEAR_DAYS = 90
"""Days before the limitation expires within which a case counts as near."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows the queue. Money in fen, days and dates inclusive; None means no limit.

    `view` is one of the named views; without `view` and `state` the queue holds what is in review or escalated.
    """

    view: str | None = None
    batch: UUID | None = None
    verdict: str | None = None
    state: str | None = None
    assignee: str | None = None  # a person's id, "me" or "none"
    check: str | None = None
    outcome: str | None = None  # what the check, or any, found
    overrides: str | None = None  # a way in which findings are set aside, "any" or "none"
    amount_from: int | None = None
    amount_to: int | None = None
    overdue_from: int | None = None
    overdue_to: int | None = None
    expiry_from: date | None = None
    expiry_to: date | None = None
    text: str | None = None
    order: str | None = None  # one of `ORDERS`; it narrows nothing

    def for_claiming(self) -> "Filters":
        """The same without what only finds cases that are decided, waiting or in somebody's hands."""
        return replace(self, view=self.view if self.view in _FREE_VIEWS else None, state=None, assignee=None)

    def as_json(self) -> dict[str, str]:
        """The filters as plain strings, as a query string or a stored selection holds them; money in yuan."""
        given = {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) is not None}
        return {name: yuan(value) if name.startswith("amount_") else str(value) for name, value in given.items()}


_OPEN = "c.state IN ('in_review', 'escalated')"

_WAITING = (
    "EXISTS (SELECT 1 FROM decisions d WHERE d.org_id = c.org_id AND d.case_id = c.case_id AND d.state = 'waiting')"
)

VIEWS: Mapping[str, str] = {
    "near": f"{_OPEN} AND c.limitation_expiry <= CAST(:near AS date)",
    "waiting": f"{_OPEN} AND {_WAITING}",
    "blocked": f"{_OPEN} AND c.verdict = 'blocked'",
    "escalated": "c.state = 'escalated'",
    "mine": f"{_OPEN} AND c.assignee_id = :me AND (c.lease_until IS NULL OR c.lease_until > now())",
    "returned": "c.state = 'returned'",
    "all": _OPEN,
}


_FREE_VIEWS = ("near", "blocked", "escalated")
"""Views in which a case may be free to take."""


def read_filters(args: Mapping[str, str]) -> Filters:
    """Filters from a query string or form; money there is in yuan.

    Raises:
        Invalid: a value cannot be read; `details["field"]` names it.
    """
    return Filters(**read_values(_READERS, args))


_NUMBER = re.compile(r"[A-Za-z0-9_./-]{1,60}")
_PERSONAL = re.compile(r"\d{17}[\dXx]|1[3-9]\d{9}")


def check_public(filters: Filters) -> None:
    """Refuse a search for personal data in an address, which logs and histories keep.

    Raises:
        Invalid: the text is no case or account number.
    """
    text = filters.text
    if text is not None and (not _NUMBER.fullmatch(text) or _PERSONAL.fullmatch(text)):
        raise Invalid(
            "filter.personal",
            Text(
                "这里只查案件号和借据号；姓名、证件号、手机号请用页面上方的查找。",
                "Only case and account numbers here; use the search box above for names, ID numbers and phones.",
            ),
            field="text",
        )


def _one_of(*words: str) -> Any:
    def read(raw: str) -> str:
        if raw not in words:
            raise ValueError(raw)
        return raw

    return read


def _word(raw: str) -> str:
    if not re.fullmatch(r"[a-z_.]{1,60}", raw):
        raise ValueError(raw)
    return raw


def _days(raw: str) -> int:
    days = int(raw)
    if not 0 <= days <= 100_000:
        raise ValueError(raw)
    return days


def _yuan(raw: str) -> int:
    """An amount as people type it: `10,000`, `￥10，000`, `1.5 万`."""
    plain = re.sub(r"[,¥元\s]", "", unicodedata.normalize("NFKC", raw))
    return fen(plain.removesuffix("万")) * (10_000 if plain.endswith("万") else 1)


def _assignee(raw: str) -> str:
    return raw if raw in ("me", "none") else str(UUID(raw))


_READERS: Mapping[str, Any] = {
    "view": _one_of(*VIEWS),
    "batch": UUID,
    "verdict": _one_of("blocked", "attention", "clear"),
    "state": _one_of("any", *(state.value for state in State)),
    "assignee": _assignee,
    "check": _word,
    "outcome": _one_of("fail", "warn", "missing"),
    "overrides": _one_of("any", "none", "override", "acknowledge", "silence"),
    "amount_from": _yuan,
    "amount_to": _yuan,
    "overdue_from": _days,
    "overdue_to": _days,
    "expiry_from": date.fromisoformat,
    "expiry_to": date.fromisoformat,
    "text": lambda raw: raw[:100],
    "order": _one_of(*filter(None, ORDERS)),
}


def conditions(filters: Filters, actor: Actor) -> tuple[str, dict[str, Any]]:
    """The filters as an SQL condition on `cases c`, and its values."""
    parts = [VIEWS[filters.view]] if filters.view else []
    parts += [sql for name, sql in _CONDITIONS.items() if getattr(filters, name) is not None]
    if filters.assignee is not None:
        parts.append(_ASSIGNEES.get(filters.assignee, "c.assignee_id = CAST(:assignee AS uuid)"))
    if filters.overrides == "none":
        parts.append(f"NOT EXISTS ({_SET_ASIDE})")
    elif filters.overrides is not None:
        parts.append(f"EXISTS ({_SET_ASIDE} AND :overrides IN ('any', o.kind))")
    if filters.state is None and filters.view is None:
        parts.append(_OPEN)
    elif filters.state == "any":
        parts.append("c.state <> 'reversed'")
    elif filters.state is not None:
        parts.append("c.state = :state")
    values: dict[str, Any] = {name: getattr(filters, name) for name in _CONDITIONS}
    values |= {
        "assignee": filters.assignee,
        "overrides": filters.overrides,
        "checks": [filters.check] if filters.check else None,
        "today": today(),
        "near": today() + timedelta(days=NEAR_DAYS),
        "me": actor.person_id,
        "state": filters.state,
    }
    if filters.text is not None:
        sql, more = _text(filters.text, actor)
        parts.append(sql)
        values |= more
    used = " AND ".join(parts) or "true"
    return used, {name: value for name, value in values.items() if f":{name}" in used}


_SET_ASIDE = f"SELECT 1 FROM finding_overrides o WHERE o.org_id = c.org_id AND o.case_id = c.case_id AND {IN_FORCE}"  # noqa: S608

_CONDITIONS: Mapping[str, str] = {
    "batch": "c.batch_id = :batch",
    "verdict": "c.verdict = :verdict",
    "check": "c.run_id IN (SELECT r.run_id FROM audit_runs r WHERE r.org_id = c.org_id AND r.run_id = c.run_id "
    "AND :check = ANY(r.failed || r.warned || r.missing))",
    "outcome": "c.run_id IN (SELECT r.run_id FROM audit_runs r WHERE r.org_id = c.org_id AND r.run_id = c.run_id "
    "AND CASE :outcome WHEN 'fail' THEN r.failed WHEN 'warn' THEN r.warned ELSE r.missing END "
    "&& coalesce(CAST(:checks AS text[]), r.failed || r.warned || r.missing))",
    "amount_from": "coalesce(c.claimed, c.outstanding) >= :amount_from",
    "amount_to": "coalesce(c.claimed, c.outstanding) <= :amount_to",
    "overdue_from": "c.days_overdue >= :overdue_from",
    "overdue_to": "c.days_overdue <= :overdue_to",
    "expiry_from": "c.limitation_expiry >= :expiry_from",
    "expiry_to": "c.limitation_expiry <= :expiry_to",
}

_ASSIGNEES: Mapping[str, str] = {
    "me": VIEWS["mine"],
    "none": "(c.assignee_id IS NULL OR c.lease_until < now())",
}


def _text(text: str, actor: Actor) -> tuple[str, dict[str, Any]]:
    """A search for one thing: a case number, an account number, or exactly a name, an ID number or a phone.

    Personal values are compared through their blind indexes; the database never sees them.
    """
    given = unicodedata.normalize("NFKC", text).strip()
    folded = re.sub(r"[\s-]", "", given).upper()
    number = folded if not folded.isdigit() or len(folded) > 6 else f"%-{folded.zfill(6)}"
    values: dict[str, Any] = {"q": given, "q_number": re.sub(r"^C(\d{4})(\d+)$", r"C-\1-\2", number)}
    parts = ["c.number LIKE :q_number" if "%" in number else "c.number = :q_number", "c.account_no = :q"]
    if actor.org_id is not None:
        mobile = re.sub(r"^(\+?86)?", "", folded) if len(folded) > 11 else folded
        parts.append(_PERSON)
        values["q_name"] = vault().blind("name", given, actor.org_id)
        values["q_id_no"] = vault().blind("id_no", folded, actor.org_id)
        values["q_mobile"] = vault().blind("mobile", mobile, actor.org_id)
    return f"({' OR '.join(parts)})", values


_PERSON = """(c.org_id, c.case_id) IN (
    SELECT org_id, case_id FROM case_files WHERE name_index = :q_name
    UNION ALL SELECT org_id, case_id FROM case_files WHERE id_index = :q_id_no
    UNION ALL SELECT org_id, case_id FROM case_files WHERE mobile_index = :q_mobile)"""


@dataclass(frozen=True, slots=True)
class Row:
    """A case as the queue shows it: no personal data but the masked name.

    `verdict`, `failed`, `warned` and `missing` are of the findings that count, without the checks in `set_aside`.
    `lapsed`: the last day of one has passed, and `verdict` and `failed` do not tell it yet.
    """

    case_id: int
    number: str
    account_no: str
    borrower: str
    lender_name: str | None
    state: str
    version: int
    run_id: int | None
    verdict: str | None
    failed: list[str]
    warned: list[str]
    missing: list[str]
    set_aside: list[str]
    lapsed: bool
    claimed: int | None
    outstanding: int | None
    claimable: int | None
    days_overdue: int | None
    limitation_expiry: date | None
    batch_id: UUID
    assignee_id: UUID | None
    assignee: str | None
    waiting: bool
    key: str | None

    @property
    def amount(self) -> int | None:
        """What the case is about, in fen."""
        return self.claimed if self.claimed is not None else self.outstanding

    @property
    def days_left(self) -> int | None:
        """Days until the limitation expires; negative when it has."""
        return (self.limitation_expiry - today()).days if self.limitation_expiry else None

    @property
    def cursor(self) -> str:
        """The row's place in the queue's order."""
        return f"{self.key or ''}_{self.case_id}"


_STANDING = {
    f"standing_{name}": f"ARRAY(SELECT w FROM unnest(r.{name}) AS w WHERE w <> ALL (coalesce(aside.checks, '{{}}')))"  # noqa: S608
    for name in ("warned", "missing")
}
"""The checks of a run that still warn or lack facts, without those that are set aside today."""

# The page is cut before the joins, so that they touch only its rows.
_QUEUE = """
SELECT c.case_id, c.number, c.account_no, c.borrower, c.lender_name, c.state, c.version, c.run_id, c.verdict, c.failed,
       {standing_warned} AS warned, {standing_missing} AS missing, coalesce(aside.checks, '{{}}') AS set_aside,
       coalesce(aside.lapsed, false) AS lapsed, c.claimed, c.outstanding, c.claimable, c.days_overdue,
       c.limitation_expiry, c.batch_id,
       CASE WHEN c.lease_until IS NULL OR c.lease_until > now() THEN c.assignee_id END AS assignee_id,
       CASE WHEN c.lease_until IS NULL OR c.lease_until > now() THEN p.name END AS assignee,
       d.decision_id IS NOT NULL AS waiting, CAST({key} AS text) AS key
FROM (
    SELECT c.* FROM cases c
    WHERE c.org_id = :org AND {filters} AND {after}
    ORDER BY {by}
    LIMIT :limit
) c
LEFT JOIN audit_runs r ON r.org_id = c.org_id AND r.run_id = c.run_id
LEFT JOIN LATERAL (
    SELECT array_agg(o.check_id ORDER BY o.check_id) FILTER (WHERE {in_force}) AS checks,
           bool_or(NOT ({in_force})) AS lapsed
    FROM finding_overrides o
    WHERE o.org_id = c.org_id AND o.case_id = c.case_id AND o.ended_at IS NULL
) aside ON true
LEFT JOIN people p ON p.org_id = c.org_id AND p.person_id = c.assignee_id
LEFT JOIN decisions d ON d.org_id = c.org_id AND d.case_id = c.case_id AND d.state = 'waiting'
ORDER BY {by}
"""


def queue(work: Work, filters: Filters, *, after: str | None = None, size: int = 50) -> list[Row]:
    """A stretch of the queue in the order that the filters name, and one row more than `size` where there is one.

    `after` is the cursor of the last row seen; the order is total, so nothing is skipped or shown twice.

    Raises:
        Invalid: the cursor is none of ours.
    """
    where, values = conditions(filters, work.actor)
    order = ORDERS[filters.order]
    beyond, place = order.after(after)
    sql = _QUEUE.format(filters=where, after=beyond, key=order.key, by=order.by, in_force=IN_FORCE, **_STANDING)
    rows = work.execute(sql, **values | place | {"org": work.org_id, "today": today(), "limit": size + 1})
    return [Row(**row._mapping) for row in rows]


_IDS = """
SELECT c.case_id FROM cases c WHERE c.org_id = :org AND {filters}
ORDER BY c.limitation_expiry ASC NULLS LAST, c.case_id LIMIT :most
"""


def case_ids(work: Work, filters: Filters, most: int) -> list[int]:
    """The ids of the cases that the filters find, in the queue's order, at most `most` + 1."""
    where, values = conditions(filters, work.actor)
    rows = work.execute(_IDS.format(filters=where), org=work.org_id, most=most + 1, **values)
    return list(rows.scalars())


@dataclass(frozen=True, slots=True)
class Count:
    """How many cases, and what they are about in fen."""

    cases: int
    amount: int


_COUNT = """
SELECT count(*) AS cases, coalesce(sum(coalesce(c.claimed, c.outstanding)), 0) AS amount
FROM cases c WHERE c.org_id = :org AND {filters}
"""


def count(work: Work, filters: Filters) -> Count:
    """How many cases the filters find, and the sum that they are about."""
    where, values = conditions(filters, work.actor)
    row = work.execute(_COUNT.format(filters=where), org=work.org_id, **values).one()
    return Count(row.cases, int(row.amount))


_VIEW_COLUMNS = ", ".join(
    f"count(*) FILTER (WHERE {sql}) AS {view}_cases, "
    f"coalesce(sum(coalesce(c.claimed, c.outstanding)) FILTER (WHERE {sql}), 0) AS {view}_amount"
    for view, sql in VIEWS.items()
)
_VIEW_COUNTS = """
SELECT {columns} FROM cases c WHERE c.org_id = :org AND c.state IN ('in_review', 'escalated', 'returned')
"""


def view_counts(work: Work) -> dict[str, Count]:
    """The number of cases of every named view, and the sum that they are about, in one pass."""
    row = work.execute(
        _VIEW_COUNTS.format(columns=_VIEW_COLUMNS),
        org=work.org_id,
        near=today() + timedelta(days=NEAR_DAYS),
        me=work.actor.person_id,
    ).one()
    return {view: Count(row[2 * n], int(row[2 * n + 1])) for n, view in enumerate(VIEWS)}


def batches(work: Work, most: int = 50) -> list[Any]:
    """The latest batches with cases, as choices of the filter: id and name."""
    return list(
        work.execute(
            "SELECT batch_id, name FROM batches WHERE org_id = :org AND loaded_at IS NOT NULL "
            "ORDER BY created_at DESC LIMIT :most",
            org=work.org_id,
            most=most,
        )
    )
