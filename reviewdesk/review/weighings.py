"""The risks of suing one case, for its page, the API, and as a workbook."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from reviewdesk.actor import Actor
from reviewdesk.audit.models import AuditRun, FindingOverride
from reviewdesk.audit.rules import rules_on
from reviewdesk.audit.versions.shelf import policy_of
from reviewdesk.audit.weighing.case import Weighing, weigh
from reviewdesk.audit.weighing.defences import LikelyDefence, likely
from reviewdesk.audit.weighing.figure import Figure
from reviewdesk.audit.weighing.figures import advice_of, figures
from reviewdesk.audit.weighing.filing import Filing
from reviewdesk.audit.weighing.scales import Scales
from reviewdesk.db import Work, unit_of_work
from reviewdesk.errors import Conflict, Text
from reviewdesk.intake.models import Case
from reviewdesk.journal.service import record
from reviewdesk.review.desk import visible_case
from reviewdesk.review.overrides import Kind, counts, overrides_of
from reviewdesk.review.service import current_run
from reviewdesk.review.statement_files import tables_workbook
from reviewdesk.review.statement_tables import Table, columns
from reviewdesk.review.weighing_suits import suit_of


@dataclass(frozen=True, slots=True)
class Weighed:
    """A case's weighing with the policy and the day that it rests on."""

    made: Weighing
    policy: str
    figures: list[Figure]
    defences: list[LikelyDefence]

    @property
    def advice(self) -> Text:
        """What the numbers suggest, and whose the decision is."""
        return advice_of(self.made)

    @property
    def suit(self) -> Filing | None:
        """The joined suit that it goes to court in, if any."""
        return self.made.filing if self.made.filing.joined else None

    def figure(self, name: str) -> Figure:
        """The figure of a name.

        Raises:
            KeyError: there is none.
        """
        for one in self.figures:
            if one.name == name:
                return one
        raise KeyError(name)


def weighed(
    case: Case, run: AuditRun | None, overridden: Collection[str] = (), suit: Filing | None = None
) -> Weighed | None:
    """Weigh a case by its audit; None where it was not audited, or its claim or days overdue are unknown.

    `suit` is the joined suit that it goes to court in, if any.
    """
    if run is None:
        return None
    policy = policy_of(run.org_id, run.policy)
    scales = Scales(rules_on(policy, run.as_of))
    claim = case.claimed if run.claimable is None else run.claimable
    made = weigh(scales, run.findings, claim, case.days_overdue, overridden, suit, case.number)
    if made is None:
        return None
    defences = [likely(one, scales) for one in made.raised]
    return Weighed(made, run.policy, figures(made, scales), defences)


def overridden_in(overrides: Iterable[FindingOverride]) -> frozenset[str]:
    """The checks whose findings do not hold, as a person said; one that is only silenced still holds."""
    return frozenset(one.check_id for one in overrides if one.kind == Kind.OVERRIDE and counts(one))


@dataclass(frozen=True, slots=True)
class Opened:
    """A case with its weighing."""

    case: Case
    run: AuditRun
    weighed: Weighed


def open_weighing(actor: Actor, case_id: int) -> Opened:
    """The weighing of a case that the actor may see.

    Raises:
        NotFound: the organisation has no such case.
        NotAllowed: the actor's roles see no cases.
        Conflict: it cannot be weighed, and why.
    """
    with unit_of_work(actor) as work:
        case = visible_case(work, case_id, "review:weighing:open")
        return _opened(work, case)


def _opened(work: Work, case: Case) -> Opened:
    run = current_run(work, case)
    found = weighed(case, run, overridden_in(overrides_of(work, case)), suit_of(work, case))
    if run is None or found is None:
        raise Conflict("weighing.none", UNAUDITED if run is None else UNKNOWN)
    return Opened(case, run, found)


UNAUDITED = Text("案件尚未审核，无法测算。", "The case is not audited yet and cannot be weighed.")
UNKNOWN = Text(
    "可主张金额或逾期天数不明，或没有可主张的金额，无法测算。",
    "The claim or the days overdue are unknown, or nothing may be claimed: it cannot be weighed.",
)


def download(actor: Actor, case_id: int) -> tuple[bytes, str]:
    """The weighing as a workbook, and its name; an event.

    Raises:
        NotFound, NotAllowed, Conflict: as `open_weighing`.
    """
    with unit_of_work(actor) as work:
        case = visible_case(work, case_id, "review:weighing:download")
        found = _opened(work, case)
        record(
            work,
            "review:weighing:download",
            ("case", case_id),
            new={"format": "xlsx"},
            case_id=case_id,
            batch_id=case.batch_id,
        )
    return _workbook(found), f"起诉风险测算-{case.number}.xlsx"


def _workbook(found: Opened) -> bytes:
    case, one = found.case, found.weighed
    lines = (
        ("案件号", case.number),
        ("借据号", case.account_no),
        ("出借人", case.lender_name),
        ("审核策略", f"{one.policy}（{found.run.as_of}）"),
        ("合并起诉", "、".join(one.suit.joined.numbers) if one.suit and one.suit.joined else ""),
        ("参考意见", one.advice.zh),
        ("Advice", one.advice.en),
    )
    tables = [figure_table(one.figures), _defence_table(one.defences)]
    return tables_workbook(TITLE.zh, [(name, value) for name, value in lines if value], tables)


TITLE = Text("起诉风险测算", "Risks of suing")

_FIGURES = columns(
    ("项目", "Item", "text"),
    ("Item", "Item", "text"),
    ("金额（元）", "Amount (CNY)", "money"),
    ("比例", "Share", "rate"),
    ("月数", "Months", "decimal"),
    ("数量", "Count", "decimal"),
    ("公式", "Formula", "text"),
    ("Formula", "Formula", "text"),
    ("代入数字", "With the numbers", "text"),
    ("依据", "Source", "text"),
    ("含本机构假设", "Rests on own assumptions", "text"),
)
_DEFENCES = columns(
    ("可能的抗辩", "Likely defence", "text"),
    ("Likely defence", "Likely defence", "text"),
    ("对应审核项", "Checks behind it", "text"),
    ("权重", "Weight", "decimal"),
    ("回收损失", "Loss", "rate"),
    ("延长月数", "Months longer", "decimal"),
    ("系数", "Factor", "decimal"),
    ("代入数字", "With the numbers", "text"),
    ("法律依据", "Law", "text"),
)
_YES = Text("是", "yes")


def figure_table(shown: list[Figure]) -> Table:
    """Figures as a table for a workbook, each in the column of its unit."""
    return Table(Text("测算", "Figures"), _FIGURES, tuple(map(_figure_row, shown)))


def _figure_row(one: Figure) -> tuple[Any, ...]:
    by_unit = [one.value if one.unit == unit else None for unit in ("yuan", "rate", "months", "count")]
    label, formula = one.label, one.formula
    written = Text(one.sum, one.sum)
    return (
        label,
        _in_english(label),
        *by_unit,
        formula,
        _in_english(formula),
        written,
        one.source,
        _YES if one.assumed else None,
    )


def _defence_table(defences: list[LikelyDefence]) -> Table:
    rows = tuple(
        (
            one.label,
            _in_english(one.label),
            one.checks,
            one.raised.weight,
            one.raised.loss,
            one.raised.months,
            one.raised.factor,
            Text(one.sum, one.sum),
            one.cites,
        )
        for one in defences
    )
    return Table(Text("可能的抗辩", "Likely defences"), _DEFENCES, rows)


def _in_english(text: Text) -> Text:
    return Text(text.en, text.en)
