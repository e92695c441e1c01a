"""Skipped rows through the API: known accounts with their cases, and rows that are no accounts."""

from pathlib import Path
from uuid import uuid4

import pytest

from reviewdesk.intake.models import Batch
from tests.api.helpers import api_of
from tests.builders import Bench, Org
from tests.intake.test_known import case_of
from tests.intake.test_skipped import skipping


@pytest.fixture
def prefix() -> str:
    return f"HT{uuid4().hex[:10].upper()}"


@pytest.fixture
def batches(bench: Bench, org: Org, prefix: str, tmp_path: Path) -> tuple[Batch, Batch]:
    return skipping(bench, org, prefix, tmp_path)


def test_they_are_listed_page_by_page_with_their_cases(
    bench: Bench, org: Org, prefix: str, batches: tuple[Batch, Batch]
) -> None:
    first, batch = batches
    api = api_of(bench, org.reviewer)
    page = api.get(f"batches/{batch.batch_id}/skipped?limit=4")
    assert page["kinds"] == {"known": 3, "blank": 1, "total": 1, "note": 1}
    assert page["items"][0] == {
        "sheet": "明细",
        "file": None,
        "row": 2,
        "number": 2,
        "kind": "known",
        "account_no": f"{prefix}00000",
        "case": {
            "case_id": case_of(org, f"{prefix}00000").case_id,
            "number": case_of(org, f"{prefix}00000").number,
            "state": "in_review",
            "batch_id": str(first.batch_id),
            "batch": "first.xlsx",
        },
    }
    rest = api.get(f"batches/{batch.batch_id}/skipped?limit=4&cursor={page['next']}")
    assert [(one["row"], one["kind"], one["case"]) for one in rest["items"]] == [
        (7, "blank", None),
        (8, "total", None),
    ]
    assert rest["next"] is None
    known = api.get(f"batches/{batch.batch_id}/skipped?kind=known")
    assert [one["row"] for one in known["items"]] == [2, 3, 4]


def test_what_is_asked_wrongly_is_refused(bench: Bench, org: Org, batches: tuple[Batch, Batch]) -> None:
    path = f"batches/{batches[1].batch_id}/skipped"
    api_of(bench, org.uploader).problem("GET", f"{path}?kind=lost", 422)
    api_of(bench, org.uploader).problem("GET", f"{path}?cursor=x", 422)
    api_of(bench, bench.organisation().uploader).problem("GET", path, 404)
