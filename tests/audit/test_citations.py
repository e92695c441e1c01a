"""Citations in both languages: every one that the program states, and whatever people type."""

import re
from typing import Any

import pytest

from reviewdesk.audit.citations import told
from reviewdesk.audit.policy import load_policy
from reviewdesk.audit.registry import CHECKS
from reviewdesk.audit.versions.outline import body_of

CHINESE = re.compile(r"[\u4e00-\u9fff]")
ENGLISH = re.compile(r"[A-Za-z]{3,}")
NAMES = ("LPR", "ISO", "IEC", "Luhn")


def stated(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {part for name, one in value.items() for part in ({one} if name == "cites" else stated(one))}
    return {part for one in value for part in stated(one)} if isinstance(value, list) else set()


def test_all_that_the_program_cites_is_in_one_language_at_a_time() -> None:
    cited = stated(body_of(load_policy())) | {check.cites for check in CHECKS.values()}
    assert len(cited) > 80
    for text in map(told, cited):
        assert not CHINESE.search(text.en), text
        assert set(ENGLISH.findall(text.zh)) <= set(NAMES), text


@pytest.mark.parametrize(
    ("cites", "zh", "en"),
    [
        ("民法典 (Civil Code) Art. 188, 195", "民法典第188、195条", "Civil Code Art. 188, 195"),
        ("民诉法第66–67条；内部规则", "民诉法第66–67条；内部规则", "Civil Procedure Law Art. 66–67; house rule"),
        (
            "法释〔2008〕11号 (2020) Art. 8–17",
            "法释〔2008〕11号（2020年修正）第8–17条",
            "Fa Shi [2008] No. 11 (2020) Art. 8–17",
        ),
        ("诉讼费用交纳办法 Art. 13(6)", "诉讼费用交纳办法第13条第（6）项", "Measures on Court Fees Art. 13(6)"),
        ("(2022)最高法民辖27号", "（2022）最高法民辖27号", "Supreme People's Court (2022) Min Xia No. 27"),
        ("本机构假设 (own assumption)", "本机构假设", "own assumption"),
        ("本所收费标准", "本所收费标准", "本所收费标准"),
        ("沪高法〔2024〕8号", "沪高法〔2024〕8号", "沪高法〔2024〕8号"),
    ],
)
def test_how_each_form_reads(cites: str, zh: str, en: str) -> None:
    assert (told(cites).zh, told(cites).en) == (zh, en)
