"""A policy as it applies on one day, in the form in which checks ask for it."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from reviewdesk.audit.caps import Cap
from reviewdesk.audit.fees import Bracket, FeeTable
from reviewdesk.audit.interest import share_of
from reviewdesk.audit.policy import Policy
from reviewdesk.audit.policy_parts import LENDER_KINDS, WHOLE_COUNTRY
from reviewdesk.audit.policy_tables import CapRule, CostLine, FeeScale, Wage
from reviewdesk.money import Fen

_BUCKET = re.compile(r"M\d{1,2}\+?")
_CURRENT = frozenset({"C", "正常", "未逾期"})

KEPT = 16
"""How many policies on a day are kept ready."""


class Lpr(NamedTuple):
    """A one-year LPR; `beyond` says that the day is after the last for which the value is known to hold."""

    rate: Decimal
    beyond: bool


class CostLimit(NamedTuple):
    """A line on cost as it stands on a day: its rate, of a lender's average or of one loan, and whether it warns."""

    id: str
    rate: Decimal
    of_average: bool
    warns: bool


class YearlyWage(NamedTuple):
    """An average annual wage, of which year, whether it is the province's own, and the small-claims limits from it."""

    amount: Fen
    year: int
    own: bool
    limit: Fen
    agreed_limit: Fen


