"""A case with everything known of it, as its page and the API show it: masked, with each fact's source."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from reviewdesk.accounts.models import Person
from reviewdesk.audit.models import AuditRun, FindingOverride
from reviewdesk.audit.standing import Standing
from reviewdesk.clock import now
from reviewdesk.db import Work
from reviewdesk.errors import Text
from reviewdesk.intake.fields import FIELDS, GROUPS, Field
from reviewdesk.intake.models import Attachment, Batch, Case, StoredFile
from reviewdesk.intake.parts import Place, place_of
from reviewdesk.masking import masked
from reviewdesk.review.attached import UploadView, attachments_of, recent_uploads
from reviewdesk.review.models import Comment, Decision
from reviewdesk.review.overrides import in_force, overrides_of, standing_of
from reviewdesk.review.service import current_run
from reviewdesk.vault import vault


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact comes from: a cell of the uploaded file, a constant of the mapping, or a later answer."""

    sheet: str | None
    cell: str | None
    header: str | None
    by: str | None = None

    @property
    def text(self) -> Text:
        """The source for people."""
        if self.by is not None:
            return Text(f"{self.by} 补充", f"supplied by {self.by}")
        if self.cell is None:
            return Text("由对应关系统一填写", "filled in by the mapping")
        return Text(f"{self.sheet}!{self.cell}「{self.header}」", f"{self.sheet}!{self.cell} “{self.header}”")


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of a case. A personal one holds its masked value only."""

    field: Field
    value: Any
    source: Source | None


@dataclass(frozen=True, slots=True)
class CaseFile:
    """Everything of one case. `file`, `place` and `mapping_version` say which upload and mapping the facts came by."""

    case: Case
    run: AuditRun | None
    batch: Batch
    file: StoredFile
    place: Place
    mapping_version: int | None
    facts: list[Fact]
    decisions: list[Decision]
    comments: list[Comment]
    evidence: list[Attachment]
    uploads: list[UploadView]
    runs: list[Any]
    assignee: str | None
    held: bool
    overrides: list[FindingOverride]

    @property
    def standing(self) -> Standing | None:
        """What stands of the run today; None without a run."""
        return standing_of(self.run, self.overrides)

    @property
    def aside(self) -> dict[str, FindingOverride]:
        """What is set aside, by check."""
        return {one.check_id: one for one in in_force(self.case.state, self.overrides)}

    @property
    def waiting(self) -> Decision | None:
        """The decision that waits for a second person."""
        return next((decision for decision in self.decisions if decision.state == "waiting"), None)

    @property
    def plan(self) -> Decision | None:
        """The decision whose settlement plan holds, while the case is settled or performed."""
        if self.case.state not in ("settled", "performing", "breached"):
            return None
        return next((d for d in self.decisions if d.plan and d.state == "effective"), None)


_MAPPING_VERSION = "SELECT version FROM mappings WHERE org_id = :org AND mapping_id = :mapping"

_RUNS = """
SELECT run_id, created_at, policy, verdict, is_current, cardinality(failed) AS failed, cardinality(missing) AS missing
FROM audit_runs WHERE org_id = :org AND case_id = :case ORDER BY run_id DESC LIMIT 20
"""


def open_case(work: Work, case: Case) -> CaseFile:
    """Gather a case that the actor may see."""
    session = work.session
    batch = session.get_one(Batch, (case.org_id, case.batch_id))
    place = place_of(batch, case.row)
    of_case: Mapping[str, Any] = {"org_id": case.org_id, "case_id": case.case_id}
    return CaseFile(
        case=case,
        run=current_run(work, case),
        batch=batch,
        place=place,
        file=session.get_one(StoredFile, (case.org_id, batch.file_id)),
        mapping_version=work.execute(_MAPPING_VERSION, org=case.org_id, mapping=place.mapping_id).scalar(),
        facts=_facts(work, case, place),
        decisions=list(session.scalars(select(Decision).filter_by(**of_case).order_by(Decision.created_at.desc()))),
        comments=list(session.scalars(select(Comment).filter_by(**of_case).order_by(Comment.created_at))),
        evidence=attachments_of(work, case.org_id, case.case_id),
        uploads=_uploads(work, case),
        runs=list(work.execute(_RUNS, org=case.org_id, case=case.case_id)),
        assignee=_assignee(work, case),
        overrides=overrides_of(work, case),
        held=case.assignee_id is not None and (case.lease_until is None or case.lease_until > now()),
    )


def _uploads(work: Work, case: Case) -> list[UploadView]:
    """Archives that were sent to the case: under way, or the last one if files of it were refused."""
    latest = recent_uploads(work, case.batch_id, case.case_id)
    return [one for one in latest if one.busy or one.state == "failed" or (one is latest[0] and one.upload.refused)]


def _assignee(work: Work, case: Case) -> str | None:
    if case.assignee_id is None:
        return None
    person = work.session.get(Person, (case.org_id, case.assignee_id))
    return person.name if person else None


_EDITS = """
SELECT actor_name, new -> 'fields' AS fields FROM events
WHERE org_id = :org AND case_id = :case AND outcome = 'done'
  AND action IN ('review:facts:edit', 'intake:case:update')
