"""How the tests themselves are spread over processes."""

from pathlib import Path

from tests.conftest import TOGETHER, InTurn

ROOT = Path(__file__).parents[2]


def test_what_belongs_together_is_there_and_goes_to_one_process() -> None:
    assert [place for place in TOGETHER if not (ROOT / place).exists()] == []
    scope_of = InTurn.__new__(InTurn)._split_scope
    journeys = {scope_of(f"tests/journeys/{name}.py::test_it") for name in ("test_road", "test_pages")}
    assert journeys == {"tests/journeys/"}
    assert scope_of("tests/audit/test_checks.py::test_it") == "tests/audit/test_checks.py::test_it"
