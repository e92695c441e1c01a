"""Evidence files of batches and cases: matched, placed by hand, part of the facts, and audited anew."""

import io
import re
import zipfile
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from reviewdesk import outbox
from reviewdesk.actor import system
from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.models import AuditRun
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Conflict, Invalid, NotAllowed, NotFound
from reviewdesk.evidence import KINDS
from reviewdesk.handover import service as handover
from reviewdesk.handover.models import Entrustment
from reviewdesk.intake.models import Attachment, EvidenceUpload
from reviewdesk.journal.words import VALUES
from reviewdesk.review import attached, evidence, uploads
from reviewdesk.review import service as review
from reviewdesk.review.attached import attachments_of, of_batch
from reviewdesk.review.auditing_anew import finish_audit
from tests.builders import Bench, Org, csrf
from tests.review.helpers import ask_for, read
from workers import jobs

PDF = b"%PDF-1.7 contract "


def pdf(name: str, content: bytes = b"") -> tuple[str, io.BytesIO]:
    return name, io.BytesIO(PDF + (content or name.encode()))


@pytest.fixture
def org(bench: Bench) -> Org:
    return bench.organisation()


@pytest.fixture
def batch_id(bench: Bench, org: Org) -> UUID:
    return bench.batch(org)


@dataclass
class Got:
    """What came of an upload."""

    upload: EvidenceUpload
    matched: list[Attachment]
    unmatched: list[Attachment]

    @property
    def refused(self) -> list[str]:
        """The codes of the files that were not kept."""
        return [one["code"] for one in self.upload.refused]


def receive(org: Org, batch_id: UUID, *sent: tuple[str, Any]) -> Got:
    """Send files, and have a worker's part done where there is one."""
    upload = uploads.receive(org.uploader.actor, batch_id, sent)
    if upload.job_id is not None:
        jobs.run(str(upload.job_id))
    return got(org, upload.upload_id)


def got(org: Org, upload_id: UUID) -> Got:
    with unit_of_work(org.uploader.actor) as work:
        files = attached.files_of_upload(work, upload_id)
        upload = attached.find_upload(work, upload_id, "open")
    matched = [one for one in files if one.case_id is not None]
    return Got(upload, matched, [one for one in files if one.case_id is None])


def files_of(org: Org, case_id: int) -> list[Attachment]:
    with unit_of_work(org.reviewer.actor) as work:
        return attachments_of(work, org.org_id, case_id)


