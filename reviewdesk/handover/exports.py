"""The cases for counsel as a file: asked for on a page, made by a worker, fetched by the one who asked.

As a workbook with a row for each case, or as a pack that holds the documents of each case beside it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select, text

from reviewdesk import outbox
from reviewdesk.accounts.roles import Ability, may
from reviewdesk.actor import Actor
from reviewdesk.audit.packing import unpack
from reviewdesk.clock import SHANGHAI, now
from reviewdesk.db import Work, new_id, unit_of_work
from reviewdesk.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal, Text
from reviewdesk.handover.complaint_templates import drafts_of
from reviewdesk.handover.models import Entrustment
from reviewdesk.handover.pack import write_pack
from reviewdesk.handover.packed import PackedCase, PackedFile, PackedSuit, with_suit_fees
from reviewdesk.handover.service import received_suit
from reviewdesk.handover.workbook import CaseRow, write
from reviewdesk.intake.fields import field_named, is_field
from reviewdesk.intake.models import Case
from reviewdesk.intake.numbering import row_of
from reviewdesk.intake.storage import locate
from reviewdesk.journal.export import file_of, file_path
from reviewdesk.journal.files import digest, written_whole
from reviewdesk.journal.models import Export
from reviewdesk.journal.service import record
from reviewdesk.masking import masked
from reviewdesk.review.attached import attachments_of
from reviewdesk.review.discretion import discreet
from reviewdesk.review.evidence import full_name
from reviewdesk.review.findings import title_of
from reviewdesk.review.states import COUNSEL, SENIOR
from reviewdesk.review.words import STATES, aside_line, verdict_text
from reviewdesk.vault import vault

JOB = "handover.export"
KIND = "cases"
SELECTIONS = ("approved", "entrusted", "received")
"""What a platform may export (approved, entrusted), and a firm (received: what it has accepted or is offered)."""

TABLE, PACK = "xlsx", "zip"
FORMS = {TABLE: "案件表", PACK: "立案材料"}
"""The forms: the workbook of cases, or the filing pack; each with the beginning of its file's name."""


def ask(actor: Actor, selection: str, purpose: str, form: str = TABLE, only: UUID | None = None) -> Export:
    """Ask for approved or entrusted cases (platform) or received cases (firm), as a workbook or as a filing pack.

    `only` narrows a firm's cases to one entrustment, and to the others of its suit.

    Raises:
        NotAllowed: the actor is neither senior reviewer nor counsel.
        NotFound: the firm has no such entrustment.
        Invalid: no such selection or form, or no purpose.
    """
    with unit_of_work(actor) as work:
        _check(actor, selection)
        if form not in FORMS:
            raise Invalid("export.form", Text("没有这种文件。", "There is no such form."), field="form")
        purpose = discreet(purpose.strip())
        if not purpose:
            raise Invalid("export.purpose", Text("请写明导出用途。", "Say what the export is for."), field="purpose")
        given = received_suit(work, only) if only else []
        made = Export(
            org_id=work.org_id,
            export_id=new_id(),
            kind=KIND,
            format=form,
            filters={"selection": selection, "purpose": purpose, "entrustments": _ids(given)},
            state="waiting",
            name=_name(form, _number(work, given[0]) if given else _NAMES[selection]),
            by_id=actor.person_id,
            by_name=actor.name,
        )
        work.session.add(made)
        work.session.flush()
        record(
            work,
            "handover:export:ask",
            ("export", made.export_id),
            new={"selection": selection, "purpose": purpose, "format": form, "entrustments": _ids(given)},
        )
        outbox.add(work, JOB, {"export_id": str(made.export_id)}, key=str(made.export_id))
    return made


_NAMES = {"approved": "同意起诉", "entrusted": "已委托", "received": "受托"}


def _ids(given: Sequence[Entrustment]) -> list[str] | None:
    return [str(one.entrustment_id) for one in given] or None


def _name(form: str, what: str) -> str:
    return f"{FORMS[form]}-{what}-{now().astimezone(SHANGHAI):%Y%m%d-%H%M}.{form}"


def _number(work: Work, given: Entrustment) -> str:
    number: str = work.session.get_one(Case, (given.org_id, given.case_id)).number
    return number


def _check(actor: Actor, selection: str) -> None:
    needed = COUNSEL if selection == "received" else SENIOR
    if selection not in SELECTIONS or actor.person_id is None:
        raise Invalid("export.selection", Text("没有这种导出。", "There is no such export."), field="selection")
    if not actor.has(needed):
        raise NotAllowed(
            "role_needed",
            Text("您的角色不能导出案件。", "Your role may not export cases."),
            refusal=Refusal("handover:export:ask", ("export", selection)),
        )


