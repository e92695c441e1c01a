"""What a check reads: the file's table or an archive's tables, under what the command says of their columns."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from collections.abc import Mapping as MappingType
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import file_digest
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any

import click
import orjson

from reviewdesk.errors import Invalid, Text
from reviewdesk.intake.bundle import Bundle, refuse_sheet, side_sheets_of
from reviewdesk.intake.doubts import BESIDE, no_column, with_answers, with_answers_beside
from reviewdesk.intake.fields import LENDER_KINDS, field_named
from reviewdesk.intake.hidden import Hidden
from reviewdesk.intake.keys import UNTOLD, Keys
from reviewdesk.intake.mapping import Mapping
from reviewdesk.intake.normalise import Chunk
from reviewdesk.intake.numbering import Among, part_of, row_of
from reviewdesk.intake.reading import Sheet
from reviewdesk.intake.reading.archives import is_archive
from reviewdesk.intake.side_sheets import Layout, Said, SideSheets, recognise
from reviewdesk.intake.stating import headers_named, stated
from reviewdesk.intake.table import ReadAgain, Table, open_table
from reviewdesk.intake.unlocking import Passwords, passwords_in, unlock_file
from reviewdesk.intake.values import Bad, read_choice


@dataclass(frozen=True, slots=True)
class ReadFile:
    """The table of one file; `name` is empty where the file is the workbook itself."""

    name: str
    table: Table
    mapping: Mapping


@dataclass(frozen=True, slots=True)
class Read:
    """What was read: the rows of all files, and what stands beside them; `others` were passed over."""

    files: MappingType[int, ReadFile]
    chunks: Callable[[], Iterator[Chunk]]
    side: SideSheets
    others: Sequence[str] = ()

    def all_chunks(self) -> list[Chunk]:
        """All rows."""
        try:
            return list(self.chunks())
        except ReadAgain:
            self.fill_merged()
            return list(self.chunks())

    def place_of(self, row: int) -> dict[str, Any]:
        """Where a row stands, as its line begins."""
        file = self.files[part_of(row)].name
        return {"file": file, "row": row_of(row)} if file else {"row": row_of(row)}

    def places_of(self, rows: Sequence[int]) -> dict[str, list[Any]]:
        """The same for rows of one file, by column."""
        places: dict[str, list[Any]] = {"row": list(map(row_of, rows))}
        file = self.files[part_of(rows[0])].name if rows else ""
        return {"file": [file] * len(rows)} | places if file else places

    def join(self, chunk: Chunk, accounts: set[str]) -> None:
        """Give the accounts of a chunk what the sheets beside them say, and add their numbers to `accounts`."""
        if self.side.rows:
            named = chunk.columns.get("account_no", [])
            accounts.update(map(str, named))
            chunk.columns.update(self.side.columns(named))

    def fill_merged(self) -> None:
        """See `Table.fill_merged`."""
        for file in self.files.values():
            file.table.fill_merged()


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command says of the columns: a written mapping, a lender's kind for all rows, answers by column."""

    mapping: Any
    lender_kind: str | None
    answers: MappingType[str, str]

    def laid_over(self, suggested: Mapping, *, of_several: bool = False) -> tuple[Mapping, set[str]]:
        """The mapping with what was said, and the columns whose answers it took."""
        mapping = stated(suggested, self.mapping, where_it_fits=of_several)
        return with_answers(_with_lender_kind(mapping, self.lender_kind), self.answers)

    def laid_over_sides(
        self, mapping: Mapping, sheets: Iterable[tuple[str, Callable[[str], Sheet]]]
    ) -> tuple[Mapping, set[str]]:
        """The same for the sheets beside the accounts, which the mapping of the accounts is about too."""
        named = [
            (name, opened) for name, opened in sheets if any(one.startswith(name + BESIDE) for one in self.answers)
        ]
        layouts = {name: recognise(opened(name), Said.by(mapping)) for name, opened in named}
        found = {name: layout for name, layout in layouts.items() if isinstance(layout, Layout)}
        return with_answers_beside(mapping, self.answers, found)

    def check_used(self, used: Set[str]) -> None:
        """Refuse answers about columns that there are not."""
        if unused := [name for name in self.answers if name not in used]:
            raise no_column(unused)


