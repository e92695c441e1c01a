"""Findings at rest."""

import zlib

import orjson
import pytest

from reviewdesk.audit.packing import compressor_with, dictionary, pack, unpack

ANSWERS = [["claim.sum", "pass", "", {}], ["rate.claim_cap", "fail", "above", {"cap": 499068, "excess": 150932}]] * 30


def test_answers_come_back_as_they_went_in() -> None:
    assert unpack(pack(orjson.dumps(ANSWERS))) == ANSWERS
    assert unpack(pack(b"[]")) == []


def test_they_lie_small() -> None:
    written = orjson.dumps(ANSWERS)
    assert len(pack(written)) < len(written) / 10


def test_runs_that_were_stored_deflated_stay_readable() -> None:
    deflate = zlib.compressobj(1, zlib.DEFLATED, -14, 6, zdict=dictionary(1))
    assert unpack(b"\x01" + deflate.compress(orjson.dumps(ANSWERS)) + deflate.flush()) == ANSWERS


@pytest.mark.parametrize(("form", "number"), [(2, 1), (3, 2)])
def test_runs_that_were_stored_with_an_earlier_dictionary_stay_readable(form: int, number: int) -> None:
    assert unpack(bytes([form]) + compressor_with(dictionary(number)).compress(orjson.dumps(ANSWERS))) == ANSWERS


def test_a_form_of_a_later_version_is_refused() -> None:
    with pytest.raises(ValueError, match="form 9"):
        unpack(b"\x09...")