ORDER BY event_id
"""


def _facts(work: Work, case: Case, place: Place) -> list[Fact]:
    shown = {**case.facts, **masked(vault().unseal(case.sealed, case.org_id, case.case_id))}
    edited = {
        name: row.actor_name
        for row in work.execute(_EDITS, org=case.org_id, case=case.case_id)
        for name in row.fields or ()
    }
    columns = {column["field"]: column for column in place.mapping.get("columns", ()) if column.get("field")}
    return [
        Fact(field, shown[field.name], _source(field, place, columns, edited))
        for field in FIELDS
        if shown.get(field.name) not in (None, "")
    ]


def grouped(facts: Iterable[Fact]) -> list[tuple[Text, list[Fact]]]:
    """Facts under the headings of their fields, without headings that have none."""
    by_name = {fact.field.name: fact for fact in facts}
    groups = [(title, [by_name[field.name] for field in fields if field.name in by_name]) for title, fields in GROUPS]
    return [(title, found) for title, found in groups if found]


def _source(field: Field, place: Place, columns: Mapping[str, Any], edited: Mapping[str, str]) -> Source | None:
    if field.name in edited:
        return Source(None, None, None, by=edited[field.name])
    column = columns.get(field.name)
    if column is not None:
        return Source(place.table, f"{column['column']}{place.row}", column["header"])
    constants: Mapping[str, Any] = place.mapping.get("constants", {})
    return Source(place.table, None, None) if field.name in constants else None


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of a case's history. `alone`: its event is about this case and no other; `by_job`: a worker did it."""

    event_id: int
    at: Any
    by: str
    by_job: bool
    alone: bool
    action: str
    outcome: str
    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None


_HISTORY = """
SELECT event_id, at, actor_name, actor_kind, case_id, action, outcome, old, new FROM events
WHERE org_id = :org AND (case_id = :case OR (batch_id = :batch AND cases @> CAST(:case AS bigint))
                         OR (batch_id = :batch AND case_id IS NULL AND cases IS NULL AND action = ANY(:coming)))
ORDER BY event_id DESC LIMIT :most
"""


_COMING = ["intake:batch:upload", "intake:batch:map", "intake:batch:map_file", "intake:batch:load"]
"""What is told of a batch in the history of each of its cases: how they came."""


def history(work: Work, case: Case, most: int = 100) -> Sequence[Happening]:
    """What the journal holds of a case and of how it came, latest first."""
    rows = work.execute(_HISTORY, org=case.org_id, case=case.case_id, batch=case.batch_id, coming=_COMING, most=most)
    return [
        Happening(
            r.event_id,
            r.at,
            r.actor_name,
            r.actor_kind == "job",
            r.case_id is not None,
            r.action,
            r.outcome,
            r.old,
            r.new,
        )
        for r in rows
    ]
