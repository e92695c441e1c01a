"""Policies through the API: drafted, changed, tried, put forward and approved by somebody else, with every refusal."""

import io
from typing import Any

import pytest

from reviewdesk.audit.policy import BUILT_IN
from reviewdesk.clock import today
from tests.api.helpers import Api, api_of
from tests.audit.test_service import a_batch, run
from tests.audit.test_versions import STUDENT_INFORMS, drafted, tried, version
from tests.builders import Bench, Org

WHY = "按新公布的数值更新"


@pytest.fixture
def senior(bench: Bench, org: Org) -> Api:
    return api_of(bench, org.senior_reviewer)


def begin(api: Api, **over: Any) -> Any:
    return api.post("policies", {"base": BUILT_IN, "reason": WHY, "effective_from": today().isoformat(), **over}, 201)


def change(api: Api, draft: Any, **values: Any) -> Any:
    changes = [{"path": path, "value": value} for path, value in values.items()]
    answer = api.call("PATCH", f"policies/{draft['name']}/values", json={"edit": draft["edit"], "changes": changes})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()


def refused_change(api: Api, draft: Any, status: int, **values: Any) -> Any:
    given = {"edit": draft["edit"], "changes": [{"path": path, "value": value} for path, value in values.items()]}
    return api.problem("PATCH", f"policies/{draft['name']}/values", status, json=given)


def test_from_draft_to_approval_by_a_second_person(bench: Bench, org: Org, senior: Api) -> None:
    batch_id, (case_id, _sound) = a_batch(bench, org, {"facts": {"deceased": True}}, {})
    run(bench, org, batch_id)
    compliance = api_of(bench, org.compliance)
    draft = begin(senior)
    where = f"policies/{draft['name']}"
    assert (draft["state"], draft["edit"], draft["hands"]) == ("draft", 1, [str(org.senior_reviewer.person_id)])
    rule = {"edit": 1, "severity": "warn", "reason": "由人工核对"}
    done = senior.call("PATCH", f"{where}/checks/capacity.deceased", json=rule).get_json()
    assert done["edit"] == 2
    assert {(one["before"]["en"], one["after"]["en"]) for one in done["items"]} == {
        ("blocks", "warns"),
        ("—", "由人工核对"),
    }
    begun = senior.post(f"{where}/dry-runs", {"batch": str(batch_id)}, 202)
    bench.run_jobs(org)
    found = compliance.get(f"{where}/dry-runs/{begun['dry_run_id']}")
    (one,) = found["changed"]
    assert (one["case_id"], one["earlier"], one["later"]) == (case_id, "blocked", "attention")
    assert {"check": "capacity.deceased", "earlier": "fail", "later": "warn"} in one["checks"]
    put = senior.post(f"{where}/propose", {"edit": 2, "dry_run": begun["dry_run_id"]}, 200)
    assert (put["state"], put["dry_run_id"]) == ("proposed", begun["dry_run_id"])
    back = compliance.post(f"{where}/send-back", {"reason": "请补充依据"}, 200)
    assert (back["state"], back["dry_run_id"]) == ("draft", None)
    senior.post(f"{where}/propose", {"edit": back["edit"], "dry_run": begun["dry_run_id"]}, 200)
    held = compliance.post(f"{where}/approve", {"dry_run": begun["dry_run_id"]}, 200)
    assert (held["state"], held["in_force"], held["approved_by"]) == ("approved", True, org.compliance.name)
    again = compliance.problem("POST", f"{where}/approve", 409, json={"dry_run": begun["dry_run_id"]})
    assert again["code"] == "policy.state"
    assert compliance.post(f"{where}/retire", {"reason": "有误"}, 200)["in_force"] is False
    steps = [event.action.rpartition(":")[2] for event in bench.events(org) if event.action.startswith("audit:policy:")]
    assert steps == [
        *("draft", "edit", "dry_run", "finish_dry_run", "propose", "send_back", "propose", "approve", "retire"),
    ]


def test_who_may_do_what(bench: Bench, org: Org, senior: Api) -> None:
    draft = begin(senior)
    where = f"policies/{draft['name']}"
    for role in ("reviewer", "uploader"):
        api = api_of(bench, org.people[role])
        assert api.problem("POST", "policies", 403, json={"base": BUILT_IN, "reason": WHY})["code"] == "role_needed"
        refused_change(api, draft, 403, **{"parameters/elderly_age/value": "66"})
        assert api.get(where)["state"] == "draft"
    nothing = {"dry_run": "00000000-0000-0000-0000-000000000001"}
    assert senior.problem("POST", f"{where}/approve", 403, json=nothing)["code"] == "role_needed"
    other = api_of(bench, bench.organisation().senior_reviewer)
    assert other.problem("GET", where, 404)["code"] == "policy.unknown"
    refused_change(other, draft, 404, **{"parameters/elderly_age/value": "66"})


