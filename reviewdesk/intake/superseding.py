"""The facts of a case by version: those that others took the place of are kept, so that a past audit can be repeated.

The current facts stand in the case's file alone. What is kept says who replaced it, when and why; the database refuses
to give a case new facts before its old ones are kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from reviewdesk.db import Work
from reviewdesk.errors import NotFound, Text
from reviewdesk.intake.models import Batch, Case
from reviewdesk.vault import vault

Why = Literal["import", "update", "answer", "attachment", "mend"]

WHY: Final[Mapping[str, Text]] = {
    "import": Text("导入", "imported"),
    "update": Text("用新表更新", "renewed by another sheet"),
    "answer": Text("答复退回", "answered a return"),
    "attachment": Text("附件有变化", "attachments changed"),
    "mend": Text("修正", "mended"),
}
"""How facts came to be, in words."""

_KEEP = """
INSERT INTO superseded_facts (org_id, case_id, facts_version, facts, sealed, why, by_id, by_name)
SELECT org_id, case_id, facts_version, facts, sealed, :why, :by, :name
FROM case_files WHERE org_id = :org AND case_id = ANY(CAST(:ids AS bigint[]))
ON CONFLICT DO NOTHING
"""


def keep(work: Work, case_ids: Sequence[int], why: Why) -> None:
    """Keep the facts of locked cases as they are stored now, before new ones take their place for the reason given."""
    if case_ids:
        work.execute(_KEEP, org=work.org_id, ids=list(case_ids), why=why, by=work.actor.person_id, name=work.actor.name)


@dataclass(frozen=True, slots=True)
class Facts:
    """One version of a case's facts; `personal` is in clear and must be masked before it is shown."""

    version: int
    facts: Mapping[str, Any]
    personal: Mapping[str, Any]


_ONE = """
SELECT facts, sealed FROM superseded_facts WHERE org_id = :org AND case_id = :case AND facts_version = :version
"""


def facts_at(work: Work, case: Case, version: int) -> Facts:
    """The facts of a case in a version, current or superseded.

    Raises:
        NotFound: the case never had it, or it was replaced before versions were kept.
    """
    if version == case.facts_version:
        return Facts(version, case.facts, vault().unseal(case.sealed, case.org_id, case.case_id))
    found = work.execute(_ONE, org=case.org_id, case=case.case_id, version=version).one_or_none()
    if found is None:
        raise NotFound("facts.unknown", Text("没有这一版事实。", "There is no such version of the facts."))
    return Facts(version, found.facts, vault().unseal(bytes(found.sealed), case.org_id, case.case_id))


@dataclass(frozen=True, slots=True)
class Version:
    """How a version of a case's facts came to be. `why` is a key of `WHY`."""

    version: int
    why: str
    by: str
    at: datetime


_VERSIONS = """
SELECT facts_version, why, by_name, at FROM superseded_facts WHERE org_id = :org AND case_id = :case
ORDER BY facts_version
"""


def versions_of(work: Work, case: Case) -> list[Version]:
    """All versions of a case's facts that can be read, the oldest first.

    Each kept version says how the one after it came to be; the first came with the import.
    """
    batch = work.session.get_one(Batch, (case.org_id, case.batch_id))
    kept = {row.facts_version: row for row in work.execute(_VERSIONS, org=case.org_id, case=case.case_id)}
    made: list[Version] = []
    for version in sorted({*kept, case.facts_version}):
        before = kept.get(version - 1)
        if before is None:
            made.append(Version(version, "import", batch.by_name, case.created_at))
        else:
            made.append(Version(version, before.why, before.by_name, before.at))
    return made


@dataclass(frozen=True, slots=True)
class FactChange:
    """A fact that two versions give differently; None where one does not give it."""

    name: str
    before: Any
    after: Any
    personal: bool = False


def differences(before: Facts, after: Facts) -> list[FactChange]:
    """The facts that differ between two versions, by name; personal values are in clear."""
    return [
        FactChange(name, old.get(name), new.get(name), personal)
        for old, new, personal in (
            (before.personal, after.personal, True),
            (before.facts, after.facts, False),
        )
        for name in dict.fromkeys([*old, *new])
        if old.get(name) != new.get(name)
    ]
