"""The complaint as a printed document: A4 upright, marked as a draft, with the blanks that counsel fills in."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any, Final

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer

from reviewdesk.handover.complaint import Complaint
from reviewdesk.money import yuan
from reviewdesk.review.typeface import BOLD, FONT, in_print, typesetting

TITLE: Final = "民事起诉状"
DRAFT: Final = "草稿：由案件事实与债权计算书生成，须由承办律师核对、补充后使用"

_TITLE = ParagraphStyle("complaint", fontName=BOLD, fontSize=20, leading=30, alignment=1, spaceAfter=2 * mm)
_HEADING = ParagraphStyle("part", fontName=BOLD, fontSize=13, leading=22, spaceBefore=6, keepWithNext=1)
_TEXT = ParagraphStyle("text", fontName=FONT, fontSize=11, leading=19, wordWrap="CJK", firstLineIndent=22)
_PLAIN = ParagraphStyle("plain", parent=_TEXT, firstLineIndent=0)
_RIGHT = ParagraphStyle("right", parent=_PLAIN, alignment=2)
_MARGIN = 25 * mm


@typesetting()
def complaint_document(made: Complaint) -> bytes:
    """The complaint as PDF."""
    out = io.BytesIO()
    paper = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=20 * mm,
        bottomMargin=20 * mm,
        title=TITLE,
        author="ReviewDesk",
        initialFontName=FONT,
    )
    paper.build(_story(made), onFirstPage=_foot, onLaterPages=_foot)
    return out.getvalue()


def _story(made: Complaint) -> list[Flowable]:
    return [
        Paragraph(TITLE, _TITLE),
        *_lines(made.parties),
        *_part("案由", [made.cause]),
        *_part("诉讼请求", _numbered(made.requests)),
        Paragraph(in_print(f"（以上截至计算截止日的请求合计，即诉讼标的额：{yuan(made.amount)}元）"), _TEXT),
        *_part("管辖", [made.jurisdiction]),
        *_part("事实与理由", made.reasons),
        *_part("证据", _numbered(made.evidence)),
        KeepTogether(
            [
                Spacer(1, 6 * mm),
                Paragraph("此致", _TEXT),
                Paragraph(in_print(made.court), _PLAIN),
                Spacer(1, 8 * mm),
                Paragraph(in_print(f"具状人（盖章）：{made.plaintiff}"), _RIGHT),
                Paragraph(in_print("＿＿＿＿年＿＿月＿＿日"), _RIGHT),
                Spacer(1, 4 * mm),
                Paragraph("附：本起诉状副本一份；债权计算书一份；证据材料一套。", _PLAIN),
            ]
        ),
    ]


def _part(title: str, lines: Iterable[str]) -> list[Flowable]:
    return [Paragraph(title, _HEADING), *_lines(lines)]


def _lines(lines: Iterable[str]) -> list[Flowable]:
    return [Paragraph(in_print(line), _TEXT) for line in lines]


def _numbered(lines: Iterable[str]) -> list[str]:
    return [f"{number}. {line}" for number, line in enumerate(lines, 1)]


def _foot(canvas: Any, paper: Any) -> None:
    canvas.setFont(FONT, 8)
    canvas.drawCentredString(paper.pagesize[0] / 2, 12 * mm, f"第 {canvas.getPageNumber()} 页")
    canvas.drawCentredString(paper.pagesize[0] / 2, 8 * mm, DRAFT)
