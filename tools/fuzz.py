"""Fuzz the reading of files with atheris (libFuzzer for Python): `make fuzz`, or `make fuzz SECONDS=600`.

Small files of every kind are changed byte by byte and go through all of our own readers in this process, guided by
which lines that reaches. A file may be read or end in one error that people can read; anything else stops the run and
leaves the file in `build/fuzz/`. Workbooks are stored unpacked within their zip, so that a changed byte changes what a
part says. Calamine answers some broken files by asking for hundreds of gigabytes or ending its process, so it reads, as
in the product, in a process of its own under limits; of that, only an ending that nobody foresees is a fault.
"""

import io
import os
import resource
import signal
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import atheris  # type: ignore[import-not-found]

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "build" / "fuzz"
MEMORY = 3 * 1024**3
LIMITS = (1024**3, 10)
"""Bytes and seconds of the processor for calamine and one file."""

FORESEEN = {0, -signal.SIGABRT, -signal.SIGXCPU, -signal.SIGKILL}
SHEETS = ("委案清单", "Sheet1", "台账")
"""The sheets of the sound files."""
sys.path.insert(0, str(ROOT))

with atheris.instrument_imports(include=["reviewdesk.intake"]):
    from reviewdesk.errors import Invalid
    from reviewdesk.intake.bundle import Bundle
    from reviewdesk.intake.evidence_files import unpack
    from reviewdesk.intake.mending_sheet import marked_batch
    from reviewdesk.intake.reading.archives import is_archive
    from reviewdesk.intake.reading.child import open_file, sheet_messages
    from reviewdesk.intake.reading.kinds import kind_of
    from reviewdesk.intake.reading.limits import Limits
    from reviewdesk.intake.reading.sheet_text import SheetText
    from reviewdesk.intake.reading.texts import TextTable
    from reviewdesk.intake.reading.traits import traits_of
    from reviewdesk.intake.reading.workbooks import reading

from tests.intake import test_real_files, xlsb  # noqa: E402  (after what is instrumented)


def loose(data: bytes) -> bytes:
    """The same package, unpacked."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as packed, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as unpacked:
        for name in packed.namelist():
            unpacked.writestr(name, packed.read(name))
    return out.getvalue()


def seeds() -> Iterator[bytes]:
    """Sound files to begin with."""
    files = ROOT / "tests" / "intake" / "files"
    yield from (loose((files / f"libreoffice.{kind}").read_bytes()) for kind in ("xlsx", "ods"))
    yield from ((files / f"libreoffice.{kind}").read_bytes() for kind in ("xls", "csv"))
    yield from (loose(make()) for make in test_real_files.VARIANTS.values())
    yield loose(xlsb.workbook(test_real_files.plain_rows(), hidden_rows=[4], hidden_columns=[9]))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("一月.csv", (files / "libreoffice.csv").read_bytes())
        packed.writestr("HT20240001/合同.pdf", b"%PDF-1.7 contract")
    yield out.getvalue()


def read(data: bytes) -> None:
    """Read a file in every way in which files come in."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        path = Path(file.name)
        for way in (_as_workbook, _by_calamine, _as_archive, _as_evidence, marked_batch):
            try:
                way(path)
            except (Invalid, MemoryError, RecursionError):
                continue


def _as_workbook(path: Path) -> None:
    if kind_of(path) == "text":
        if path.stat().st_size:
            table = TextTable(path)
            for _ in table.sheet(table.names[0]).blocks():
                pass
        return
    with reading():
        traits_of(path)
        for name in SHEETS:
            with SheetText(path, name) as text:
                text.declared_size()
                text.find()


def _by_calamine(path: Path) -> None:
    """As the reading process reads it, to the last row."""
    if kind_of(path) == "text":
        return
    child = os.fork()
    if child == 0:
        os._exit(_read_under_limits(path))
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if ended not in FORESEEN:
        raise RuntimeError(f"the reading process ended with {ended}")


def _read_under_limits(path: Path) -> int:
    Limits(*LIMITS).apply()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # what Rust says of its panics
    try:
        opened = open_file(path)
        for name in opened.names:
            for _ in sheet_messages(opened, name):
                pass
    except (Invalid, MemoryError, RecursionError):
        return 0
    except BaseException:
        return 1
    return 0


def _as_archive(path: Path) -> None:
    if is_archive(path):
        bundle = Bundle(path)
        for number in range(len(bundle.names)):
            bundle.unpacked(number)


def _as_evidence(path: Path) -> None:
    with path.open("rb") as stream:
        for one in unpack("a.zip", stream, 1 << 20):
            if hasattr(one, "stream"):
                one.stream.read(1 << 20)


def main() -> None:
    """Fuzz until a fault is found or the time that libFuzzer's own options give is over."""
    corpus = FOLDER / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds()):
        (corpus / f"seed-{number}").write_bytes(seed)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    options = ["-timeout=60", "-rss_limit_mb=2560", "-max_len=32768", f"-artifact_prefix={FOLDER}/"]
    atheris.Setup([sys.argv[0], *options, *sys.argv[1:], str(corpus)], read)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