class TestBatch:
    def test_files_find_their_cases(self, bench: Bench, org: Org, batch_id: UUID) -> None:
        one = bench.case(org, batch_id, facts={"account_no": "HT-0001"})
        two = bench.case(org, batch_id, facts={"account_no": "HT-0001-2"})
        spool = io.BytesIO()
        with zipfile.ZipFile(spool, "w") as archive:
            archive.writestr("HT-0001/身份证.pdf", PDF + b"a")
            archive.writestr("HT-0001-2/放款.pdf", PDF + b"b")
            archive.writestr("其他/说明.pdf", PDF + b"c")
        spool.seek(0)
        came = receive(
            org, batch_id, pdf("ht-0001 合同.pdf"), ("全部.zip", spool), pdf("x.exe"), ("y.pdf", io.BytesIO(b"MZ"))
        )
        assert {(file.name, file.kind) for file in files_of(org, one)} == {
            ("ht-0001 合同.pdf", "contract"),
            ("身份证.pdf", "identity_borrower"),
        }
        assert [file.kind for file in files_of(org, two)] == ["disbursement"]
        assert {file.name: file.reason for file in came.unmatched} == {"说明.pdf": "no_account", "x.exe": "no_account"}
        assert came.refused == ["attachment.type"]
        (event,) = bench.events(org, "review:batch:attach")
        assert (event.new["matched"], event.new["unmatched"], event.new["not_kept"]) == (3, 2, 1)

    def test_the_same_file_again_changes_nothing(self, bench: Bench, org: Org, batch_id: UUID) -> None:
        case_id = bench.case(org, batch_id, facts={"account_no": "HT-0002"})
        files = [pdf("HT-0002.pdf"), pdf("无号.pdf")]
        receive(org, batch_id, *files)
        again = receive(org, batch_id, pdf("HT-0002.pdf"), pdf("无号.pdf"))
        assert (again.upload.counts["known"], again.matched, again.unmatched) == (2, [], [])
        assert len(files_of(org, case_id)) == 1

    def test_accounts_of_other_batches_are_not_meant(self, bench: Bench, org: Org, batch_id: UUID) -> None:
        bench.case(org, facts={"account_no": "HT-0003"})
        assert len(receive(org, batch_id, pdf("HT-0003.pdf")).unmatched) == 1

    def test_a_person_places_what_the_name_does_not(self, bench: Bench, org: Org, batch_id: UUID) -> None:
        case_id = bench.case(org, batch_id, facts={"account_no": "HT-0004"})
        (file,) = receive(org, batch_id, pdf("张三 合同.pdf")).unmatched
        with pytest.raises(Invalid, match="account"):
            evidence.assign(org.uploader.actor, file.attachment_id, "HT-9999")
        evidence.assign(org.uploader.actor, file.attachment_id, " HT-0004 ")
        (placed,) = files_of(org, case_id)
        assert placed.reason is None
        assert "张三" not in placed.name
        assert read(org, case_id).facts["attached"][0]["kind"] == "contract"
        with pytest.raises(Conflict):
            evidence.assign(org.uploader.actor, file.attachment_id, "HT-0004")

    def test_rows_that_come_later_are_matched_on_demand(self, bench: Bench, org: Org, batch_id: UUID) -> None:
        receive(org, batch_id, pdf("6222000011112222333 合同.pdf"))
        assert evidence.match_again(org.uploader.actor, batch_id) == 0
        case_id = bench.case(org, batch_id, facts={"account_no": "6222000011112222333"})
        assert evidence.match_again(org.uploader.actor, batch_id) == 1
        assert len(files_of(org, case_id)) == 1
        with unit_of_work(org.uploader.actor) as work:
            assert of_batch(work, batch_id).unmatched == []

    def test_rows_that_are_loaded_later_find_their_files_by_themselves(
        self, bench: Bench, org: Org, batch_id: UUID
    ) -> None:
        receive(org, batch_id, pdf("HT-0077 合同.pdf"))
        case_id = bench.case(org, batch_id, facts={"account_no": "HT-0077"})
        with unit_of_work(org.uploader.actor) as work:
            outbox.add(work, "audit.batch", {"batch_id": str(batch_id)})
        bench.run_jobs(org)
        assert len(files_of(org, case_id)) == 1
        assert (read(org, case_id).state, read(org, case_id).facts["attached"][0]["kind"]) == ("in_review", "contract")
        assert bench.failed_jobs(org) == []

    def test_only_who_uploads_or_reviews_may(self, bench: Bench, org: Org, batch_id: UUID) -> None:
        with pytest.raises(NotAllowed):
            uploads.receive(org.compliance.actor, batch_id, [pdf("a.pdf")])
        with pytest.raises(NotFound):
            uploads.receive(bench.organisation().uploader.actor, batch_id, [pdf("a.pdf")])
        with pytest.raises(Invalid):
            receive(org, batch_id)

    def test_a_damaged_file_of_an_archive_is_refused(self, org: Org, batch_id: UUID) -> None:
        spool = io.BytesIO()
        with zipfile.ZipFile(spool, "w") as archive:
            archive.writestr("a.pdf", PDF)
        raw = spool.getvalue().replace(PDF, PDF[:-2] + b"XX", 1)
        assert receive(org, batch_id, ("a.zip", io.BytesIO(raw))).refused == ["attachment.zip"]