class Rules:
    """A policy on the day of the audit, which stands for the day of filing.

    Numbers of the policy are attributes in the unit they are used in; the methods look up what depends on a case.
    """

    def __init__(self, policy: Policy, as_of: date) -> None:
        self.policy = policy
        self.as_of = as_of
        numbers = policy.parameters
        self.sum_tolerance = numbers.sum_tolerance.fen
        self.schedule_tolerance_share = numbers.schedule_tolerance_share.value
        self.schedule_tolerance_amount = numbers.schedule_tolerance_amount.fen
        self.ledger_tolerance_share = numbers.ledger_tolerance_share.value
        self.ledger_tolerance_amount = numbers.ledger_tolerance_amount.fen
        self.ledger_limit_share = numbers.ledger_limit_share.value
        self.ledger_limit_amount = numbers.ledger_limit_amount.fen
        self.all_in_tolerance = numbers.all_in_tolerance.value
        self.penalty_uplift = numbers.penalty_uplift.value
        self.old_paid_limit = numbers.old_paid_limit.value
        self.misuse_uplift = numbers.misuse_uplift.value
        self.day_count = numbers.day_count.whole
        self.overdue_days_tolerance = numbers.overdue_days_tolerance.whole
        self.overdue_days_to_file = numbers.overdue_days_to_file.whole
        self.limitation_years = numbers.limitation_years.whole
        self.limitation_longest = numbers.limitation_longest.whole
        self.limitation_warning_days = numbers.limitation_warning_days.whole
        self.adult_age = numbers.adult_age.whole
        self.elderly_age = numbers.elderly_age.whole
        self.phone_borrowers = numbers.phone_borrowers.whole
        self.court_share = numbers.court_share.value
        self.court_cases = numbers.court_cases.whole
        self.unlicensed_borrowers = numbers.unlicensed_borrowers.whole
        self.small_claims_share = numbers.small_claims_share.value
        self.small_claims_agreed = numbers.small_claims_agreed.value
        self.lawyer_fee = numbers.lawyer_fee.fen
        self.lawyer_fee_share = numbers.lawyer_fee_share.value
        self.service_cost = numbers.service_cost.fen
        self.worth_factor = numbers.worth_factor.value
        self.cost_share = numbers.cost_share.value
        self.least_principal = numbers.least_principal.fen
        self.most_principal = numbers.most_principal.fen
        self.highest_rate = numbers.highest_rate.value
        self.median_factor = numbers.median_factor.whole
        self.stale_days = numbers.stale_days.whole
        self.lpr_gap_days = numbers.lpr_gap_days.whole
        self.address_borrowers = numbers.address_borrowers.whole
        self.quiet_from_hour = numbers.quiet_from_hour.whole
        self.quiet_to_hour = numbers.quiet_to_hour.whole
        self.calls_a_day = numbers.calls_a_day.whole
        self.limitation_watch_days = numbers.limitation_watch_days.whole
        self.guarantee_months = numbers.guarantee_months.whole
        self.settle_below = numbers.settle_below.fen
        self.settle_overdue_days = numbers.settle_overdue_days.whole
        self.settle_paid_days = numbers.settle_paid_days.whole
        self.schedule_row_tolerance = numbers.schedule_row_tolerance.fen
        self.lawyer_fee_most = numbers.lawyer_fee_most.value
        self.lpr_confirmed_to = policy.lpr.confirmed_to
        self.transfers_until = policy.transfers.until
        self.set_off = policy.set_off.order
        self.compound_kinds = frozenset(policy.compound.lender_kinds)
        self.uplift_kinds = frozenset(policy.uplift.lender_kinds)
        self.licensed_kinds = frozenset(policy.licence.lender_kinds)
        self.student_forbidden = frozenset(policy.students.forbidden)
        self.student_from = policy.students.since
        self.disclosure_from = policy.disclosure.since
        self.disclosing_kinds = frozenset(_kinds_asked(policy, "disclosure"))
        self.internet_courts_until = policy.internet_courts.since
        self.court_fees = _table(policy.fees.court)
        self.preservation_fees = _table(policy.fees.preservation)
        self.execution_fees = _table(policy.fees.execution)
        self.severities = {name: rule.severity for name, rule in policy.checks.items() if rule.enabled}
        self.holidays = frozenset((entry.day, entry.works) for entry in policy.holidays)
        self._lpr_days = [value.since for value in policy.lpr.values]
        self._lpr_rates = [value.rate for value in policy.lpr.values]
        self._recovery_days = [step.up_to_days for step in policy.recovery if step.up_to_days is not None]
        self._recovery_shares = [step.share for step in policy.recovery]
        self._bucket_ends = [part.to_day for part in policy.buckets if part.to_day is not None]
        self._bucket_names = [part.name for part in policy.buckets]
        self._caps = {kind: _rules_of(policy.caps, kind) for kind in LENDER_KINDS}
        self.cost_lines = {
            kind: lines
            for kind in LENDER_KINDS
            if (lines := [line for line in policy.cost_lines if kind in line.lender_kinds])
        }
        self._all_in_caps = {kind: _rules_of(policy.all_in_caps, kind) for kind in LENDER_KINDS}
        self._evidence: dict[str, list[tuple[str, str | None]]] = {
            kind: [(item, rule.when) for item, rule in policy.evidence.items() if kind in rule.lender_kinds]
            for kind in LENDER_KINDS
        }
        self.runs: list[tuple[str, Callable[..., Any], str]] | None = None
        """What the engine runs under these rules; made by it on first use."""
        self._bucket_memo: dict[str, tuple[int, int | None] | None] = {}
        self._cap_memo: dict[tuple[bool, str, date], Cap | None] = {}
        self._wage_memo: dict[str | None, YearlyWage] = {}

    def lpr_on(self, day: date) -> Lpr | None:
        """The one-year LPR of a day: the latest published by then. None before the first."""
        place = bisect_right(self._lpr_days, day)
        return Lpr(self._lpr_rates[place - 1], day > self.policy.lpr.confirmed_to) if place else None

    def needs_formation(self, kind: str) -> bool:
        """Whether the cap of a kind of lender depends on when the contract was formed."""
        return len(self._caps[kind]) > 1

    def cap_on(self, kind: str, formed_on: date | None) -> Cap | None:
        """The cap on what may be claimed. None where it needs an LPR of a day before the first."""
        return self._cap(False, kind, formed_on or self.as_of)

    def all_in_cap_on(self, kind: str, formed_on: date | None) -> Cap | None:
        """The cap on the all-in cost of a loan. None as for `cap_on`."""
        return self._cap(True, kind, formed_on or self.as_of)

    def limit_of(self, line: CostLine, formed_on: date) -> CostLimit | None:
        """A line for a loan formed on that day; None where it was not drawn yet, or no LPR is known."""
        if formed_on < line.since:
            return None
        lpr = self.lpr_on(formed_on) if line.multiple is not None else None
        rate = line.rate if line.multiple is None else None if lpr is None else lpr.rate * line.multiple
        return None if rate is None else CostLimit(line.id, rate, line.of == "average", line.weight == "warn")

    def _cap(self, all_in: bool, kind: str, formed_on: date) -> Cap | None:
        key = (all_in, kind, formed_on)
        if key not in self._cap_memo:
            found = (self._all_in_caps if all_in else self._caps)[kind]
            rule = next(rule for rule in found if rule.covers(kind, formed_on))
            self._cap_memo[key] = self._cap_of(rule, formed_on)
        return self._cap_memo[key]

    def _cap_of(self, rule: CapRule, formed_on: date) -> Cap | None:
        if rule.rate is not None:
            return Cap(rule.id, rule.rate)
        lpr = self.lpr_on(self.as_of if rule.rule == "lpr_at_filing" else formed_on)
        if lpr is None or rule.multiple is None:
            return None
        that_day = rule.rule == "lpr_at_formation" and formed_on in self._lpr_days
        return Cap(rule.id, lpr.rate * rule.multiple, rule.rate_before, rule.turn, lpr.beyond, that_day)

    def bucket_on(self, days: int) -> str:
        """The name of the bucket of some days overdue."""
        return self._bucket_names[min(bisect_left(self._bucket_ends, days), len(self._bucket_names) - 1)]

    def bucket_days(self, text: str) -> tuple[int, int | None] | None:
        """The first and last day overdue of the bucket that a sheet names (no last day for an open one).

        "M3+" is taken as M3 and all later; a number past the policy's buckets is the last. None for other words.
        """
        if text not in self._bucket_memo:
            self._bucket_memo[text] = self._bucket_days(text.upper().replace(" ", ""))
        return self._bucket_memo[text]

    def _bucket_days(self, text: str) -> tuple[int, int | None] | None:
        by_name = {part.name: (part.from_day, part.to_day) for part in self.policy.buckets}
        name = "M0" if text in _CURRENT else text
        if name in by_name:
            return by_name[name]
        if not _BUCKET.fullmatch(name):
            return None
        if name.endswith("+") and name[:-1] in by_name:
            return by_name[name[:-1]][0], None
        return self.policy.buckets[-1].from_day, None

    def recovery_share(self, days_overdue: int) -> Decimal:
        """The share of a claim expected back, by days overdue."""
        return self._recovery_shares[bisect_left(self._recovery_days, days_overdue)]

    def wage_of(self, province: str | None) -> YearlyWage:
        """The latest known average wage of a year before the filing: the province's, else the whole country's."""
        if province not in self._wage_memo:
            self._wage_memo[province] = self._latest_wage(province) or self._national_wage()
        return self._wage_memo[province]

    def _latest_wage(self, province: str | None) -> YearlyWage | None:
        known = [w for w in self.policy.wages if w.province == province and w.year < self.as_of.year]
        latest = max(known, key=lambda wage: wage.year, default=None)
        return self._yearly(latest, own=True) if latest else None

    def _national_wage(self) -> YearlyWage:
        known = [wage for wage in self.policy.wages if wage.province == WHOLE_COUNTRY]
        before = [wage for wage in known if wage.year < self.as_of.year]
        chosen = max(before, key=lambda wage: wage.year) if before else min(known, key=lambda wage: wage.year)
        return self._yearly(chosen, own=False)

    def _yearly(self, wage: Wage, *, own: bool) -> YearlyWage:
        limit = share_of(wage.yuan, self.small_claims_share)
        return YearlyWage(wage.yuan, wage.year, own, limit, share_of(wage.yuan, self.small_claims_agreed))

    def evidence_for(self, kind: str) -> list[tuple[str, str | None]]:
        """The items of evidence required of a kind of lender, each with the case in which it is."""
        return self._evidence[kind]

    def tolerance(self, amount: int) -> int:
        """How far an amount may be from the recomputed one: a share of it, or the fixed amount if that is more."""
        return max(self.schedule_tolerance_amount, share_of(amount, self.schedule_tolerance_share))

    def ledger_tolerance(self, amount: int) -> int:
        """How far an amount may be from the one replayed from the ledger and still agree."""
        return max(self.ledger_tolerance_amount, share_of(amount, self.ledger_tolerance_share))

    def ledger_limit(self, amount: int) -> int:
        """How far an amount may be from the one replayed from the ledger before it fails."""
        return max(self.ledger_limit_amount, share_of(amount, self.ledger_limit_share))


def _kinds_asked(policy: Policy, item: str) -> tuple[str, ...]:
    """The kinds of lender of which a policy asks an item of evidence; none where it leaves the item out."""
    known = policy.evidence.get(item)
    return known.lender_kinds if known else ()


def _table(scale: FeeScale) -> FeeTable:
    return FeeTable([Bracket(part.up_to, part.rate, part.flat) for part in scale.brackets], scale.highest)


def _rules_of(rules: tuple[CapRule, ...], kind: str) -> list[CapRule]:
    return [rule for rule in rules if kind in rule.lender_kinds]


_made: dict[tuple[int, date], Rules] = {}


def rules_on(policy: Policy, as_of: date) -> Rules:
    """The rules of a policy on a day; made once for each policy object and day."""
    key = (id(policy), as_of)
    known = _made.get(key)
    if known is None or known.policy is not policy:
        if len(_made) >= KEPT:
            _made.clear()
        known = _made[key] = Rules(policy, as_of)
    return known
