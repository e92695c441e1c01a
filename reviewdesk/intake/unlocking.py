"""Taking passwords off: of one workbook, or of those in an archive, each of which may have its own.

Passwords are only handed on to the reading process; nothing keeps them.
"""

import shutil
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import orjson

from reviewdesk.errors import Invalid, Text
from reviewdesk.intake.bundle import in_file
from reviewdesk.intake.reading import unlock
from reviewdesk.intake.reading.archives import Contents, contents_of, extract, is_archive, listing

_COPY_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Passwords:
    """The password of a workbook, or of all workbooks in an archive that `by_file` has none for."""

    common: str | None = field(default=None, repr=False)
    by_file: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __bool__(self) -> bool:
        """Whether any is given."""
        return bool(self.common or any(self.by_file.values()))

    def of(self, name: str) -> str | None:
        """The password of a file of an archive, by its path there or its own name."""
        return self.by_file.get(name) or self.by_file.get(name.rpartition("/")[2]) or self.common or None


NONE = Passwords()


def read_passwords(text: str | None, common: str | None = None) -> Passwords:
    """Passwords as JSON gives them: an object of file names and passwords.

    Raises:
        Invalid: `file.passwords`.
    """
    try:
        given: Any = orjson.loads(text) if text else {}
    except orjson.JSONDecodeError:
        given = None
    if not isinstance(given, dict) or not all(isinstance(one, str) for one in given.values()):
        raise Invalid(
            "file.passwords",
            Text(
                "passwords 应是 JSON 对象：文件名对应密码。", "passwords is a JSON object of file names and passwords."
            ),
            field="passwords",
        )
    return Passwords(common, given)


def passwords_in(file: IO[str] | None) -> Passwords:
    """The passwords that a file holds: one, on its first line, or a JSON object for an archive's workbooks.

    Raises:
        Invalid: `file.passwords`.
    """
    text = file.read() if file else ""
    return (
        read_passwords(text)
        if text.lstrip().startswith("{")
        else Passwords(text.partition("\n")[0].rstrip("\r") or None)
    )


def unlock_file(path: Path, passwords: Passwords, out: IO[bytes]) -> bool:
    """Write a workbook or archive to `out` as it is without passwords; False, and nothing, where it has none.

    Raises:
        Invalid: as for `reading.unlock` and `archives.contents_of`; `archive.locked` where workbooks of an archive need
            a password that was not given, or another; `details` name them as `locked` and `wrong`, and all that have a
            password as `files`.
    """
    if not is_archive(path):
        return unlock(path, passwords.common or None, out)
    contents = contents_of(path)
    with TemporaryDirectory(prefix="reviewdesk-") as folder:
        opened = _opened(path, contents, passwords, Path(folder))
        if not opened:
            return False
        _pack(path, contents, opened, out)
    return True


def _opened(path: Path, contents: Contents, passwords: Passwords, folder: Path) -> dict[str, Path]:
    """Where each workbook that had a password stands without it, by its name in the archive."""
    opened: dict[str, Path] = {}
    locked: list[str] = []
    wrong: list[str] = []
    for number, member in enumerate(contents.tables):
        place = folder / str(number)
        place.mkdir()
        plain = place / "plain"
        try:
            with plain.open("wb") as out:
                if unlock(file := extract(path, member, place), passwords.of(member.name), out):
                    opened[member.name] = plain
            file.unlink()
        except Invalid as error:
            if error.code not in ("file.encrypted", "file.wrong_password"):
                raise in_file(member.name, error) from error
            (locked if error.code == "file.encrypted" else wrong).append(member.name)
    if locked or wrong:
        raise _locked(locked, wrong, list(opened))
    return opened


def _pack(path: Path, contents: Contents, opened: Mapping[str, Path], out: IO[bytes]) -> None:
    """The archive with the opened workbooks in the place of the locked ones; of files that nobody reads the names."""
    with (
        zipfile.ZipFile(path) as packed,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made,
    ):
        for member in contents.tables:
            plain = opened.get(member.name)
            with (
                plain.open("rb") if plain else packed.open(member.entry) as source,
                made.open(member.name, "w", force_zip64=True) as target,
            ):
                shutil.copyfileobj(source, target, _COPY_BYTES)
        for name in contents.others:
            made.writestr(name, b"")


def _locked(locked: Sequence[str], wrong: Sequence[str], opened: Sequence[str]) -> Invalid:
    zh, en = [], []
    if locked:
        told = listing(locked)
        zh.append(f"压缩包里有设了打开密码的工作簿：{told.zh}。请逐个输入密码。")
        en.append(f"Workbooks of the archive have passwords: {told.en}. Give the password of each.")
    if wrong:
        told = listing(wrong)
        zh.append(f"密码不对，打不开：{told.zh}。请核对大小写和空格后重新输入。")
        en.append(f"These passwords do not open their workbooks: {told.en}. See to capitals and spaces.")
    files = sorted([*locked, *wrong, *opened])
    return Invalid("archive.locked", Text("".join(zh), " ".join(en)), locked=locked, wrong=wrong, files=files)
