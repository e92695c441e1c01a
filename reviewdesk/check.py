"""`reviewdesk check FILE`: read, map, normalise and audit a workbook in memory, with no server and no database.

One JSON object a line for each data row of the accounts; a summary on standard error. The exit code is 0 when every row
was read, 1 when rows were rejected (of the accounts or of a sheet beside them), 2 when the file could not be read.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Mapping as MappingType
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import file_digest
from itertools import tee
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any, TypeAlias

import click
import orjson

from reviewdesk.audit.engine import audit_cases
from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.policy import BUILT_IN, Policy, load_policy
from reviewdesk.audit.related import within_file
from reviewdesk.clock import today
from reviewdesk.errors import Invalid, ReviewDeskError, Text
from reviewdesk.garbage import collecting_seldom
from reviewdesk.intake.bundle import Bundle, refuse_sheet, side_sheets_of
from reviewdesk.intake.fields import LENDER_KINDS, field_named
from reviewdesk.intake.headers import Suggestion
from reviewdesk.intake.hidden import Hidden, read_hidden
from reviewdesk.intake.keys import UNTOLD, Keys
from reviewdesk.intake.mapping import Mapping, column_letters
from reviewdesk.intake.normalise import Chunk, RowError, facts_for_people, sort_out
from reviewdesk.intake.notices import notices_of
from reviewdesk.intake.numbering import Among, part_of, row_of
from reviewdesk.intake.proposing import SAMPLE_ROWS
from reviewdesk.intake.questions import Question, questions_of
from reviewdesk.intake.reading import unlock
from reviewdesk.intake.reading.archives import is_archive
from reviewdesk.intake.side_sheets import NOTHING_SAID, Said, SideError, SideSheets, records_for_people
from reviewdesk.intake.stating import headers_named, stated
from reviewdesk.intake.table import ReadAgain, Table, open_table
from reviewdesk.intake.values import Bad, Value, read_choice
from reviewdesk.options import hidden_options
from reviewdesk.unchecked import REJECTED, UNCHECKED, lines_of

Record: TypeAlias = tuple[int, dict[str, Value], list[RowError]]
"""A data row: its number in the sheet, its facts, its errors."""

SIDE_ERRORS_TOLD = 20
"""So many errors of side sheets are told in the summary; those of an account stand in its line as well."""

VERDICTS = ("clear", "attention", "blocked", REJECTED)


@dataclass(slots=True)
class Summary:
    """What came of the file's rows."""

    verdicts: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    set_aside: Counter[str] = field(default_factory=Counter)
    strays: list[SideError] = field(default_factory=list)

    @property
    def rejected(self) -> int:
        """Rows that could not be read."""
        return self.verdicts[REJECTED]


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--sheet", help="The sheet with the accounts.  [default: the one whose header is understood best]")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day to audit for.  [default: today in Shanghai]")
@click.option("--policy", "policy_name", default=BUILT_IN, show_default=True, help="A built-in policy, or a JSON file.")
@click.option("--lender-kind", help=f"For rows that do not say: {', '.join(sorted(LENDER_KINDS))}.")
@click.option("--mapping", "mapping_file", type=click.Path(path_type=Path), help="JSON: which column is which field.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="Where to write the JSON Lines; - for standard output.",
)
@hidden_options
@click.option("--no-checks", is_flag=True, help="Only read: nothing is audited, and the verdict of a row is unchecked.")
@click.option("--reveal", is_flag=True, help="Write personal data in clear.")
@click.option(
    "--password-file",
    type=click.File(),
    help="Holds the password of the workbook; - for standard input.  [default: asked for at the terminal]",
)
@collecting_seldom()
def check(
    file: Path,
    sheet: str | None,
    as_of: Any,
    policy_name: str,
    lender_kind: str | None,
    mapping_file: Path | None,
    hidden_rows: str,
    hidden_columns: str,
    hidden_sheets: str,
    out: Path,
    no_checks: bool,
    reveal: bool,
    password_file: IO[str] | None,
) -> None:
    """Read and audit the workbook or text table FILE in memory.

    Writes one JSON object a line for each data row. Exit code: 0 every row was read, 1 rows were rejected, 2 the file
    could not be read.
    """
    try:
        policy = load_policy(policy_name)
        wish = _read_mapping(mapping_file) if mapping_file else {}
        hidden = read_hidden({"rows": hidden_rows, "columns": hidden_columns, "sheets": hidden_sheets})
        day = as_of.date() if as_of else today()
        with _unlocked(file, password_file) as readable, _opened(out) as stream:
            read = _read(readable, sheet, wish, lender_kind, hidden)
            if no_checks:
                summary = _write_unchecked(read, stream, reveal=reveal)
            else:
                summary = _write(read, policy, day, stream, reveal=reveal)
    except ReviewDeskError as error:
        click.echo(f"reviewdesk check: {error.text.en} / {error.text.zh}", err=True)
        sys.exit(2)
    except OSError as error:
        click.echo(f"reviewdesk check: {error.filename}: {error.strerror}", err=True)
        sys.exit(2)
    _tell(read, summary)
    _tell_side_sheets(read.side, summary.strays)
    sys.exit(1 if summary.rejected or read.side.errors or summary.strays else 0)