def run(work: Work, args: Mapping[str, Any], report: Any) -> None:
    """The job: write the file and mark it ready. Run again, it writes the same file anew."""
    made = work.session.get_one(Export, (work.org_id, UUID(args["export_id"])), with_for_update=True)
    if made.state == "ready":
        return
    made.path = file_path(made)
    cases: list[_Packed] = []
    with written_whole(made.path) as part, drafts_of(work) as drafts:
        rows = _counted(with_suit_fees(_rows(work, made)), cases, report)
        if made.format == PACK:
            made.rows = write_pack(part, rows, _about(made), drafts)
        else:
            made.rows = write(part, (case.row for case in rows), _about(made))
        made.size, made.sha256 = part.stat().st_size, digest(part)
    made.state, made.finished_at = "ready", now()
    _record(work, made, cases, drafts.used)


class _Packed(NamedTuple):
    """A case that is in an export, with the digests of its attachments that are."""

    org_id: UUID
    case_id: int
    files: tuple[str, ...]


def _counted(rows: Iterator[PackedCase], cases: list[_Packed], report: Any) -> Iterator[PackedCase]:
    """Pass the cases on, remembering which they were."""
    for case in rows:
        cases.append(_Packed(case.org_id, case.case_id, tuple(file.sha256 for file in case.files or ())))
        if len(cases) % 100 == 0:
            report(done=len(cases))
        yield case


_ROWS = """
SELECT c.org_id, c.case_id, c.number, c.row, c.state, f.facts, f.sealed, c.verdict, c.failed, c.claimable, c.excess,
       c.limitation_expiry, o.name AS platform, e.state AS entrustment, e.created_at AS entrusted_at,
       (SELECT d.reason FROM decisions d WHERE d.org_id = c.org_id AND d.case_id = c.case_id
        AND d.choice = 'approve' AND d.state = 'effective' ORDER BY d.created_at DESC LIMIT 1) AS reason,
       (SELECT coalesce(jsonb_agg(
           jsonb_build_array(s.check_id, s.outcome, s.kind, s.by_name, s.created_at, s.until, s.reason)
           ORDER BY s.created_at), '[]')
        FROM finding_overrides s
        WHERE s.org_id = c.org_id AND s.case_id = c.case_id AND s.ended_at IS NULL) AS set_aside,
       suit.joint_id, suit.numbers AS suit_numbers, r.findings, r.policy, r.as_of
FROM cases c
JOIN case_files f ON f.org_id = c.org_id AND f.case_id = c.case_id
LEFT JOIN audit_runs r ON r.org_id = c.org_id AND r.run_id = c.run_id
JOIN organisations o ON o.org_id = c.org_id
LEFT JOIN entrustments e ON e.org_id = c.org_id AND e.case_id = c.case_id AND e.ended_at IS NULL
LEFT JOIN LATERAL (
    SELECT j.joint_id, array_agg(other.number ORDER BY other.case_id) AS numbers,
           min(other.limitation_expiry) AS first_expiry, min(other.case_id) AS first_case
    FROM joint_cases mine
    JOIN joint_cases j ON j.org_id = mine.org_id AND j.joint_id = mine.joint_id AND j.ended_at IS NULL
    JOIN cases other ON other.org_id = j.org_id AND other.case_id = j.case_id
    WHERE mine.org_id = c.org_id AND mine.case_id = c.case_id AND mine.ended_at IS NULL AND mine.one_filing
    GROUP BY j.joint_id
) AS suit ON true
WHERE {selection} AND (CAST(:chosen AS uuid[]) IS NULL OR e.entrustment_id = ANY(CAST(:chosen AS uuid[])))
ORDER BY CASE WHEN suit.joint_id IS NULL THEN c.limitation_expiry ELSE suit.first_expiry END NULLS LAST,
         coalesce(suit.first_case, c.case_id), c.case_id
"""

_SELECTED = {
    "approved": "c.org_id = :org AND c.state = 'approved'",
    "entrusted": "c.org_id = :org AND c.state IN ('entrusted', 'filed')",
    "received": "e.firm_id = :org AND c.state IN ('entrusted', 'filed')",
}


def _rows(work: Work, made: Export) -> Iterator[PackedCase]:
    query = text(_ROWS.format(selection=_SELECTED[made.filters["selection"]]))
    may_reveal = may(work.actor.roles, Ability.REVEAL)
    wanted = {"org": work.org_id, "chosen": made.filters.get("entrustments")}
    for row in work.session.execute(query, wanted, execution_options={"yield_per": 500}):
        personal = vault().unseal(row.sealed, row.org_id, row.case_id)
        clear = may_reveal and _in_clear(made, row)
        shown = personal if clear else masked(personal)
        files = _files(work, row) if clear and made.format == PACK else None
        case = PackedCase(row.org_id, row.case_id, _case_row(row, shown), row.facts, row.policy, row.as_of, files)
        yield case if row.joint_id is None else replace(case, suit=PackedSuit(row.joint_id, tuple(row.suit_numbers)))


def _files(work: Work, row: Any) -> list[PackedFile]:
    """What is attached to a case."""
    return [
        PackedFile(full_name(one), one.kind, one.sha256, locate(one.path))
        for one in attachments_of(work, row.org_id, row.case_id)
    ]


