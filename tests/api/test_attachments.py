"""Evidence files through the API."""

import io
from typing import Any

from tests.api.helpers import api_of
from tests.builders import Bench

PDF = b"%PDF-1.7 proof "


def test_files_are_sent_placed_and_fetched(bench: Bench) -> None:
    org = bench.organisation()
    batch_id = bench.batch(org)
    case_id = bench.case(org, batch_id, facts={"account_no": "HT-API-1"})
    api = api_of(bench, org.uploader)
    parts = [
        (io.BytesIO(PDF + b"1"), "HT-API-1 合同.pdf"),
        (io.BytesIO(PDF + b"2"), "无号.pdf"),
        (io.BytesIO(b"MZ"), "x.pdf"),
    ]
    form = {"data": {"file": parts}, "content_type": "multipart/form-data"}
    got = api.post(f"batches/{batch_id}/attachments", status=202, **form)
    assert (got["state"], got["matched"], got["unmatched"], got["refused_count"]) == ("done", 1, 1, 1)
    assert [one["code"] for one in got["refused"]] == ["attachment.type"]
    came = api.get(f"evidence-uploads/{got['upload_id']}/attachments")["items"]
    assert [(one["case_id"], one["kind"], one["reason"]) for one in came] == [
        (case_id, "contract", None),
        (None, None, "no_account"),
    ]

    attachment_id = api.get(f"batches/{batch_id}/attachments")["items"][0]["attachment_id"]
    given = {"account_no": "HT-API-1"}
    assert api.post(f"attachments/{attachment_id}/account", given)["case_id"] == case_id
    api.problem("POST", f"attachments/{attachment_id}/account", 409, json=given)
    assert api.post(f"attachments/{attachment_id}/kind", {"kind": "ledger"})["kind"] == "ledger"
    api.problem("POST", f"attachments/{attachment_id}/kind", 422, json={"kind": "gossip"})
    assert len(api.get(f"cases/{case_id}/attachments")["items"]) == 2
    assert api.call("GET", f"cases/{case_id}/attachments/{attachment_id}/file").data == PDF + b"2"
    assert api.call("DELETE", f"attachments/{attachment_id}").status_code == 200
    api.problem("GET", f"cases/{case_id}/attachments/{attachment_id}/file", 404)


def test_a_file_is_sent_to_a_case_whatever_its_name_says(bench: Bench) -> None:
    org = bench.organisation()
    case_id = bench.audited_case(org)
    api = api_of(bench, org.reviewer)

    def form(content: bytes, **more: str) -> dict[str, Any]:
        return {"data": {"file": (io.BytesIO(content), "扫描件.pdf"), **more}, "content_type": "multipart/form-data"}

    (made,) = api.post(f"cases/{case_id}/attachments", status=201, **form(PDF + b"3", kind="contract"))["items"]
    assert (made["case_id"], made["kind"]) == (case_id, "contract")
    assert [one["sha256"] for one in api.get(f"cases/{case_id}/attachments")["items"]] == [made["sha256"]]
    (event,) = bench.events(org, "review:file:attach")
    assert (event.case_id, event.actor_id) == (case_id, org.reviewer.person_id)
    again = api.problem("POST", f"cases/{case_id}/attachments", 409, **form(PDF + b"3"))
    assert again["code"] == "attachment.known"
    assert api.problem("POST", f"cases/{case_id}/attachments", 422, **form(b"MZ"))["code"] == "attachment.type"
    wrong = api.problem("POST", f"cases/{case_id}/attachments", 422, **form(PDF + b"4", kind="gossip"))
    assert wrong["code"] == "attachment.kind"
    without = {"data": {"kind": ""}, "content_type": "multipart/form-data"}
    assert api.problem("POST", f"cases/{case_id}/attachments", 422, **without)["code"] == "file.none"
    api_of(bench, org.compliance).problem("POST", f"cases/{case_id}/attachments", 403, **form(PDF + b"5"))
    stranger = api_of(bench, bench.organisation().reviewer)
    stranger.problem("POST", f"cases/{case_id}/attachments", 404, **form(PDF + b"6"))