@dataclass(frozen=True, slots=True)
class _File:
    """The table of one file; `name` is empty where the file is the workbook itself."""

    name: str
    table: Table
    mapping: Mapping


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read: the rows of all files, and what stands beside them; `others` were passed over."""

    files: MappingType[int, _File]
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

    def fill_merged(self) -> None:
        """See `Table.fill_merged`."""
        for file in self.files.values():
            file.table.fill_merged()


def _read(path: Path, sheet: str | None, wish: Any, lender_kind: str | None, hidden: Hidden) -> _Read:
    if path.is_file() and is_archive(path):
        return _read_archive(path, sheet, wish, lender_kind, hidden)
    table = open_table(path, sheet, headers_named(wish))
    mapping = _with_lender_kind(stated(table.suggested_mapping(), wish), lender_kind)
    file = _File("", table, mapping.without(table.columns_left_out(hidden)))
    keys = _keys_of(path, mapping)
    side = table.side_sheets(hidden, Said.by(mapping))
    return _Read({0: file}, lambda: table.chunks(file.mapping, hidden=hidden, keys=keys), side)


def _read_archive(path: Path, sheet: str | None, wish: Any, lender_kind: str | None, hidden: Hidden) -> _Read:
    refuse_sheet(sheet)
    bundle = Bundle(path)
    opened = list(bundle.files(also=headers_named(wish)))
    files: dict[int, _File] = {}
    keys: dict[int, Keys] = {}
    for one in opened:
        if one.table is not None:
            mapping = stated(one.table.suggested_mapping(), wish, where_it_fits=True)
            mapping = _with_lender_kind(mapping, lender_kind).without(one.table.columns_left_out(hidden))
            files[one.number] = _File(one.name, one.table, mapping)
            keys[one.number] = _keys_of(path, mapping)

    def chunks() -> Iterator[Chunk]:
        among = Among(bundle.names)
        for number, file in files.items():
            yield from file.table.chunks(file.mapping, None, hidden, number, among, keys[number])

    first = next(iter(files.values()), None)
    said = Said.by(first.mapping) if first else NOTHING_SAID
    return _Read(files, chunks, side_sheets_of(opened, hidden, said), bundle.others)


@contextmanager
def _unlocked(file: Path, password_file: IO[str] | None) -> Iterator[Path]:
    """The file, or for as long as it is read a copy without its password, which only we can read."""
    with NamedTemporaryFile(prefix="reviewdesk-", suffix=file.suffix) as copy:
        password = password_file.readline().rstrip("\r\n") if password_file else None
        yield Path(copy.name) if file.is_file() and _take_off(file, password, copy) else file


def _take_off(file: Path, password: str | None, out: IO[bytes]) -> bool:
    try:
        locked = unlock(file, password, out)
    except Invalid as error:
        if error.code != "file.encrypted" or not sys.stdin.isatty():
            raise
        locked = unlock(file, click.prompt("Password of the workbook", hide_input=True, err=True), out)
    out.flush()
    return locked


def _keys_of(file: Path, mapping: Mapping) -> Keys:
    """What makes the numbers of accounts that have none."""
    if not mapping.key:
        return UNTOLD
    with file.open("rb") as stream:
        return Keys.of_file(file_digest(stream, "sha256").hexdigest())


def _read_mapping(file: Path) -> Any:
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


@contextmanager
def _opened(out: Path) -> Iterator[IO[bytes]]:
    """The output: a file that appears whole or not at all, or standard output for `-`."""
    if str(out) == "-":
        yield sys.stdout.buffer
        return
    partial = out.with_name(f".{out.name}.part")
    try:
        with partial.open("wb") as stream:
            yield stream
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)


def _write(read: _Read, policy: Policy, as_of: date, out: IO[bytes], *, reveal: bool) -> Summary:
    """Audit the rows and write them in the order of the sheet; other rows of the same file count as related."""
    chunks, side = read.all_chunks(), read.side
    summary = Summary(strays=_join(chunks, side))
    records = [record for chunk in chunks for record in chunk.records()]
    side_errors = side.errors_by_account()
    summary.set_aside.update(row.reason for chunk in chunks for row in chunk.set_aside)
    audits = _audits(records, policy, as_of)
    for row, facts, errors in records:
        line = read.place_of(row) | {"account_no": facts.get("account_no"), "verdict": REJECTED}
        line["facts"] = facts_for_people(facts, reveal=reveal) | records_for_people(facts)
        line["errors"] = [error.as_json() for error in errors]
        if beside := side_errors.get(str(facts.get("account_no"))):
            line["side_errors"] = [error.as_json() for error in beside]
        line["findings"] = []
        if not errors:
            line["verdict"], line["findings"] = next(audits)
        summary.verdicts[line["verdict"]] += 1
        summary.codes.update(error.code for error in errors)
        summary.failed.update(found["check"] for found in line["findings"] if found["outcome"] == "fail")
        out.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
    return summary


def _write_unchecked(read: _Read, out: IO[bytes], *, reveal: bool) -> Summary:
    """Write the rows as they are read, unaudited; standard output, which cannot be written anew, waits for all."""
    if out is sys.stdout.buffer:
        return _written(read, read.all_chunks(), out, reveal=reveal)
    try:
        return _written(read, read.chunks(), out, reveal=reveal)
    except ReadAgain:
        read.fill_merged()
        out.seek(0)
        out.truncate()
        return _written(read, read.chunks(), out, reveal=reveal)


def _written(read: _Read, chunks: Iterable[Chunk], out: IO[bytes], *, reveal: bool) -> Summary:
    summary = Summary()
    accounts: set[str] = set()
    side_errors = read.side.errors_by_account()
    for chunk in chunks:
        named = chunk.columns.get("account_no", [])
        accounts.update(map(str, named))
        chunk.columns.update(read.side.columns(named))
        places = map(read.place_of, chunk.rows)
        out.writelines(lines_of(chunk, side_errors, places, reveal=reveal))
        summary.verdicts[REJECTED] += len(chunk.errors)
        summary.verdicts[UNCHECKED] += len(chunk.rows) - len(chunk.errors)
        summary.codes.update(error.code for errors in chunk.errors.values() for error in errors)
        summary.set_aside.update(row.reason for row in chunk.set_aside)
    summary.strays = read.side.strays(accounts)
    return summary


def _join(chunks: list[Chunk], side: SideSheets) -> list[SideError]:
    """Give every account what the sheets beside it say; returns what they say of accounts that are not there."""
    accounts: set[str] = set()
    for chunk in chunks:
        named = chunk.columns.get("account_no", [])
        accounts.update(map(str, named))
        chunk.columns.update(side.columns(named))
    return side.strays(accounts)


def _audits(records: list[Record], policy: Policy, as_of: date) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Audit the rows that were read, in order; a row refused as a duplicate still speaks about the one it repeats."""
    known = [(row, *sort_out(facts)) for row, facts, errors in records if _repeats_at_most(errors)]
    related = dict(zip((row for row, *_ in known), within_file(known), strict=True))
    refused = {row for row, _, errors in records if errors}
    read, audited = tee(
        CaseFacts.of(facts, personal, related[row]) for row, facts, personal in known if row not in refused
    )
    for audit, case in zip(audit_cases(audited, policy, as_of), read, strict=True):
        yield audit.verdict, audit.findings_json(case)


