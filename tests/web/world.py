"""Two platforms and a law firm with one of everything, so that every address of the product has something behind it."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from werkzeug.routing import Rule as Route

from reviewdesk.accounts import invitations, tokens
from reviewdesk.actor import system
from reviewdesk.audit.policy import BUILT_IN
from reviewdesk.audit.versions import drafts, dry_run
from reviewdesk.db import new_id, unit_of_work
from reviewdesk.handover.models import Entrustment
from reviewdesk.intake.mapping import Mapping, Rule
from reviewdesk.intake.models import Attachment, Case, EvidenceUpload, SheetRow
from reviewdesk.intake.saved_mappings import save
from reviewdesk.journal.models import Export
from reviewdesk.outbox import Job
from reviewdesk.review import overriding, together
from reviewdesk.review.models import BulkDecision, Decision
from reviewdesk.review.overrides import Kind
from reviewdesk.review.overriding import Wish
from tests.builders import Bench, Org

ROLES = ("uploader", "reviewer", "senior_reviewer", "compliance", "administrator", "counsel")


@dataclass
class World:
    """One organisation with one of everything; `ids` is keyed by the names that routes use.

    Where a name means something else in one part of the addresses, `ids` has it by name and that part.
    """

    org: Org
    ids: dict[str, Any] = field(default_factory=dict)

    def arguments(self, route: Route) -> dict[str, Any]:
        """Values for the arguments of a route."""
        unknown = route.arguments - self.ids.keys()
        assert not unknown, f"tell tests/web/world.py what {unknown} of {route.rule} is"
        return {
            name: next((self.ids[at] for part in route.rule.split("/") if (at := f"{name} {part}") in self.ids), value)
            for name, value in self.ids.items()
            if name in route.arguments
        }


def build(bench: Bench, firm: Org) -> World:
    """A platform with a batch, cases in review, proposed and entrusted, a job, an export, a token, an invitation."""
    org = bench.organisation()
    batch_id = bench.batch(org)
    case_id = bench.audited_case(org, batch_id, claimed=3_650_000, verdict="blocked", failed=("rate.claim_cap",))
    proposed = bench.audited_case(org, batch_id, claimed=1_284_055)
    entrusted = bench.audited_case(org, batch_id, claimed=800_210)
    ids: dict[str, Any] = {
        "batch_id": batch_id,
        "case_id": case_id,
        "entrusted_case_id": entrusted,
        "field": "id_no",
        "policy": drafts.draft(org.senior_reviewer.actor, BUILT_IN, "测试").name,
        "section": "parameters",
        "table": "lpr-values",
        "person_id": org.reviewer.person_id,
        "token_id": tokens.create_token(org.reviewer.actor, "测试").token_id,
        "invitation_id": invitations.invite(
            org.administrator.actor, email=f"{new_id().hex[:10]}@example.cn", name="受邀人", roles=["reviewer"]
        ).invitation_id,
        "secret": "unknown",
        "format": "csv",
        "kind": "journal",
    }
    ids |= _override(org, case_id)
    ids["joint_id"] = together.join(
        org.senior_reviewer.actor, [case_id, proposed], one_filing=False, reason="同一借款人"
    )
    ids["dry_run_id"] = dry_run.begin(org.senior_reviewer.actor, ids["policy"], {"last": 10})
    kept = bench.app.extensions["reviewdesk.settings"].files / "none"  # the path of every file of this world
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(b"x")
    ids["event_id"] = bench.events(org)[0].event_id
    with unit_of_work(org.uploader.actor) as work:
        ids |= _rows(work.session, org, firm, batch_id, case_id, proposed, entrusted)
        ids["mapping_id"] = save(work, Mapping((Rule(0, "借据号", "account_no"),)), by="person").mapping_id
    return World(org, ids)


def _override(org: Org, case_id: int) -> dict[str, Any]:
    """A finding of a case that is set aside."""
    with unit_of_work(org.uploader.actor) as work:
        case = work.session.get_one(Case, (org.org_id, case_id))
    wish = Wish(case_id, case.failed[0], Kind.OVERRIDE, "这一项与事实不符，另有凭证", case.version, case.run_id)
    made = overriding.set_aside(org.senior_reviewer.actor, wish)
    check = {"check": wish.check, "finding": wish.check}
    return {"run_id": case.run_id, "version": 1, "override_id": made.override_id, **check}


def _rows(
    session: Any, org: Org, firm: Org, batch_id: UUID, case_id: int, proposed: int, entrusted: int
) -> dict[str, Any]:
    who = {"by_id": org.reviewer.person_id, "by_name": org.reviewer.name}
    job = Job(org_id=org.org_id, job_id=new_id(), kind="audit.chunk", args={}, actor=system().to_json(), state="failed")
    export = Export(
        org_id=org.org_id,
        export_id=new_id(),
        kind="journal",
        format="csv",
        filters={},
        state="ready",
        name="x.csv",
        path="none",
        by_id=org.compliance.person_id,
        by_name=org.compliance.name,
    )
    decision = Decision(
        org_id=org.org_id,
        decision_id=new_id(),
        case_id=proposed,
        choice="approve",
        state="waiting",
        reason="金额超过限额",
        needs=["amount"],
        seen=[],
        case_version=3,
        by_roles=["reviewer"],
        **who,
    )
    bulk = _bulk(org, who, deed="set_aside", choice="override", check_id="rate.claim_cap")
    again = _bulk(org, who, deed="count_again", choice="withdraw", check_id="rate.claim_cap")
    decided = _bulk(org, who, deed="decide", choice="return", seen=[])
    entrustment = Entrustment(
        org_id=org.org_id,
        entrustment_id=new_id(),
        case_id=entrusted,
        firm_id=firm.org_id,
        state="offered",
        **who,
    )
    rejected = SheetRow(org_id=org.org_id, batch_id=batch_id, row=7, outcome="rejected", account_no="HT7")
    file = Attachment(
        org_id=org.org_id,
        batch_id=batch_id,
        case_id=case_id,
        attachment_id=new_id(),
        kind="contract",
        name="x.pdf",
        media="application/pdf",
        size=1,
        sha256="0" * 64,
        path="none",
        **who,
    )
    upload = EvidenceUpload(
        org_id=org.org_id, upload_id=new_id(), batch_id=batch_id, sent=[], counts={"refused": 0}, **who
    )
    session.add_all([job, export, decision, bulk, decided, again, entrustment, file, upload, rejected])
    return {
        "job_id": job.job_id,
        "export_id": export.export_id,
        "decision_id": decision.decision_id,
        "bulk_id": bulk.bulk_id,
        "bulk_id bulk-decisions": decided.bulk_id,
        "bulk_id bulk-withdrawals": again.bulk_id,
        "entrustment_id": entrustment.entrustment_id,
        "attachment_id": file.attachment_id,
        "upload_id": upload.upload_id,
        "name": "x",
        "row": 1,
        "number": 7,
    }


def _bulk(org: Org, who: dict[str, Any], seen: list[str] | None = None, **what: Any) -> BulkDecision:
    """The preview of a deed for no case."""
    filters = {} if seen is None else {"seen": seen}
    kept = {"reason": "补充资料，待核对", "filters": filters, "state": "preview", "counts": {"cases": 0}}
    return BulkDecision(org_id=org.org_id, bulk_id=new_id(), **kept, **who, **what)
