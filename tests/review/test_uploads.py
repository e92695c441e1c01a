"""Evidence that is sent: stored by the request, unpacked by a worker, cancelled, run twice, and what is left behind."""

import io
import re
import zipfile
from typing import Any
from uuid import UUID, uuid4

import pytest

from reviewdesk import outbox
from reviewdesk.actor import system
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Conflict, Invalid, NotAllowed, NotFound, Text
from reviewdesk.intake import spare, storage
from reviewdesk.intake.models import EvidenceUpload
from reviewdesk.intake.storage import Kept
from reviewdesk.review import attached, evidence, guessing, unpacking, uploads
from reviewdesk.review.attached import UploadView
from tests.builders import Bench, Org, csrf
from workers import jobs

PDF = b"%PDF-1.7 proof "


@pytest.fixture
def org(bench: Bench) -> Org:
    return bench.organisation()


@pytest.fixture
def batch_id(bench: Bench, org: Org) -> UUID:
    return bench.batch(org)


def archive(files: dict[str, bytes]) -> io.BytesIO:
    spool = io.BytesIO()
    with zipfile.ZipFile(spool, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    spool.seek(0)
    return spool


def own(number: int) -> bytes:
    """Content that no other test has."""
    return PDF + f"{number} {uuid4().hex}".encode()


def send(org: Org, batch_id: UUID, files: dict[str, bytes]) -> EvidenceUpload:
    return uploads.receive(org.uploader.actor, batch_id, [("证据.zip", archive(files))])


def remember(one: Kept, paths: list[str]) -> Kept:
    paths.append(one.path)
    return one


def fail(*_given: Any) -> None:
    raise Invalid("test.broken", Text("坏了", "broken"))


def read(org: Org, upload: EvidenceUpload) -> UploadView:
    with unit_of_work(org.uploader.actor) as work:
        return attached.view_upload(work, upload.upload_id)


def names(org: Org, upload: EvidenceUpload) -> dict[str, int | None]:
    with unit_of_work(org.uploader.actor) as work:
        return {one.name: one.case_id for one in attached.files_of_upload(work, upload.upload_id)}


def is_kept(path: str) -> bool:
    try:
        storage.locate(path)
    except FileNotFoundError:
        return False
    return True


class TestTheRequest:
    def test_it_stores_the_archive_and_leaves_the_rest_to_a_worker(
        self, bench: Bench, org: Org, batch_id: UUID
    ) -> None:
        case_id = bench.case(org, batch_id, facts={"account_no": "HT-1001"})
        upload = send(org, batch_id, {"HT-1001 合同.pdf": own(1), "无号.pdf": own(2)})
        waiting = read(org, upload)
        assert (waiting.state, waiting.busy, waiting.upload.counts) == ("waiting", True, {"refused": 0})
        assert names(org, upload) == {}
        assert is_kept(upload.sent[0]["path"])
        (event,) = bench.events(org, "review:evidence:receive")
        assert (event.new["files"], event.new["sha256"]) == (1, [upload.sent[0]["sha256"]])
        bench.run_jobs(org)
        done = read(org, upload)
        assert (done.state, done.busy) == ("done", False)
        assert done.upload.counts == {
            "refused": 0,
            "files": 2,
            "matched": 1,
            "unmatched": 1,
            "known": 0,
            "cases": 1,
        }
        assert names(org, upload) == {"HT-1001 合同.pdf": case_id, "无号.pdf": None}
        with unit_of_work(org.uploader.actor) as work:
            assert work.execute("SELECT count(sealed) FROM evidence_uploads").scalar_one() == 0

    def test_a_few_files_without_an_archive_are_taken_in_at_once(self, org: Org, batch_id: UUID) -> None:
        few = [(f"{number}.pdf", io.BytesIO(own(number))) for number in range(uploads.AT_ONCE)]
        assert uploads.receive(org.uploader.actor, batch_id, few).state == "done"
        many = [(f"{number}.pdf", io.BytesIO(own(number))) for number in range(uploads.AT_ONCE + 1)]
        assert uploads.receive(org.uploader.actor, batch_id, many).state == "waiting"

    def test_what_can_be_refused_at_the_door_is_not_stored(self, org: Org, batch_id: UUID) -> None:
        upload = uploads.receive(
            org.uploader.actor, batch_id, [("a.rar", io.BytesIO(b"Rar!\x1a\x07\x00")), ("b.pdf", io.BytesIO())]
        )
        assert (upload.state, upload.sent) == ("done", [])
        assert [(one["name"], one["code"]) for one in upload.refused] == [
            ("a.rar", "attachment.archive"),
            ("b.pdf", "file.empty"),
        ]


class TestTheJob:
    def test_run_twice_it_does_nothing_twice(self, bench: Bench, org: Org, batch_id: UUID) -> None:
        bench.case(org, batch_id, facts={"account_no": "HT-1002"})
        upload = send(org, batch_id, {"HT-1002.pdf": own(1)})
        bench.run_jobs(org)
        with unit_of_work(org.uploader.actor) as work:
            unpacking.run(work, {"upload_id": str(upload.upload_id)}, lambda **_: None)
        assert len(names(org, upload)) == 1
        assert len(bench.events(org, "review:batch:attach")) == 1

    def test_one_that_died_is_done_by_the_next(
        self, bench: Bench, org: Org, batch_id: UUID, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        upload = send(org, batch_id, {f"{number}.pdf": own(number) for number in range(3)})
        finish = unpacking.finish

        def dies(*args: Any) -> None:
            finish(*args)
            raise MemoryError

        monkeypatch.setattr(unpacking, "finish", dies)
        jobs.run(str(upload.job_id))
        assert names(org, upload) == {}
        assert read(org, upload).state == "waiting"
        monkeypatch.setattr(unpacking, "finish", finish)
        with unit_of_work(system(org.org_id)) as work:
            work.execute("UPDATE jobs SET run_after = now() WHERE job_id = :job", job=upload.job_id)
        jobs.run(str(upload.job_id))
        assert len(names(org, upload)) == 3
        assert len(bench.events(org, "review:batch:attach")) == 1

    def test_it_tells_how_many_files_are_done(self, org: Org, batch_id: UUID) -> None:
        upload = send(org, batch_id, {"1.pdf": own(1), "2.exe": b"MZ", "__MACOSX/x": b"x"})
        told: list[tuple[str, int, int]] = []
        with unit_of_work(org.uploader.actor) as work:
            unpacking.run(
                work,
                {"upload_id": str(upload.upload_id)},
                lambda **said: told.append((said["phase"], said["done"], said["total"])),
            )
        assert told == [("unpack", 0, 2), ("unpack", 1, 2), ("unpack", 2, 2), ("match", 1, 1)]

    def test_each_refused_file_is_named_with_its_reason(self, bench: Bench, org: Org, batch_id: UUID) -> None:
        upload = send(org, batch_id, {"好.pdf": own(1), "11010519491231002X.exe": b"MZ", "内.zip": archive({}).read()})
        bench.run_jobs(org)
        done = read(org, upload).upload
        assert [one["code"] for one in done.refused] == ["attachment.type"]
        assert done.refused[0]["name"].startswith("证据/1101")
        assert "11010519491231002X" not in str(done.refused)
        assert done.refused[0]["message"].keys() == {"zh", "en"}

    def test_an_archive_for_one_case_goes_to_it_whatever_the_names_say(
        self, bench: Bench, org: Org, batch_id: UUID
    ) -> None:
        case_id = bench.case(org, batch_id, facts={"account_no": "HT-1003"})
        sent = ("扫描.zip", archive({"IMG_1.pdf": own(1), "IMG_2.pdf": own(2)}))
        upload = uploads.receive_for_case(org.reviewer.actor, case_id, sent, "contract")
        bench.run_jobs(org)
        assert names(org, upload) == {"IMG_1.pdf": case_id, "IMG_2.pdf": case_id}
        assert {event.new["kind"] for event in bench.events(org, "review:file:attach")} == {"contract"}
        with unit_of_work(org.reviewer.actor) as work:
            assert [one.upload.upload_id for one in attached.recent_uploads(work, batch_id, case_id)] == [
                upload.upload_id
            ]


class TestCancelling:
    def test_one_that_waits_ends_at_once(self, bench: Bench, org: Org, batch_id: UUID) -> None:
        upload = send(org, batch_id, {"1.pdf": own(1)})
        assert uploads.cancel(org.reviewer.actor, upload.upload_id).state == "cancelled"
        bench.run_jobs(org)
        ended = read(org, upload).upload
        assert (ended.state, ended.ended_by, names(org, upload)) == ("cancelled", org.reviewer.name, {})
        assert uploads.cancel(org.reviewer.actor, upload.upload_id).state == "cancelled"
        assert len(bench.events(org, "review:evidence:cancel")) == 1

    def test_a_running_one_notices_and_leaves_nothing(
        self, bench: Bench, org: Org, batch_id: UUID, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(unpacking, "HEED_SECONDS", 0.0)
        upload = send(org, batch_id, {f"{number}.pdf": own(number) for number in range(9)})
        kept: list[str] = []
        keep = spare.keep

        def keeping(work: Any, stream: Any) -> Any:
            if len(kept) == 3:
                assert uploads.cancel(org.uploader.actor, upload.upload_id).state == "waiting"
                assert read(org, upload).stopping
            found = keep(work, stream)
            kept.append(found.path)
            return found

        monkeypatch.setattr(unpacking, "keep", keeping)
        bench.run_jobs(org)
        assert (read(org, upload).state, len(kept), names(org, upload)) == ("cancelled", 4, {})
        assert not any(is_kept(path) for path in [*kept, upload.sent[0]["path"]])

    def test_what_is_taken_in_is_not_cancelled(self, bench: Bench, org: Org, batch_id: UUID) -> None:
        upload = send(org, batch_id, {"1.pdf": own(1)})
        bench.run_jobs(org)
        with pytest.raises(Conflict):
            uploads.cancel(org.uploader.actor, upload.upload_id)

    def test_only_who_attaches_may(self, bench: Bench, org: Org, batch_id: UUID) -> None:
        upload = send(org, batch_id, {"1.pdf": own(1)})
        with pytest.raises(NotAllowed):
            uploads.cancel(org.compliance.actor, upload.upload_id)
        with pytest.raises(NotFound):
            uploads.cancel(bench.organisation().uploader.actor, upload.upload_id)


class TestWhatIsLeft:
    def test_an_unpacked_archive_is_deleted_and_its_files_stay(self, bench: Bench, org: Org, batch_id: UUID) -> None:
        upload = send(org, batch_id, {"1.pdf": own(1)})
        bench.age_files(org)
        jobs.forget_spare()
        assert is_kept(upload.sent[0]["path"]), "it waits to be unpacked"
        bench.run_jobs(org)
        assert not is_kept(upload.sent[0]["path"])
        with unit_of_work(org.uploader.actor) as work:
            (file,) = attached.files_of_upload(work, upload.upload_id)
        assert is_kept(file.path)

    def test_what_a_cancelled_upload_shares_with_others_stays(self, bench: Bench, org: Org, batch_id: UUID) -> None:
        content = own(1)
        first = uploads.receive(org.uploader.actor, batch_id, [("1.pdf", io.BytesIO(content))])
        files = {"a.pdf": content, **{f"{number}.pdf": own(number) for number in range(2)}}
        second, third = send(org, batch_id, files), send(org, batch_id, files)
        uploads.cancel(org.uploader.actor, second.upload_id)
        bench.age_files(org)
        jobs.forget_spare()
        assert is_kept(first.sent[0]["path"])
        assert is_kept(third.sent[0]["path"]), "the same archive still waits"

    def test_nothing_is_deleted_while_files_are_stored(self, bench: Bench, org: Org, batch_id: UUID) -> None:
        upload = send(org, batch_id, {"1.pdf": own(1)})
        with unit_of_work(org.uploader.actor) as work:
            spare.hold(work, upload.sent[0]["path"])
            uploads.cancel(org.uploader.actor, upload.upload_id)
            bench.age_files(org)
            assert spare.sweep(org.org_id) == 0
        assert is_kept(upload.sent[0]["path"])
        assert spare.sweep(org.org_id) == 1
        assert not is_kept(upload.sent[0]["path"])

    def test_what_a_job_unpacked_before_it_failed_for_good_goes(
        self, bench: Bench, org: Org, batch_id: UUID, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The archive stays for another try; a file that somebody attached stays too."""
        shared = own(0)
        attached_one = uploads.receive(org.uploader.actor, batch_id, [("0.pdf", io.BytesIO(shared))])
        kept: list[str] = []
        monkeypatch.setattr(unpacking, "keep", lambda work, stream: remember(spare.keep(work, stream), kept))
        upload = send(org, batch_id, {"0.pdf": shared, **{f"{number}.pdf": own(number) for number in (1, 2)}})
        with monkeypatch.context() as broken:
            broken.setattr(unpacking, "finish", fail)
            bench.run_jobs(org)
            assert read(org, upload).state == "failed"
        assert len(kept) == 3
        assert all(map(is_kept, kept))
        bench.age_files(org)
        jobs.forget_spare()
        assert [is_kept(path) for path in kept] == [True, False, False]
        assert is_kept(upload.sent[0]["path"])
        assert attached_one.sent[0]["path"] == kept[0]
        with unit_of_work(org.administrator.actor) as work:
            assert upload.job_id is not None
            assert outbox.retry(work, upload.job_id)
        bench.run_jobs(org)
        assert read(org, upload).state == "done"
        assert all(map(is_kept, kept))
        bench.age_files(org)
        jobs.forget_spare()
        assert all(map(is_kept, kept))
        assert not is_kept(upload.sent[0]["path"])


class TestPages:
    @pytest.fixture
    def sent(self, org: Org, batch_id: UUID) -> EvidenceUpload:
        return send(org, batch_id, {"1.pdf": own(1), "坏.exe": b"MZ"})

    def test_the_part_asks_for_itself_until_all_is_done(self, bench: Bench, org: Org, sent: EvidenceUpload) -> None:
        client, path = bench.client(org.uploader), f"/evidence-uploads/{sent.upload_id}"
        part = client.get(path, headers={"HX-Request": "true"})
        assert "every 1s" in part.text
        assert "HX-Trigger-After-Swap" not in part.headers
        bench.run_jobs(org)
        part = client.get(path, headers={"HX-Request": "true"})
        assert "every 1s" not in part.text
        assert part.headers["HX-Trigger-After-Swap"] == "evidence-done"
        assert "坏.exe" in part.text
        assert "按内容判断" in part.text
        assert client.get(path).headers["Location"].endswith(f"/batches/{sent.batch_id}/attachments")

    def test_leaving_and_coming_back_shows_it_again(self, bench: Bench, org: Org, sent: EvidenceUpload) -> None:
        client = bench.client(org.uploader)
        for path in (f"/batches/{sent.batch_id}/attachments", f"/batches/{sent.batch_id}/attachments?part=summary"):
            headers = {"HX-Request": "true"} if "part" in path else {}
            assert f'hx-get="/evidence-uploads/{sent.upload_id}"' in client.get(path, headers=headers).text

    def test_a_failed_one_says_so_and_can_be_cancelled(self, bench: Bench, org: Org, sent: EvidenceUpload) -> None:
        with unit_of_work(system(org.org_id)) as work:
            work.execute(
                "UPDATE jobs SET state = 'failed', attempts = 5, error = :error WHERE job_id = :job",
                job=sent.job_id,
                error='{"code": "X"}',
            )
        client = bench.client(org.uploader)
        page = client.get(f"/batches/{sent.batch_id}/attachments").text
        assert "已重试 5 次" in page
        client.post(f"/evidence-uploads/{sent.upload_id}/cancel", data={"csrf_token": csrf(page)})
        assert read(org, sent).state == "cancelled"
        with unit_of_work(org.uploader.actor) as work:
            assert not outbox.ask_this_to_stop(work, sent.job_id or sent.upload_id)

    def test_several_are_placed_or_taken_off_together(self, bench: Bench, org: Org, batch_id: UUID) -> None:
        case_id = bench.case(org, batch_id, personal={"borrower_name": "欧阳明月"}, facts={"account_no": "HT-1004"})
        upload = send(org, batch_id, {f"IMG_{number} 欧阳明月合同.pdf": own(number) for number in range(3)})
        bench.run_jobs(org)
        client = bench.client(org.uploader)
        path = f"/batches/{batch_id}/attachments"
        page = client.get(path).text
        assert page.count('value="HT-1004"') == 3, "the account is suggested by the borrower's name"
        boxes = re.findall(r'name="attachment" value="([0-9a-f-]+)"', page)
        form = {"csrf_token": csrf(page), "attachment": boxes[:2], "account_no": " ht-9 "}
        again = client.post(f"{path}/place", data={**form, "action": "place"}, follow_redirects=True)
        assert "本批次没有这个借据号或案件编号" in again.text
        assert set(names(org, upload).values()) == {None}
        with unit_of_work(org.uploader.actor) as work:
            number = work.execute("SELECT number FROM cases WHERE case_id = :case", case=case_id).scalar_one()
        client.post(f"{path}/place", data={**form, "action": "place", "account_no": f" {number.lower()} "})
        client.post(f"{path}/place", data={**form, "action": "remove", "attachment": boxes[2]})
        assert list(names(org, upload).values()) == [case_id, case_id]
        assert len(bench.events(org, "review:file:remove")) == 1
        assert len(bench.events(org, "review:file:assign")) == 2

    def test_two_accounts_in_a_name_are_suggested_in_their_order(self, bench: Bench, org: Org, batch_id: UUID) -> None:
        for account in ("HT-1006", "HT-1005"):
            bench.case(org, batch_id, facts={"account_no": account})
        upload = send(org, batch_id, {"HT-1005 与 HT-1006 协议.pdf": own(1)})
        bench.run_jobs(org)
        with unit_of_work(org.uploader.actor) as work:
            files = attached.files_of_upload(work, upload.upload_id)
            (hints,) = guessing.suggestions(work, batch_id, files).values()
        assert [hint.account_no for hint in hints] == ["HT-1005", "HT-1006"]

    def test_files_of_another_batch_are_not_placed(self, bench: Bench, org: Org, batch_id: UUID) -> None:
        upload = send(org, batch_id, {"x.pdf": own(1)})
        bench.run_jobs(org)
        with unit_of_work(org.uploader.actor) as work:
            (file,) = attached.files_of_upload(work, upload.upload_id)
        with pytest.raises(NotFound):
            evidence.remove_many(org.uploader.actor, bench.batch(org), [file.attachment_id])