class TestFacts:
    def test_a_new_kind_has_the_case_audited_anew(self, bench: Bench, org: Org, batch_id: UUID) -> None:
        case_id = bench.audited_case(org, batch_id, facts={"account_no": "HT-0005", "lender_kind": "bank"})
        before = read(org, case_id)
        receive(org, batch_id, pdf("HT-0005 合同.pdf"))
        waiting = read(org, case_id)
        assert (waiting.state, waiting.facts_version) == ("auditing", before.facts_version + 1)
        assert waiting.facts["attached"][0]["sha256"] == files_of(org, case_id)[0].sha256
        assert bench.events(org, "review:case:audit_anew")[0].actor_id == org.uploader.person_id
        bench.run_jobs(org)
        after = read(org, case_id)
        assert after.state == "in_review"
        assert after.run_id != before.run_id

    def test_another_copy_of_the_same_kind_disturbs_nobody(self, bench: Bench, org: Org, batch_id: UUID) -> None:
        case_id = bench.audited_case(org, batch_id, facts={"account_no": "HT-0006"})
        receive(org, batch_id, pdf("HT-0006 合同.pdf"))
        bench.run_jobs(org)
        version = read(org, case_id).version
        receive(org, batch_id, pdf("HT-0006 合同 第2页.pdf"), pdf("HT-0006 说明.pdf"))
        assert read(org, case_id).version == version
        assert len(read(org, case_id).facts["attached"]) == 2

    def test_a_removed_file_is_no_evidence(self, bench: Bench, org: Org, batch_id: UUID) -> None:
        case_id = bench.audited_case(org, batch_id, facts={"account_no": "HT-0007"})
        (file,) = receive(org, batch_id, pdf("HT-0007 合同.pdf")).matched
        bench.run_jobs(org)
        evidence.remove(org.reviewer.actor, file.attachment_id)
        case = read(org, case_id)
        assert (case.state, "attached" in case.facts) == ("auditing", False)
        assert files_of(org, case_id) == []
        with pytest.raises(NotFound):
            evidence.fetch(org.reviewer.actor, case_id, file.attachment_id)

    def test_the_kind_can_be_set_by_hand(self, bench: Bench, org: Org, batch_id: UUID) -> None:
        case_id = bench.case(org, batch_id, facts={"account_no": "HT-0008"})
        (file,) = receive(org, batch_id, pdf("HT-0008.pdf")).matched
        assert "attached" not in read(org, case_id).facts
        evidence.set_kind(org.reviewer.actor, file.attachment_id, "demand")
        assert read(org, case_id).facts["attached"][0]["kind"] == "demand"
        with pytest.raises(Invalid):
            evidence.set_kind(org.reviewer.actor, file.attachment_id, "gossip")

    def test_a_decided_case_stays_decided(self, bench: Bench, org: Org, batch_id: UUID) -> None:
        case_id = bench.audited_case(org, batch_id, facts={"account_no": "HT-0009"})
        with unit_of_work(org.senior_reviewer.actor) as work:
            work.execute(
                "UPDATE cases SET state = 'approved', version = version + 1 WHERE org_id = :org AND case_id = :case",
                org=org.org_id,
                case=case_id,
            )
        receive(org, batch_id, pdf("HT-0009 合同.pdf"))
        assert read(org, case_id).state == "approved"

    def test_what_is_attached_is_evidence(self) -> None:
        attached = [{"row": 0, "kind": "contract", "state": "present", "sha256": "0" * 64}]
        assert CaseFacts.of({}).evidence("contract") is None
        assert CaseFacts.of({"attached": attached}).evidence("contract") is True
        assert CaseFacts.of({"attached": attached, "evidence_contract": False}).evidence("contract") is True
        assert CaseFacts.of({"attached": attached}).evidence("disbursement") is None
        listed = [{"row": 3, "kind": "ledger", "state": "absent"}]
        assert CaseFacts.of({"evidence": listed, "attached": attached}).evidence("ledger") is False


