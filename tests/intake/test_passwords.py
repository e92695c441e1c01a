"""Workbooks with a password: opened with it, kept as they came, the password kept nowhere."""

import contextlib
import io
import re
import tempfile
from pathlib import Path

import openpyxl
import orjson
import pytest
from click.testing import CliRunner
from msoffcrypto.format.ooxml import OOXMLFile
from werkzeug.test import TestResponse

from reviewdesk.check import check
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Invalid
from reviewdesk.intake import storage, uploading
from reviewdesk.intake.batches import find_batch
from reviewdesk.intake.models import StoredFile
from reviewdesk.intake.reading import open_source, unlock
from reviewdesk.intake.unlocking import Passwords, unlock_file
from reviewdesk.intake.wishes import Wish
from tests.api.helpers import api_of
from tests.builders import Bench, Org, csrf
from tests.intake.test_archives import HEAD, LINE, zipped
from tests.intake.test_mending import rows_of

PASSWORD = "催收2024 台账"


def locked(folder: Path, password: str = PASSWORD, account: str = "") -> Path:
    book = openpyxl.Workbook()
    book.active.append(["借据号", "姓名", "身份证号", "未还本金", "机构类型"])
    book.active.append([f"A{account}1", "张三", "11010519491231002X", 5000, "银行"])
    plain = io.BytesIO()
    book.save(plain)
    path = folder / "locked.xlsx"
    with path.open("wb") as out:
        OOXMLFile(plain).encrypt(password, out)
    return path


def code_of(path: Path, password: str | None) -> str:
    with pytest.raises(Invalid) as caught:
        unlock(path, password, io.BytesIO())
    return caught.value.code


def test_the_password_opens_it(tmp_path: Path) -> None:
    path = locked(tmp_path)
    with (tmp_path / "plain.xlsx").open("wb") as out:
        assert unlock(path, PASSWORD, out)
    assert open_source(tmp_path / "plain.xlsx").sheet("Sheet").rows[1][:2] == ["A1", "张三"]


def test_without_or_with_a_wrong_one_it_stays_shut(tmp_path: Path) -> None:
    path = locked(tmp_path)
    assert code_of(path, None) == "file.encrypted"
    assert code_of(path, "wrong") == "file.wrong_password"


def test_what_excel_opens_without_asking_is_opened(tmp_path: Path) -> None:
    out = io.BytesIO()
    assert unlock(locked(tmp_path, "VelvetSweatshop"), None, out)
    assert out.getvalue().startswith(b"PK")


def test_files_without_a_password_are_left_alone(tmp_path: Path) -> None:
    out = io.BytesIO()
    (tmp_path / "list.csv").write_text("借据号,姓名\n")
    (tmp_path / "noise.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(3000))
    assert not unlock(tmp_path / "list.csv", PASSWORD, out)
    assert out.getvalue() == b""


@pytest.mark.parametrize("at", range(600, 6000, 1511))
def test_a_broken_lock_is_an_error_like_others(tmp_path: Path, at: int) -> None:
    path = locked(tmp_path)
    data = bytearray(path.read_bytes())
    data[at : at + 40] = b"\xff" * 40
    path.write_bytes(data)
    with contextlib.suppress(Invalid):
        unlock(path, PASSWORD, io.BytesIO())


def test_check_takes_the_password_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (copies := tmp_path / "copies").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(copies))
    path, secret = locked(tmp_path), tmp_path / "password"
    secret.write_text(PASSWORD + "\n")
    ran = CliRunner().invoke(check, [str(path), "--out", "-", "--password-file", str(secret)])
    assert ran.exit_code == 0, ran.output
    assert orjson.loads(ran.output.splitlines()[0])["account_no"] == "A1"
    ran = CliRunner().invoke(check, [str(path), "--out", "-"])
    assert ran.exit_code == 2
    assert "password" in ran.output
    assert not list(copies.iterdir())


class TestOnTheServer:
    @pytest.fixture
    def org(self, bench: Bench) -> Org:
        return bench.organisation()

    def test_it_is_kept_as_it_came_and_loaded(self, bench: Bench, org: Org, tmp_path: Path) -> None:
        path = locked(tmp_path)
        actor = org.uploader.actor
        batch = uploading.upload_from_path(actor, path, Wish(auto=True), Passwords(PASSWORD))
        bench.run_jobs(org)
        with unit_of_work(actor) as work:
            batch = find_batch(work, batch.batch_id)
            file = work.session.get_one(StoredFile, (batch.org_id, batch.file_id))
            forgotten = work.execute("SELECT count(*) FROM events WHERE action = 'intake:file:forget_unlocked'")
            assert forgotten.scalar_one() == 1
            events = work.execute("SELECT new FROM events WHERE action = 'intake:batch:upload'").scalars().all()
            said = work.execute("SELECT string_agg(e::text, '') FROM events e").scalar_one()
        assert batch.counts["loaded"] == 1
        assert storage.locate(file.path).read_bytes() == path.read_bytes()
        assert file.unlocked_path is None  # nothing is left to be mended
        assert [event["decrypted"] for event in events] == [True]
        assert PASSWORD not in said

    def test_a_wrong_one_leaves_nothing_behind(self, org: Org, tmp_path: Path) -> None:
        path = locked(tmp_path)
        for password, code in ((None, "file.encrypted"), ("wrong", "file.wrong_password")):
            with pytest.raises(Invalid) as caught:
                uploading.upload_from_path(org.uploader.actor, path, Wish(auto=True), Passwords(password))
            assert caught.value.code == code
        with unit_of_work(org.uploader.actor) as work:
            assert work.execute("SELECT count(*) FROM files").scalar_one() == 0


