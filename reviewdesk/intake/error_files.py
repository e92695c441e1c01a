"""The error workbooks of a batch that came as an archive: one for each of its files with rejected rows, in a zip.

A sheet that stands alone in a file without accounts has no workbook; its rows are mended on the page.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile

from reviewdesk.db import Work
from reviewdesk.intake.bundle import Bundle, placed
from reviewdesk.intake.error_book import Made, ToMend, make
from reviewdesk.intake.models import Batch
from reviewdesk.intake.numbering import SPAN, part_of, row_of
from reviewdesk.intake.parts import Part, parts_of

KIND = "files"


def make_files(
    work: Work, batch: Batch, target: Path, source: Path, what: ToMend, language: str, *, bare: bool = False
) -> Made:
    """Write the zip; `source` is the archive, `what` what is to be mended in all of its files.

    Raises:
        Invalid: a file cannot be read any more.
    """
    bundle, loaded = Bundle(source), _loaded(work, batch)
    rows = 0
    with ZipFile(target, "w", ZIP_DEFLATED) as packed, TemporaryDirectory() as folder:
        for number, part in enumerate(parts_of(batch)):
            mine = _of_part(what, number, part, loaded.get(number, 0))
            if part.sheet is not None and mine.number:
                path = Path(folder) / f"{number}.xlsx"
                rows += make(path, bundle.unpacked(number), mine, language, bare=bare).rows
                packed.write(path, f"{number + 1}-{Path(part.name).stem}.xlsx")
                path.unlink()
    return Made(KIND, rows)


def _loaded(work: Work, batch: Batch) -> Mapping[int, int]:
    """How many cases came of each file."""
    counted = work.execute(
        "SELECT row / :span AS part, count(*) AS cases FROM cases WHERE org_id = :org AND batch_id = :batch GROUP BY 1",
        span=SPAN,
        org=batch.org_id,
        batch=batch.batch_id,
    )
    return {row.part: row.cases for row in counted}


def _of_part(what: ToMend, number: int, part: Part, loaded: int) -> ToMend:
    """What is to be mended in one file, under the row and sheet names that it has itself."""
    own = placed(part.name, "")
    return replace(
        what,
        batch_id=f"{what.batch_id}#{number}",
        name=part.name,
        sheet=part.sheet,
        counts={"rows": part.rows, "loaded": loaded},
        rows=[replace(row, row=row_of(row.row)) for row in what.rows if part_of(row.row) == number],
        dismissed=[replace(row, row=row_of(row.row)) for row in what.dismissed if part_of(row.row) == number],
        side=[replace(one, sheet=one.sheet.removeprefix(own)) for one in what.side if one.sheet.startswith(own)],
    )
