"""The first sheet of an error workbook, which sums up: what its cells say, and as what each is shown."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Literal, NamedTuple

from reviewdesk.errors import Text
from reviewdesk.intake.error_book.what import RowToMend, Say, ToMend
from reviewdesk.intake.extras import ROW_COLUMN
from reviewdesk.intake.words import label_of_code

NAME = Text("错误汇总", "Errors")
WIDTHS = (28, 20, 10, 24, 70)


class Shown(NamedTuple):
    """A cell of the sheet, its place from 0; `look` is what it is shown as."""

    row: int
    column: int
    value: str | int
    look: Literal["title", "head", "table", "plain"]


def first_sheet(what: ToMend, say: Say, *, kind: str) -> Iterator[Shown]:
    """The cells of the sheet; `kind` is that of the workbook, see `Made`."""
    for row, line in enumerate(_lines(what, say, kind)):
        in_table = len(line) == len(WIDTHS)
        for column, value in enumerate(line):
            if row == 0:
                yield Shown(row, column, value, "title")
            else:
                yield Shown(row, column, value, "plain" if not in_table else "head" if row == _HEAD else "table")


_HEAD = 8
"""The line with the head of the table, from 0."""


def _lines(what: ToMend, say: Say, kind: str) -> list[list[Any]]:
    """The lines of the sheet. Where they have five cells, they are its table's."""
    counts = what.counts
    others = counts.get("rows", 0) - counts.get("loaded", 0) - len(what.rows) - len(what.dismissed)
    side = [[one.sheet, say(Text("待修正", "to mend")), len(one.rows)] for one in what.side]
    side += [[one.sheet, say(Text("已剔除", "dismissed")), len(one.dismissed)] for one in what.side if one.dismissed]
    lines: list[list[Any]] = [
        [say(Text("未导入的行：错误汇总", "Rows that were not imported: errors"))],
        [say(Text("批次", "Batch")), what.name],
        [say(Text("行合计", "Rows")), counts.get("rows", 0)],
        [say(Text("已导入（已锁定）", "Imported (locked)")), counts.get("loaded", 0)],
        [say(Text("未导入（待修正）", "Not imported (to mend)")), len(what.rows)],
        [say(Text("已剔除（已锁定）", "Dismissed (locked)")), len(what.dismissed)],
        [say(Text("其余（已有案件、不是账目，已锁定）", "Others (known, no accounts; locked)")), max(0, others)],
        [],
        [say(Text(zh, en)) for zh, en in _SUMMARY_HEAD],
        *_reasons(None, what.rows, say),
    ]
    for one in what.side:
        lines += _reasons(one.sheet, one.rows, say)
    if side:
        lines += [[], [say(Text("附表", "Sheets beside"))], *side]
    return [*lines, [], *([say(line)] for line in (*_HOW, _KINDS[kind]))]


def _reasons(sheet: str | None, rows: Iterable[RowToMend], say: Say) -> Iterator[list[Any]]:
    reasons: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], list[int]] = {}
    mends: dict[tuple[str, str], str] = {}
    for row in rows:
        for key, error in {(one["code"], one["column"] or ""): one for one in row.errors}.items():
            reasons[key] += 1
            examples.setdefault(key, []).append(row.row)
            mends.setdefault(key, say(error["mend"]))
    for (code, column), number in reasons.most_common():
        shown = "、".join(map(str, examples[code, column][:5]))
        place = "｜".join(filter(None, (sheet, column)))
        yield [say(label_of_code(code)), place, number, shown, mends[code, column]]


_SUMMARY_HEAD = (
    ("原因", "Reason"),
    ("列", "Column"),
    ("行数", "Rows"),
    ("原行号（前几行）", "First rows"),
    ("怎样修正", "How to mend"),
)
_HOW = (
    Text(
        "1. 红色单元格有错，批注写明原因和改法；其他单元格一并改正也会读取。",
        "1. Red cells are wrong; comments say why and how to mend them. Other cells of these rows may be changed.",
    ),
    Text(
        "2. 已导入和已剔除的行已锁定（无密码），改动不会读取。请不要删除「原行号」列。",
        f"2. Imported and dismissed rows are locked (no password) and not read again. Keep the column {ROW_COLUMN}.",
    ),
    Text(
        "3. 改好后保存，在批次页「上传改好的文件」：只导入改好的行，不会重复。",
        "3. Save, and upload the file on the batch's page: only the mended rows are taken in, none twice.",
    ),
    Text(
        "本文件含完整个人信息，仅供修正，用毕请删除。",
        "This file holds personal data in clear: use it for mending only and delete it then.",
    ),
)
_KINDS = {
    "own": Text(
        "这是您上传的文件：格式保留，公式已变成当时的值；图片、图表和宏不在其中。",
        "This is the file that you uploaded with its formats; formulas are their values; pictures, charts and macros "
        "are left out.",
    ),
    "whole": Text(
        "原件不是 .xlsx（或无法带格式打开），已按原有行列重建。",
        "The original is no .xlsx, or cannot be opened with its formats; its rows and columns were rebuilt.",
    ),
    "rejected": Text(
        "原表过大，这里只列出未导入的行，行号为原表行号。",
        "The original is very large: only the rejected rows are here, with their row numbers in the original.",
    ),
}