def _repeats_at_most(errors: list[RowError]) -> bool:
    return all(error.code == "account.duplicate" for error in errors)


# --- the summary -----------------------------------------------------------------------------------------------------


def _tell(read: _Read, summary: Summary) -> None:
    for file in read.files.values():
        _tell_columns(file)
    if read.others:
        _say(f"not read: {', '.join(read.others)}")
    aside = sum(summary.set_aside.values())
    good = sum(summary.verdicts.values()) - summary.rejected
    kinds = (
        f" ({', '.join(f'{count} {reason}' for reason, count in sorted(summary.set_aside.items()))})" if aside else ""
    )
    _say(f"{good + summary.rejected + aside} rows: {good} read, {summary.rejected} rejected, {aside} set aside{kinds}")
    verdicts = (UNCHECKED, REJECTED) if summary.verdicts[UNCHECKED] else VERDICTS
    _say(", ".join(f"{verdict} {summary.verdicts[verdict]}" for verdict in verdicts))
    for title, counts in (("errors", summary.codes), ("failed checks", summary.failed)):
        if counts:
            _say(f"{title}: {', '.join(f'{name} {count}' for name, count in counts.most_common())}")


def _tell_columns(file: _File) -> None:
    table, mapping = file.table, file.mapping
    header = "+".join(str(index + 1) for index in table.header.rows)
    of = f"{file.name}: " if file.name else ""
    used = f"{len(mapping.filled())} of {_named(table)} columns used"
    _say(f"{of}sheet {table.sheet.name!r}, header in row {header}, {used}")
    for notice in notices_of(table):
        _say(f"  {notice.text.en} / {notice.text.zh}")
    for one in table.suggestions:
        if note := _note(one, mapping):
            _say(f"  column {column_letters(one.column)} {one.header!r}: {note}")
    if mapping.key:
        _say(f"  no column has account numbers; they are made from {', '.join(mapping.key)}")
    for question in questions_of(mapping, table.data[:SAMPLE_ROWS], table.header.sheet_unit):
        _say(f"  {_asked(question)}")


