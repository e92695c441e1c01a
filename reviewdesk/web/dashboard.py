"""The first page: what waits for the one who looks, by what their roles may do."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from flask_babel import gettext as _

from reviewdesk.accounts.roles import Ability, may
from reviewdesk.actor import Actor
from reviewdesk.clock import today
from reviewdesk.intake.models import Batch
from reviewdesk.labels import Tone
from reviewdesk.web import queries


@dataclass(frozen=True, slots=True)
class Tile:
    """One number that waits, and where to deal with it."""

    text: str
    number: int
    href: str
    hint: str = ""
    tone: Tone = "accent"


@dataclass(frozen=True, slots=True)
class Section:
    """The tiles of one kind of work, and the list below them that matters for it."""

    title: str
    tiles: list[Tile]
    batches: list[Batch] = field(default_factory=list)
    shares: list[tuple[str, int]] = field(default_factory=list)
    urgent: list[queries.Found] = field(default_factory=list)
    refusals: list[queries.Refused] = field(default_factory=list)
    shows_batches: bool = False


def sections_for(actor: Actor) -> list[Section]:
    """The sections of the reader's roles, most urgent first."""
    return list(_sections(actor))


def _sections(actor: Actor) -> Iterator[Section]:
    if may(actor.roles, Ability.REVIEW):
        yield _review(actor)
    if may(actor.roles, Ability.COUNSEL):
        yield _counsel(actor)
    if may(actor.roles, Ability.UPLOAD):
        yield _intake(actor)
    if may(actor.roles, Ability.READ_JOURNAL):
        yield _oversight(actor)
    if may(actor.roles, Ability.OPERATE):
        yield _house(actor)


def _review(actor: Actor) -> Section:
    cases = queries.count_cases(actor)
    waiting = cases.by_state.get("in_review", 0)
    tiles = [
        Tile(_("我已领取"), cases.mine, "/review?view=mine", _("领取后一段时间不操作会自动放回队列")),
        Tile(
            _("时效已届满"),
            cases.expired,
            f"/review?expiry_to={today() - timedelta(days=1)}",
            _("须高级审核员说明理由"),
            "fail",
        ),
        Tile(
            _("时效临近"),
            cases.near,
            f"/review?expiry_from={today()}&expiry_to={today() + timedelta(days=queries.NEAR_DAYS)}",
            _("90 天内届满，请优先处理"),
            "warn",
        ),
        Tile(_("待审案件"), waiting, "/review?state=in_review", _("审核完毕，等待决定")),
        Tile(_("阻断"), cases.waiting_by_verdict.get("blocked", 0), "/review?view=blocked", _("有不通过项"), "fail"),
    ]
    if may(actor.roles, Ability.SECOND_APPROVAL):
        escalated = cases.by_state.get("escalated", 0)
        tiles[:0] = [
            Tile(
                _("待我复核"), queries.count_second_approvals(actor), "/approvals", _("他人提出，等第二人确认"), "warn"
            ),
            Tile(_("已上报"), escalated, "/review?view=escalated", _("由高级审核员处理"), "warn"),
        ]
    verdicts = cases.waiting_by_verdict
    shares = [("fail", verdicts.get("blocked", 0)), ("warn", verdicts.get("attention", 0))]
    if cases.clear_aside:
        shares.append(("info", cases.clear_aside))
    shares.append(("pass", verdicts.get("clear", 0) - cases.clear_aside))
    return Section(_("审核"), tiles, shares=shares, urgent=queries.urgent_cases(actor))


def _counsel(actor: Actor) -> Section:
    counts = queries.count_entrustments(actor)
    return Section(
        _("委托"),
        [
            Tile(_("待接受的委托"), counts.get("offered", 0), "/entrustments?state=offered", _("请接受或退回"), "warn"),
            Tile(_("办理中"), counts.get("accepted", 0), "/entrustments?state=accepted", _("立案、结案后请报告节点")),
        ],
    )


def _intake(actor: Actor) -> Section:
    cases = queries.count_cases(actor)
    batches = queries.count_batches(actor)
    busy = sum(batches.get(state, 0) for state in queries.BUSY_BATCHES)
    return Section(
        _("批次"),
        [
            Tile(_("待对应列"), batches.get("mapping", 0), "/batches?state=mapping", _("确认后开始导入"), "warn"),
            Tile(_("已停止的批次"), batches.get("stopped", 0), "/batches?state=stopped", _("请查看原因"), "fail"),
            Tile(
                _("退回待补充"),
                cases.by_state.get("returned", 0),
                "/review?view=returned",
                _("审核员在等资料"),
                "warn",
            ),
            Tile(_("进行中的批次"), busy, "/batches", _("读取、导入或审核")),
        ],
        batches=queries.recent_batches(actor),
        shows_batches=True,
    )


def _oversight(actor: Actor) -> Section:
    events, refused = queries.count_events_today(actor)
    return Section(
        _("合规"),
        [
            Tile(_("今日被拒绝的操作"), refused, "/journal?outcome=refused", _("越权、自审等尝试"), "fail"),
            Tile(_("今日日志"), events, "/journal", _("每一次更改都有记录")),
            Tile(_("可下载的导出"), queries.count_my_exports(actor), "/exports", _("只有本人可以下载")),
        ],
        refusals=queries.recent_refusals(actor),
    )


def _house(actor: Actor) -> Section:
    jobs = queries.count_jobs(actor)
    people = queries.count_people(actor)
    return Section(
        _("运行"),
        [
            Tile(_("失败的作业"), jobs.get("failed", 0), "/operations?state=failed", _("可查看原因并重试"), "fail"),
            Tile(_("排队与运行中"), jobs.get("pending", 0) + jobs.get("running", 0), "/operations"),
            Tile(_("在用人员"), people.active, "/people"),
            Tile(_("未接受的邀请"), people.invited, "/people", _("链接过期后须重新邀请"), "warn"),
        ],
    )
