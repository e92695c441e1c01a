"""The mapping page: questions asked once, columns taken apart, left out and joined, sheets without numbers or IDs."""

import re
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient

from reviewdesk.actor import system
from reviewdesk.db import unit_of_work
from reviewdesk.intake.mapping import Mapping
from reviewdesk.intake.models import SavedMapping
from tests.builders import Bench, Org, csrf
from tests.intake.sheets import HEADERS, accounts, write
from tests.intake.test_views import fields_of, upload


def sent(page: str) -> dict[str, str]:
    """What a browser would send of the form, its chosen radios too."""
    chosen = re.findall(r'<input type="radio" name="([^"]+)"[^>]*value="([^"]*)" checked>', page)
    fields = {name: value for name, value in fields_of(page).items() if not name.startswith(("answer-", "without-"))}
    return fields | dict(chosen)


def confirm(client: FlaskClient, place: str, **changes: str) -> Any:
    return client.post(place, data=sent(client.get(place).text) | changes | {"action": "confirm"})


def preview(client: FlaskClient, place: str, **changes: str) -> str:
    return client.post(place, data=sent(client.get(place).text) | changes | {"action": "preview"}).text


def facts(org: Org, what: str) -> list[Any]:
    with unit_of_work(system(org.org_id)) as work:
        return list(work.execute("SELECT facts ->> :what FROM case_files ORDER BY case_id", what=what).scalars())


def saved(org: Org) -> list[Mapping]:
    with unit_of_work(system(org.org_id)) as work:
        rows = work.session.query(SavedMapping).order_by(SavedMapping.created_at).all()
        return [Mapping.from_json(row.body) for row in rows]


def sheet(path: Path, prefix: str, more: dict[str, Any], *, without: tuple[str, ...] = (), count: int = 2) -> Path:
    headers = (*(name for name in HEADERS if name not in without), *more)
    return write(path, [row | more for row in accounts(count, prefix)], headers=headers)


def test_a_question_is_asked_once_and_its_answer_kept(
    bench: Bench, org: Org, client: FlaskClient, prefix: str, tmp_path: Path
) -> None:
    place = upload(client, sheet(tmp_path / "a.xlsx", prefix, {"年利率": 1})).location
    page = client.get(place).text
    assert "「年利率」里的利率可以有几种读法" in page
    assert "1 → 年利率 1%" in page.replace("\n", "")
    refused = confirm(client, place)
    assert (refused.status_code, "请说明「年利率」怎样读" in refused.text) == (422, True)
    assert "都已说明" in preview(client, place, **{"answer-9": "year:percent"})
    assert confirm(client, place, **{"answer-9": "year:percent"}).status_code == 302
    bench.run_jobs(org)
    assert facts(org, "annual_rate") == ["0.01", "0.01"]
    again = upload(client, sheet(tmp_path / "b.xlsx", prefix + "B", {"年利率": 1})).location
    assert not again.endswith("/mapping")
    bench.run_jobs(org)
    assert facts(org, "annual_rate") == ["0.01"] * 4
    assert [one.rule_of("annual_rate").reading for one in saved(org)] == ["percent"]  # type: ignore[union-attr]


def test_who_does_not_know_gets_errors_and_is_asked_again(
    bench: Bench, org: Org, client: FlaskClient, prefix: str, tmp_path: Path
) -> None:
    place = upload(client, sheet(tmp_path / "a.xlsx", prefix, {"首次逾期日": "01/02/2024"})).location
    assert confirm(client, place, **{"answer-9": "unsure"}).status_code == 302
    bench.run_jobs(org)
    assert facts(org, "first_overdue_on") == []
    assert "日和月的先后不明" in client.get(f"/batches/{batch_of_place(place)}").text
    again = upload(client, sheet(tmp_path / "b.xlsx", prefix + "B", {"首次逾期日": "01/02/2024"})).location
    assert again.endswith("/mapping")
    assert "待回答 1" in client.get(again).text


