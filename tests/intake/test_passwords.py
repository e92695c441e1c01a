"""Workbooks with a password: opened with it, kept as they came, the password kept nowhere."""

import contextlib
import io
from pathlib import Path

import openpyxl
import orjson
import pytest
from click.testing import CliRunner
from msoffcrypto.format.ooxml import OOXMLFile

from reviewdesk.check import check
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Invalid
from reviewdesk.intake import service, storage
from reviewdesk.intake.models import StoredFile
from reviewdesk.intake.reading import open_source, unlock
from reviewdesk.intake.service import Wish
from tests.builders import Bench, Org

PASSWORD = "催收2024 台账"


def locked(folder: Path, password: str = PASSWORD) -> Path:
    book = openpyxl.Workbook()
    book.active.append(["借据号", "姓名", "身份证号", "未还本金", "机构类型"])
    book.active.append(["A1", "张三", "11010519491231002X", 5000, "银行"])
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


def test_check_takes_the_password_from_a_file(tmp_path: Path) -> None:
    path, secret = locked(tmp_path), tmp_path / "password"
    secret.write_text(PASSWORD + "\n")
    ran = CliRunner().invoke(check, [str(path), "--out", "-", "--password-file", str(secret)])
    assert ran.exit_code == 0, ran.output
    assert orjson.loads(ran.output.splitlines()[0])["account_no"] == "A1"
    ran = CliRunner().invoke(check, [str(path), "--out", "-"])
    assert ran.exit_code == 2
    assert "password" in ran.output
    assert not list(Path("/tmp").glob("reviewdesk-*.xlsx"))


class TestOnTheServer:
    @pytest.fixture
    def org(self, bench: Bench) -> Org:
        return bench.organisation()

    def test_it_is_kept_as_it_came_and_loaded(self, bench: Bench, org: Org, tmp_path: Path) -> None:
        path = locked(tmp_path)
        actor = org.uploader.actor
        batch = service.upload_from_path(actor, path, Wish(auto=True), PASSWORD)
        bench.run_jobs(org)
        with unit_of_work(actor) as work:
            batch = service.find_batch(work, batch.batch_id)
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
                service.upload_from_path(org.uploader.actor, path, Wish(auto=True), password)
            assert caught.value.code == code
        with unit_of_work(org.uploader.actor) as work:
            assert work.execute("SELECT count(*) FROM files").scalar_one() == 0
