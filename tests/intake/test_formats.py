"""One list says which files are read: to the form, to people, in the manual; and all of them are."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from reviewdesk.intake.reading import open_source
from reviewdesk.intake.reading.archives import contents_of, is_archive
from reviewdesk.intake.reading.formats import TABLES, UPLOADED
from tests.intake import xlsb
from tests.intake.test_archives import zipped

FILES = Path(__file__).parent / "files"
MANUAL = (Path(__file__).parents[2] / "docs" / "file-format.md").read_text()


def content(ending: str) -> bytes:
    """A sound file of a kind."""
    if ending == ".xlsb":
        return xlsb.workbook([["借据号", "未还本金"], ["A1", 5]])
    kept = {".xlsm": ".xlsx", ".et": ".xls", ".tsv": ".csv", ".txt": ".csv"}.get(ending, ending)
    return (FILES / f"libreoffice{kept}").read_bytes()


@pytest.mark.parametrize("ending", TABLES)
def test_each_of_them_is_read_alone_and_in_an_archive(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"list{ending}"
    path.write_bytes(content(ending))
    source = open_source(path)
    assert len(source.sheet(source.sheet_names[0]).rows) > 1
    packed = zipped(tmp_path / "list.zip", **{path.name: path.read_bytes(), "more.csv": b"a,b\n1,2\n"})
    assert is_archive(packed)
    assert path.name in [table.name for table in contents_of(packed).tables]


def test_the_page_and_the_manual_name_just_these(client: FlaskClient) -> None:
    page = client.get("/batches/new").text
    accepted = re.search(r'type="file" name="file" accept="([^"]*)"', page)
    hint = re.search(r"<small>(\.xlsx.*?) MB</small>", page)
    assert accepted
    assert hint
    assert accepted[1].split(",") == list(UPLOADED)
    assert re.findall(r"\.[a-z]+", hint[1]) == list(UPLOADED)
    table = MANUAL.partition("## Files")[2].partition("\n\n")[2].partition("\n\n")[0]
    assert sorted(re.findall(r"`(\.[a-z]+)`", "".join(re.findall(r"^\| ([^|]*) \|", table, re.M)))) == sorted(UPLOADED)
