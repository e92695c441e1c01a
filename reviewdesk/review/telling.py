"""Lines that the review pages put together from values, in the reader's language."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from dateutil.relativedelta import relativedelta
from flask_babel import gettext

from reviewdesk import pages
from reviewdesk.audit.weighing.filing import Filing
from reviewdesk.intake.models import Case
from reviewdesk.journal import words
from reviewdesk.labels import label, tone
from reviewdesk.money import fen
from reviewdesk.review.bulk import DeedName
from reviewdesk.review.bulk_items import Item
from reviewdesk.review.casefile import Fact, Happening
from reviewdesk.review.findings import Findings, title_of
from reviewdesk.review.labels import BULK_WAYS
from reviewdesk.review.models import BulkDecision
from reviewdesk.review.overrides import Kind
from reviewdesk.review.queries import Filters, Row
from reviewdesk.review.words import GROUNDS


def _(text: str, **values: object) -> str:
    return str(gettext(text, **values))


def happening(one: Happening) -> str:
    """What happened, as a sentence without its author.

    Of an event about a batch or many cases only what is true of each is told: no counts, sums or columns.
    """
    old, new = (one.old, one.new) if one.alone else (_of_each(one, one.old), _of_each(one, one.new))
    return pages.in_my_language(words.tell(one.action, one.outcome, old=old, new=new))


def _of_each(one: Happening, values: Mapping[str, Any] | None) -> dict[str, Any]:
    told = ("file",) if one.action.startswith("intake:batch:") else tuple(values or ())
    return {key: value for key, value in (values or {}).items() if key in told and isinstance(value, str)}


def queue_line(row: Row) -> str:
    """What stands against a case in the queue, what is set aside of it, and how long the limitation lasts."""
    return _(" · ").join(part for part in (_against(row), _aside(row), _left(row.days_left)) if part)


def queue_tone(row: Row) -> str:
    """The tone of a case in the queue: one that is clear only because findings are set aside is no clean one."""
    if row.lapsed:
        return tone("attention", "verdict")
    return aside_tone(row.verdict, len(row.set_aside)) if row.verdict else ""


def aside_tone(verdict: str, set_aside: int) -> str:
    """The tone of a verdict that rests on so many findings being set aside."""
    return "info" if verdict == "clear" and set_aside else tone(verdict, "verdict")


def _aside(row: Row) -> str:
    """What is set aside beside findings that stand."""
    return aside_text(len(row.set_aside)) if row.set_aside and (row.waiting or row.verdict != "clear") else ""


def aside_text(set_aside: int) -> str:
    """How many findings are set aside."""
    return _("%(n)s 项被搁置", n=set_aside)


def _against(row: Row) -> str:
    if row.waiting:
        return _("等待复核")
    if row.lapsed:
        return _("静默已到截止日，结论待更新")
    if len(row.failed) == 1:
        return check_title(row.failed[0])
    if row.failed:
        return _("%(n)s 项不通过", n=len(row.failed))
    doubtful = [*row.warned, *row.missing]
    if len(doubtful) == 1:
        return check_title(doubtful[0])
    if doubtful:
        return _("%(n)s 项待确认", n=len(doubtful))
    if row.verdict != "clear":
        return ""
    return _("%(n)s 项被搁置，其余通过", n=len(row.set_aside)) if row.set_aside else _("全部通过")


def _left(days: int | None) -> str:
    if days is None:
        return ""
    return _("时效已过 %(n)s 天", n=-days) if days < 0 else _("时效剩 %(n)s 天", n=days)


def check_title(check: str) -> str:
    """What a check is called, in the reader's language."""
    return pages.in_my_language(title_of(check))


def filter_words(
    filters: Filters, batches: Sequence[tuple[object, str]], people: Sequence[tuple[str, str]]
) -> list[tuple[str, str]]:
    """What narrows the queue: a filter's name, and how it reads. A state that leaves nothing out is not told."""
    told = [(name, _filter(name, value, dict(batches), dict(people))) for name, value in filters.as_json().items()]
    return [(name, text) for name, text in told if text]


def _filter(name: str, value: str, batches: dict[object, str], people: dict[str, str]) -> str:
    if name == "view":
        return ""
    if name == "batch":
        return _("批次「%(name)s」", name=batches.get(UUID(value), value[:8]))
    if name == "check":
        return check_title(value)
    if name == "assignee":
        return people.get(value) or {"me": _("我领取的"), "none": _("未领取")}.get(value, value[:8])
    if name in _LABELLED:
        return "" if value == "any" and name == "state" else str(label(value, _LABELLED[name]))
    if name == "overrides":
        said = {"any": _("有推翻、知悉或静默的"), "none": _("没有推翻、知悉或静默的")}
        return said.get(value) or str(label(value, "set_aside"))
    return _bound(name, value)


