"""When a decision waits for a second person, and who that person may not be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewdesk.review.approval import Bar, Circumstances, Involvement, Why, bars, grounds
from reviewdesk.review.states import Verb

LIMIT = 5_000_000


def why(verb=Verb.APPROVE, amount=100_00, **over):
    return set(grounds(Circumstances(verb=verb, amount=amount, amount_limit=LIMIT, **over)))


def test_a_clean_small_case_needs_one_person():
    assert why() == set()


def test_the_limit_itself_is_within_the_limit():
    assert why(amount=LIMIT) == set()
    assert why(amount=LIMIT + 1) == {Why.AMOUNT}


def test_an_unknown_amount_counts_as_above_the_limit():
    assert why(amount=None) == {Why.AMOUNT}


def test_approving_against_a_failed_check_waits():
    assert why(failed=["claim.sum"]) == {Why.FAILED_CHECK}


def test_expired_limitation_is_named_on_its_own():
    assert why(failed=["limitation.expired"]) == {Why.FAILED_CHECK, Why.EXPIRED}


@pytest.mark.parametrize("verb", [Verb.SETTLE, Verb.WITHDRAW])
def test_only_approval_goes_against_a_failed_check(verb):
    assert why(verb=verb, failed=["claim.sum"]) == set()


@pytest.mark.parametrize("verb", [Verb.APPROVE, Verb.SETTLE, Verb.WITHDRAW])
def test_every_final_choice_above_the_limit_waits(verb):
    assert Why.AMOUNT in why(verb=verb, amount=LIMIT + 1)


@pytest.mark.parametrize("verb", [Verb.ESCALATE, Verb.RETURN])
def test_what_settles_nothing_never_waits(verb):
    assert why(verb=verb, amount=None, failed=["limitation.expired"], beyond_authority=True) == set()


def test_a_reduction_beyond_the_authority_waits():
    assert why(verb=Verb.SETTLE, beyond_authority=True) == {Why.REDUCTION}


def barred(person="p", roles=("senior_reviewer",), imported=None, edited=None, proposed="q"):
    return set(bars(person, roles, Involvement(imported, edited, proposed)))


def test_an_uninvolved_senior_reviewer_may_confirm():
    assert barred() == set()


@pytest.mark.parametrize(
    ("involved", "bar"),
    [({"imported": "p"}, Bar.IMPORTED), ({"edited": "p"}, Bar.EDITED), ({"proposed": "p"}, Bar.PROPOSED)],
)
def test_whoever_had_a_hand_in_the_case_may_not_confirm(involved, bar):
    assert barred(**involved) == {bar}


def test_an_administrator_is_not_above_the_rule():
    assert barred(roles=("administrator",)) == {Bar.ROLE}
    assert barred(roles=("administrator", "senior_reviewer"), proposed="p") == {Bar.PROPOSED}


def test_nobody_in_particular_may_not_confirm():
    assert Bar.PROPOSED in barred(person=None)


roles = st.sets(st.sampled_from(["reviewer", "senior_reviewer", "uploader", "administrator", "compliance", "counsel"]))
people = st.sampled_from(["a", "b", "c"])


@given(people, roles, people, st.one_of(st.none(), people), people)
def test_the_second_person_is_always_another_one(person, held, imported, edited, proposed):
    if not bars(person, held, Involvement(imported, edited, proposed)):
        assert person not in (imported, edited, proposed)
        assert "senior_reviewer" in held
