"""Printed documents carry their typeface, and show every character of a name."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Paragraph

from reviewdesk.audit.policy import BUILT_IN
from reviewdesk.audit.statement import ClaimStatement
from reviewdesk.errors import ReviewDeskError
from reviewdesk.review import typeface
from reviewdesk.review.statement_files import document
from reviewdesk.review.statements import made_under
from reviewdesk.review.typeface import FONT, in_print, typesetting
from tests.pdf import fonts_of, text_of
from tests.review.test_statements import FACTS


def statement(*about: tuple[str, str], aside: tuple[str, ...] = ()) -> bytes:
    made = made_under(FACTS, UUID(int=1), BUILT_IN, date(2026, 11, 23))
    assert isinstance(made, ClaimStatement)
    return document(made, about, aside)


def lines_of(text: str, width: float) -> list[str]:
    with typesetting():
        shown = Paragraph(in_print(text), ParagraphStyle("text", fontName=FONT, fontSize=10, wordWrap="CJK"))
    shown.wrap(width, 1000)
    return ["".join(words) for _space, words in shown.blPara.lines]


def test_every_font_is_in_the_document() -> None:
    found = set(fonts_of(statement(("借款人", "张三"), aside=("利率超过上限：已推翻",))))
    assert {name.partition("+")[2] for name, _held in found} == {"NotoSerifSC-Regular", "NotoSerifSC-Bold"}
    assert all(held for _name, held in found)


@pytest.mark.parametrize(
    "name", ["王䶮", "刘昇玥", "张𬭚", "𫖯㐂㛃", "阿依古丽·买买提", "O'Brien-Søn", "①￥¥‰−—…“”（）"]
)
def test_a_name_is_shown_and_copied_as_it_is_written(name: str) -> None:
    assert f"借款人：{name}" in text_of(statement(("借款人", name)))


def test_a_character_that_the_typeface_lacks_is_shown_by_its_number() -> None:
    assert "借款人：〔U+20BB7〕田〔U+E863〕" in text_of(statement(("借款人", "𠮷田\ue863")))


def test_marks_that_show_nothing_leave_no_trace() -> None:
    assert in_print("葛\U000e0100\u200b城 \u2009<1") == "葛城  &lt;1"


@pytest.mark.parametrize("before", range(1, 30))
def test_no_line_ends_within_a_blank(before: int) -> None:
    lines = lines_of(f"{'住' * before}＿＿＿＿＿＿，职务＿＿＿＿＿＿", 200)
    assert sum(line.count("____________") for line in lines) == 2, lines


@pytest.mark.parametrize("mark", [*"，；：！？》％…。、）」"])
@pytest.mark.parametrize("amount", ["", "8865.44"])
def test_no_line_begins_with_a_closing_mark(mark: str, amount: str) -> None:
    for before in range(1, 24):
        lines = lines_of(f"{'测' * before}{amount}{mark}{'试' * 30}", 120)
        assert len(lines) > 2
        assert all(not line.startswith(mark) for line in lines), lines


def test_documents_made_at_once_do_not_disturb_each_other() -> None:
    names = ["王䶮", "刘昇玥", "张𬭚", "欧阳靖"] * 2
    with ThreadPoolExecutor(4) as threads:
        made = threads.map(lambda name: statement(("借款人", name)), names)
    for name, one in zip(names, made, strict=True):
        assert f"借款人：{name}" in text_of(one)


def test_a_process_that_prints_nothing_has_no_font_in_memory() -> None:
    told = (
        "from reviewdesk import create_app; from reviewdesk.review import typeface; print(typeface._known.cache_info())"
    )
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert "currsize=0" in done.stdout


def test_absent_fonts_are_told_with_what_to_do(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(typeface, "FONTS", tmp_path)
    typeface._known.cache_clear()
    with pytest.raises(ReviewDeskError, match="make setup"):
        statement(("借款人", "张三"))