def batch_of_place(place: str) -> str:
    return place.split("/")[2]


def test_a_saved_answer_does_not_cover_a_new_doubt(
    bench: Bench, org: Org, client: FlaskClient, prefix: str, tmp_path: Path
) -> None:
    first = upload(client, sheet(tmp_path / "a.xlsx", prefix, {"首次逾期日": "2024-01-02"})).location
    assert confirm(client, first).status_code == 302
    again = upload(client, sheet(tmp_path / "b.xlsx", prefix + "B", {"首次逾期日": "01/02/2024"})).location
    assert again.endswith("/mapping")


def test_a_column_is_taken_apart_and_another_left_out(
    bench: Bench, org: Org, client: FlaskClient, prefix: str, tmp_path: Path
) -> None:
    more = {"备用": "消费贷;24%", "内部代号": "X1", "借款起止日期": "2024-03-01至2025-03-01"}
    place = upload(client, sheet(tmp_path / "a.xlsx", prefix, more, without=("放款日期",))).location
    page = client.get(place).text
    assert "一列多项" in page
    opened = preview(client, place, **{"field-8": "+", "field-9": "-"})
    assert 'name="split-8"' in opened
    choices = {"field-8": "+", "split-8": ";", "parts-8": "2", "part-8_0": "product", "part-8_1": "annual_rate"}
    assert confirm(client, place, **choices, **{"field-9": "-"}).status_code == 302
    bench.run_jobs(org)
    assert facts(org, "product") == ["消费贷"] * 2
    assert facts(org, "annual_rate") == ["0.24"] * 2
    assert facts(org, "due_on") == ["2025-03-01"] * 2
    assert facts(org, "extra") == [None, None]
    again = upload(client, sheet(tmp_path / "b.xlsx", prefix + "B", more, without=("放款日期",))).location
    assert not again.endswith("/mapping")
    (kept,) = saved(org)
    assert [(rule.header, rule.split, rule.drop) for rule in kept.rules if rule.split or rule.drop] == [
        ("备用", ";", False),
        ("内部代号", None, True),
        ("借款起止日期", "dates", False),
    ]


def test_a_sheet_without_numbers_and_ids_is_loaded_with_a_persons_word(
    bench: Bench, org: Org, client: FlaskClient, prefix: str, tmp_path: Path
) -> None:
    place = upload(client, sheet(tmp_path / "a.xlsx", prefix, {}, without=("借据号", "身份证号"))).location
    page = client.get(place).text
    assert "由手机号＋放款日期＋欠款总额合成" in page
    refused = confirm(client, place)
    assert (refused.status_code, "还缺必填项：身份证号" in refused.text) == (422, True)
    assert confirm(client, place, **{"without-id_no": "1"}).status_code == 302
    bench.run_jobs(org)
    with unit_of_work(system(org.org_id)) as work:
        numbers = list(work.execute("SELECT account_no FROM cases").scalars())
    assert len(set(numbers)) == 2
    assert all(number.startswith("K-") for number in numbers)
    (kept,) = saved(org)
    assert (kept.key, kept.lacks) == (("mobile", "disbursed_on", "total_claimed"), ("id_no",))


def test_accounts_whose_numbers_are_made_are_known_again(
    bench: Bench, org: Org, client: FlaskClient, prefix: str, tmp_path: Path
) -> None:
    first = upload(client, sheet(tmp_path / "a.xlsx", prefix, {}, without=("借据号",))).location
    assert confirm(client, first).status_code == 302
    bench.run_jobs(org)
    later = upload(client, sheet(tmp_path / "b.xlsx", prefix, {}, without=("借据号",), count=3)).location
    bench.run_jobs(org)
    page = client.get(later).text
    assert "借据已有案件" in page
    assert len(facts(org, "principal")) == 3