_LABELLED = {"verdict": "verdict", "state": "state", "outcome": "outcome"}


def _bound(name: str, value: str) -> str:
    amount = pages.write_yuan(value) if name.startswith("amount_") else value
    return {
        "order": {"amount": _("金额从大到小"), "overdue": _("逾期从久到近")}.get(value, value),
        "amount_from": _("金额 ≥ %(n)s 元", n=amount),
        "amount_to": _("金额 ≤ %(n)s 元", n=amount),
        "overdue_from": _("逾期 ≥ %(n)s 天", n=value),
        "overdue_to": _("逾期 ≤ %(n)s 天", n=value),
        "expiry_from": _("时效届满不早于 %(day)s", day=value),
        "expiry_to": _("时效届满不晚于 %(day)s", day=value),
        "text": value,
    }[name]


def fact_text(fact: Fact) -> str:
    """A fact that is not personal, as people write it."""
    value, kind = fact.value, fact.field.kind
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if kind == "money":
        return f"¥{pages.write_money(value)}"
    if kind == "rate":
        return pages.write_rate(value)
    if kind == "choice" and fact.field.name in ("lender_kind", "repayment_method"):
        return str(label(value, fact.field.name))
    if kind == "choice":
        words_of_it = fact.field.choices.get(value)
        return words_of_it[0] if words_of_it and pages.language() != "en" else str(value)
    if fact.field.name in ("days_overdue",):
        return _("%(n)s 天", n=value)
    if kind == "terms":
        return _("%(n)s 期", n=value)
    return str(value)


def claim_line(case: Case, told: Findings) -> str:
    """How the claimable sum came about, where the cap was computed."""
    days, cap = told.computed("rate.claim_cap", "days"), told.computed("rate.claim_cap", "cap")
    if case.claimable is None:
        return _("资料不足，未能重算")
    if days is None or cap is None:
        return _("按审核策略重算")
    return _("%(days)s 天 × %(cap)s 封顶", days=days, cap=pages.write_rate(cap))


def fee_line(told: Findings, suit: Filing | None = None) -> str:
    """The court fee to expect; of a case in a joined suit that of the suit."""
    if suit is not None:
        return _("合并起诉，全案预计诉讼费 ¥%(fee)s", fee=pages.write_money(suit.fee))
    halved = told.computed("cost.fee", "fee_halved")
    return _("预计诉讼费 ¥%(fee)s（简易程序减半）", fee=pages.write_money(fen(halved))) if halved else ""


def first_due(today: date) -> str:
    """The first payment that the settlement form suggests: a month from now."""
    return (today + relativedelta(months=1)).isoformat()


def bulk_title(made: BulkDecision) -> str:
    """What is done in bulk, in a few words."""
    if made.deed == DeedName.DECIDE:
        return _("批量%(choice)s", choice=label(made.choice, "choice"))
    check = check_title(made.check_id or "")
    if made.deed == DeedName.COUNT_AGAIN:
        return _("批量撤销搁置：%(check)s", check=check)
    return _("批量%(way)s：%(check)s", way=BULK_WAYS[Kind(made.choice)][0], check=check)


def answer_text(item: Item) -> str:
    """What is done, or expected to be done, to one case in bulk, in words."""
    if item.message is not None:
        return pages.in_my_language(dict(item.message))
    grounds = [GROUNDS[code] for code in (item.code or "").split(",") if code in GROUNDS]
    return _("；").join(pages.in_my_language(text) for text in grounds)


def findings_to_choose(found: Mapping[str, Mapping[str, int]]) -> list[tuple[str, str]]:
    """The checks that stand in the way of a selection as the options of a select, most frequent first."""
    return _to_choose(found, ("fail", "warn", "missing"), "outcome")


def aside_to_choose(aside: Mapping[str, Mapping[str, int]]) -> list[tuple[str, str]]:
    """The checks whose findings are set aside in a selection as the options of a select, most frequent first."""
    return _to_choose(aside, tuple(Kind), "set_aside")


def _to_choose(found: Mapping[str, Mapping[str, int]], order: Sequence[str], group: str) -> list[tuple[str, str]]:
    number = {check: sum(of.get(check, 0) for of in found.values()) for of in found.values() for check in of}
    ranked = sorted(number, key=lambda one: (-number[one], one))
    return [(check, _option(check, found, order, group)) for check in ranked]


def _option(check: str, found: Mapping[str, Mapping[str, int]], order: Sequence[str], group: str) -> str:
    parts = [
        _("%(outcome)s %(n)s 件", outcome=label(one, group), n=found[one][check])
        for one in order
        if check in found.get(one, {})
    ]
    return _("%(check)s（%(cases)s）", check=check_title(check), cases=_("，").join(parts))
