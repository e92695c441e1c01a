"""Word templates in their own process: what fills them, what is refused, and what a hostile one can do."""

import io
import time
from pathlib import Path
from zipfile import ZipFile

import pytest
from docx import Document

from reviewdesk.errors import Invalid
from reviewdesk.handover.word.archive import MOST_PART, checked
from reviewdesk.handover.word.default import default_template
from reviewdesk.handover.word.names import LOAN_NAMES, LOANS, NAMES, sample
from reviewdesk.handover.word.process import MOST_DOCUMENTS, Filler
from reviewdesk.intake.reading.limits import Limits
from tests.handover.word import a_template, bent, text_of

END = b"</Relationships>"
OUTSIDE = b'<Relationship Id="x1" Type="http://a/relationships/%s" Target="http://example.cn/x" TargetMode="External"/>'


def related(kind: bytes) -> bytes:
    """A document that refers to something outside of it."""
    return bent(a_template("{{ 法院 }}"), relations=(END, OUTSIDE % kind + END))


def in_body(xml: bytes) -> bytes:
    """A document with some XML at the beginning of its body."""
    return bent(a_template("x"), document=(b"<w:body>", b"<w:body>" + xml))


DDE = b"<w:p><w:r><w:instrText>DDE</w:instrText></w:r><w:r><w:instrText>AUTO c:\\x</w:instrText></w:r></w:p>"


def filled(*paragraphs: str) -> str:
    with Filler(a_template(*paragraphs)) as filler:
        return text_of(filler.try_out())


def refused(content: bytes) -> str:
    with pytest.raises(Invalid) as error, Filler(content) as filler:
        filler.try_out()
    assert error.value.text.zh
    assert error.value.text.en
    return error.value.code.removeprefix("template.")


def test_our_template_has_every_element_and_is_filled() -> None:
    with Filler(default_template()) as filler:
        told = text_of(filler.try_out())
        assert set(filler.placeholders) <= set(NAMES)
    for part in (
        "当事人信息",
        "诉讼请求",
        "约定管辖和诉讼保全",
        "事实与理由",
        "证据清单",
        "对纠纷解决方式的意愿",
        "此致",
    ):
        assert part in told
    for value in (
        "张示例",
        "11010519491231002X",
        "示例消费金融有限公司",
        "17730.88",
        "HT20260001",
        "HT20260002",
        "8312.32",
    ):
        assert value in told
    assert "☑被告已在合同中" in told
    assert "{{" not in told
    assert "{%" not in told


def test_our_template_is_made_the_same_each_time_and_is_a_word_document() -> None:
    checked(default_template())
    paper = Document(io.BytesIO(default_template()))
    assert len(paper.tables) >= 6
    assert paper.sections[0].page_width.cm == pytest.approx(21, abs=0.01)


def test_a_template_loops_chooses_and_escapes() -> None:
    told = filled(
        "{{ 原告名称 }}诉{{ 被告姓名 }}",
        "{%p for 借款 in 各笔借款 %}",
        "{{ loop.index }}/{{ 借款.借据号 }}/{{ 借款.主张合计|replace('.', '点') }}",
        "{%p endfor %}",
        "{% if 送达地址已确认 == '是' %}已确认{% else %}未确认{% endif %}，{{ 诉讼请求|join('；') }}",
    )
    assert "示例消费金融有限公司诉张示例" in told
    assert "1/HT20260001/8865点44\n2/HT20260002/8865点44" in told
    assert "已确认" in told
    with Filler(a_template("{{ 原告名称 }}")) as filler:
        assert text_of(filler.fill(sample() | {"原告名称": "<甲&乙>"})).strip() == "<甲&乙>"


def test_headers_and_footers_are_filled_too() -> None:
    paper = Document()
    paper.sections[0].header.paragraphs[0].text = "{{ 案由 }}"
    paper.sections[0].footer.paragraphs[0].text = "{{ 借款笔数 }}笔"
    out = io.BytesIO()
    paper.save(out)
    with Filler(out.getvalue()) as filler:
        section = Document(io.BytesIO(filler.try_out())).sections[0]
    assert (section.header.paragraphs[0].text, section.footer.paragraphs[0].text) == ("金融借款合同纠纷", "2笔")


def test_one_process_after_the_other_fills_many_documents() -> None:
    with Filler(a_template("{{ 法院 }}")) as filler:
        made = [filler.fill(sample() | {"法院": f"第{number}号法院"}) for number in range(MOST_DOCUMENTS + 2)]
    assert [text_of(made[place]) for place in (0, -1)] == ["第0号法院", f"第{MOST_DOCUMENTS + 1}号法院"]


def test_every_placeholder_has_a_value_in_the_sample() -> None:
    made = sample()
    assert set(made) == set(NAMES)
    assert all(set(loan) == set(LOAN_NAMES) for loan in made[LOANS])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{{ 原告名陈 }}", "unknown"),
        ("{% for 借款 in 各笔借款 %}{{ 借款.借居号 }}{% endfor %}", "unknown"),
        ("{% for x in 各笔借款 %}{{ x['别的'] }}{% endfor %}", "unknown"),
        ("{{ 原告名称", "syntax"),
        ("{% for 项 in 证据 %}", "syntax"),
        ("{{ 原告名称|attr('upper') }}", "syntax"),
        ("{{ 原告名称|safe }}", "syntax"),
        ("{% include '/etc/passwd' %}", "filling"),
        ("{% import '/etc/passwd' as x %}", "filling"),
    ],
)
def test_what_cannot_be_filled_says_why(text: str, code: str) -> None:
    assert refused(a_template(text)) == code


