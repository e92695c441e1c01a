"""Evidence files by their names and their content."""

import io
import struct
import zipfile
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewdesk.evidence import KINDS
from reviewdesk.intake.evidence_files import MOST_FILES, Refused, unpack
from reviewdesk.intake.evidence_names import (
    NO_ACCOUNT,
    SEVERAL,
    Place,
    candidates,
    kind_of,
    parts_of,
    place,
    spellings,
)

PDF = b"%PDF-1.7\n%\xe2\xe3 contract"
JPEG = b"\xff\xd8\xff\xe0 photo"
PNG = b"\x89PNG\r\n\x1a\n scan"
MOST = 1 << 20


def placed(path: str, *accounts: str) -> Place:
    return place(parts_of(path), {account: account for account in accounts})


@pytest.mark.parametrize(
    ("path", "accounts", "account"),
    [
        ("HT20240001.pdf", ("HT20240001",), "HT20240001"),
        ("HT20240001合同.pdf", ("HT20240001",), "HT20240001"),
        ("张三_HT20240001_合同.pdf", ("HT20240001",), "HT20240001"),
        ("ＨＴ２０２４０００１.pdf", ("HT20240001",), "HT20240001"),
        ("HT20240001/身份证.jpg", ("HT20240001",), "HT20240001"),
        ("证据/HT20240001/合同/1.pdf", ("HT20240001",), "HT20240001"),
        ("证据\\HT20240001\\1.pdf", ("HT20240001",), "HT20240001"),
        ("HT-001-2 合同.pdf", ("HT-001", "HT-001-2"), "HT-001-2"),
        ("HT-001-2 合同.pdf", ("HT-001",), "HT-001"),
        ("借2024-001号.pdf", ("借2024-001号",), "借2024-001号"),
        ("HT20240001/HT20240001.pdf", ("HT20240001",), "HT20240001"),
        ("7.pdf", ("7",), "7"),
    ],
)
def test_the_account_is_found_in_the_name(path: str, accounts: tuple[str, ...], account: str) -> None:
    assert placed(path, *accounts) == Place(account)


@pytest.mark.parametrize(
    ("path", "accounts", "reason"),
    [
        ("合同.pdf", ("HT20240001",), NO_ACCOUNT),
        ("HT202400012.pdf", ("HT20240001",), NO_ACCOUNT),
        ("XHT20240001.pdf", ("HT20240001",), NO_ACCOUNT),
        ("合同 7.pdf", ("7",), NO_ACCOUNT),
        ("HT20240001_HT20240002.pdf", ("HT20240001", "HT20240002"), SEVERAL),
        ("HT20240001/HT20240002.pdf", ("HT20240001", "HT20240002"), SEVERAL),
    ],
)
def test_what_is_not_plain_is_not_guessed(path: str, accounts: tuple[str, ...], reason: str) -> None:
    assert placed(path, *accounts) == Place(None, reason)


@given(
    st.text(alphabet="AB01-_张 ", max_size=24), st.sets(st.text(alphabet="AB01-", min_size=1, max_size=8), max_size=6)
)
def test_a_place_is_one_of_the_accounts_that_stand_in_the_name(name: str, accounts: set[str]) -> None:
    found = place((name,), {account: account for account in accounts})
    assert (found.account_no is None) is (found.reason is not None)
    if found.account_no is not None:
        assert found.account_no in accounts
        assert found.account_no in name
        assert found.account_no in candidates((name,))


