"""Evidence files through the API."""

import io

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
    got = api.post(f"batches/{batch_id}/attachments", status=201, **form)
    assert [(one["case_id"], one["kind"]) for one in got["matched"]] == [(case_id, "contract")]
    assert [one["reason"] for one in got["unmatched"]] == ["no_account"]
    assert [one["code"] for one in got["refused"]] == ["attachment.type"]

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
