"""The long tables of a policy in groups that a page can fold, each with how many of its values differ."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from reviewdesk.audit.versions.differing import Difference
from reviewdesk.audit.versions.outline import Cell, Grid, Row
from reviewdesk.errors import Text

SHORT: Final = 24
"""A page with no more rows than that shows all of them; on a longer one groups are folded."""

PARAMETERS: Final[Mapping[str, tuple[Text, tuple[str, ...]]]] = {
    "claim": (
        Text("金额与息费核对", "Sums and charges"),
        (
            "sum_tolerance",
            "schedule_tolerance_share",
            "schedule_tolerance_amount",
            "schedule_row_tolerance",
            "ledger_tolerance_share",
            "ledger_tolerance_amount",
            "ledger_limit_share",
            "ledger_limit_amount",
            "all_in_tolerance",
            "penalty_uplift",
            "misuse_uplift",
            "old_paid_limit",
            "day_count",
            "lawyer_fee_most",
        ),
    ),
    "default": (
        Text("逾期、时效与保证", "Default, limitation and guarantee"),
        (
            "overdue_days_tolerance",
            "overdue_days_to_file",
            "limitation_years",
            "limitation_longest",
            "limitation_warning_days",
            "limitation_watch_days",
            "guarantee_months",
        ),
    ),
    "people": (
        Text("主体与关联", "People and what they share"),
        ("adult_age", "elderly_age", "phone_borrowers", "address_borrowers", "unlicensed_borrowers"),
    ),
    "procedure": (
        Text("管辖与程序", "Court and procedure"),
        ("court_share", "court_cases", "small_claims_share", "small_claims_agreed"),
    ),
    "cost": (
        Text("起诉成本", "Cost of a suit"),
        (
            "lawyer_fee",
            "lawyer_fee_share",
            "service_cost",
            "announcement_cost",
            "preservation_use",
            "worth_factor",
            "cost_share",
        ),
    ),
    "approval": (
        Text("复核权限与和解", "Second approval and settlement"),
        (
            "second_approval_above",
            "reduction_second_approval_above",
            "reviewer_interest_reduction",
            "reviewer_instalments",
            "senior_principal_reduction",
            "longest_plan",
            "longest_deferral",
            "settle_below",
            "settle_overdue_days",
            "settle_paid_days",
        ),
    ),
    "data": (
        Text("数据合理性", "Plausible data"),
        (
            "least_principal",
            "most_principal",
            "highest_rate",
            "median_factor",
            "stale_days",
            "lpr_gap_days",
            "systematic_share",
            "systematic_cases",
        ),
    ),
    "conduct": (Text("催收行为", "Conduct of collection"), ("quiet_from_hour", "quiet_to_hour", "calls_a_day")),
    "risks": (
        Text("起诉风险测算", "Risks of suing"),
        (
            "defence_weight_warn",
            "defence_weight_missing",
            "defence_weight_overridden",
            "evidence_item_loss",
            "months_to_file",
            "months_small_claims",
            "months_simplified",
            "months_ordinary",
            "months_announcement",
            "months_enforcement",
            "small_suit",
            "small_suit_share",
            "hardship_share",
            "suits_per_thousand",
        ),
    ),
}
"""The groups of the parameters; each parameter is in one of them."""

FAMILIES: Final[Mapping[str, Text]] = {
    "claim": Text("金额", "Sums claimed"),
    "rate": Text("利率与费用上限", "Rates and caps"),
    "default": Text("违约", "Default"),
    "limitation": Text("诉讼时效", "Limitation"),
    "identity": Text("身份", "Identity"),
    "capacity": Text("行为能力", "Capacity"),
    "standing": Text("主体资格", "Standing"),
    "duplicate": Text("重复与关联", "Duplicates"),
    "jurisdiction": Text("管辖", "Jurisdiction"),
    "procedure": Text("程序", "Procedure"),
    "evidence": Text("证据", "Evidence"),
    "service": Text("送达", "Service"),
    "conduct": Text("催收行为", "Conduct"),
    "settlement": Text("和解", "Settlement"),
    "cost": Text("成本", "Cost"),
    "data": Text("数据", "Data"),
}
"""The families of checks, by what stands before the dot of their names."""

Differing = Mapping[tuple[str, str, str], Difference]
"""Differences by table, row and column."""


@dataclass(slots=True)
class Group:
    """Some rows of a table under a title. `changed` counts values that differ, rows that are gone among them."""

    id: str
    title: Text
    grid: Grid
    rows: list[Row] = field(default_factory=list)
    blank: list[Row] = field(default_factory=list)
    changed: int = 0
    open: bool = False


@dataclass(frozen=True, slots=True)
class Folded:
    """A section in groups; `was` tells of a cell that differs what stood there, None where it was not there."""

    groups: list[Group]
    differing: Differing

    @property
    def changed(self) -> int:
        """How many values differ in all."""
        return sum(group.changed for group in self.groups)

    def differs(self, group: Group, row: Row) -> bool:
        """Whether a value of a row differs."""
        return any((group.grid.path, row.key, cell.field) in self.differing for cell in row.cells)

    def was(self, group: Group, row: Row, cell: Cell) -> Text | None:
        """What another policy has in the place of a cell that differs."""
        found = self.differing.get((group.grid.path, row.key, cell.field))
        return found.before if found else None


def folded(grids: Iterable[Grid], differences: Iterable[Difference], wrong: Collection[str] = ()) -> Folded:
    """The tables of a section in groups; open are those with something changed or `wrong`, and all of a short page."""
    found = [group for grid in grids for group in _groups(grid)]
    differing = {(one.grid, one.row, one.field): one for one in differences}
    short = sum(len(group.rows) for group in found) <= SHORT
    for group in found:
        group.changed = sum(1 for grid, row, _field in differing if _holds(group, grid, row))
        in_it = (cell.path for row in (*group.rows, *group.blank) for cell in row.cells)
        group.open = short or bool(group.changed) or any(path in wrong for path in in_it)
    return Folded(found, differing)


def _holds(group: Group, grid: str, row: str) -> bool:
    """Whether a row is of a group; one that is gone is of its table, where that is in one group."""
    if grid != group.grid.path:
        return False
    return row in {one.key for one in group.rows} or len(group.rows) == len(group.grid.rows)


def _groups(grid: Grid) -> list[Group]:
    name = grid.table or "effect"
    if grid.path == "parameters":
        by_key = {row.key: row for row in grid.rows}
        return [
            Group(f"{name}-{key}", title, grid, [by_key[one] for one in members if one in by_key])
            for key, (title, members) in PARAMETERS.items()
        ]
    if grid.path in {"checks", "check_defences"}:
        families = ((key, title, _family(grid, key)) for key, title in FAMILIES.items())
        return [Group(f"{name}-{key}", _in(grid, title), grid, rows) for key, title, rows in families if rows]
    return [Group(name, grid.title, grid, grid.rows, grid.blank)]


def _family(grid: Grid, name: str) -> list[Row]:
    return [row for row in grid.rows if row.key.partition(".")[0] == name]


def _in(grid: Grid, title: Text) -> Text:
    """A family's title; beside another table on its page with the table's."""
    if grid.path == "checks":
        return title
    return Text(f"{grid.title.zh}：{title.zh}", f"{grid.title.en}: {title.en}")
