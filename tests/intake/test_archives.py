"""A zip of tables is one batch: its files in the order of their names, each row told with its file."""

import io
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import orjson
import pytest
from click.testing import CliRunner, Result

from reviewdesk.check import check
from reviewdesk.errors import Invalid
from reviewdesk.intake.bundle import Bundle
from reviewdesk.intake.reading.archives import contents_of, is_archive
from reviewdesk.intake.zip_names import files_in
from tests.intake.sheets import accounts, write

HEAD = "借据号,姓名,身份证号,未还本金,机构类型\n"
LINE = "{},张三,11010519491231002X,5000,消费金融\n"


def zipped(path: Path, **files: bytes | str) -> Path:
    """A zip of these files by name."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return path


def workbook(folder: Path, prefix: str, count: int = 2) -> bytes:
    return write(folder / f"{prefix}.xlsx", accounts(count, prefix)).read_bytes()


def code_of(path: Path) -> str:
    with pytest.raises(Invalid) as caught:
        list(Bundle(path).files())
    assert caught.value.text.zh
    assert caught.value.text.en
    return caught.value.code


# --- what is in it ---------------------------------------------------------------------------------------------------


def test_files_come_in_the_order_of_their_names_and_others_are_told(tmp_path: Path) -> None:
    path = zipped(
        tmp_path / "a.zip",
        **{
            "10月.csv": HEAD + LINE.format("A3"),
            "2月.csv": HEAD + LINE.format("A2"),
            "说明.docx": b"PK",
            "__MACOSX/._2月.csv": b"junk",
            ".DS_Store": b"junk",
            "~$2月.xlsx": b"junk",
            "读我.txt": "本压缩包为拟诉清单，请查收",
        },
    )
    assert is_archive(path)
    bundle = Bundle(path)
    assert [file.name for file in bundle.files()] == ["2月.csv", "10月.csv"]
    assert bundle.others == ["说明.docx", "读我.txt"]


def with_raw_names(path: Path, *names: bytes) -> Path:
    """A zip of one table under each of these names, with no word about their encoding, as Windows and some Macs do."""
    plain = {chr(97 + place) * len(name): name for place, name in enumerate(names)}
    data = zipped(path, **{name: HEAD + LINE.format("A1") for name in plain}).read_bytes()
    for ascii_name, name in plain.items():
        data = data.replace(ascii_name.encode(), name)
    path.write_bytes(data)
    return path


def test_names_in_gbk_and_in_unsaid_utf_8_are_read(tmp_path: Path) -> None:
    path = with_raw_names(tmp_path / "a.zip", "拟诉清单.csv".encode("gb18030"), "二月台账.csv".encode())
    assert sorted(Bundle(path).names) == ["二月台账.csv", "拟诉清单.csv"]


def test_a_workbook_is_no_archive(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(workbook(tmp_path, "A"))
    assert not is_archive(tmp_path / "a.xlsx")
    assert not is_archive(zipped(tmp_path / "b.zip", **{"合同.pdf": b"%PDF"}))


# --- what is refused -------------------------------------------------------------------------------------------------


def test_paths_that_lead_out_are_refused(tmp_path: Path) -> None:
    assert code_of(zipped(tmp_path / "a.zip", **{"../a.csv": HEAD})) == "archive.path"
    assert code_of(zipped(tmp_path / "b.zip", **{"C:\\a.csv": HEAD})) == "archive.path"


def test_archives_within_are_named(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "inner.zip", **{"a.csv": HEAD}).read_bytes()
    path = zipped(tmp_path / "a.zip", **{"a.csv": HEAD, "旧表/内层.zip": inner})
    with pytest.raises(Invalid, match=r"archive\.nested") as caught:
        contents_of(path)
    assert "旧表/内层.zip" in caught.value.text.zh
    assert code_of(zipped(tmp_path / "b.zip", **{"list.xlsx": inner})) == "archive.nested"


def test_files_with_a_password_are_named(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", **{"一月.csv": HEAD + LINE.format("A1")})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(Invalid, match=r"archive\.encrypted") as caught:
        contents_of(path)
    assert "一月.csv" in caught.value.text.zh


def test_rare_methods_of_packing_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as packed:
        packed.writestr("a.csv", HEAD + LINE.format("A1"))
    assert code_of(path) == "archive.method"


def test_bombs_are_refused_unopened(tmp_path: Path) -> None:
    assert code_of(zipped(tmp_path / "a.zip", **{"a.csv": b"0" * (80 << 20)})) == "file.too_costly"
    many = {f"{number}.csv": HEAD for number in range(101)}
    assert code_of(zipped(tmp_path / "b.zip", **many)) == "archive.many"


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", **{"a.csv": HEAD + LINE.format("A1"), "坏.xlsx": b"PK\x03\x04 not much"})
    with pytest.raises(Invalid, match=r"file\.damaged") as caught:
        list(Bundle(path).files())
    assert "坏.xlsx" in caught.value.text.zh
    assert caught.value.details["file"] == "坏.xlsx"


def test_a_table_without_a_header_is_named(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", **{"a.csv": HEAD + LINE.format("A1"), "b.csv": "1,2,3\n4,5,6\n"})
    with pytest.raises(Invalid, match=r"header\.not_found") as caught:
        list(Bundle(path).files())
    assert "b.csv" in caught.value.text.en


def test_only_side_sheets_are_no_batch(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", **{"还款明细.csv": "借据号,还款日期,还款金额\nA1,2024-03-01,100\n"})
    assert code_of(path) == "archive.no_accounts"


def test_a_file_without_a_name_is_passed_over(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", **{"a.csv": HEAD + LINE.format("A1"), "x": "nameless"})
    with zipfile.ZipFile(path) as packed:
        packed.infolist()[1].filename = ""
        assert [entry.filename for entry in files_in(packed)] == ["a.csv"]


# --- by the command line ---------------------------------------------------------------------------------------------


def checked(path: Path, *options: str) -> tuple[list[dict[str, Any]], Result]:
    out = path.with_suffix(".jsonl")
    told = CliRunner().invoke(check, [str(path), "--out", str(out), "--reveal", *options])
    lines = [orjson.loads(line) for line in out.read_bytes().splitlines()] if out.exists() else []
    return lines, told


def mixed(folder: Path) -> Path:
    """Accounts in two layouts and two kinds of files, and repayments of both in a third."""
    return zipped(
        folder / "all.zip",
        **{
            "杭州/一月.xlsx": workbook(folder, "HZ"),
            "宁波.csv": "姓名,借据号,身份证号,欠款本金,机构类型\n张三,NB1,11010519491231002X,两万,银行\n"
            "李四,HZ00000,440524188001010014,3000,银行\n王五,NB2,440524188001010014,3000,银行\n",
            "还款明细.csv": "借据号,还款日期,还款金额\nHZ00001,2024-03-01,100\nNB2,2024-05-01,55.5\nXX9,2024-05-01,1\n",
        },
    )


def test_rows_tell_their_file_and_side_sheets_serve_all_files(tmp_path: Path) -> None:
    lines, told = checked(mixed(tmp_path))
    assert told.exit_code == 1, told.output
    assert [(line["file"], line["row"], line["account_no"]) for line in lines] == [
        ("宁波.csv", 2, "NB1"),
        ("宁波.csv", 3, "HZ00000"),
        ("宁波.csv", 4, "NB2"),
        ("杭州/一月.xlsx", 2, "HZ00000"),
        ("杭州/一月.xlsx", 3, "HZ00001"),
    ]
    assert lines[0]["errors"][0]["cell"] == "D2"
    double = lines[3]["errors"][0]
    assert double["code"] == "account.duplicate"
    assert double["cell"] == "A2"
    assert "「宁波.csv」第 3 行" in double["message"]["zh"]
    assert [record["amount"] for record in lines[4]["facts"]["repayments"]] == ["100.00"]
    assert [record["amount"] for record in lines[2]["facts"]["repayments"]] == ["55.50"]
    assert "还款明细.csv › 还款明细" in told.stderr
    assert lines[2]["verdict"] != "rejected"


def test_a_mapping_is_laid_over_the_files_that_have_its_columns(tmp_path: Path) -> None:
    path = zipped(
        tmp_path / "a.zip",
        **{"a.csv": HEAD.replace("未还本金", "剩多少") + LINE.format("A1"), "b.csv": HEAD + LINE.format("B1")},
    )
    (tmp_path / "m.json").write_text('{"剩多少": "outstanding_principal"}')
    lines, _ = checked(path, "--mapping", str(tmp_path / "m.json"))
    assert [line["facts"]["outstanding_principal"] for line in lines] == ["5000.00", "5000.00"]


def test_no_sheet_can_be_named_of_an_archive(tmp_path: Path) -> None:
    _, told = checked(mixed(tmp_path), "--sheet", "明细")
    assert told.exit_code == 2
    assert "压缩包" in told.stderr


def test_hidden_rows_of_each_file_are_decided_on(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (
        ["借据号", "姓名", "身份证号", "未还本金"],
        *([f"A{n}", "张三", "11010519491231002X", 5] for n in (1, 2)),
    ):
        book.active.append(row)
    book.active.row_dimensions[2].hidden = True
    out = io.BytesIO()
    book.save(out)
    path = zipped(tmp_path / "a.zip", **{"a.csv": HEAD + LINE.format("C1"), "b.xlsx": out.getvalue()})
    lines, _ = checked(path, "--hidden-rows", "leave")
    assert [(line["file"], line["row"]) for line in lines] == [("a.csv", 2), ("b.xlsx", 3)]
