"""Joining mended rows of side sheets to the cases of their accounts, and leaving out those that are dismissed.

A case's list is what the whole sheet says of its account, the mended rows in the place of the old ones and without the
dismissed ones; so a row is joined once, however often it is asked for. Only cases on which nobody has decided take it
in, and only where no other batch has renewed their list since. They are audited anew, and whoever mended is their last
editor. A row that is dismissed stays so, whether its case takes that in or not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from reviewdesk.db import Work
from reviewdesk.intake import superseding
from reviewdesk.intake.mending import MENDABLE
from reviewdesk.intake.models import Batch, Case, SideRow
from reviewdesk.intake.side_fields import UNREAD, SideKind
from reviewdesk.intake.side_keeping import (
    cells_given,
    count_again,
    rows_to_join,
    side_sheets_before_and_after,
)
from reviewdesk.intake.side_mending import refuse_again
from reviewdesk.intake.side_rows import layouts_from_json, read_rows
from reviewdesk.intake.side_sheets import SideSheets
from reviewdesk.intake.unlocked import release_if_whole
from reviewdesk.journal.service import record_each
from reviewdesk.review.auditing_anew import UNDECIDED, audit_anew
from reviewdesk.review.states import State

EVENT: Final = "review:case:join_rows"
REASON: Final = "附表修正后并入"


@dataclass(slots=True)
class _Joined:
    """The cases whose facts change, with the facts that they get, and of each how many rows its lists had and have."""

    cases: list[Case] = field(default_factory=list)
    facts: dict[int, dict[str, Any]] = field(default_factory=dict)
    told: dict[int, tuple[dict[str, Any], dict[str, Any]]] = field(default_factory=dict)


@dataclass(slots=True)
class _Account:
    """What changed rows mean for an account: `rows` name it or did, `kinds` are the lists that they may change."""

    rows: list[SideRow] = field(default_factory=list)
    kinds: set[SideKind] = field(default_factory=set)


def run(work: Work, args: Mapping[str, Any], report: Any) -> None:
    """The job `intake.join`: take the mended rows of a batch into its cases. Run again, it finds nothing left to do."""
    batch = _lock_batch(work, UUID(args["batch_id"]))
    if batch is None or batch.state not in MENDABLE:
        return
    waiting = rows_to_join(work, batch)
    report(phase="join", done=0, total=len(waiting))
    if waiting:
        _join_all(work, batch, waiting)
        count_again(work, batch)
        release_if_whole(work, batch)
    report(phase="join", done=len(waiting), total=len(waiting))


def _lock_batch(work: Work, batch_id: UUID) -> Batch | None:
    wanted = select(Batch).where(Batch.org_id == work.org_id, Batch.batch_id == batch_id)
    return work.session.scalar(wanted.with_for_update(key_share=True))


def _join_all(work: Work, batch: Batch, waiting: Sequence[SideRow]) -> None:
    before, after = side_sheets_before_and_after(work, batch)
    accounts = _accounts(batch, waiting, before, after)
    cases = _lock_cases(work, batch, list(accounts))
    proposed = _proposed(work, cases)
    joined = _Joined()
    for case in cases:
        undecided = case.state in UNDECIDED and case.case_id not in proposed
        _join(joined, batch, case, accounts.pop(case.account_no), before, after, undecided=undecided)
    for row in (row for left in accounts.values() for row in left.rows if row.outcome != "mended"):
        _settle(row)  # of no case: only a mended row waits for one
    if joined.cases:
        _store(work, batch, joined)


def _accounts(batch: Batch, waiting: Sequence[SideRow], before: SideSheets, after: SideSheets) -> dict[str, _Account]:
    """The accounts that the rows name now, and those that they named before."""
    layouts = layouts_from_json(batch.side_layouts)
    read = read_rows(layouts, cells_given(batch, waiting))
    refused = {(error.sheet, error.row): error.account for one in (after, before) for error in one.errors}
    found: dict[str, _Account] = {}
    for row in waiting:
        account, _errors = read[row.sheet, row.row]
        if account is None:  # it says nothing (any more)
            _settle(row)
        else:
            found.setdefault(account, _Account()).rows.append(row)
        for one in {account, refused.get((row.sheet, row.row))} - {None}:
            found.setdefault(str(one), _Account()).kinds.add(layouts[row.sheet].kind.kind)
    return found


def _settle(row: SideRow) -> None:
    """Note that the case of a row's account, if there is one, holds its list as it is meant."""
    if row.outcome == "mended":
        row.outcome = "joined"
    row.left_out = row.outcome == "dismissed"


def _lock_cases(work: Work, batch: Batch, accounts: Sequence[str]) -> list[Case]:
    wanted = select(Case).where(Case.org_id == batch.org_id, Case.account_no.in_(accounts), Case.state != "reversed")
    if batch.on_known != "update":
        wanted = wanted.where(Case.batch_id == batch.batch_id)
    locked = wanted.order_by(Case.case_id).with_for_update(of=Case).execution_options(populate_existing=True)
    return list(work.session.scalars(locked))


_PROPOSED = """
SELECT case_id FROM decisions WHERE org_id = :org AND case_id = ANY(CAST(:ids AS bigint[])) AND state = 'waiting'
"""


def _proposed(work: Work, cases: Sequence[Case]) -> set[int]:
    """Those of the cases on which a second person is to decide."""
    return set(work.execute(_PROPOSED, org=work.org_id, ids=[case.case_id for case in cases]).scalars())


def _join(
    joined: _Joined,
    batch: Batch,
    case: Case,
    account: _Account,
    before: SideSheets,
    after: SideSheets,
    *,
    undecided: bool,
) -> None:
    """Take one account's lists into its case, or say of its rows why not."""
    has = {kind: case.facts.get(kind) for kind in account.kinds}
    was, now = ({kind: one.of(kind, case.account_no) for kind in account.kinds} for one in (before, after))
    mended = [row for row in account.rows if row.outcome == "mended"]
    if has != now and not undecided:
        refuse_again(batch, mended, "side.decided", case.number)
    elif has not in (was, now):
        refuse_again(batch, mended, "side.overtaken", case.number)
    else:
        for row in account.rows:
            _settle(row)
        if has != now:
            _take(joined, case, has, now, after.unread(case.account_no))


def _take(
    joined: _Joined, case: Case, has: Mapping[SideKind, Any], now: Mapping[SideKind, Any], unread: Sequence[SideKind]
) -> None:
    rest = {name: value for name, value in case.facts.items() if name not in now and name != UNREAD}
    left = [kind for kind in case.facts.get(UNREAD, ()) if kind not in now] + [kind for kind in now if kind in unread]
    if left:
        rest[UNREAD] = left
    joined.cases.append(case)
    joined.facts[case.case_id] = rest | {kind: rows for kind, rows in now.items() if rows is not None}
    joined.told[case.case_id] = (_lengths(has), _lengths(now))


def _lengths(lists: Mapping[SideKind, Any]) -> dict[str, Any]:
    return {kind: None if rows is None else len(rows) for kind, rows in sorted(lists.items())}


def _store(work: Work, batch: Batch, joined: _Joined) -> None:
    superseding.keep(work, list(joined.facts), "mend")
    for case in joined.cases:
        case.facts, case.facts_version = joined.facts[case.case_id], case.facts_version + 1
        case.edited_by = work.actor.person_id
        if case.state in (State.RECEIVED, State.AUDITING):
            case.version += 1
    work.session.flush()
    record_each(work, EVENT, joined.told, batch_id=batch.batch_id)
    audit_anew(work, joined.cases, REASON)