def read_file(path: Path, sheet: str | None, said: Wish, hidden: Hidden) -> Read:
    if path.is_file() and is_archive(path):
        return _read_archive(path, sheet, said, hidden)
    table = open_table(path, sheet, headers_named(said.mapping))
    mapping, used = said.laid_over(table.suggested_mapping())
    sheets = ((name, table.source.sheet) for name in table.names_beside(hidden))
    mapping, beside = said.laid_over_sides(mapping, sheets)
    said.check_used(used | beside)
    file = ReadFile("", table, mapping.without(table.columns_left_out(hidden)))
    keys = _keys_of(path, mapping)
    side = table.side_sheets(hidden, Said.by(mapping))
    return Read({0: file}, lambda: table.chunks(file.mapping, hidden=hidden, keys=keys), side)


def _read_archive(path: Path, sheet: str | None, said: Wish, hidden: Hidden) -> Read:
    refuse_sheet(sheet)
    bundle = Bundle(path)
    opened = list(bundle.files(also=headers_named(said.mapping)))
    files: dict[int, ReadFile] = {}
    keys: dict[int, Keys] = {}
    used: set[str] = set()
    for one in opened:
        if one.table is not None:
            mapping, taken = said.laid_over(one.table.suggested_mapping(), of_several=True)
            used |= taken
            files[one.number] = ReadFile(one.name, one.table, mapping.without(one.table.columns_left_out(hidden)))
            keys[one.number] = _keys_of(path, mapping)
    first = next((file.mapping for file in files.values()), Mapping(()))
    sheets = ((name, one.source.sheet) for one in opened for name in one.names_beside(hidden))
    of_sides, beside = said.laid_over_sides(first, sheets)
    said.check_used(used | beside)

    def chunks() -> Iterator[Chunk]:
        among = Among(bundle.names)
        for number, file in files.items():
            yield from file.table.chunks(file.mapping, None, hidden, number, among, keys[number])

    return Read(files, chunks, side_sheets_of(opened, hidden, Said.by(of_sides)), bundle.others)


@contextmanager
def unlocked(file: Path, password_file: IO[str] | None) -> Iterator[Path]:
    """The file, or for as long as it is read a copy without its password, which only we can read."""
    with NamedTemporaryFile(prefix="reviewdesk-", suffix=file.suffix) as copy:
        passwords = passwords_in(password_file)
        yield Path(copy.name) if file.is_file() and _take_off(file, passwords, copy) else file


def _take_off(file: Path, passwords: Passwords, out: IO[bytes]) -> bool:
    """Write the file without its passwords to `out`; those that are lacking are asked for at a terminal."""
    try:
        locked = unlock_file(file, passwords, out)
    except Invalid as error:
        if error.code not in ("file.encrypted", "archive.locked") or not sys.stdin.isatty():
            raise
        locked = unlock_file(file, _asked_for(passwords, error), out)
    out.flush()
    return locked


def _asked_for(passwords: Passwords, error: Invalid) -> Passwords:
    if error.code == "file.encrypted":
        return Passwords(_prompted("the workbook"))
    names = [*error.details["locked"], *error.details["wrong"]]
    return Passwords(passwords.common, {**passwords.by_file, **{name: _prompted(name) for name in names}})


def _prompted(what: str) -> str:
    word: str = click.prompt(f"Password of {what}", hide_input=True, err=True)
    return word


def _keys_of(file: Path, mapping: Mapping) -> Keys:
    """What makes the numbers of accounts that have none."""
    if not mapping.key:
        return UNTOLD
    with file.open("rb") as stream:
        return Keys.of_file(file_digest(stream, "sha256").hexdigest())


def read_mapping(file: Path) -> Any:
    try:
        return orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise Invalid("mapping.format", Text(f"{file.name} 不是 JSON。", f"{file.name} is not JSON.")) from error


def _with_lender_kind(mapping: Mapping, given: str | None) -> Mapping:
    if given is None:
        return mapping
    try:
        kind = read_choice(given, field_named("lender_kind"))
    except Bad:
        kind = None
    if kind is None:
        kinds = ", ".join(sorted(LENDER_KINDS))
        raise Invalid(
            "mapping.constant",
            Text(f"不认识的机构类型 {given}。可用：{kinds}。", f"Unknown lender kind {given!r}. Known: {kinds}."),
        )
    return replace(mapping, constants={**mapping.constants, "lender_kind": kind})