def _in_clear(made: Export, row: Any) -> bool:
    """Personal data is in clear once the case is entrusted, and for a firm once it has accepted it."""
    return row.entrustment == "accepted" or (row.entrustment is not None and made.filters["selection"] == "entrusted")


def _case_row(row: Any, personal: Mapping[str, Any]) -> CaseRow:
    fee = _computed(row.findings, "cost.fee")
    return CaseRow(
        number=row.number,
        platform=row.platform,
        state=STATES[row.state].zh,
        batch_row=row_of(row.row),
        facts={name: _shown(name, value) for name, value in row.facts.items() if is_field(name)},
        personal=personal,
        verdict=verdict_text(row.verdict, len(row.set_aside)).zh if row.verdict else "",
        failed=tuple(title_of(check).zh for check in row.failed),
        set_aside=tuple(_set_aside(*one) for one in row.set_aside),
        joined_with="、".join(number for number in row.suit_numbers or () if number != row.number),
        claimable=row.claimable,
        excess=row.excess,
        court_fee=fee.get("fee"),
        court_fee_halved=fee.get("fee_halved"),
        limitation_expiry=row.limitation_expiry,
        reason=row.reason or "",
        entrusted_on=row.entrusted_at.astimezone(SHANGHAI).date() if row.entrusted_at else None,
    )


def _set_aside(check: str, outcome: str, kind: str, by: str, at: str, until: str | None, reason: str) -> str:
    """A finding that was set aside when the case was decided, in one line."""
    last = date.fromisoformat(until) if until else None
    return aside_line(check, outcome, kind, by, datetime.fromisoformat(at), last, reason).zh


def _computed(findings: bytes | None, check: str) -> dict[str, Any]:
    """The numbers that a check computed in a stored run; none where it was not run."""
    answers = unpack(findings) if findings is not None else []
    return next((answer[3] for answer in answers if answer[0] == check and len(answer) > 3), {})


def _shown(name: str, value: Any) -> Any:
    """A stored choice code as the Chinese word that a sheet would hold; other values as they are."""
    words = field_named(name).choices.get(value) if isinstance(value, str) else None
    return words[0] if words else value


def _about(made: Export) -> list[tuple[str, str]]:
    return [
        ("导出人", made.by_name),
        ("导出时间", f"{now().astimezone(SHANGHAI):%Y-%m-%d %H:%M}"),
        ("范围", _NAMES[made.filters["selection"]]),
        ("用途", made.filters["purpose"]),
        ("个人信息", "未受托或未接受委托的案件，个人信息以掩码显示。完整个人信息仅限本案使用，用毕删除。"),
        ("留痕", f"本次导出已记入审计日志，编号 {made.export_id}。"),
    ]


def _record(work: Work, made: Export, cases: list[_Packed], version: int | None) -> None:
    """One event for the export; where a firm made it, one in each platform's journal for each of its cases too."""
    own = [case.case_id for case in cases if case.org_id == work.org_id]
    told = {
        "rows": made.rows,
        "sha256": made.sha256,
        "selection": made.filters["selection"],
        "format": made.format,
        **({"files": sum(len(case.files) for case in cases), "template": version} if made.format == PACK else {}),
    }
    record(work, "handover:export:make", ("export", made.export_id), new=told, cases=own or None)
    for org_id, case_id, files in cases:
        if org_id != work.org_id:
            record(
                work,
                "handover:case:export",
                ("case", case_id),
                new={"export": str(made.export_id), "purpose": made.filters["purpose"], "format": made.format}
                | ({"files": len(files), "sha256": list(files[:50])} if files else {}),
                case_id=case_id,
                org_id=org_id,
            )


def fetch(actor: Actor, export_id: UUID) -> tuple[Path, str]:
    """The file of a ready export and its name, for the one who asked for it; fetching it is an event.

    Raises:
        NotFound: there is no such export of this person.
        Conflict: it is not ready yet.
    """
    with unit_of_work(actor) as work:
        made = work.session.get(Export, (work.org_id, export_id))
        if made is None or made.by_id != actor.person_id or made.kind != KIND:
            raise NotFound(
                "export.unknown",
                Text("没有这一导出，或不是您的导出。", "There is no such export, or it is not yours."),
                refusal=Refusal("handover:export:fetch", ("export", str(export_id))),
            )
        if made.state != "ready" or made.path is None:
            raise Conflict("export.not_ready", Text("导出尚未完成。", "The export is not ready yet."))
        record(work, "handover:export:fetch", ("export", export_id), new={"rows": made.rows})
        return file_of(made), made.name


def exports_of(work: Work) -> list[Export]:
    """The actor's own latest exports of cases."""
    query = select(Export).where(
        Export.org_id == work.org_id, Export.kind == KIND, Export.by_id == work.actor.person_id
    )
    return list(work.session.scalars(query.order_by(Export.created_at.desc()).limit(10)))
