"""The risks of suing for `reviewdesk check`: what a line says of its row, and what all rows come to together."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from reviewdesk.audit.engine import CaseAudit
from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.policy import Policy
from reviewdesk.audit.rules import rules_on
from reviewdesk.audit.weighing.case import Weighing, weigh
from reviewdesk.audit.weighing.defences import LikelyDefence, likely
from reviewdesk.audit.weighing.figure import Figure, amount
from reviewdesk.audit.weighing.figures import advice_of, figures
from reviewdesk.audit.weighing.scales import Scales
from reviewdesk.audit.weighing.sums import About, Group, Sums
from reviewdesk.money import plain, yuan

COURTS_TOLD: Final = 5
"""So many courts are told in the summary, those with most cases."""


class Scale:
    """Weighs the rows of a file under a policy on a day, one after the other, and adds them up."""

    def __init__(self, policy: Policy, as_of: date) -> None:
        self._scales = Scales(rules_on(policy, as_of))
        self._sums = Sums()

    def weigh(self, audit: CaseAudit, case: CaseFacts) -> dict[str, Any] | None:
        """The weighing of a row as its line says it; None where claim or days overdue are unknown."""
        claim = case.total_claimed if audit.claimable is None else audit.claimable
        made = weigh(self._scales, audit.answers, claim, case.days_overdue)
        if made is None:
            self._sums.leave_out()
            return None
        far = "jurisdiction.agreed" in audit.failed or "jurisdiction.agreed" in audit.warned
        about = About(audit.verdict, "", case.lender_name, case.agreed_court, far, self._scales.small_suit)
        self._sums.add(made, about)
        return _as_json(made, self._scales)

    def told(self) -> Iterator[str]:
        """The sums, in lines."""
        sums = self._sums
        yield f"weighed {sums.cases} rows, each as a suit of its own; {sums.unweighed} without claim or days overdue"
        if not sums.cases:
            return
        named = ("claim", "expected", "cost", "net")
        yield ", ".join(f"{name} {amount(sums.amounts[name])}" for name in named)
        yield "advice: " + _counted(sums.advice, sums.cases)
        yield "courts: " + _counted(sums.courts, sums.cases)


def _counted(groups: dict[str, Group], of: int) -> str:
    most = sorted(groups.items(), key=lambda one: -one[1].cases)
    told = [f"{name or 'none'} {one.cases} ({one.cases / of:.1%})" for name, one in most[:COURTS_TOLD]]
    rest = sum(one.cases for _name, one in most[COURTS_TOLD:])
    return ", ".join([*told, *([f"others {rest}"] if rest else [])])


def _as_json(made: Weighing, scales: Scales) -> dict[str, Any]:
    return {
        "procedure": made.filing.procedure,
        "advice": made.advice,
        "message": advice_of(made).as_json(),
        "figures": [_figure(one) for one in figures(made, scales)],
        "defences": [_defence(likely(one, scales)) for one in made.raised],
    }


def _figure(one: Figure) -> dict[str, Any]:
    return {
        "name": one.name,
        "label": one.label.as_json(),
        "unit": one.unit,
        "value": yuan(one.value) if one.unit == "yuan" else plain(one.value),
        "formula": one.formula.as_json(),
        "sum": one.sum,
        "rounding": one.rounding,
        "source": one.source.as_json(),
        "assumed": one.assumed,
    }


def _defence(one: LikelyDefence) -> dict[str, Any]:
    raised = one.raised
    return {
        "defence": raised.defence,
        "label": one.label.as_json(),
        "checks": [*raised.checks],
        "outcome": raised.outcome,
        "weight": plain(raised.weight),
        "loss": plain(raised.loss),
        "factor": one.factor,
        "months": one.months,
        "law": one.cites.as_json(),
        "verified": one.verified,
    }
