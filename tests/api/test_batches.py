"""Sending workbooks in and following them through the API."""

import io
from typing import Any
from uuid import uuid4

import openpyxl
import pytest

from reviewdesk.journal.proof import prove
from reviewdesk.review import desk
from tests.api.helpers import Api, api_of
from tests.builders import Bench, Org

HEADERS = ("借据号", "姓名", "身份证号", "放款日期", "借款本金", "年利率", "欠款总额")


def workbook(*rows: tuple[Any, ...], headers: tuple[str, ...] = HEADERS) -> io.BytesIO:
    """A workbook with these rows under the header."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (headers, *rows):
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    return file


def row(account: str, id_no: str = "11010519491231002X", principal: object = 12000) -> tuple[Any, ...]:
    return (account, "张三丰", id_no, "2024-03-01", principal, "24%", 15000)


def upload(api: Api, file: io.BytesIO | None = None, **form: str) -> Any:
    given: dict[str, Any] = {"file": (file or workbook(row(uuid4().hex)), "十一月.xlsx"), "confirm": "auto", **form}
    return api.call("POST", "batches", data=given, content_type="multipart/form-data")


def load(bench: Bench, org: Org) -> None:
    """Run the jobs up to the import, and leave the audit."""
    bench.run_jobs(org, most=1)
    assert bench.failed_jobs(org) == []


def test_a_workbook_goes_in_and_its_batch_is_followed(bench: Bench, org: Org, api: Api) -> None:
    answer = upload(api, workbook(row("A-1"), row("A-2"), row("A-3", id_no="110105194912310021")))
    assert answer.status_code == 202
    location = answer.headers["Location"]
    batch = api.get(location)
    assert (batch["state"], batch["progress"]["state"]) == ("loading", "pending")
    load(bench, org)
    batch = api.get(location)
    assert batch["state"] == "auditing"
    counts = batch["counts"]
    assert counts["rows"] == counts["loaded"] + counts["rejected"] + counts["set_aside"]
    assert batch["totals"]["principal"] == f"{counts['loaded'] * 12000}.00"
    assert batch["uploaded_by"] == org.uploader.name
    assert (batch["mapping_version"], batch["sheet"]) == (1, "Sheet")
    assert api.get("batches")["items"][0]["batch_id"] == batch["batch_id"]


def test_the_whole_road_goes_over_the_api_and_its_journal_proves_it(bench: Bench, org: Org, api: Api) -> None:
    location = upload(api, workbook(row("A-1"), row("A-2"), row("A-3"))).headers["Location"]
    bench.run_jobs(org)
    assert bench.failed_jobs(org) == []
    batch = api.get(location)
    assert (batch["state"], batch["audited"]) == ("ready", 3)
    assert sum(batch["verdicts"].values()) == batch["counts"]["loaded"] == 3
    reviewer = api_of(bench, org.reviewer)
    for line in reviewer.get(f"cases?batch={batch['batch_id']}")["items"]:
        case = reviewer.get(f"cases/{line['case_id']}")
        assert case["findings"]
        assert case["sources"]["principal"]["cell"] == f"E{case['row']}"
        body = {"choice": "return", "reason": "缺放款凭证", "case_version": case["version"], "run_id": case["run_id"]}
        assert reviewer.post(f"cases/{line['case_id']}/decisions", body, status=201)["state"] == "effective"
    proof = prove(org.compliance.actor)
    assert proof.holds, proof.failures
    assert (proof.cases, proof.moves) == (3, 6)


def test_rejected_rows_say_what_is_wrong_and_how_to_mend_it(bench: Bench, org: Org, api: Api) -> None:
    bad = [row(f"B-{n}", principal="一万二千多") for n in range(3)]
    location = upload(api, workbook(row("A-1"), *bad)).headers["Location"]
    load(bench, org)
    first = api.get(f"{location}/errors?limit=2")
    assert [one["row"] for one in first["items"]] == [3, 4]
    assert first["codes"] == {"amount.unreadable": 3}
    (error,) = first["items"][0]["errors"]
    assert (error["field"], error["column"], error["code"]) == ("principal", "借款本金", "amount.unreadable")
    assert error["message"]["zh"]
    assert error["mend"]["en"]
    second = api.get(f"{location}/errors?limit=2&cursor={first['next']}")
    assert [one["row"] for one in second["items"]] == [5]
    assert second["next"] is None
    assert api.get(f"{location}/errors?code=none.such")["items"] == []
    assert api.problem("GET", f"{location}/errors?cursor=x", 422)["errors"][0]["field"] == "cursor"


def test_the_same_file_again_is_recognised(api: Api) -> None:
    file = workbook(row("A-1"))
    first = upload(api, io.BytesIO(file.getvalue())).get_json()
    again = upload(api, io.BytesIO(file.getvalue()))
    assert again.status_code == 409
    problem = again.get_json()
    assert problem["code"] == "batch.same_file"
    assert problem["details"]["batch_id"] == first["batch_id"]


def test_a_declared_number_that_differs_stops_the_import_with_both(bench: Bench, org: Org, api: Api) -> None:
    location = upload(api, declared_rows="5", declared_principal="12000.00").headers["Location"]
    load(bench, org)
    batch = api.get(location)
    assert batch["state"] == "stopped"
    assert batch["declared"] == {"rows": 5, "sums": {"principal": "12000.00"}}
    (difference,) = batch["problem"]["differences"]
    assert (difference["what"], difference["declared"], difference["found"]) == ("rows", 5, 1)


def test_a_mapping_may_come_with_the_file(bench: Bench, org: Org, api: Api) -> None:
    headers = ("编号X", *HEADERS[1:])
    location = upload(
        api, workbook(row("A-1"), headers=headers), mapping='{"columns": {"编号X": "account_no"}}', lender_kind="bank"
    ).headers["Location"]
    load(bench, org)
    batch = api.get(location)
    assert batch["counts"]["loaded"] == 1
    assert batch["mapping"]["constants"] == {"lender_kind": "bank"}


def test_a_batch_in_doubt_waits_for_its_mapping(bench: Bench, org: Org, api: Api) -> None:
    headers = ("编号X", *HEADERS[1:])
    batch = upload(api, workbook(row("A-1"), headers=headers)).get_json()
    assert batch["state"] == "mapping"
    path = f"batches/{batch['batch_id']}/mapping"
    problem = api.problem("POST", path, 422, json={"mapping": {"columns": {}}})
    assert problem["code"] == "mapping.incomplete"
    body = {"mapping": {"columns": {"编号X": "account_no"}}, "version": batch["version"], "declared": {"rows": 1}}
    assert api.post(path, body, status=202)["state"] == "loading"
    load(bench, org)
    assert api.get(f"batches/{batch['batch_id']}")["counts"]["loaded"] == 1
    other = {"mapping": {"columns": {"编号X": "contract_no", "姓名": "account_no"}}}
    assert api.problem("POST", path, 422, json=other)["code"].startswith("mapping.")
    stale = {"mapping": {"columns": {"编号X": "account_no", "欠款总额": None}}}
    assert api.problem("POST", path, 409, json=stale)["code"] == "batch.changed"


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"mapping": "{"}, "request.json"),
        ({"mapping": "[]"}, "mapping.format"),
        ({"declared_principal": "many"}, "declared.value"),
        ({"lender_kind": "pawnbroker"}, "mapping.constant"),
        ({"sheet": "nowhere"}, None),
        ({"confirm": "maybe"}, "request.invalid"),
    ],
)
def test_what_comes_with_a_file_is_checked(api: Api, form: dict[str, str], code: str | None) -> None:
    answer = upload(api, **form)
    assert answer.status_code in (400, 422), answer.get_data(as_text=True)
    assert code in (None, answer.get_json()["code"])
    assert api.get("batches")["items"] == []


def test_a_file_is_needed_and_must_be_one_that_can_be_read(api: Api) -> None:
    answer = api.call("POST", "batches", data={"confirm": "auto"}, content_type="multipart/form-data")
    assert (answer.status_code, answer.get_json()["code"]) == (422, "file.none")
    answer = upload(api, io.BytesIO(b"\x00\x01 no workbook"))
    assert answer.status_code == 422


def test_batches_are_listed_page_by_page(bench: Bench, org: Org, api: Api) -> None:
    batches = [str(bench.batch(org)) for _ in range(3)]
    first = api.get("batches?limit=2")
    second = api.get(f"batches?limit=2&cursor={first['next']}")
    assert [one["batch_id"] for one in [*first["items"], *second["items"]]] == batches[::-1]


def test_personal_values_are_masked_in_errors(bench: Bench, org: Org, api: Api) -> None:
    answer = upload(api, workbook(row("A-1"), row("A-2", id_no="11010519491231")))
    load(bench, org)
    text = api.call("GET", f"{answer.headers['Location']}/errors").get_data(as_text=True)
    assert "11010519491231" not in text
    assert "张三丰" not in text


def test_a_batch_is_taken_back_and_its_accounts_import_as_new(bench: Bench, org: Org, api: Api) -> None:
    location = upload(api, workbook(row("T-1"), row("T-2"))).headers["Location"]
    load(bench, org)
    bench.run_jobs(org)
    (first, *_rest) = api.get("cases?state=any")["items"]
    desk.comment(org.reviewer.actor, first["case_id"], "看过")
    assert api.post(f"{location}/take-back", {"reason": "列错位"}, status=202)["state"] == "taking_back"
    bench.run_jobs(org)
    taken = api.get(location)
    assert (taken["state"], taken["taken_back"]["reversed"]) == ("taken_back", 1)
    assert taken["taken_back"]["kept"] == {"commented": 1}
    (kept,) = api.get(f"{location}/kept")["items"]
    assert (kept["case_id"], kept["outcome"]) == (first["case_id"], "kept")
    assert kept["message"]["en"]
    assert api.problem("POST", f"{location}/take-back", 409, json={"reason": "again"})["code"] == "batch.state"


def test_known_accounts_are_skipped_or_updated_as_asked(bench: Bench, org: Org, api: Api) -> None:
    upload(api, workbook(row("K-1"), row("K-2")))
    bench.run_jobs(org)
    skipped = upload(api, workbook(row("K-1"), row("K-3")), again="skip").headers["Location"]
    bench.run_jobs(org)
    assert api.get(skipped)["counts"]["skipped"] == 1
    updated = upload(api, workbook(row("K-1", principal="9,999.99")), again="update").headers["Location"]
    bench.run_jobs(org)
    (change,) = api.get(f"{updated}/updates")["items"]
    assert change["new"]["principal"] == "9999.99"
    assert api.get(updated)["counts"]["updated"] == 1


def test_what_is_to_be_said_of_the_columns_is_told_and_sent_back(bench: Bench, org: Org, api: Api) -> None:
    cells = list(row("A1"))
    cells[HEADERS.index("年利率")] = 1
    batch = upload(api, workbook(tuple(cells))).get_json()
    assert batch["state"] == "mapping"
    path = f"batches/{batch['batch_id']}/mapping"
    told = api.call("GET", path).get_json()
    (question,) = told["questions"]
    assert (question["kind"], question["headers"], question["open"]) == ("rate", ["年利率"], True)
    chosen = question["options"][0]
    assert chosen["means"] == [{"cell": "1", "value": {"zh": "年利率 1%", "en": "1% a year"}}]
    answer = api.call("POST", path, json={"mapping": {"columns": chosen["columns"]}, "version": told["version"]})
    assert answer.status_code == 202
    load(bench, org)
    assert api.call("GET", f"batches/{batch['batch_id']}").get_json()["counts"]["loaded"] == 1
    assert api.call("GET", path).status_code == 409