class TestInArchives:
    """Workbooks of a zip may each have a password of their own."""

    @pytest.fixture
    def archive(self, tmp_path: Path) -> Path:
        files = {}
        for name, word in (("一.xlsx", "甲"), ("二.xlsx", "乙")):
            (folder := tmp_path / word).mkdir()
            files[name] = locked(folder, word, account=word).read_bytes()
        return zipped(tmp_path / "两份.zip", **files, **{"三.csv": HEAD + LINE.format("C1"), "说明.pdf": b"%PDF"})

    def test_those_that_lack_one_are_named_and_those_that_have_a_wrong_one(self, archive: Path) -> None:
        for passwords, names in (
            (Passwords(), (["一.xlsx", "二.xlsx"], [])),
            (Passwords(by_file={"二.xlsx": "甲"}), (["一.xlsx"], ["二.xlsx"])),
            (Passwords("甲"), ([], ["二.xlsx"])),
        ):
            with pytest.raises(Invalid) as caught:
                unlock_file(archive, passwords, io.BytesIO())
            assert caught.value.code == "archive.locked"
            assert (caught.value.details["locked"], caught.value.details["wrong"]) == names
        assert "甲" not in repr(Passwords("甲", {"一.xlsx": "甲"}))

    def test_an_archive_without_any_is_left_alone(self, tmp_path: Path) -> None:
        out = io.BytesIO()
        path = zipped(tmp_path / "a.zip", **{"a.csv": HEAD + LINE.format("A1")})
        assert not unlock_file(path, Passwords("甲"), out)
        assert out.getvalue() == b""

    def test_check_takes_one_for_each_file(self, archive: Path, tmp_path: Path) -> None:
        secret = tmp_path / "passwords.json"
        secret.write_text('{"一.xlsx": "甲", "二.xlsx": "乙"}')
        ran = CliRunner().invoke(check, [str(archive), "--out", "-", "--password-file", str(secret)])
        assert ran.exit_code == 0, ran.output
        lines = [orjson.loads(line) for line in ran.output.splitlines() if line.startswith("{")]
        assert [(one["file"], one["account_no"]) for one in lines] == [
            ("一.xlsx", "A甲1"),
            ("三.csv", "C1"),
            ("二.xlsx", "A乙1"),
        ]
        ran = CliRunner().invoke(check, [str(archive), "--out", "-"])
        assert (ran.exit_code, "一.xlsx, 二.xlsx" in ran.output) == (2, True)

    def test_the_page_asks_for_each_and_keeps_none(self, bench: Bench, archive: Path) -> None:
        org = bench.organisation()
        client = bench.client(org.uploader)

        def send(**words: str) -> TestResponse:
            data = {
                "csrf_token": csrf(client.get("/batches/new").text),
                "file": (io.BytesIO(archive.read_bytes()), "a.zip"),
            }
            return client.post("/batches/new", data=data | {"lender_kind": "bank"} | words)

        asked = send()
        assert asked.status_code == 422
        assert re.findall(r'name="(locked-\d)" value="([^"]*)"', asked.text) == [
            ("locked-1", "一.xlsx"),
            ("locked-2", "二.xlsx"),
        ]
        names = {"locked-1": "一.xlsx", "locked-2": "二.xlsx"}
        half = send(**names, **{"password-1": "甲", "password-2": "错"})
        assert half.text.count('name="locked-') == 2
        assert half.text.count("密码不对</") == 1
        assert rows_of(org, "SELECT count(*) FROM files")[0][0] == 0
        assert send(**names, **{"password-1": "甲", "password-2": "乙"}).status_code == 302
        (batch,) = rows_of(org, "SELECT parts, state FROM batches")
        assert [part["name"] for part in batch.parts] == ["一.xlsx", "三.csv", "二.xlsx"]
        (said,) = rows_of(org, "SELECT string_agg(e::text, '') AS told FROM events e")
        assert "乙" not in said.told

    def test_by_the_api(self, bench: Bench, archive: Path) -> None:
        api = api_of(bench, bench.organisation().uploader)

        def send(**words: str) -> TestResponse:
            data = {"file": (io.BytesIO(archive.read_bytes()), "a.zip"), "confirm": "auto", **words}
            return api.call("POST", "batches", data=data, content_type="multipart/form-data")

        assert send().get_json()["code"] == "archive.locked"
        assert send(passwords="不是").get_json()["code"] == "file.passwords"
        assert send(password="甲", passwords='{"二.xlsx": "乙"}').status_code == 202
