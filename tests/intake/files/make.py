"""Make the workbooks of this folder anew: `python tests/intake/files/make.py`; it needs LibreOffice's `soffice`.

One made-up sheet of accounts is written by openpyxl and converted by LibreOffice Calc, so that tests read what that
program really writes, without needing it. Every file holds the same rows.
"""

import shutil
import subprocess
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.styles import Font

HERE = Path(__file__).parent
HEADERS = (
    *("借据号", "借款人姓名", "身份证号", "手机号", "放款日期", "年利率"),
    *("借款本金", "未还本金", "欠款总额", "逾期天数", "是否学生"),
)
FORMATS = {"E": "yyyy-mm-dd", "F": "0.00%", "G": "#,##0.00", "H": '"¥"#,##0.00', "I": "#,##0.00"}

PEOPLE = (
    ("LO0001", "张三", "11010519491231002X", "13800138000"),
    ("LO0002", "欧阳晨曦", "440524188001010014", 13900139000),
    ("LO0003", "李 四", "440305199003074576", "13700137000"),
    ("LO0004", "王五", "510107200612311237", None),
)
DEBTS: tuple[tuple[Any, ...], ...] = (
    (date(2024, 3, 1), 0.24, 12000, 10000.5, "=H4+200.25", 120, "否"),
    (date(2023, 12, 31), 0.155, 8000, 8000, "=H5+1", 95, "是"),
    (date(2024, 2, 29), 0.18, 5000, "=1/0", 5100, 95, "否"),
    ("2024年5月1日", "18%", "1.2万", "9,000.00", 9500, "100", "N"),
)
"""The second row is hidden, the third has a formula that fails; what formulas come to, LibreOffice writes."""
ROWS = tuple((*person, *debt) for person, debt in zip(PEOPLE, DEBTS, strict=True))
BESIDE = (("借据号", "还款日期", "还款金额"), ("LO0001", date(2024, 6, 1), 500), ("LO0002", date(2024, 6, 2), 80.5))

TARGETS = {
    "libreoffice.xlsx": "xlsx",
    "libreoffice.xls": "xls",
    "libreoffice.ods": "ods",
    "libreoffice.csv": "csv:Text - txt - csv (StarCalc):44,34,76",
}
"""What LibreOffice is asked for; the csv with commas, in UTF-8."""


def source(path: Path) -> None:
    """The workbook that is converted."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "委案清单"
    sheet["A1"] = "2024年11月委案清单"
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.merge_cells("A1:K1")
    sheet["A2"] = "单位：元"
    for row in (HEADERS, *ROWS):
        sheet.append(list(row))
    for letter, style in FORMATS.items():
        for number in range(4, 4 + len(ROWS)):
            sheet[f"{letter}{number}"].number_format = style
    sheet.append(["合计", *[None] * 6, "=SUM(H4:H5)"])
    sheet.row_dimensions[5].hidden = True
    sheet.column_dimensions["J"].hidden = True
    beside = book.create_sheet("还款明细")
    beside.sheet_state = "hidden"
    for row in (
        ["借据号", "还款日期", "还款金额"],
        ["LO0001", date(2024, 6, 1), 500],
        ["LO0002", date(2024, 6, 2), 80.5],
    ):
        beside.append(row)
    book.save(path)


def main() -> None:
    """Write every file."""
    soffice = shutil.which("soffice") or shutil.which("libreoffice")
    if soffice is None:
        raise SystemExit("LibreOffice is needed: soffice is not on the path")
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "libreoffice.xlsx"
        source(made)
        home = f"-env:UserInstallation=file://{folder}/profile"
        for name, kind in TARGETS.items():
            command = [soffice, home, "--headless", "--convert-to", kind, "--outdir", folder + "/made", str(made)]
            subprocess.run(command, check=True, capture_output=True)
            shutil.copyfile(f"{folder}/made/{name}", HERE / name)


if __name__ == "__main__":
    main()
