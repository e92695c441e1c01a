"""A zip archive of tables as one: its files are opened in the order of their names, each with its own header."""

from collections.abc import Iterator, Sequence, Set
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from reviewdesk.errors import Invalid, Text
from reviewdesk.intake.hidden import Hidden
from reviewdesk.intake.looking import Look, look_at
from reviewdesk.intake.notices import Notice
from reviewdesk.intake.reading import Sheet, Source, open_source
from reviewdesk.intake.reading.archives import contents_of, extract, listing, nested_archive
from reviewdesk.intake.reading.errors import sheet_absent
from reviewdesk.intake.reading.formats import TEXT
from reviewdesk.intake.side_sheets import NOTHING_SAID, Layout, Said, SideSheets, add_side_sheets, named_kind, recognise
from reviewdesk.intake.table import Table, table_in


@dataclass(frozen=True, slots=True)
class File:
    """A file of an archive, by its place among the archive's tables, from 0.

    `table` is None where all of its sheets only stand beside accounts of other files.
    """

    number: int
    name: str
    source: Source
    table: Table | None

    def names_beside(self, hidden: Hidden) -> Sequence[str]:
        """The sheets beside the accounts."""
        return self.table.names_beside(hidden) if self.table else self.source.visible_names


class Bundle:
    """An archive of tables. What is unpacked of it is gone with it."""

    def __init__(self, path: Path) -> None:
        """Look what is in it.

        Raises:
            Invalid: it is broken or a danger; see `reading.archives.contents_of`.
        """
        self._path = path
        self._members, self.others = (contents := contents_of(path)).tables, list(contents.others)
        self._folder = TemporaryDirectory(prefix="reviewdesk-")
        self._last: tuple[int, Source] | None = None
        self.size = contents.size
        self.names = [member.name for member in self._members]

    def files(self, sheets: MappingType[int, str | None] | None = None, also: Set[str] = frozenset()) -> Iterator[File]:
        """Open the files one after the other; `sheets` names those on which the accounts of some files are.

        Empty files and notes in text files are passed over, and are among `others` afterwards.

        Raises:
            Invalid: a file cannot be read or has no header, or no file has accounts (`archive.no_accounts`).
        """
        with_accounts = 0
        for number in range(len(self.names)):
            found = self.file(number, (sheets or {}).get(number), also)
            if found is not None:
                with_accounts += found.table is not None
                yield found
        if not with_accounts:
            raise no_accounts(self.names)

    def file(self, number: int, sheet: str | None = None, also: Set[str] = frozenset()) -> File | None:
        """Open one file; None for one that is passed over.

        Raises:
            Invalid: it cannot be read or has no header; the message and `details["file"]` name it.
        """
        name = self.names[number]
        try:
            source = self._source(number)
            return File(number, name, source, _table_of(source, sheet, also))
        except Invalid as error:
            if error.code == "file.empty" or (error.code == "header.not_found" and name.lower().endswith(TEXT)):
                self.others.append(name)
                return None
            raise in_file(name, error) from error

    def sheet(self, place: str) -> Sheet:
        """A sheet by the name that people see: that of its file before its own.

        Raises:
            Invalid: there is none, or it cannot be read.
        """
        number = next((number for number, name in enumerate(self.names) if place.startswith(placed(name, ""))), None)
        if number is None:
            raise sheet_absent(place, self.names)
        if self._last is None or self._last[0] != number:
            self._last = (number, self._source(number))
        return self._last[1].sheet(place.removeprefix(placed(self.names[number], ""))).renamed(place)

    def _source(self, number: int) -> Source:
        source = open_source(self.unpacked(number))
        source.holds = self._folder
        return source

    def unpacked(self, number: int) -> Path:
        """Where a file stands unpacked, for as long as this is kept."""
        folder = Path(self._folder.name) / str(number)
        folder.mkdir(exist_ok=True)
        return extract(self._path, self._members[number], folder)


