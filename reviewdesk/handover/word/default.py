"""Our own template of the complaint, made here from what it says: a form of elements in tables, for a firm to edit.

The order of its parts is that of the courts' element form for disputes over financial loans; the words are ours.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from functools import cache
from typing import Any, Final

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

BLANK: Final = "＿＿＿＿＿＿"

Rows = tuple[tuple[str, str], ...]

_WIDTHS: Final = (Cm(4.6), Cm(11.4))

_PLAINTIFF: Final[Rows] = (
    ("名称", "{{ 原告名称 }}"),
    ("统一社会信用代码", "{{ 原告统一社会信用代码 }}"),
    ("住所地（主要办事机构所在地）", BLANK),
    ("注册地、登记地", BLANK),
    ("类型", "□有限责任公司　□股份有限公司　□其他：＿＿＿＿　　□国有　□民营"),
    ("法定代表人（负责人）、职务、联系电话", f"{BLANK}，{BLANK}，{BLANK}"),
)
_AGENT: Final[Rows] = (
    ("姓名、单位、职务、联系电话", f"{BLANK}，{BLANK}，{BLANK}，{BLANK}"),
    ("代理权限", "□一般授权　□特别授权"),
    ("送达地址（收件人、电话）", f"{BLANK}（{BLANK}，{BLANK}）"),
    ("是否接受电子送达", "□是，方式：□短信　□微信　□传真　□邮箱　□其他：＿＿＿＿　　□否"),
)
_DEFENDANT: Final[Rows] = (
    ("姓名", "{{ 被告姓名 }}"),
    ("性别、出生日期、民族", "{{ 被告性别 }}，{{ 被告出生日期 }}，{{ 被告民族 }}"),
    ("证件类型、号码", "居民身份证，{{ 被告证件号码 }}"),
    ("工作单位", "{{ 被告工作单位 }}"),
    ("联系电话", "{{ 被告联系电话 }}"),
    ("住所地（户籍地）", "{{ 被告户籍地址 }}"),
    ("经常居住地、联系地址", "{{ 被告联系地址 }}"),
    ("送达地址确认", "{{ '☑' if 送达地址已确认 == '是' else '□' }}被告已在合同中或另行确认送达地址"),
)
_COURT: Final[Rows] = (
    ("有无仲裁、管辖约定", "{{ 管辖说明 }}合同条款：" + BLANK),
    ("是否已诉前保全", f"□是，法院{BLANK}，时间{BLANK}，案号{BLANK}　　□否"),
    ("是否申请诉讼保全", "□是　□否"),
)
_LENDER: Final = (
    "{% if 借款.转让方 != '" + BLANK + "' %}{{ 借款.转让方 }}（债权已转让原告）{% else %}{{ 原告名称 }}{% endif %}"
)
_SUED_FOR: Final = (
    "截至{{ 借款.计算截止日 }}：本金{{ 借款.主张本金 }}元，利息、罚息、复利、违约金及费用{{ 借款.主张息费 }}元，"
    "合计{{ 借款.主张合计 }}元"
)
_LOAN: Final[Rows] = (
    ("合同名称、编号", "借款合同，{{ 借款.合同编号 }}（借据号{{ 借款.借据号 }}）"),
    ("签订时间、地点", "{{ 借款.合同签订日 }}，" + BLANK),
    ("贷款人、借款人", _LENDER + "；{{ 被告姓名 }}"),
    ("借款金额", "约定{{ 借款.约定金额 }}元，实际发放{{ 借款.实际发放金额 }}元"),
    ("借款期限", "自{{ 借款.发放日 }}至{{ 借款.到期日 }}；提前到期日：{{ 借款.提前到期日 }}"),
    ("借款利率", "年利率{{ 借款.年利率 }}；逾期年利率{{ 借款.逾期年利率 }}；合同条款第＿＿条"),
    ("还款方式", "{{ 借款.还款方式 }}，共{{ 借款.期数 }}期"),
    ("还款情况", "累计已还{{ 借款.已还总额 }}元"),
    ("逾期情况", "自{{ 借款.逾期起始日 }}起逾期，已逾期{{ 借款.逾期天数 }}天"),
    ("代偿、理赔（追偿案件）", "{{ 借款.代偿日 }}，{{ 借款.代偿金额 }}元"),
    ("主张金额", _SUED_FOR),
)
_SECURITY: Final[Rows] = (
    ("物的担保、担保人、担保物", "□无　□有：" + BLANK),
    ("最高额担保、登记", "□无　□有：" + BLANK),
    ("保证合同、保证方式", "□无　□一般保证　□连带责任保证：" + BLANK),
    ("其他需要说明", BLANK),
)
_WILL: Final[Rows] = (("是否了解并愿意先行调解", "□了解，愿意　□了解，不愿意　□需要进一步了解"),)


@cache
def default_template() -> bytes:
    """The template as a Word document."""
    paper = _paper()
    _line(paper, "民事起诉状", size=18, bold=True, align=WD_ALIGN_PARAGRAPH.CENTER)
    _line(paper, "（{{ 案由 }}）", align=WD_ALIGN_PARAGRAPH.CENTER)
    _line(paper, "草稿：由案件事实与债权计算书生成。空白处与勾选项由承办律师补充，全文核对后使用。", size=9)
    _part(paper, "一、当事人信息", ("原告", _PLAINTIFF), ("委托诉讼代理人", _AGENT), ("被告", _DEFENDANT))
    _heading(paper, "二、诉讼请求")
    _looped(paper, "诉讼请求", "{{ loop.index }}. {{ 项 }}")
    _line(paper, "标的总额：{{ 标的总额 }}元（{{ 借款笔数 }}笔借款；不含诉讼费用）")
    _line(paper, "请求依据：合同约定及法律规定（见第四部分）")
    _part(paper, "三、约定管辖和诉讼保全", ("", _COURT))
    _heading(paper, "四、事实与理由")
    _line(paper, "{%p for 借款 in 各笔借款 %}")
    _line(paper, "第{{ 借款.序号 }}笔（{{ 借款.案件号 }}）", bold=True)
    _table(paper, _LOAN)
    _line(paper, "{%p endfor %}")
    _table(paper, _SECURITY)
    _looped(paper, "事实与理由", "{{ 项 }}", indent=True)
    _heading(paper, "五、证据清单")
    _looped(paper, "证据", "{{ loop.index }}. {{ 项 }}")
    _part(paper, "六、对纠纷解决方式的意愿", ("", _WILL))
    _line(paper, "此致")
    _line(paper, "{{ 法院 }}")
    _line(paper, "具状人（签字、盖章）：{{ 原告名称 }}", align=WD_ALIGN_PARAGRAPH.RIGHT)
    _line(paper, "＿＿＿＿年＿＿月＿＿日", align=WD_ALIGN_PARAGRAPH.RIGHT)
    out = io.BytesIO()
    paper.save(out)
    return out.getvalue()


def _paper() -> Any:
    """An empty A4 page in the types of Chinese court papers."""
    paper = Document()
    section = paper.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.5)
    section.top_margin = section.bottom_margin = Cm(2.2)
    normal = paper.styles["Normal"]
    normal.font.name, normal.font.size = "SimSun", Pt(11)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), "宋体")
    normal.paragraph_format.space_after = Pt(3)
    paper.core_properties.author = "ReviewDesk"
    paper.core_properties.comments = ""
    paper.core_properties.title = "民事起诉状"
    return paper


def _line(
    paper: Any, text: str, *, size: float = 11, bold: bool = False, align: Any = None, indent: bool = False
) -> None:
    paragraph = paper.add_paragraph()
    run = paragraph.add_run(text)
    run.bold, run.font.size = bold, Pt(size)
    if align is not None:
        paragraph.alignment = align
    if indent:
        paragraph.paragraph_format.first_line_indent = Pt(2 * size)


def _heading(paper: Any, text: str) -> None:
    _line(paper, text, size=13, bold=True)
    paper.paragraphs[-1].paragraph_format.keep_with_next = True


def _looped(paper: Any, name: str, text: str, *, indent: bool = False) -> None:
    """A paragraph for each text of a list."""
    _line(paper, f"{{%p for 项 in {name} %}}")
    _line(paper, text, indent=indent)
    _line(paper, "{%p endfor %}")


def _part(paper: Any, title: str, *tables: tuple[str, Rows]) -> None:
    _heading(paper, title)
    for name, rows in tables:
        if name:
            _line(paper, name, bold=True)
        _table(paper, rows)


def _table(paper: Any, rows: Iterable[tuple[str, str]]) -> None:
    table = paper.add_table(rows=0, cols=2)
    table.style = "Table Grid"
    table.autofit = False
    for column, width in zip(table.columns, _WIDTHS, strict=True):
        column.width = width
    for name, text in rows:
        for cell, content, width in zip(table.add_row().cells, (name, text), _WIDTHS, strict=True):
            cell.width = width
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_before = Pt(2)
            paragraph.add_run(content).font.size = Pt(10.5)
    paper.add_paragraph().paragraph_format.space_after = Pt(0)