def entrusted(bench: Bench, org: Org, batch_id: UUID) -> tuple[Org, UUID, Attachment]:
    firm = bench.firm()
    case_id = bench.case(org, batch_id, facts={"account_no": "HT-0010"})
    (file,) = receive(org, batch_id, pdf("HT-0010 合同.pdf")).matched
    receive(org, batch_id, pdf("别的.pdf"))
    with unit_of_work(org.senior_reviewer.actor) as work:
        given = Entrustment(
            org_id=org.org_id, case_id=case_id, firm_id=firm.org_id, state="offered", by_name="x", note=""
        )
        work.session.add(given)
        work.session.flush()
        entrustment_id = given.entrustment_id
    return firm, entrustment_id, file


def test_the_journal_knows_every_kind_by_its_name() -> None:
    assert {kind: VALUES["kind"].get(kind) for kind in KINDS} == dict(KINDS)


class TestCounsel:
    def test_counsel_has_the_files_of_an_accepted_case(self, bench: Bench, org: Org, batch_id: UUID) -> None:
        firm, entrustment_id, file = entrusted(bench, org, batch_id)
        with unit_of_work(firm.counsel.actor) as work:
            assert work.execute("SELECT count(*) FROM attachments").scalar_one() == 1
        with pytest.raises(NotAllowed):
            handover.fetch_file(firm.counsel.actor, entrustment_id, file.attachment_id)
        with unit_of_work(org.senior_reviewer.actor) as work:
            work.execute("UPDATE entrustments SET state = 'accepted' WHERE entrustment_id = :id", id=entrustment_id)
        path, name = handover.fetch_file(firm.counsel.actor, entrustment_id, file.attachment_id)
        assert (path.read_bytes()[:5], name) == (b"%PDF-", "HT-0010 合同.pdf")
        assert len(bench.events(org, "handover:case:fetch_file")) == 1
        page = bench.client(firm.counsel).get(f"/entrustments/{entrustment_id}").get_data(as_text=True)
        assert f"/entrustments/{entrustment_id}/files/{file.attachment_id}" in page

    def test_another_firm_sees_none(self, bench: Bench, org: Org, batch_id: UUID) -> None:
        _firm, entrustment_id, file = entrusted(bench, org, batch_id)
        stranger = bench.firm()
        with unit_of_work(stranger.counsel.actor) as work:
            assert work.execute("SELECT count(*) FROM attachments").scalar_one() == 0
        with pytest.raises(NotFound):
            handover.fetch_file(stranger.counsel.actor, entrustment_id, file.attachment_id)


class TestPages:
    def test_files_are_dropped_on_a_batch(self, bench: Bench, org: Org, batch_id: UUID) -> None:
        case_id = bench.audited_case(org, batch_id, facts={"account_no": "HT-0011"})
        client = bench.client(org.uploader)
        address = f"/batches/{batch_id}/attachments"
        token = csrf(client.get(address).get_data(as_text=True))
        form = {"csrf_token": token, "files": [pdf("HT-0011 合同.pdf")[::-1], pdf("无号.pdf")[::-1]]}
        assert client.post(address, data=form).status_code == 302
        page = client.get(address).get_data(as_text=True)
        assert "HT-0011 合同.pdf" in page
        assert "没有已导入的借据号" in page
        box = re.search(r'name="attachment" value="([0-9a-f-]+)"', page)
        assert box
        wrong = {"csrf_token": token, "attachment": box[1], "action": "place", "account_no": "HT-0099"}
        answer = client.post(f"{address}/place", data=wrong, follow_redirects=True)
        assert (answer.status_code, answer.request.path) == (200, address)
        assert re.search(r'class="toast fail" role="alert"><p>[^<]*借据号', answer.text)
        client.post(f"/attachments/{box[1]}/assign", data={"csrf_token": token, "account_no": "HT-0011"})
        case = client.get(f"/cases/{case_id}").get_data(as_text=True)
        assert "无号.pdf" in case
        change = re.search(r"/attachments/[0-9a-f-]+/kind", case)
        assert change
        client.post(change.group(), data={"csrf_token": token, "kind": "ledger"})
        assert {file.kind for file in files_of(org, case_id)} >= {"ledger"}

    def test_what_is_refused_is_said(self, bench: Bench, org: Org, batch_id: UUID) -> None:
        client = bench.client(org.uploader)
        address = f"/batches/{batch_id}/attachments"
        token = csrf(client.get(address).get_data(as_text=True))
        client.post(address, data={"csrf_token": token, "files": [(io.BytesIO(b"MZ"), "a.pdf")]})
        assert "按内容判断" in client.get(address).get_data(as_text=True)

    def test_the_batch_page_holds_the_summary(self, bench: Bench, org: Org, batch_id: UUID) -> None:
        receive(org, batch_id, pdf("无号.pdf"))
        path = f"/batches/{batch_id}/attachments?part=summary"
        part = bench.client(org.uploader).get(path, headers={"HX-Request": "true"})
        assert "<html" not in part.get_data(as_text=True)
        assert "个待处理" in part.get_data(as_text=True)


