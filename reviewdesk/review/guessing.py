"""Which account a file without a case might belong to, for a person to choose: by what stands in its name.

Two account numbers in one name are two suggestions; a borrower's name, ID number or phone is found through the blind
indexes, so that nothing is opened for it.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from reviewdesk.db import Work
from reviewdesk.intake.models import Attachment
from reviewdesk.review.placing import known_accounts, path_of
from reviewdesk.vault import BlindKind, vault

MOST_FILES: Final = 100
"""Files of a page that are thought about."""
MOST_EACH: Final = 3
_HAN = re.compile(r"[㐀-鿿·]{2,}")
_LONGEST_NAME: Final = 4
_NUMBERS: Final[tuple[tuple[BlindKind, re.Pattern[str]], ...]] = (
    ("id_no", re.compile(r"(?<!\d)\d{17}[\dXx](?![\dXx])")),
    ("mobile", re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")),
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An account that a file may belong to; `borrower` is masked."""

    account_no: str
    number: str
    borrower: str


def suggestions(work: Work, batch_id: UUID, files: Sequence[Attachment]) -> dict[UUID, list[Suggestion]]:
    """For each of the first files the accounts of the batch that it may belong to, the likeliest first."""
    paths = {one.attachment_id: path_of(one) for one in files[:MOST_FILES]}
    if not paths:
        return {}
    accounts = known_accounts(work, batch_id, paths.values())
    wanted = {key: list(_digests(parts, work.org_id)) for key, parts in paths.items()}
    people = _people(work, batch_id, {digest for digests in wanted.values() for digest in digests})
    cases = _cases(work, {case_id for _, case_id in accounts.values()} | {i for ids in people.values() for i in ids})
    found = {}
    for key, parts in paths.items():
        path = "/".join(parts)
        named = [case_id for text, (_, case_id) in sorted(accounts.items(), key=_place_in(path)) if text in path]
        meant = [case_id for digest in wanted[key] for case_id in people.get(digest, ())]
        found[key] = [cases[case_id] for case_id in dict.fromkeys([*named, *meant]) if case_id in cases][:MOST_EACH]
    return found


def _place_in(path: str) -> Callable[[tuple[str, Any]], tuple[int, str]]:
    return lambda account: (path.find(account[0]), account[0])


def _digests(parts: Iterable[str], org_id: UUID) -> Iterator[bytes]:
    """The digests of what could be a person in the names."""
    opened = vault()
    for part in parts:
        for kind, pattern in _NUMBERS:
            for number in pattern.findall(part):
                yield opened.blind(kind, number.upper(), org_id)
        for name in _names(part):
            yield opened.blind("name", name, org_id)


def _names(part: str) -> Iterator[str]:
    """The beginnings and the ends of Chinese words that are as long as names, the longest first."""
    for run in _HAN.findall(part):
        lengths = range(min(len(run), _LONGEST_NAME), 1, -1)
        yield from dict.fromkeys([run, *(run[:size] for size in lengths), *(run[-size:] for size in lengths)])


_BY_DIGEST = """
SELECT w.digest, c.case_id FROM unnest(CAST(:digests AS bytea[])) AS w(digest)
CROSS JOIN LATERAL (
    SELECT f.case_id FROM case_files f WHERE f.org_id = :org AND f.{index} = w.digest LIMIT 200 OFFSET 0
) f
CROSS JOIN LATERAL (
    SELECT c.case_id FROM cases c
    WHERE c.org_id = :org AND c.case_id = f.case_id AND c.batch_id = :batch AND c.state <> 'reversed' OFFSET 0
) c
ORDER BY c.case_id
"""


def _people(work: Work, batch_id: UUID, digests: set[bytes]) -> dict[bytes, list[int]]:
    """The batch's cases of each digest of a name, ID number or phone."""
    found: dict[bytes, list[int]] = {}
    if digests:
        for index in ("id_index", "mobile_index", "name_index"):
            sql = _BY_DIGEST.format(index=index)
            for row in work.execute(sql, org=work.org_id, batch=batch_id, digests=sorted(digests)):
                found.setdefault(bytes(row.digest), []).append(row.case_id)
    return found


_CASES = """
SELECT case_id, account_no, number, borrower FROM cases
WHERE org_id = :org AND case_id = ANY(CAST(:ids AS bigint[]))
"""


def _cases(work: Work, case_ids: set[int]) -> dict[int, Any]:
    rows = work.execute(_CASES, org=work.org_id, ids=sorted(case_ids)) if case_ids else ()
    return {row.case_id: Suggestion(row.account_no, row.number, row.borrower) for row in rows}
