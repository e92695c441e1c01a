"""A firm's own Word template: sent, tried, taken into use, in its packs, and nobody else's."""

import io
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest

from reviewdesk.errors import Invalid, NotFound
from reviewdesk.handover import complaint_templates as templates
from reviewdesk.handover import service as handover
from reviewdesk.handover.word.default import default_template
from reviewdesk.handover.word.names import sample
from reviewdesk.intake import spare
from tests.api.helpers import api_of
from tests.builders import Bench, Org, csrf
from tests.handover.test_pack import ID_NO, an_approved_case, pack_of
from tests.handover.test_service import entrustment_of
from tests.handover.test_suit_pack import approve
from tests.handover.word import a_template, text_of
from tests.review.test_suits import a_suit, loans

OWN = ("本所文书：{{ 原告名称 }}诉{{ 被告姓名 }}", "{%p for 借款 in 各笔借款 %}", "{{ 借款.案件号 }}", "{%p endfor %}")
"""A firm's own template; its words are nowhere in ours."""


def send(firm: Org, *paragraphs: str, name: str = "本所模板.docx") -> int:
    return templates.add(firm.counsel.actor, name, io.BytesIO(a_template(*(paragraphs or OWN)))).version


def entrusted(bench: Bench, firm: Org) -> tuple[Org, int]:
    org = bench.organisation()
    case_id = an_approved_case(bench, org, lender_name="甲消费金融有限公司", borrower_name="张三")
    handover.entrust(org.senior_reviewer.actor, firm.org_id, [case_id])
    handover.accept(firm.counsel.actor, entrustment_of(org, case_id))
    return org, case_id


def word_in(firm: Org) -> tuple[str, str]:
    """The Word complaint in the firm's pack, and what the pack says of its template."""
    with ZipFile(pack_of(firm.counsel, "received")) as pack:
        (name,) = (one for one in pack.namelist() if one.endswith("民事起诉状.docx"))
        told = dict(openpyxl.load_workbook(io.BytesIO(pack.read("案件表.xlsx")))["说明"].iter_rows(values_only=True))
        return text_of(pack.read(name)), told["民事起诉状（Word）的模板"]


def test_without_an_own_template_the_pack_has_ours(bench: Bench) -> None:
    firm = bench.firm()
    _org, case_id = entrusted(bench, firm)
    text, told = word_in(firm)
    for shown in ("甲消费金融有限公司", ID_NO, f"C-2026-{case_id:06d}", "8312.32", "8865.44", "约定12000.00元"):
        assert shown in text
    assert told == "内置模板"


def test_a_template_in_use_makes_the_packs_and_may_be_given_up(bench: Bench) -> None:
    firm = bench.firm()
    _org, case_id = entrusted(bench, firm)
    assert send(firm) == 1
    assert word_in(firm)[1] == "内置模板"
    templates.use(firm.counsel.actor, 1)
    text, told = word_in(firm)
    assert text.startswith("本所文书：甲消费金融有限公司诉")
    assert text.endswith(f"C-2026-{case_id:06d}")
    assert told == "本机构模板第1版"
    assert [event.new["template"] for event in bench.events(firm, "handover:export:make")] == [None, 1]
    templates.use(firm.counsel.actor, None)
    templates.use(firm.counsel.actor, None)
    assert word_in(firm)[1] == "内置模板"
    assert [(one.old, one.new) for one in bench.events(firm, "handover:template:use")] == [
        ({"template": None}, {"template": 1}),
        ({"template": 1}, {"template": None}),
    ]
    (added,) = bench.events(firm, "handover:template:add")
    assert (added.new["template"], added.new["name"]) == (1, "本所模板.docx")


def test_a_template_stays_when_files_that_nothing_refers_to_are_deleted(bench: Bench) -> None:
    firm = bench.firm()
    version = send(firm)
    bench.age_files(firm)
    assert spare.sweep(firm.org_id) == 0
    content, name = templates.file(firm.counsel.actor, version)
    assert text_of(content).startswith("本所文书：")
    assert name == "本所模板.docx"


def test_versions_follow_each_other_and_one_is_in_use(bench: Bench) -> None:
    firm = bench.firm()
    assert [send(firm), send(firm, "{{ 法院 }}"), send(firm, "{{ 案由 }}")] == [1, 2, 3]
    for version in (3, 2):
        templates.use(firm.counsel.actor, version)
    shelf = templates.shelf(firm.counsel.actor)
    assert [(one.version, one.in_use) for one in shelf.versions] == [(3, False), (2, True), (1, False)]
    assert text_of(templates.preview(firm.counsel.actor, 2)[0]) == "佛山市南海区人民法院"
    assert templates.file(firm.counsel.actor, 2)[0][:2] == b"PK"
    with pytest.raises(NotFound):
        templates.use(firm.counsel.actor, 4)
    for version in (4, 2**31):
        with pytest.raises(NotFound):
            templates.file(firm.counsel.actor, version)


