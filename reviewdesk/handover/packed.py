"""The cases on their way into a workbook or pack, those of one suit together."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from reviewdesk.audit.rules import rules_on
from reviewdesk.audit.suit import SuitFees, suit_fees
from reviewdesk.audit.versions.shelf import policy_of
from reviewdesk.evidence import KINDS
from reviewdesk.handover.workbook import CaseRow

UNFIT: Final = re.compile(r'[\x00-\x1f<>:"/\\|?*]+')
"""What no name of a file or folder may hold."""


@dataclass(frozen=True, slots=True)
class PackedFile:
    """An attachment for the pack: its own name, the kind of evidence that it is, and where it is stored."""

    name: str
    kind: str | None
    sha256: str
    path: Path


def kind_of(file: PackedFile) -> str:
    """The kind of evidence that a file is, in words."""
    return KINDS[file.kind].zh if file.kind else "其他"


def evidence_name(number: int, file: PackedFile) -> str:
    """An attachment's name in the pack: its place in the list, its kind, and its own name as far as a path may."""
    return f"{number:02d}-{kind_of(file)}-{UNFIT.sub('_', file.name)}"


@dataclass(frozen=True, slots=True)
class PackedSuit:
    """The suit that a case is filed in: its number, and those of all its cases."""

    joint_id: UUID
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PackedCase:
    """A case for the pack: its row of the workbook, and what its statement is made from. `facts` are as stored.

    `files` are its attachments, None where its reader may not have them; `suit` is that which it is filed in with
    others. Cases of one suit come one after the other.
    """

    org_id: UUID
    case_id: int
    row: CaseRow
    facts: Mapping[str, Any]
    policy: str | None
    as_of: date | None
    files: Sequence[PackedFile] | None = None
    suit: PackedSuit | None = None


def filings(cases: Iterable[PackedCase]) -> Iterator[list[PackedCase]]:
    """What is filed as one: a case, or all cases of a suit. A suit that is not all there falls into its cases."""
    for _key, group in groupby(cases, _filing):
        together = list(group)
        suit = together[0].suit
        if suit is None or {case.row.number for case in together} == set(suit.numbers):
            yield together
        else:
            yield from ([case] for case in together)


def _filing(case: PackedCase) -> tuple[UUID, UUID | int]:
    return case.org_id, case.suit.joint_id if case.suit else case.case_id


def with_suit_fees(cases: Iterable[PackedCase]) -> Iterator[PackedCase]:
    """The same cases; those of a whole suit with its claim and its court fee in their rows."""
    for filing in filings(cases):
        fees = _fees(filing) if len(filing) > 1 else None
        claim = sum(case.row.claimable or 0 for case in filing)
        for case in filing:
            if fees is None:
                yield case
            else:
                row = replace(case.row, suit_claim=claim, suit_fee=fees.full, suit_fee_halved=fees.halved)
                yield replace(case, row=row)


def _fees(filing: Sequence[PackedCase]) -> SuitFees | None:
    """The court fee of a suit, by the table of the latest of its audits; None where a claim is unknown."""
    audits = [(case.as_of, case.policy) for case in filing if case.as_of and case.policy]
    claims = [case.row.claimable for case in filing if case.row.claimable is not None]
    if len(claims) < len(filing) or not audits:
        return None
    as_of, policy = max(audits, key=lambda audit: audit[0])
    return suit_fees(claims, rules_on(policy_of(filing[0].org_id, policy), as_of))
