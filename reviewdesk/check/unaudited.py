"""Rows written as they are read, unaudited."""

import sys
from collections.abc import Iterable
from typing import IO

from reviewdesk.check.reading import Read
from reviewdesk.check.telling import Summary
from reviewdesk.intake.normalise import Chunk
from reviewdesk.intake.table import ReadAgain
from reviewdesk.unchecked import REJECTED, UNCHECKED, lines_of


def write(read: Read, out: IO[bytes], *, reveal: bool) -> Summary:
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


def _written(read: Read, chunks: Iterable[Chunk], out: IO[bytes], *, reveal: bool) -> Summary:
    summary = Summary()
    accounts: set[str] = set()
    side_errors = read.side.errors_by_account()
    for chunk in chunks:
        read.join(chunk, accounts)
        out.writelines(lines_of(chunk, side_errors, read.places_of(chunk.rows), reveal=reveal))
        summary.verdicts[REJECTED] += len(chunk.errors)
        summary.verdicts[UNCHECKED] += len(chunk.rows) - len(chunk.errors)
        for errors in chunk.errors.values():
            summary.codes.update(error.code for error in errors)
            summary.doubts.note(errors)
        summary.set_aside.update(row.reason for row in chunk.set_aside)
    summary.doubts.note(read.side.errors)
    summary.strays = read.side.strays(accounts)
    return summary
