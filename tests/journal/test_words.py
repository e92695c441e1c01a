"""Every action that the code records can be told in both languages."""

import ast
import re
from pathlib import Path

import pytest
from flask import Flask

from reviewdesk.journal import words
from reviewdesk.review.states import Verb

ROOT = Path(__file__).parents[2]
ACTION = re.compile(r"[a-z]+:[a-z_]+:[a-z_]+")
BEGINNING = re.compile(r"[a-z]+:[a-z_]+:")


def _actions_in_the_code() -> set[str]:
    """Whole actions, and the beginnings of those that are put together, as `review:case:`."""
    found: set[str] = set()
    for path in [*(ROOT / "reviewdesk").rglob("*.py"), *(ROOT / "workers").rglob("*.py")]:
        if path.name == "words.py":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
                continue
            if ACTION.fullmatch(node.value) or BEGINNING.fullmatch(node.value):
                found.add(node.value)
    return found


def test_every_action_of_the_code_has_words() -> None:
    found = _actions_in_the_code()
    assert "review:decision:propose" in found
    assert {action for action in found if not words.actions_under(action)} == set()


@pytest.mark.parametrize("verb", list(Verb))
def test_every_move_of_a_case_has_words(verb: Verb) -> None:
    assert f"review:case:{verb.value}" in words.ACTIONS


def test_every_stage_of_an_action_has_a_name() -> None:
    assert {action.partition(":")[0] for action in words.ACTIONS} == set(words.STAGES)


def test_words_are_chinese_in_chinese_and_english_in_english() -> None:
    for action, said in words.ACTIONS.items():
        assert re.search(r"[一-鿿]", said.zh), action
        assert said.done.isascii(), action
        assert said.tried.isascii(), action


def test_a_move_is_told_with_its_states_and_reason() -> None:
    told = words.tell(
        "review:case:approve",
        "done",
        old={"state": "in_review"},
        new={"state": "approved", "reason": "资料齐全", "run": 7, "version": 4},
        about="C-2026-000123",
    )
    assert told.zh == "同意起诉 C-2026-000123：状态 待审 → 同意起诉；理由 资料齐全"
    assert told.en == "approved C-2026-000123 for litigation: state in review → approved; reason 资料齐全"


def test_a_set_of_cases_is_told_by_its_number() -> None:
    told = words.tell(
        "review:case:finish_audit",
        "done",
        old={"state": "auditing"},
        new={"state": "in_review", "cases": 200},
        cases=200,
    )
    assert told.zh == "审核完毕，把 200 件案件转交审核员：状态 审核中 → 待审"


def test_no_blank_stands_before_a_chinese_mark() -> None:
    told = words.tell("review:case:return", "done", old=None, new=None, about="C-2026-000123")
    assert told.zh == "退回 C-2026-000123，要求补充"


def test_kinds_of_side_sheets_and_money_are_told_as_people_write_them(application: Flask) -> None:
    told = words.value_in_words("beside", [{"kind": "repayments", "read": 12}])
    assert (told.zh, told.en) == ("类型 还款明细、并入 12", "kind repayments, joined 12")
    assert words.value_in_words("principal", 7549586).zh == "75,495.86"
    assert words.value_in_words("fields", ["principal", "mobile"]).zh == "借款本金、手机号"


def test_a_refused_attempt_is_told_as_one() -> None:
    told = words.tell(
        "review:decision:confirm", "refused", old=None, new={"code": "decision.second_person.proposed"}, about="C-1"
    )
    assert told.zh.startswith("试图复核同意 C-1 的决定，被拒绝")
    assert told.en.startswith("tried to confirm the decision on C-1 and was refused")


def test_how_a_column_is_read_is_told_in_words() -> None:
    told = words.value_in_words("columns", {"利率": "annual_rate month percent", "备用": None})
    assert told.zh.endswith("按月 数字是百分数、“备用”不导入")
    assert "a month in percent" in told.en


def test_values_are_told_in_words() -> None:
    changes = words.changes(
        {"assignee": None, "roles": ["uploader"]},
        {"assignee": "a", "roles": ["reviewer", "compliance"], "locked": True, "plan": {"kind": "deferral"}},
    )
    shown = [(c.label.en, c.was.en if c.was else None, c.now.en if c.now else None) for c in changes]
    assert shown == [
        ("assignee", None, "a"),
        ("roles", "Uploader", "Reviewer, Compliance officer"),
        ("locked", None, "yes"),
        ("plan", None, "kind deferral"),
    ]


def test_moments_are_told_in_the_time_of_shanghai_and_refusals_in_words() -> None:
    told = words.value_in_words("expires", "2026-12-07T16:25:15.377404+00:00")
    assert (told.zh, told.en) == ("2026-12-08 00:25", "2026-12-08 00:25")
    assert words.value_in_words("code", "role_needed").zh == "角色无此权限"
    assert words.value_in_words("code", "export.unknown").en == "it does not exist, or may not be seen"


def test_what_is_not_known_is_shown_as_it_is() -> None:
    assert words.title("test:thing:add").zh == "test:thing:add"
    assert words.changes(None, {"new_thing": 3})[0].label.zh == "new_thing"
