"""The roles of people, their names in both languages, and what each may do.

One table, `ROLES`, answers every "may they?" question of pages, API and workers. Limits that depend on a case
(amounts, failed checks, who proposed it) are not here: they belong to `review/states.py`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """A role's name as it is stored, sent by the API and written in the journal."""

    UPLOADER = "uploader"
    REVIEWER = "reviewer"
    SENIOR_REVIEWER = "senior_reviewer"
    COUNSEL = "counsel"
    COMPLIANCE = "compliance"
    ADMINISTRATOR = "administrator"


class OrganisationKind(StrEnum):
    """Who an organisation is: the lending platform, or a law firm that it entrusts with cases."""

    PLATFORM = "platform"
    LAW_FIRM = "law_firm"


class Ability(StrEnum):
    """One thing that a role may do."""

    UPLOAD = "upload"  # workbooks, mappings, evidence, answers to returned cases
    SEE_CASES = "see_cases"  # the organisation's cases, personal data masked
    REVEAL = "reveal"  # one field of personal data in clear; each time an event
    REVIEW = "review"  # claim, comment, decide within limits, propose settlements
    SECOND_APPROVAL = "second_approval"  # confirm what somebody else proposed
    REASSIGN = "reassign"  # move a claimed case to another reviewer, decide in bulk above the limit
    COUNSEL = "counsel"  # entrusted cases: accept, refuse, download, report milestones
    READ_JOURNAL = "read_journal"
    EXPORT_JOURNAL = "export_journal"
    DRAFT_POLICY = "draft_policy"  # versions of the policy, their dry runs
    APPROVE_POLICY = "approve_policy"  # what somebody else drafted
    MANAGE_PEOPLE = "manage_people"  # invitations, roles, disabling
    MANAGE_TOKENS = "manage_tokens"  # the organisation's API tokens; everybody may hold their own
    OPERATE = "operate"  # see jobs and retry the failed ones


@dataclass(frozen=True, slots=True)
class RoleFacts:
    """What is fixed about one role."""

    zh: str
    en: str
    duty_zh: str
    duty_en: str
    abilities: frozenset[Ability]
    held_in: frozenset[OrganisationKind]


_BOTH = frozenset(OrganisationKind)
_PLATFORM = frozenset({OrganisationKind.PLATFORM})
_LAW_FIRM = frozenset({OrganisationKind.LAW_FIRM})

ROLES: dict[Role, RoleFacts] = {
    Role.UPLOADER: RoleFacts(
        "资料员",
        "Uploader",
        "上传并对应工作簿，修正数据，补充证据，答复退回的案件",
        "Uploads and maps workbooks, mends rows, attaches evidence, answers returned cases",
        frozenset({Ability.UPLOAD, Ability.SEE_CASES, Ability.REVEAL}),
        _PLATFORM,
    ),
    Role.REVIEWER: RoleFacts(
        "审核员",
        "Reviewer",
        "处理待审队列，在限额内作出决定，提出和解方案",
        "Works the queue, decides within limits, proposes settlements",
        frozenset({Ability.SEE_CASES, Ability.REVEAL, Ability.REVIEW}),
        _PLATFORM,
    ),
    Role.SENIOR_REVIEWER: RoleFacts(
        "高级审核员",
        "Senior reviewer",
        "处理上报案件，复核他人的决定，超限额批量决定，改派案件，起草审核策略",
        "Takes escalated cases, second approvals, bulk decisions above the limit, reassigns, drafts policies",
        frozenset(
            {
                Ability.SEE_CASES,
                Ability.REVEAL,
                Ability.REVIEW,
                Ability.SECOND_APPROVAL,
                Ability.REASSIGN,
                Ability.DRAFT_POLICY,
            }
        ),
        _PLATFORM,
    ),
    Role.COUNSEL: RoleFacts(
        "承办律师",
        "Counsel",
        "仅见受托案件：接受或退回委托，下载材料，报告节点",
        "Sees only entrusted cases: accepts or refuses, downloads packs, reports milestones",
        frozenset({Ability.COUNSEL, Ability.REVEAL}),
        _LAW_FIRM,
    ),
    Role.COMPLIANCE: RoleFacts(
        "合规专员",
        "Compliance officer",
        "查阅本机构全部记录与审计日志，导出日志，起草并批准审核策略，不作案件决定",
        "Reads everything of the organisation and its journal, exports it, drafts and approves policies, no decisions",
        frozenset(
            {
                Ability.SEE_CASES,
                Ability.READ_JOURNAL,
                Ability.EXPORT_JOURNAL,
                Ability.DRAFT_POLICY,
                Ability.APPROVE_POLICY,
            }
        ),
        _BOTH,
    ),
    Role.ADMINISTRATOR: RoleFacts(
        "管理员",
        "Administrator",
        "管理人员、角色、令牌与本机构设置，此角色不能查看借款人资料",
        "Manages people, roles, tokens and settings, sees no borrower's data by this role",
        frozenset({Ability.MANAGE_PEOPLE, Ability.MANAGE_TOKENS, Ability.OPERATE}),
        _BOTH,
    ),
}


def label(role: str, language: str) -> str:
    """The role's name for people, in Chinese unless `language` starts with `en`."""
    facts = ROLES[Role(role)]
    return facts.en if language.startswith("en") else facts.zh


def duty(role: str, language: str) -> str:
    """One line that says what the role is for, in Chinese unless `language` starts with `en`."""
    facts = ROLES[Role(role)]
    return facts.duty_en if language.startswith("en") else facts.duty_zh


def roles_with(ability: Ability) -> frozenset[Role]:
    """Every role that holds the ability."""
    return frozenset(role for role, facts in ROLES.items() if ability in facts.abilities)


def may(roles: Iterable[str], ability: Ability) -> bool:
    """Whether somebody with these roles has the ability."""
    return any(ability in ROLES[Role(role)].abilities for role in roles)


def roles_of(kind: str) -> tuple[Role, ...]:
    """The roles that an organisation of this kind can give, in the order of the table."""
    return tuple(role for role, facts in ROLES.items() if OrganisationKind(kind) in facts.held_in)