def test_a_suit_is_one_word_document_over_its_loans(bench: Bench) -> None:
    org, firm = bench.organisation(), bench.firm()
    cases = loans(bench, org)
    a_suit(org, cases)
    approve(org, cases)
    handover.entrust(org.senior_reviewer.actor, firm.org_id, cases)
    handover.accept(firm.counsel.actor, entrustment_of(org, cases[0]))
    text, _told = word_in(firm)
    assert "标的总额：17730.88元（2笔借款" in text
    assert all(f"C-2026-{case_id:06d}" in text for case_id in cases)


def test_a_template_that_fails_for_a_case_gives_way_to_ours_and_the_pack_says_so(bench: Bench) -> None:
    firm = bench.firm()
    entrusted(bench, firm)
    failing = "{% if 原告名称 == '甲消费金融有限公司' %}{{ 原告名称 // 2 }}{% endif %}"
    templates.use(firm.counsel.actor, send(firm, failing))
    text, told = word_in(firm)
    assert "对纠纷解决方式的意愿" in text
    assert told.startswith("内置模板（本机构模板第1版无法使用：")


def test_what_is_refused_is_not_kept(bench: Bench) -> None:
    firm = bench.firm()
    for paragraphs in (("{{ 没有的 }}",), ("{{ ''.__class__ }}",)):
        with pytest.raises(Invalid):
            send(firm, *paragraphs)
    with pytest.raises(Invalid) as error:
        templates.add(firm.counsel.actor, "大.docx", io.BytesIO(b"x" * (templates.MOST_BYTES + 1)))
    assert error.value.code == "template.too_large"
    assert templates.shelf(firm.counsel.actor).versions == []


def test_no_other_firm_sees_uses_or_gets_it(bench: Bench) -> None:
    firm, other = bench.firm(), bench.firm("另一律师事务所")
    templates.use(firm.counsel.actor, send(firm))
    assert templates.shelf(other.counsel.actor).versions == []
    for act in (lambda: templates.file(other.counsel.actor, 1), lambda: templates.use(other.counsel.actor, 1)):
        with pytest.raises(NotFound):
            act()
    entrusted(bench, other)
    assert word_in(other)[1] == "内置模板"
    assert send(other) == 1
    assert api_of(bench, other.counsel).get("complaint-template")["in_use"] is None


def test_the_page_sends_shows_tries_uses_and_goes_back(bench: Bench) -> None:
    firm = bench.firm()
    client = bench.client(firm.counsel)
    page = client.get("/complaint-template").get_data(as_text=True)
    assert "内置模板" in page
    assert "{{ 借款.主张本金 }}" in page
    token = csrf(page)

    def post(path: str, **form: Any) -> str:
        sent = client.post(path, data={"csrf_token": token, **form}, follow_redirects=True)
        return str(sent.get_data(as_text=True))

    assert "已保存为第 1 版" in post("/complaint-template", file=(io.BytesIO(a_template(*OWN)), "模板.docx"))
    assert "没有这些占位符：没有的" in post(
        "/complaint-template", file=(io.BytesIO(a_template("{{ 没有的 }}")), "x.docx")
    )
    preview = client.get("/complaint-template/preview.docx?version=1")
    assert text_of(preview.data).startswith("本所文书：示例消费金融有限公司诉张示例")
    assert client.get("/complaint-template/file.docx").data == default_template()
    assert "已启用第 1 版" in post("/complaint-template/use", version="1")
    assert "已改用内置模板" in post("/complaint-template/use", version="")
    assert client.get("/complaint-template/file.docx?version=9").status_code == 404
    assert client.get("/complaint-template/preview.docx?version=x").status_code == 422
    assert "起诉状的 Word 模板" in client.get("/entrustments").get_data(as_text=True)


def test_the_api_sends_lists_and_uses(bench: Bench) -> None:
    firm = bench.firm()
    api = api_of(bench, firm.counsel)
    sent = api.call("POST", "complaint-template", data={"file": (io.BytesIO(a_template(*OWN)), "a.docx")})
    assert (sent.status_code, sent.get_json()["placeholders"]) == (201, ["原告名称", "各笔借款", "被告姓名"])
    assert api.post("complaint-template/use", {"version": 1}, 200)["in_use"] == 1
    told = api.get("complaint-template")
    assert (told["items"][0]["by"], set(told["names"])) == (firm.counsel.name, set(sample()))
    assert text_of(api.call("GET", "complaint-template/1/preview.docx").data).startswith("本所文书")
    assert api.call("GET", "complaint-template/built-in.docx").data == default_template()
    wrong = {"file": (io.BytesIO(b"no"), "a.docx")}
    assert api.problem("POST", "complaint-template", 422, data=wrong)["code"] == "template.document"
    assert api.post("complaint-template/use", {"version": None}, 200)["in_use"] is None


def test_who_may(bench: Bench) -> None:
    org, firm = bench.organisation(), bench.firm()
    for someone in (org.senior_reviewer, firm.compliance, firm.administrator):
        assert bench.client(someone).get("/complaint-template").status_code == 403
        api_of(bench, someone).problem("GET", "complaint-template", 403)
