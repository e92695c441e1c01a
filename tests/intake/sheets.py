"""Workbooks for tests: a plain sheet of accounts, with whatever a test wants to be odd about it."""

import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter

from reviewdesk.identity import id_check_digit

HEADERS = ("借据号", "借款人姓名", "身份证号", "手机号", "机构类型", "放款日期", "未还本金", "欠款总额", "逾期天数")


def person(seed: int) -> tuple[str, str, str]:
    """A name, a valid ID number and a mobile number, the same for the same seed."""
    chance = random.Random(seed)
    name = (
        chance.choice(["欧阳", "诸葛", "慕容", "司徒"])
        + chance.choice("伟芳娜敏静丽强磊军洋")
        + chance.choice("晨曦雨轩")
    )
    born = f"{chance.randint(1965, 2003)}{chance.randint(1, 12):02d}{chance.randint(1, 28):02d}"
    body = f"330106{born}{chance.randint(1, 999):03d}"
    return name, body + id_check_digit(body), f"138{chance.randint(10_000_000, 99_999_999)}"


def accounts(count: int, prefix: str, seed: int = 0) -> list[dict[str, Any]]:
    """Sound rows by header: 1,000.50 yuan of principal and 1,200.75 claimed each."""
    rows = []
    for number in range(count):
        name, id_no, mobile = person(seed * 10_000 + number)
        values = (f"{prefix}{number:05d}", name, id_no, mobile, "消费金融公司", "2024-03-01", 1000.5, 1200.75, 120)
        rows.append(dict(zip(HEADERS, values, strict=True)))
    return rows


def write(
    path: Path,
    rows: Sequence[Mapping[str, Any]],
    *,
    headers: Sequence[str] = HEADERS,
    above: Sequence[str] = (),
    below: Sequence[Sequence[Any]] = (),
    sheet: str = "明细",
) -> Path:
    """Write the rows under their header; `above` are title rows, `below` rows of plain cells."""
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet(sheet)
        for place, cells in enumerate(_lines(rows, headers, above, below)):
            for column, cell in enumerate(cells):
                if isinstance(cell, str) and cell:
                    page.write_string(place, column, cell)
                elif cell not in ("", None):
                    page.write(place, column, cell)
    return path


def _lines(
    rows: Sequence[Mapping[str, Any]], headers: Sequence[str], above: Sequence[str], below: Sequence[Sequence[Any]]
) -> Iterator[Sequence[Any]]:
    yield from ([title] for title in above)
    yield headers
    yield from ([row.get(header) for header in headers] for row in rows)
    yield from below


def add_sheets(path: Path, **sheets: Sequence[Sequence[Any]]) -> None:
    """Add sheets of plain rows to a workbook."""
    book = openpyxl.load_workbook(path)
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(list(row))
    book.save(path)
