"""A file that takes more memory than it may is no damaged file, whichever library it is that gets none."""

import errno
import random
import zlib
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryFile
from xml.parsers.expat import ExpatError, errors

import openpyxl
import pytest
import xlsxwriter
from msoffcrypto.format.ooxml import OOXMLFile

from reviewdesk.errors import Invalid
from reviewdesk.intake.reading import open_source, unlock
from reviewdesk.intake.reading.limits import Limits
from reviewdesk.intake.reading.memory import lacks_memory
from tests.intake import xlsb
from tests.intake.test_archives import zipped

MB = 1024**2
ROWS, COLUMNS = 3_000, 20
LEAST_ROWS = 700
STEPS = range(100, 420, 16)
"""Megabytes that reading may take: from too few to start by, to as many as are needed."""

OFFICE = "urn:oasis:names:tc:opendocument:xmlns"


def numbers() -> list[list[float]]:
    made = random.Random(1)
    return [[made.random() for _ in range(COLUMNS)] for _ in range(ROWS)]


def by_xlsxwriter(path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate(numbers()):
            sheet.write_row(place, 0, [*row, f"文字{row[0]}"])


def by_openpyxl(path: Path) -> None:
    """Its cells are written so that calamine reads them, and not the quick reader."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in numbers()[:LEAST_ROWS]:
        sheet.append([*row, f"文字{row[0]}"])
    book.save(path)


def as_xlsb(path: Path) -> None:
    path.write_bytes(xlsb.workbook(numbers()[:LEAST_ROWS]))


def as_csv(path: Path) -> None:
    path.write_text("\n".join(",".join(map(str, row)) for row in numbers()))


def ods(cells: str, rows: str = "") -> dict[str, bytes]:
    namespaces = " ".join(f'xmlns:{name}="{OFFICE}:{name}:1.0"' for name in ("office", "table", "text"))
    body = f'<table:table table:name="a"><table:table-row{rows}>{cells}</table:table-row></table:table>'
    whole = f"<office:body><office:spreadsheet>{body}</office:spreadsheet></office:body>"
    content = f'<?xml version="1.0"?><office:document-content {namespaces}>{whole}</office:document-content>'
    manifest = f'<?xml version="1.0"?><manifest:manifest xmlns:manifest="{OFFICE}:manifest:1.0"/>'
    kind = b"application/vnd.oasis.opendocument.spreadsheet"
    return {"mimetype": kind, "content.xml": content.encode(), "META-INF/manifest.xml": manifest.encode()}


def cell(value: float, more: str = "") -> str:
    stated = f'office:value-type="float" office:value="{value}"'
    return f"<table:table-cell {stated}{more}><text:p>1</text:p></table:table-cell>"


def as_ods(path: Path) -> None:
    row_end = "</table:table-row><table:table-row>"
    zipped(path, **ods(row_end.join("".join(map(cell, row)) for row in numbers())))


def protected(path: Path) -> None:
    plain = path.with_name("plain.xlsx")
    by_xlsxwriter(plain)
    with plain.open("rb") as source, path.open("wb") as target:
        OOXMLFile(source).encrypt("secret", target)


def read(path: Path) -> None:
    source = open_source(path)
    assert len(source.sheet(source.sheet_names[0]).rows[: ROWS + 1]) >= LEAST_ROWS


def take_password_off(path: Path) -> None:
    with TemporaryFile() as out:
        assert unlock(path, "secret", out)


@pytest.mark.parametrize(
    ("name", "write", "use"),
    [
        ("quick.xlsx", by_xlsxwriter, read),
        ("other.xlsx", by_openpyxl, read),
        ("list.xlsb", as_xlsb, read),
        ("list.ods", as_ods, read),
        ("list.csv", as_csv, read),
        ("protected.xlsx", protected, take_password_off),
    ],
)
def test_whoever_gets_no_memory_the_file_is_too_costly(
    name: str,
    write: Callable[[Path], None],
    use: Callable[[Path], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write(tmp_path / name)
    ends: list[str] = []
    for step in STEPS:
        limits = Limits(step * MB, 60)
        monkeypatch.setattr("reviewdesk.intake.reading.source.limits_for", lambda _, limits=limits: limits)
        try:
            use(tmp_path / name)
        except Invalid as error:
            ends.append(error.code)
        else:
            break
    else:
        pytest.fail(f"never enough: {ends}")
    assert "file.too_costly" in ends
    assert set(ends) <= {"file.too_costly", "file.broke_off"}


@pytest.mark.parametrize(("rows", "columns"), [("1000000", "16384"), (f"{2**64 - 1}", f"{2**64 - 1}")])
def test_a_sheet_that_claims_more_cells_than_there_can_be_is_too_costly(
    tmp_path: Path, rows: str, columns: str
) -> None:
    repeated = cell(1, f' table:number-columns-repeated="{columns}"')
    path = zipped(tmp_path / "list.ods", **ods(repeated, f' table:number-rows-repeated="{rows}"'))
    with pytest.raises(Invalid) as caught:
        open_source(path).sheet("a")
    assert caught.value.code == "file.too_costly"


class PanicException(BaseException):
    """As Rust's panics come to Python."""


NO_MEMORY = errors.codes[errors.XML_ERROR_NO_MEMORY]


def of_expat(code: int) -> ExpatError:
    error = ExpatError("not told")
    error.code = code
    return error


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OSError(errno.ENOMEM, "x"),
        OSError(errno.EAGAIN, "x"),
        zlib.error("Error -4 while decompressing data"),
        of_expat(NO_MEMORY),
        ImportError("a.so: failed to map segment from shared object"),
        RuntimeError("can't start new thread"),
        ValueError("unmarshallable object"),
        PanicException("capacity overflow"),
        ValueError("memory allocation failed because the memory allocator returned an error"),
    ],
)
def test_it_is_known_in_all_words(error: BaseException) -> None:
    assert lacks_memory(error)
    outer = ValueError("broken")
    outer.__cause__ = error
    assert lacks_memory(outer)


def test_where_hardly_any_is_left_any_error_may_be_for_want_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not lacks_memory(ValueError("broken"))
    monkeypatch.setattr("reviewdesk.intake.reading.memory._ROOM", 1 << 60)
    assert lacks_memory(ValueError("broken"))


@pytest.mark.parametrize(
    "error",
    [ValueError("broken"), zlib.error("Error -3 while decompressing data"), OSError(errno.EIO, "x"), of_expat(4)],
)
def test_other_faults_are_none(error: Exception) -> None:
    assert not lacks_memory(error)