def test_nobody_approves_what_they_had_a_hand_in(bench: Bench, org: Org, senior: Api) -> None:
    name = drafted(org, STUDENT_INFORMS)
    compliance = api_of(bench, org.compliance)
    done = change(compliance, compliance.get(f"policies/{name}"), **{"parameters/elderly_age/value": 66})
    assert done["edit"] == version(org, name).edit
    dry_run = {"dry_run": str(tried(bench, org, name, {"last": 5}).dry_run_id)}
    senior.post(f"policies/{name}/propose", {"edit": done["edit"], **dry_run}, 200)
    assert compliance.problem("POST", f"policies/{name}/approve", 403, json=dry_run)["code"] == "policy.own_draft"
    assert [one.outcome for one in bench.events(org, "audit:policy:approve")] == ["refused"]
    second = api_of(bench, bench.person(org, "compliance"))
    assert second.post(f"policies/{name}/approve", dry_run, 200)["state"] == "approved"
    late = refused_change(senior, {"name": name, "edit": version(org, name).edit}, 409, **{"title/zh": "改"})
    assert late["code"] == "policy.state"


def test_the_same_request_again_changes_nothing(bench: Bench, org: Org, senior: Api) -> None:
    given, key = {"base": BUILT_IN, "reason": WHY}, {"Idempotency-Key": "draft-1"}
    first = senior.post("policies", given, 201, headers=key)
    assert senior.post("policies", given, 201, headers=key) == first
    other = senior.problem("POST", "policies", 409, json=given | {"reason": "另一理由"}, headers=key)
    assert other["code"] == "idempotency.reused"
    assert len(bench.events(org, "audit:policy:draft")) == 1
    where = f"policies/{first['name']}/dry-runs"
    begun = [senior.post(where, {"last": 3}, 202, headers=key)["dry_run_id"] for _ in range(2)]
    assert begun[0] == begun[1]
    assert len(senior.get(where)["items"]) == 1


def test_who_read_an_older_draft_changes_nothing(senior: Api) -> None:
    draft = begin(senior)
    change(senior, draft, **{"parameters/elderly_age/value": "66"})
    late = refused_change(senior, draft, 409, **{"parameters/elderly_age/value": "67"})
    assert late["code"] == "policy.stale"
    assert senior.get(f"policies/{draft['name']}")["body"]["parameters"]["elderly_age"]["value"] == "66"


def test_values_are_listed_with_type_unit_and_bounds_and_changed_by_path(senior: Api) -> None:
    draft = begin(senior)
    where = f"policies/{draft['name']}/values"
    listed = {one["path"]: one for one in senior.get(where)["items"]}
    age = listed["parameters/elderly_age/value"]
    assert (age["kind"], age["bounds"]["unit"], age["where"]["zh"].endswith("› 值")) == ("decimal", "years", True)
    assert listed["set_off/order"]["options"] == ["fees", "interest", "compound", "penalty", "principal"]
    assert {one["section"] for one in senior.get(f"{where}?section=wages")["items"]} == {"wages"}
    assert senior.problem("GET", f"{where}?section=none", 422)["code"] == "policy.section"
    done = change(
        senior,
        draft,
        **{
            "parameters/lawyer_fee/value": "3000",
            "parameters/lawyer_fee/cites": "本所收费标准",
            "caps/2/rate": "20%",
            "wages/0/yuan": "120000.50",
            "set_off/order": ["principal", "interest", "compound", "penalty", "fees"],
            "effective_from": "2026-12-31",
        },
    )
    assert len(done["items"]) == 6
    now = {one["path"]: one["value"] for one in senior.get(where)["items"]}
    assert (now["caps/2/rate"], now["wages/0/yuan"], now["effective_from"]) == ("0.2", "120000.50", "2026-12-31")
    assert senior.get(f"policies/{draft['name']}")["effective_from"] == "2026-12-31"


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("parameters/elderly_age/value", "sixty", "a number is expected"),
        ("parameters/elderly_age/value", "66.5", "must be whole years"),
        ("parameters/elderly_age/value", 900, "outside the permitted"),
        ("parameters/elderly_age/value", None, "a value is needed"),
        ("parameters/elderly_age/cites", "", "at least 2 characters"),
        ("checks/capacity.student/enabled", "no", "true or false"),
        ("checks/capacity.student/enabled", False, "give the reason"),
        ("checks/capacity.student/severity", "severe", "one of fail, warn, info"),
        ("lpr/confirmed_to", "2026-13-01", "a day such as"),
        ("wages/0/yuan", "1.005", "two decimals"),
        ("caps/0/lender_kinds", ["pawnshop"], "one of bank"),
        ("parameters/unknown/value", 1, "no value at"),
    ],
)
def test_what_cannot_be_stored_is_named_with_its_path(senior: Api, path: str, value: Any, said: str) -> None:
    draft = begin(senior)
    refused = refused_change(senior, draft, 422, **{path: value, "title/zh": "新名"})
    (error,) = refused["errors"]
    assert path.rpartition("/")[0] in error["field"]
    assert said in error["message"]["en"]
    assert error["message"]["zh"] != error["message"]["en"]
    assert senior.get(f"policies/{draft['name']}")["edit"] == 1


