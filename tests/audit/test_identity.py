"""Identity numbers: the standards' own samples, and what a spreadsheet does to them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewdesk.identity import (
    Problem,
    age_on,
    credit_check_character,
    credit_code_problem,
    id_check_digit,
    mobile_problem,
    modern_id,
    passes_luhn,
    read_id,
)


@pytest.mark.parametrize(
    "number",
    [
        "11010519491231002X",
        "440524188001010014",
        "440305199003074576",
        "510107200612311237",
        "810000199408230021",
        "820000199506150019",
        "830000199201300022",
        "911840198407160011",
        "440106199003072349",
        "51010720040229001X",
        "11010519491231002x",
    ],
)
def test_sound_numbers(number: str) -> None:
    assert read_id(number).problem is None


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        ("110105194912310021", Problem.CHECK_DIGIT),
        ("11010519900230001X", Problem.BIRTH_DATE),
        ("440106199003072345", Problem.CHECK_DIGIT),
        ("44010619900307234", Problem.LENGTH),
        ("440106199003072000", Problem.PRECISION_LOST),
        ("4.40106E+17", Problem.LENGTH),
        ("44010619900307A349", Problem.CHARACTERS),
        ("440106********2349", Problem.CHARACTERS),
    ],
)
def test_what_is_wrong(number: str, problem: Problem) -> None:
    assert read_id(number).problem == problem


def test_what_a_number_tells() -> None:
    reading = read_id("440106199003072349")
    assert (reading.born, reading.male, reading.province) == (date(1990, 3, 7), False, "44")
    assert read_id("911840198407160011").province is None


def test_the_old_form_reads_as_the_modern_one() -> None:
    assert modern_id("110105491231002") == "11010519491231002X"
    reading = read_id("110105491231002")
    assert (reading.problem, reading.old, reading.born) == (None, True, date(1949, 12, 31))


@given(st.from_regex(r"[1-6][1-5][0-9]{4}19[0-9]{2}0[1-9]1[0-9][0-9]{3}", fullmatch=True), st.integers(0, 16))
def test_one_changed_digit_never_passes(body: str, place: int) -> None:
    number = body + id_check_digit(body)
    other = number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]
    assert read_id(number).problem is None
    assert read_id(other).problem is not None


def test_age_is_in_completed_years() -> None:
    assert age_on(date(2006, 6, 1), date(2024, 5, 31)) == 17
    assert age_on(date(2006, 6, 1), date(2024, 6, 1)) == 18
    assert age_on(date(2004, 2, 29), date(2022, 2, 28)) == 17
    assert age_on(date(2004, 2, 29), date(2022, 3, 1)) == 18


@pytest.mark.parametrize("code", ["91350100M000100Y43", "91440300MA5EXAMP0C"])
def test_sound_credit_codes(code: str) -> None:
    assert credit_code_problem(code) is None
    assert credit_check_character(code[:17]) == code[17]


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("91350100M000100Y44", Problem.CHECK_DIGIT),
        ("91350100M000100I43", Problem.CHARACTERS),
        ("350100100012345", Problem.LENGTH),
    ],
)
def test_unsound_credit_codes(code: str, problem: Problem) -> None:
    assert credit_code_problem(code) == problem


def test_luhn() -> None:
    assert passes_luhn("6222020000000007")
    assert passes_luhn("6217000000000000004")
    assert not passes_luhn("6222020000000008")
    assert not passes_luhn("622202")


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        ("13800138000", None),
        ("19912345678", None),
        ("12800138000", Problem.SEGMENT),
        ("14212345678", Problem.SEGMENT),
        ("1380013800", Problem.LENGTH),
        ("1380013800A", Problem.CHARACTERS),
    ],
)
def test_mobile_numbers(number: str, problem: Problem | None) -> None:
    assert mobile_problem(number) == problem