class TestEscalated:
    def test_it_is_audited_anew_and_comes_back_to_the_senior_level(self, bench: Bench, org: Org) -> None:
        case_id = bench.audited_case(org)
        review.decide(org.reviewer.actor, ask_for(org, case_id, "escalate"))
        before = read(org, case_id)
        evidence.attach(org.uploader.actor, case_id, "合同.pdf", io.BytesIO(PDF), "contract")
        waiting = read(org, case_id)
        assert (waiting.state, waiting.facts_version) == ("auditing", before.facts_version + 1)
        bench.run_jobs(org)
        after = read(org, case_id)
        assert after.state == "escalated"
        assert after.run_id != before.run_id
        with unit_of_work(org.reviewer.actor) as work:
            run = work.session.get_one(AuditRun, (org.org_id, after.run_id))
            assert run.facts_version == after.facts_version
            assert work.execute("SELECT count(*) FROM raised_cases").scalar_one() == 0
        (event,) = bench.events(org, "review:case:raise_again")
        assert (event.old["state"], event.new["state"]) == ("in_review", "escalated")
        with pytest.raises(NotAllowed):
            review.decide(org.reviewer.actor, ask_for(org, case_id))

    def test_an_audit_of_its_whole_batch_brings_it_back_as_well(self, bench: Bench, org: Org) -> None:
        case_id = bench.audited_case(org)
        review.decide(org.reviewer.actor, ask_for(org, case_id, "escalate"))
        evidence.attach(org.uploader.actor, case_id, "合同.pdf", io.BytesIO(PDF), "contract")
        with unit_of_work(system(org.org_id)) as work:
            finish_audit(work, [case_id])
        assert read(org, case_id).state == "escalated"

    def test_one_whose_kinds_of_evidence_stay_is_left_where_it_is(self, bench: Bench, org: Org) -> None:
        case_id = bench.audited_case(org)
        evidence.attach(org.uploader.actor, case_id, "合同.pdf", io.BytesIO(PDF), "contract")
        bench.run_jobs(org)
        review.decide(org.reviewer.actor, ask_for(org, case_id, "escalate"))
        evidence.attach(org.uploader.actor, case_id, "合同2.pdf", io.BytesIO(PDF + b"2"), "contract")
        assert read(org, case_id).state == "escalated"

    def test_a_waiting_proposal_of_a_senior_reviewer_is_overtaken(self, bench: Bench, org: Org) -> None:
        case_id = bench.audited_case(org, facts={"total_claimed": 90_000_000}, claimed=90_000_000)
        review.decide(org.reviewer.actor, ask_for(org, case_id, "escalate"))
        proposal = review.decide(org.senior_reviewer.actor, ask_for(org, case_id))
        assert proposal.state == "waiting"
        evidence.attach(org.uploader.actor, case_id, "合同.pdf", io.BytesIO(PDF), "contract")
        bench.run_jobs(org)
        assert read(org, case_id).state == "escalated"
        with unit_of_work(org.reviewer.actor) as work:
            states = work.execute(
                "SELECT state FROM decisions WHERE decision_id = :d", d=proposal.decision_id
            ).scalar_one()
        assert states == "overtaken"
