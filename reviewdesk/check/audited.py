"""Rows audited and written, in the order of the sheet."""

from collections.abc import Iterator
from datetime import date
from functools import partial
from itertools import tee
from typing import IO, Any, TypeAlias

import orjson

from reviewdesk.audit.engine import audit_cases
from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.policy import Policy, load_policy
from reviewdesk.audit.related import within_file
from reviewdesk.check.reading import Read
from reviewdesk.check.telling import Summary, Write
from reviewdesk.check.weighing import Scale
from reviewdesk.intake.fact_forms import facts_for_people, sort_out
from reviewdesk.intake.row_errors import RowError
from reviewdesk.intake.side_sheets import records_for_people
from reviewdesk.intake.values import Value
from reviewdesk.unchecked import REJECTED

Record: TypeAlias = tuple[int, dict[str, Value], list[RowError]]
"""A data row: its number in the sheet, its facts, its errors."""


def writing_under(policy_name: str | None, as_of: date, *, weigh: bool) -> Write:
    """Have rows audited for a day under a policy, the built-in one unless another is named, and weighed if wished.

    Raises:
        Invalid: there is no such policy.
    """
    policy = load_policy(policy_name) if policy_name else load_policy()
    return partial(_write, policy, as_of, Scale(policy, as_of) if weigh else None)


def _write(policy: Policy, as_of: date, scale: Scale | None, read: Read, out: IO[bytes], *, reveal: bool) -> Summary:
    """Audit the rows and write them in the order of the sheet; other rows of the same file count as related."""
    chunks, side = read.all_chunks(), read.side
    accounts: set[str] = set()
    for chunk in chunks:
        read.join(chunk, accounts)
    summary = Summary(strays=side.strays(accounts))
    records = [record for chunk in chunks for record in chunk.records()]
    side_errors = side.errors_by_account()
    summary.set_aside.update(row.reason for chunk in chunks for row in chunk.set_aside)
    audits = _audits(records, policy, as_of, scale)
    for row, facts, errors in records:
        line = read.place_of(row) | {"account_no": facts.get("account_no"), "verdict": REJECTED}
        line["facts"] = facts_for_people(facts, reveal=reveal) | records_for_people(facts)
        line["errors"] = [error.as_json() for error in errors]
        if beside := side_errors.get(str(facts.get("account_no"))):
            line["side_errors"] = [error.as_json() for error in beside]
        line["findings"] = []
        if not errors:
            line |= next(audits)
        summary.verdicts[line["verdict"]] += 1
        summary.codes.update(error.code for error in errors)
        summary.doubts.note(errors)
        summary.failed.update(found["check"] for found in line["findings"] if found["outcome"] == "fail")
        out.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
    summary.doubts.note(side.errors)
    summary.weighed = [*scale.told()] if scale else []
    return summary


def _audits(records: list[Record], policy: Policy, as_of: date, scale: Scale | None) -> Iterator[dict[str, Any]]:
    """What the lines of the rows that were read say of their audit, in order.

    A row refused as a duplicate still speaks about the one it repeats.
    """
    known = [(row, *sort_out(facts)) for row, facts, errors in records if _repeats_at_most(errors)]
    related = dict(zip((row for row, *_ in known), within_file(known), strict=True))
    refused = {row for row, _, errors in records if errors}
    read, audited = tee(
        CaseFacts.of(facts, personal, related[row]) for row, facts, personal in known if row not in refused
    )
    for audit, case in zip(audit_cases(audited, policy, as_of), read, strict=True):
        told = {"verdict": audit.verdict, "findings": audit.findings_json(case)}
        yield told | {"weighing": scale.weigh(audit, case)} if scale else told


def _repeats_at_most(errors: list[RowError]) -> bool:
    return all(error.code == "account.duplicate" for error in errors)
