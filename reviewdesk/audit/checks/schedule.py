"""Is the schedule that the lender's sheet states the one that the contract makes?"""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.interest import basis_of, interest_up_to
from reviewdesk.audit.policy_parts import RECOURSE_KINDS
from reviewdesk.audit.registry import Answer, Sentence, broken, check, lacking, missing, not_applicable, passed, warned
from reviewdesk.audit.rules import Rules
from reviewdesk.audit.schedule import BULLET, BY_INSTALMENTS, ON_DEMAND, schedule
from reviewdesk.audit.sheets import ScheduleRow
from reviewdesk.intake.side_fields import UNREAD
from reviewdesk.money import Fen, yuan

SHOWN = 6
"""So many instalments that differ are told one by one."""


class Off(NamedTuple):
    """An instalment of the sheet that is not the recomputed one, in fen."""

    term: int
    sheet: tuple[int, int]
    recomputed: tuple[int, int]
    difference: int

    def __str__(self) -> str:
        stated, found = (f"{yuan(Fen(one))}+{yuan(Fen(other))}" for one, other in (self.sheet, self.recomputed))
        return f"{self.term}: {stated} / {found} ({yuan(Fen(self.difference))})"


@check(
    "claim.schedule_rows",
    title=("还款计划逐期核对", "The schedule, term by term"),
    cites="民法典 (Civil Code) Art. 674–676; 法释〔2020〕17号 Art. 24–26",
    uses=(
        "schedule",
        UNREAD,
        "lender_kind",
        "principal",
        "annual_rate",
        "repayment_method",
        "terms",
        "disbursed_on",
        "due_on",
    ),
    says={
        "no_sheet": Sentence("没有还款计划表。", "No schedule was given."),
        "unread": Sentence(
            "还款计划表中这个账户有不能识别的行，整份计划没有采用，未逐期核对。",
            "The schedule has rows of this account that cannot be read, so that none of it was taken in or compared.",
            "在批次的修正页改正这些行（或下载错误工作簿改后交回），并入案件后自动重新审核。",
            "Mend these rows on the batch's page, or in the workbook of errors; they then join the case, which is "
            "audited anew.",
        ),
        "recourse": Sentence(
            "追偿以代偿（理赔）金额为准，不按借款的还款计划核对。",
            "A recourse rests on what was paid for the borrower, not on the schedule of the loan.",
        ),
        "no_schedule": Sentence(
            "随借随还，没有固定的还款计划。", "Repaid on demand: the contract makes no fixed schedule."
        ),
        "agrees": Sentence(
            "表列还款计划{rows}期，逐期与按本金、利率、还款方式重算的数额一致。",
            "Each of the {rows} instalments of the sheet's schedule is the one that principal, rate and method make.",
        ),
        "other_terms": Sentence(
            "表列还款计划有{rows}期，合同为{terms}期。期数不一致的，各期应还数额无从核对。",
            "The sheet's schedule has {rows} instalments, the contract {terms}: what was due when cannot be compared.",
            "按合同补全还款计划，或更正期数。",
            "Complete the schedule from the contract, or correct the number of instalments.",
        ),
        "other_last_day": Sentence(
            "表列还款计划最后一期应还日为{last_due_on}，到期日为{due_on}。到期日决定逾期与诉讼时效的起算。",
            "The last instalment of the sheet's schedule is due on {last_due_on}, the loan on {due_on}. Default and "
            "limitation run from that day.",
            "按合同更正到期日或还款计划。",
            "Correct the due date or the schedule from the contract.",
        ),
        "differs": Sentence(
            "表列还款计划有{count}期与重算不一致，累计相差{difference}"
            "（期次：表列本金+利息 / 重算本金+利息（差额））：{terms_off}。"
            "还款计划与合同不一致的，逾期起算与欠款数额都会受到质疑。",
            "{count} instalments of the sheet's schedule are not those that the contract makes; together they are off "
            "by {difference} (instalment: principal+interest of the sheet / recomputed (difference)): {terms_off}. A "
            "schedule that is not the contract's puts default and debt in doubt.",
            "按合同约定的还款方式与利率更正还款计划；合同另有约定（首期按日计息、宽限期等）的，备好约定条款。",
            "Correct the schedule to the contract's method and rate; where it agrees on something else (a first "
            "interest by days, a grace period), have the clause ready.",
        ),
    },
)
def schedule_is_the_contracts(case: CaseFacts, rules: Rules) -> Answer:
    """Each instalment of the sheet's schedule is the recomputed one, to some fen; sums that are far off fail."""
    rows = case.schedule_rows
    if rows is None and not case.unread("schedule"):
        return not_applicable("no_sheet")
    if case.lender_kind in RECOURSE_KINDS:
        return not_applicable("recourse")
    if case.repayment_method == ON_DEMAND:
        return not_applicable("no_schedule")
    if rows is None:
        return missing("schedule", reason="unread")
    expected = _expected(case, rules)
    if expected is None:
        return lacking(
            principal=case.principal or None,
            annual_rate=case.annual_rate,
            repayment_method=case.repayment_method,
            terms=case.terms or None,
            disbursed_on=case.disbursed_on,
            due_on=case.due_on,
        )
    if not rows:
        return missing("schedule")
    return _compared(case, rules, sorted(rows, key=lambda row: row.term), expected)


def _expected(case: CaseFacts, rules: Rules) -> list[tuple[int, int]] | None:
    """Principal and interest of each instalment by the contract; None where it cannot be recomputed."""
    principal, rate, method = case.principal, case.annual_rate, case.repayment_method
    if not principal or rate is None or method is None:
        return None
    if method == BULLET:
        start, end = case.disbursed_on, case.due_on
        if start is None or end is None:
            return None
        basis = basis_of(case.day_count, rules.day_count)
        return [(principal, interest_up_to(principal, rate, (end - start).days, end, basis))]
    if method not in BY_INSTALMENTS or not case.terms:
        return None
    plan = schedule(method, principal, rate, case.terms)
    return list(zip(plan.principals, plan.interests, strict=True))


def _compared(case: CaseFacts, rules: Rules, rows: list[ScheduleRow], expected: list[tuple[int, int]]) -> Answer:
    numbers: dict[str, Any] = {"rows": len(rows)}
    if len(rows) != len(expected):
        return broken("other_terms", **numbers)
    off = [
        Off(row.term, (row.principal, row.interest), found, difference)
        for row, found in zip(rows, expected, strict=True)
        if (difference := abs(row.principal - found[0]) + abs(row.interest - found[1])) > rules.schedule_row_tolerance
    ]
    if off:
        return _differs(rules, off, numbers, sum(map(sum, expected)))
    return _last_day(case, rows[-1].due_on, numbers) or passed("agrees", **numbers)


def _differs(rules: Rules, off: list[Off], numbers: dict[str, Any], total: int) -> Answer:
    difference = sum(one.difference for one in off)
    numbers |= {"count": len(off), "difference": Fen(difference), "terms_off": [str(one) for one in off[:SHOWN]]}
    return (broken if difference > rules.ledger_limit(total) else warned)("differs", **numbers)


def _last_day(case: CaseFacts, last_due_on: date, numbers: dict[str, Any]) -> Answer | None:
    if case.due_on is None or last_due_on == case.due_on:
        return None
    return warned("other_last_day", **numbers, last_due_on=last_due_on)
