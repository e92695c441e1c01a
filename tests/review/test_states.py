"""The table of moves: complete, unambiguous, and as the picture in the design shows it."""

import pytest

from reviewdesk.review import states
from reviewdesk.review.states import COUNSEL, DECISIONS, REVIEWER, SENIOR, SYSTEM, UPLOADER, Need, State, Verb

ROAD = [
    ("received", "in_review"),
    ("auditing", "in_review"),
    ("in_review", "approved"),
    ("approved", "entrusted"),
    ("entrusted", "filed"),
    ("filed", "closed"),
    ("in_review", "settled"),
    ("settled", "performing"),
    ("performing", "closed"),
    ("performing", "breached"),
    ("breached", "in_review"),
    ("in_review", "escalated"),
    ("escalated", "in_review"),
    ("in_review", "returned"),
    ("returned", "auditing"),
    ("in_review", "withdrawn"),
]


@pytest.mark.parametrize(("source", "target"), ROAD)
def test_the_road_of_the_design_is_open(source, target):
    assert (source, target) in states.moves()


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("received", "approved"),
        ("auditing", "approved"),
        ("returned", "approved"),
        ("withdrawn", "in_review"),
        ("closed", "in_review"),
        ("settled", "approved"),
        ("approved", "filed"),
        ("in_review", "entrusted"),
    ],
)
def test_no_move_skips_a_stage(source, target):
    assert (source, target) not in states.moves()


def test_every_state_can_be_reached_and_only_final_ones_cannot_be_left():
    entered = {move.target for move in states.TABLE} | {states.INITIAL}
    left = {move.source for move in states.TABLE}
    assert entered == set(State)
    assert set(State) - left == states.FINAL


def test_one_verb_from_one_state_leads_to_one_state():
    steps = [(move.source, move.verb) for move in states.TABLE]
    assert len(steps) == len(set(steps))


def test_every_decision_names_its_run_and_a_reason():
    for move in states.TABLE:
        if move.verb in DECISIONS and move.source in states.DECIDABLE:
            assert {Need.REASON, Need.CURRENT_RUN} <= move.needs


def test_a_reviewer_cannot_decide_an_escalated_case():
    assert not states.open_moves(State.ESCALATED, [REVIEWER])
    assert {m.verb for m in states.open_moves(State.ESCALATED, [SENIOR])} >= set(DECISIONS) - {Verb.ESCALATE}


@pytest.mark.parametrize("role", ["administrator", "compliance", UPLOADER, COUNSEL])
def test_other_roles_decide_nothing_in_review(role):
    assert not states.open_moves(State.IN_REVIEW, [role])


def test_only_the_system_moves_cases_through_the_audit():
    assert all(move.roles == {SYSTEM} for move in states.TABLE if move.verb is Verb.FINISH_AUDIT)


def test_sources_follow_the_roles():
    assert states.sources(Verb.APPROVE, [REVIEWER]) == {State.IN_REVIEW}
    assert states.sources(Verb.APPROVE, [SENIOR]) == {State.IN_REVIEW, State.ESCALATED}
    assert states.sources(Verb.APPROVE, ["administrator"]) == frozenset()


def test_target_is_where_the_verb_leads():
    assert states.target(Verb.APPROVE) is State.APPROVED
    assert states.move(State.RETURNED, Verb.APPROVE) is None
    with pytest.raises(KeyError):
        states.target(Verb.APPROVE, State.CLOSED)