def _tell_side_sheets(side: SideSheets, strays: list[SideError]) -> None:
    for one in side.sheets:
        _say(
            f"sheet {one.name!r} ({one.kind}): {one.read} rows read, {one.refused} rejected, {one.set_aside} set aside"
        )
    for error in (*side.errors, *strays)[:SIDE_ERRORS_TOLD]:
        place = error.cell or f"row {error.row}"
        _say(f"  sheet {error.sheet!r} {place}: {error.code}: {error.message.en} / {error.message.zh}")
    if (more := len(side.errors) + len(strays) - SIDE_ERRORS_TOLD) > 0:
        _say(f"  and {more} more")


def _named(table: Table) -> int:
    return sum(1 for name in table.header.names if name)


def _note(one: Suggestion, mapping: Mapping) -> str | None:
    """What the reader should know of a column: it was assumed to be a field, or was left out though it might be one."""
    rule = next((rule for rule in mapping.rules if rule.column == one.column), None)
    if rule and rule.parts:
        return f"holds {', '.join(part.field or 'nothing' for part in rule.parts)}, split as {rule.split!r}"
    used = rule.field if rule else None
    if one.level == "assumed" and used == one.field:
        return f"taken as {used} ({one.reason.en})"
    if used is None and one.field is not None:
        return f"not used; perhaps {one.field} ({one.reason.en})"
    return None


def _asked(question: Question) -> str:
    """What a column leaves open, and how a mapping answers it."""
    columns = ", ".join(f"{column_letters(rule.column)} {rule.header!r}" for rule in question.rules)
    if question.answer is not None:
        why = f" ({question.why.en})" if question.why else ""
        return f"column {columns}: read as {question.answer}{why}"
    options = "; ".join(
        f"{one.value} ({', '.join(f'{cell} -> {value.en}' for cell, value in one.means)})" for one in question.options
    )
    return f"column {columns}: ambiguous, say how to read it in --mapping: {options}"


def _say(line: str) -> None:
    click.echo(line, err=True)