def test_rows_are_counted_where_a_person_says_so(
    bench: Bench, org: Org, client: FlaskClient, prefix: str, tmp_path: Path
) -> None:
    place = upload(client, sheet(tmp_path / "a.xlsx", prefix, {}, without=("借据号",))).location
    assert "下次上传时认不出" in preview(client, place, key="row")
    assert confirm(client, place, key="row").status_code == 302
    bench.run_jobs(org)
    with unit_of_work(system(org.org_id)) as work:
        numbers = list(work.execute("SELECT account_no FROM cases ORDER BY row").scalars())
    assert [number.rpartition("-")[2] for number in numbers] == ["2", "3"]


def test_two_columns_make_one_address(bench: Bench, org: Org, client: FlaskClient, prefix: str, tmp_path: Path) -> None:
    more = {"户籍省": "浙江省", "户籍市": "杭州市", "户籍详细地址": "西湖区文三路1号"}
    place = upload(client, sheet(tmp_path / "a.xlsx", prefix, more)).location
    page = client.get(place).text
    assert page.count('<option value="id_address" selected>') == 3
    assert "文三路" not in page
    assert confirm(client, place).status_code == 302


def test_a_person_sees_first_what_needs_one(
    bench: Bench, org: Org, client: FlaskClient, prefix: str, tmp_path: Path
) -> None:
    more = {"年利率": 1, "紧急联系人": "王某", "内部代号": "X1"}
    place = upload(client, sheet(tmp_path / "a.xlsx", prefix, more, without=("借据号", "身份证号"))).location
    page = client.get(place).text
    needs, settled = page[page.index('id="needs"') : page.index('id="settled"')], page[page.index('id="settled"') :]
    assert [one in needs for one in ("fill-id_no", "answer-", 'id="col-key"', 'id="third"')] == [True] * 4
    assert ("内部代号" in settled, "紧急联系人" in settled) == (True, False)
    assert "还有 3 处需要您" in page
    column = re.search(r'<option value="(\d+)">\w+ 内部代号', needs)
    assert column is not None
    found = preview(client, place, **{"fill-id_no": column[1], "seen": "key"})
    assert fields_of(found)[f"field-{column[1]}"] == "id_no"
    assert "fill-id_no" not in found
    answered = preview(client, place, **{"fill-id_no": column[1], "seen": "key", "answer-7": "year:percent"})
    assert "年利率" in answered[answered.index('id="needs"') : answered.index('id="settled"')]


def test_a_sheet_with_a_header_only_is_told(client: FlaskClient, tmp_path: Path) -> None:
    page = client.get(upload(client, write(tmp_path / "empty.xlsx", [])).location).text
    assert "这张表只有表头，没有一行数据" in page
    assert "没有可导入的行" in page
    assert "都清楚了" not in page


def test_units_are_named_in_the_readers_language(client: FlaskClient, prefix: str, tmp_path: Path) -> None:
    rows = [{**row, "本金(万元)": 3} for row in accounts(2, prefix)]
    place = upload(client, write(tmp_path / "a.xlsx", rows, headers=(*HEADERS, "本金(万元)"))).location
    page = client.get(place).text
    assert "金额，单位万元 → 30,000.00" in page
    client.post("/language", data={"csrf_token": csrf(page), "locale": "en", "next": "/"})
    page = client.get(place).text
    assert "Amount in 10,000 yuan → 30,000.00" in page
    assert '<option value="万元" selected>10,000 yuan</option>' in page


def test_a_page_that_is_out_of_date_leads_on(bench: Bench, org: Org, client: FlaskClient, tmp_path: Path) -> None:
    place = upload(client, sheet(tmp_path / "a.xlsx", f"HT{uuid4().hex[:8]}", {"五级分类": "可疑"})).location
    old = sent(client.get(place).text)
    assert client.post(place, data=old | {"action": "confirm"}).status_code == 302
    part = client.post(place, data=old | {"action": "preview"}, headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["HX-Redirect"]) == (204, place.removesuffix("/mapping"))
    assert "这一页已经过时" in client.get(part.headers["HX-Redirect"]).text
    assert client.post(place, data=old | {"action": "confirm"}).location == place.removesuffix("/mapping")
