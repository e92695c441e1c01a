"""What the rows of one sheet say about each other, when there is no database to ask."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from reviewdesk.addresses import address_key
from reviewdesk.audit.costs import Average, cost_of
from reviewdesk.audit.facts import Related
from reviewdesk.money import Fen

AVERAGED_KIND = "consumer_finance"
"""The kind of lender whose loans a supervisor looks at on average."""

_FIGURES = ("outstanding_principal", "total_claimed", "principal")

Row = tuple[int, Mapping[str, Any], Mapping[str, Any]]
"""A row's number in the sheet, its facts, and its personal facts."""


def within_file(rows: Sequence[Row]) -> list[Related]:
    """For each row, in order: which other rows concern the same account, borrower, phone, court or lender.

    The later of two rows of one account is the duplicate. Where they state different figures, nobody knows which is
    right, so the earlier one is in doubt as well.
    """
    by_loan: defaultdict[tuple[Any, ...], list[Row]] = defaultdict(list)
    by_borrower: defaultdict[str, list[int]] = defaultdict(list)
    by_phone: defaultdict[str, set[str]] = defaultdict(set)
    by_lender: defaultdict[str, set[str]] = defaultdict(set)
    by_address: defaultdict[str, set[str]] = defaultdict(set)
    courts: Counter[str] = Counter()
    averages: defaultdict[str, Average] = defaultdict(Average)
    for row in rows:
        number, facts, personal = row
        borrower = _borrower(personal)
        for loan in _loans(facts, personal):
            by_loan[loan].append(row)
        if personal.get("id_no"):
            by_borrower[personal["id_no"]].append(number)
        if personal.get("mobile"):
            by_phone[personal["mobile"]].add(borrower)
        if (address := address_key(personal)) is not None:
            by_address[address].add(borrower)
        if facts.get("lender_name"):
            by_lender[facts["lender_name"]].add(borrower)
            if facts.get("lender_kind") == AVERAGED_KIND:
                averages[facts["lender_name"]].add(facts.get("principal") or 0, cost_of(facts))
        if facts.get("agreed_court"):
            courts[facts["agreed_court"]] += 1
    median = median_of(row[1].get("principal") for row in rows)
    costs = {lender: average.cost for lender, average in averages.items()}
    found = []
    for row in rows:
        number, facts, personal = row
        same = {other[0]: other for loan in _loans(facts, personal) for other in by_loan[loan]}
        address = address_key(personal)
        others = by_borrower[personal["id_no"]] if personal.get("id_no") else []
        found.append(
            Related(
                same_account=_others_in_doubt(row, list(same.values())),
                litigated=(),
                settled=(),
                same_borrower=tuple(_named(other) for other in others if other != number),
                phone_borrowers=len(by_phone[personal["mobile"]]) if personal.get("mobile") else None,
                batch_cases=len(rows),
                court_cases=courts[facts["agreed_court"]] if facts.get("agreed_court") else None,
                lender_borrowers=len(by_lender[facts["lender_name"]]) if facts.get("lender_name") else None,
                median_principal=median,
                address_borrowers=None if address is None else len(by_address[address]),
                lender_average=costs.get(facts.get("lender_name") or ""),
            )
        )
    return found


def median_of(amounts: Iterable[Fen | None]) -> Fen | None:
    """The lower median of the amounts that are known; None where none is."""
    known = sorted(amount for amount in amounts if amount is not None)
    return known[(len(known) - 1) // 2] if known else None


def _loans(facts: Mapping[str, Any], personal: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """What tells a loan: its account number; or borrower, contract number, day and sum together."""
    if facts.get("account_no"):
        yield (facts["account_no"],)
    told = (personal.get("id_no"), facts.get("contract_no"), facts.get("disbursed_on"), facts.get("principal"))
    if all(told):
        yield told


def _others_in_doubt(row: Row, same: Sequence[Row]) -> tuple[str, ...]:
    number, facts, _ = row
    return tuple(
        _named(other[0])
        for other in same
        if other[0] != number and (other[0] < number or _figures(other[1]) != _figures(facts))
    )


def _figures(facts: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(facts.get(name) for name in _FIGURES)


def _borrower(personal: Mapping[str, Any]) -> str:
    return str(personal.get("id_no") or personal.get("borrower_name") or "")


def _named(row: int) -> str:
    return f"#{row}"