def test_an_account_may_be_written_in_other_letters() -> None:
    assert "HT20240001" in spellings("ht20240001")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("HT1 借款合同.pdf", "contract"),
        ("HT1-放款凭证.pdf", "disbursement"),
        ("HT1 还款明细.pdf", "ledger"),
        ("HT1 还款计划表.pdf", "schedule"),
        ("HT1催收记录.pdf", "demand"),
        ("HT1 催收函送达回执.pdf", "delivery"),
        ("HT1身份证正反面.jpg", "identity_borrower"),
        ("授权委托书.pdf", "power_of_attorney"),
        ("征信授权书.pdf", None),
        ("债转通知.pdf", "assignment_notice"),
        ("债权转让协议.pdf", "assignment"),
        ("代偿证明.pdf", "compensation"),
        ("电子合同存证证书.pdf", "esign_certificate"),
        ("提前到期通知书.pdf", "acceleration"),
        ("送达地址确认书.pdf", "service_address"),
        ("综合融资成本明示表.pdf", "disclosure_form"),
        ("担保合同.pdf", "guarantee"),
        ("营业执照.pdf", "identity_lender"),
        ("合同/HT1/001.pdf", "contract"),
        ("合同/放款.pdf", "disbursement"),
        ("HT1.pdf", None),
        ("loan_contract.pdf", "contract"),
    ],
)
def test_the_kind_is_in_the_words(path: str, kind: str | None) -> None:
    assert kind_of(parts_of(path)) == kind
    assert kind is None or kind in KINDS


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_STORED) -> io.BytesIO:
    spool = io.BytesIO()
    with zipfile.ZipFile(spool, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    spool.seek(0)
    return spool


def unpacked(path: str, stream: io.BytesIO) -> list[tuple[str, str]]:
    """Each file with its media type or the code of its refusal."""
    return [
        (one.path, one.code if isinstance(one, Refused) else f"{one.media} {len(one.stream.read())}")
        for one in unpack(path, stream, MOST)
    ]


@pytest.mark.parametrize(
    ("content", "came"),
    [
        (PDF, f"application/pdf {len(PDF)}"),
        (JPEG, f"image/jpeg {len(JPEG)}"),
        (PNG, f"image/png {len(PNG)}"),
        (b"MZ program", "attachment.type"),
        (b"<html>", "attachment.type"),
        (b"", "file.empty"),
        (b"PK\x03\x04 broken", "attachment.zip"),
    ],
)
def test_a_file_is_what_its_content_says(content: bytes, came: str) -> None:
    assert unpacked("合同.pdf", io.BytesIO(content)) == [("合同.pdf", came)]


def test_an_archive_is_a_folder() -> None:
    stream = zipped(
        {"合同.pdf": PDF, "a/b.png": PNG, "a/virus.exe": b"MZ", "__MACOSX/._x": b"x", "in.zip": b"PK\x03\x04"}
    )
    assert unpacked("HT1.zip", stream) == [
        ("HT1/合同.pdf", f"application/pdf {len(PDF)}"),
        ("HT1/a/b.png", f"image/png {len(PNG)}"),
        ("HT1/a/virus.exe", "attachment.type"),
        ("HT1/in.zip", "attachment.zip"),
    ]


def test_names_of_a_chinese_windows_are_read() -> None:
    spool = io.BytesIO()
    with zipfile.ZipFile(spool, "w") as archive:
        entry = zipfile.ZipInfo("xxxx.pdf")
        archive.writestr(entry, PDF)
    raw = spool.getvalue().replace(b"xxxx.pdf", "合同".encode("gbk") + b".pdf")
    assert unpacked("a.zip", io.BytesIO(raw))[0][0] == "a/合同.pdf"


@pytest.mark.parametrize("name", ["../etc/a.pdf", "/etc/a.pdf", "a/../../b.pdf", "C:/a.pdf", "..\\a.pdf"])
def test_a_path_out_of_the_archive_refuses_all_of_it(name: str) -> None:
    assert unpacked("a.zip", zipped({"good.pdf": PDF, name: PDF})) == [("a.zip", "attachment.path")]


def test_an_archive_that_grows_beyond_measure_is_refused() -> None:
    bomb = zipped({"a.pdf": PDF + bytes(8 << 20)}, zipfile.ZIP_DEFLATED)
    assert unpacked("a.zip", bomb) == [("a.zip", "attachment.bomb")]
    many = zipped({f"{number}.pdf": PDF for number in range(MOST_FILES + 1)})
    assert unpacked("a.zip", many) == [("a.zip", "attachment.many")]


def test_a_size_that_lies_is_found_out() -> None:
    raw = bytearray(zipped({"a.pdf": PDF * 100}).getvalue())
    entry = raw.index(b"PK\x01\x02")
    raw[entry + 24 : entry + 28] = struct.pack("<I", 40)  # the directory says 40 bytes, and the checksum does not fit
    assert unpacked("a.zip", io.BytesIO(bytes(raw))) == [("a/a.pdf", "attachment.zip")]


def test_an_office_file_is_no_archive_of_evidence() -> None:
    assert unpacked("a.docx", zipped({"[Content_Types].xml": b"<x/>"})) == [("a.docx", "attachment.type")]