def test_several_wrong_values_are_all_named(senior: Api) -> None:
    draft = begin(senior)
    wrong = {"parameters/elderly_age/value": "x", "wages/0/yuan": "y"}
    assert {one["field"] for one in refused_change(senior, draft, 422, **wrong)["errors"]} == set(wrong)


def test_rows_of_dated_tables_come_as_json(senior: Api) -> None:
    draft = begin(senior)
    where = f"policies/{draft['name']}/tables/lpr-values"
    before = senior.get(where)["rows"]
    new = {"from": "2027-01-20", "rate": "2.9%", "verified": True}
    done = senior.post(where, {"edit": 1, "rows": [new, before[0]]}, 200)
    assert (done["added"], done["replaced"], done["removed"], done["edit"]) == (1, 1, 0, 2)
    assert senior.get(where)["rows"] == [*before, {"from": "2027-01-20", "rate": "0.029", "verified": True}]
    assert senior.get(f"policies/{draft['name']}")["body"]["lpr"]["confirmed_to"] == "2027-01-20"
    wrong = [{"from": "2027-02-20"}, {"from": "x", "rate": "0.03"}]
    refused = senior.problem("POST", where, 422, json={"edit": 2, "rows": wrong})
    assert [one["field"] for one in refused["errors"]] == ["rows/1/rate", "rows/2/from"]
    strange = senior.problem("POST", where, 422, json={"edit": 2, "rows": [{"since": "2027-02-20"}]})
    assert strange["errors"][0]["field"] == "rows/1/since"
    twice = senior.problem("POST", where, 422, json={"edit": 2, "rows": [new, new]})
    assert "the same as row 1" in twice["errors"][0]["message"]["en"]
    assert senior.problem("POST", where, 409, json={"edit": 1, "rows": [new]})["code"] == "policy.stale"
    assert senior.problem("GET", f"policies/{draft['name']}/tables/none", 404)["code"] == "policy.table"


def test_a_table_goes_out_as_csv_and_comes_back_as_a_file(bench: Bench, org: Org, senior: Api) -> None:
    draft = begin(senior)
    where = f"policies/{draft['name']}/tables/holidays"
    text = "日期,上班,依据\n2027-01-01,否,国务院办公厅通知\n2027-01-03,是,\n"

    def send(edit: int, text: str, **more: str) -> Any:
        file = (io.BytesIO(text.encode()), "holidays.csv")
        return senior.call("POST", f"{where}/file", data={"file": file, "edit": str(edit), **more})

    done = send(1, text, cites="国办发明电").get_json()
    assert (done["added"], done["edit"]) == (2, 2)
    out = senior.call("GET", where, headers={"Accept": "text/csv"}).get_data(as_text=True)
    assert "2027-01-03,是,国办发明电,否" in out
    assert [event.new["table"] for event in bench.events(org, "audit:policy:download")] == ["holidays"]
    done = send(2, "日期,依据\n2027-01-01,国务院办公厅\n", replace="true").get_json()
    assert (done["added"], done["replaced"], done["removed"]) == (0, 1, 1)
    assert [row["day"] for row in senior.get(where)["rows"]] == ["2027-01-01"]
    assert send(3, "日期\n2027-02-30\n").get_json()["errors"][0]["field"] == "rows/2/day"
    assert send(9, text, cites="国办发明电").status_code == 409
    assert senior.problem(
        "POST", f"{where}/file", 422, data={"edit": "3", "x": "1"}, content_type="multipart/form-data"
    )