def test_an_unknown_placeholder_is_named_with_what_may_be_meant() -> None:
    with pytest.raises(Invalid) as error, Filler(a_template("{{ 原告名陈 }}{{ 别的 }}")):
        pass
    assert error.value.text.zh == "没有这些占位符：别的、原告名陈（是否为“原告名称”？）"


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ 原告名称.__class__ }}",
        "{{ 原告名称.format.__globals__ }}",
        "{{ '{0.__class__.__mro__}'.format(原告名称) }}",
        "{{ 诉讼请求.append('x') }}",
        "{{ self.__init__.__globals__ }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ lipsum.__globals__['os'].system('id') }}",
        "{{ range(10) }}",
        "{{ ().__class__.__base__.__subclasses__() }}",
        "{% set x = 各笔借款.__reduce__() %}{{ x }}",
        "{{ 原告名称['__class__'] }}",
    ],
)
def test_a_template_reaches_nothing_but_its_values(text: str) -> None:
    assert refused(a_template(text)) in {"unknown", "unsafe", "filling", "syntax"}


def test_a_format_string_does_not_look_into_objects() -> None:
    assert refused(a_template("{{ '{0.__class__}'.format(原告名称) }}")) == "unsafe"


@pytest.mark.parametrize(
    "text",
    [
        "{% for a in 'x' * 9999999 %}{% for b in 'x' * 9999999 %}{% endfor %}{% endfor %}",
        "{{ 'x' * 9999999999 }}",
        "{{ 9 ** (9 ** 9) }}",
        "{% for a in 'x' * 99999 %}{{ 'x' * 99999 }}{% endfor %}",
    ],
)
def test_a_template_that_never_ends_or_wants_all_memory_is_stopped(text: str) -> None:
    started = time.monotonic()
    with (
        pytest.raises(Invalid) as error,
        Filler(a_template(text), Limits(memory=700 * 1024**2, seconds=4), patience=6) as filler,
    ):
        filler.try_out()
    assert error.value.code == "template.too_costly"
    assert time.monotonic() - started < 20


def test_the_process_has_no_secret_in_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVIEWDESK_SECRET_KEY", "x" * 40)
    with Filler(a_template("{{ 法院 }}")) as filler:
        assert filler._process is not None
        environment = Path(f"/proc/{filler._process.pid}/environ").read_bytes()
    assert b"REVIEWDESK_SECRET_KEY" not in environment


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "document"),
        (b"%PDF-1.7", "document"),
        (b"PK\x03\x04 cut short", "document"),
        (bent(a_template("x"), {"word/vbaProject.bin": b"x"}), "macros"),
        (bent(a_template("x"), types=(b"document.main+xml", b"document.macroEnabled.main+xml")), "macros"),
        (bent(a_template("x"), {"word/activeX/activeX1.xml": b"<x/>"}), "macros"),
        (bent(a_template("x"), {"word/embeddings/oleObject1.bin": b"x"}), "embedded"),
        (bent(a_template("x"), {"word/afchunk.html": b"<b>x</b>"}), "embedded"),
        (related(b"attachedTemplate"), "outside"),
        (related(b"image"), "outside"),
        (related(b"aFChunk"), "embedded"),
        (in_body(b"<!DOCTYPE x [<!ENTITY a 'b'>]>"), "xml"),
        (in_body(DDE), "fields"),
        (bent(a_template("x"), {"../outside.xml": b"<x/>"}), "document"),
        (bent(a_template("x"), {f"word/p{number}.xml": b"<x/>" for number in range(500)}), "too_large"),
        (bent(a_template("x"), {"word/bomb.xml": b" " * (MOST_PART + 1)}), "too_large"),
        (bent(a_template("x"), {f"word/b{number}.xml": b" " * 9_000_000 for number in range(4)}), "too_large"),
    ],
)
def test_what_does_something_by_itself_or_unpacks_to_too_much_is_refused(content: bytes, code: str) -> None:
    assert refused(content) == code


def test_a_link_in_the_text_is_no_harm() -> None:
    checked(related(b"hyperlink"))


def test_a_part_that_lies_about_its_size_is_not_unpacked_whole() -> None:
    honest = bent(a_template("x"), {"word/bomb.xml": b" " * 4_000_000})
    with ZipFile(io.BytesIO(honest)) as packed:
        size = packed.getinfo("word/bomb.xml").file_size
    lying = honest.replace(size.to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert refused(lying) == "document"


def test_the_docs_name_every_placeholder() -> None:
    told = (Path(__file__).parents[2] / "docs" / "complaint.md").read_text()
    for name, meaning in {**NAMES, **LOAN_NAMES}.items():
        assert f"| `{{{{ {name} }}}}` | {meaning.en} |" in told