def _table_of(source: Source, sheet: str | None, also: Set[str]) -> Table | None:
    try:
        table = table_in(source, sheet, also)
    except Invalid as error:
        if error.code == "header.not_found" and any(map(named_kind, source.sheet_names)):
            return None
        raise
    return table if sheet is not None or not _is_beside(table) else None


def _is_beside(table: Table) -> bool:
    """Whether what looks best in a file are no accounts: its name or its columns speak of repayments or the like."""
    if named_kind(table.sheet.name) is not None:
        return True
    has_name = any(one.applied and one.field == "borrower_name" for one in table.suggestions)
    return not has_name and isinstance(recognise(table.sheet), Layout)


@dataclass(frozen=True, slots=True)
class Looks:
    """What was seen of an archive: its files with the looks of their accounts, and the names of files nobody reads."""

    files: Sequence[tuple[str, Look | None]]
    others: Sequence[str]

    @property
    def notices(self) -> list[Notice]:
        """What is to be known of all files, each notice with the file's name."""
        told = [_in_file(name, notice) for name, look in self.files if look for notice in look.notices]
        if self.others:
            listed = listing(self.others)
            text = Text(f"没有读取的文件：{listed.zh}", f"Files that were not read: {listed.en}")
            told.append(Notice("others", text))
        return told


def _in_file(name: str, notice: Notice) -> Notice:
    return Notice(notice.code, Text(f"「{name}」{notice.text.zh}", f"{name}: {notice.text.en}"))


def look_into(path: Path) -> Looks:
    """Look at the accounts of every file of an archive.

    Raises:
        Invalid: as for `Bundle.files`.
    """
    bundle = Bundle(path)
    seen: dict[int, tuple[str, Look | None]] = {}
    for file in bundle.files():
        seen[file.number] = (file.name, look_at(file.table) if file.table else None)
        file.source.close()
    return Looks([seen.get(number, (name, None)) for number, name in enumerate(bundle.names)], bundle.others)


def refuse_sheet(sheet: str | None) -> None:
    """Of an archive no one sheet can be named.

    Raises:
        Invalid: `archive.sheet`, where one is named.
    """
    if sheet is not None:
        raise Invalid(
            "archive.sheet",
            Text(
                "压缩包里的每个文件各有工作表，不能统一指定；可在列对应页逐个文件改选。",
                "Each file of an archive has sheets of its own: choose them while mapping, file by file.",
            ),
        )


def side_sheets_of(files: Sequence[File], hidden: Hidden, said: Said = NOTHING_SAID) -> SideSheets:
    """The sheets beside the accounts of all files, whichever file the accounts are in."""
    found = SideSheets()
    for file in files:
        add_beside(found, file, hidden, said)
    found.finish()
    return found


def add_beside(found: SideSheets, file: File, hidden: Hidden, said: Said = NOTHING_SAID) -> None:
    """Add the sheets that stand beside the accounts in one file."""
    add_side_sheets(found, file.names_beside(hidden), file.source.sheet, file.name, replace(said, hidden=hidden))


def placed(file: str, sheet: str) -> str:
    """What people call a sheet of a file in an archive."""
    return f"{file} › {sheet}"


def in_file(name: str, error: Invalid) -> Invalid:
    """The error with the name of the file that it is about."""
    if error.code == "file.archive":
        return nested_archive([name])
    return Invalid(
        error.code, Text(f"「{name}」：{error.text.zh}", f"{name}: {error.text.en}"), **{**error.details, "file": name}
    )


def no_accounts(names: Sequence[str]) -> Invalid:
    """The error about files without accounts."""
    listed = listing(names)
    return Invalid(
        "archive.no_accounts",
        Text(
            f"压缩包里没有账户表，只有附表：{listed.zh}。请把账户表放进同一个压缩包。",
            f"The archive has no table of accounts, only sheets beside them: {listed.en}. Put the accounts into it.",
        ),
    )
