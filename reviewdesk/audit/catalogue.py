"""The page about the checks, written from the registry and the policy so that it cannot fall behind them.

python -m reviewdesk.audit.catalogue > docs/checks.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from reviewdesk.audit import checks
from reviewdesk.audit.citations import told
from reviewdesk.audit.policy import Parameters, Policy, load_policy
from reviewdesk.audit.policy_parts import Parameter
from reviewdesk.audit.policy_tables import CapRule
from reviewdesk.audit.registry import CHECKS, Check, Sentence
from reviewdesk.audit.vocabulary import LABELS
from reviewdesk.money import plain, yuan

assert checks.__all__  # noqa: S101  importing the checks registers them

_HEAD = """# The checks

What ReviewDesk asks of every case before litigation, as the policy `{name}` has it ({zh} / {en}, from {since}).
This page is written by `python -m reviewdesk.audit.catalogue`; a test holds it to the code.

A finding is `pass`, `warn`, `fail`, `missing` (facts are absent, or the check could not run) or `not_applicable`. The
verdict of a case is `blocked` when a check fails, `attention` when one warns or is missing, else `clear`. A check of
severity `info` informs: its warning changes no verdict. What is missing is never a pass.

Items marked † are stated from general knowledge of the law and not verified against a source; whoever approves the
policy should look at them first.
"""


def page(policy: Policy) -> str:
    """The whole page as Markdown."""
    head = _HEAD.format(name=policy.name, zh=policy.title.zh, en=policy.title.en, since=policy.effective_from)
    parts = [head, *_checks(policy), *_parameters(policy), *_caps(policy), *_tables(policy)]
    return "\n".join(parts).rstrip() + "\n"


def _checks(policy: Policy) -> Iterator[str]:
    yield "## Checks\n"
    yield "| check | 名称 | severity |\n| --- | --- | --- |"
    for name, rule in policy.checks.items():
        state = rule.severity if rule.enabled else f"{rule.severity} (switched off)"
        yield f"| [{name}](#{name.replace('.', '')}) | {CHECKS[name].title.zh} | {state} |"
    for name in policy.checks:
        yield from _check(CHECKS[name])


def _check(check: Check) -> Iterator[str]:
    yield f"\n### {check.id}\n"
    yield f"**{check.title.zh} / {check.title.en}** (version {check.version})\n"
    yield "\n".join(line.strip() for line in check.explanation.splitlines()) + "\n"
    yield f"* Law: {_law(check.cites)}"
    if check.uses:
        yield "* Uses: " + ", ".join(f"{LABELS[name].zh} `{name}`" for name in check.uses)
    yield ""
    for reason, sentence in check.says.items():
        yield f"* `{reason}`: {_shown(sentence)}"


def _shown(sentence: Sentence) -> str:
    mend = f" **改进 / To mend:** {sentence.mend_zh} {sentence.mend_en}" if sentence.mend_zh else ""
    return f"{sentence.zh} {sentence.en}{mend}"


def _parameters(policy: Policy) -> Iterator[str]:
    yield "\n## Parameters\n"
    yield "| parameter | 含义 | meaning | value | bounds | source |\n| --- | --- | --- | --- | --- | --- |"
    for name in Parameters.model_fields:
        part: Parameter = getattr(policy.parameters, name)
        value = f"{plain(part.value)} {part.unit}"
        bounds = f"{plain(part.min)}–{plain(part.max)}"
        yield f"| `{name}` | {part.zh} | {part.en} | {value} | {bounds} | {_law(part.cites)}{_mark(part.verified)} |"


def _law(cites: str) -> str:
    said = told(cites)
    return said.zh if said.zh == said.en else f"{said.zh} ({said.en})"


def _mark(verified: bool) -> str:
    return "" if verified else " †"


def _caps(policy: Policy) -> Iterator[str]:
    for title, rules in (
        ("Caps on what may be claimed", policy.caps),
        ("Caps on the all-in cost", policy.all_in_caps),
    ):
        yield f"\n## {title}\n"
        yield "| rule | lenders | contracts formed | cap | source |\n| --- | --- | --- | --- | --- |"
        for rule in rules:
            kinds, formed = ", ".join(rule.lender_kinds), f"{rule.formed_from or '…'} – {rule.formed_to or '…'}"
            yield f"| `{rule.id}` | {kinds} | {formed} | {_cap(rule)} | {_law(rule.cites)}{_mark(rule.verified)} |"


def _cap(rule: CapRule) -> str:
    if rule.rate is not None:
        return f"{rule.rate * 100:.2f} %"
    day = "formation" if rule.rule == "lpr_at_formation" else "filing"
    cap = f"{rule.multiple} × one-year LPR of the day of {day}"
    if rule.rate_before is None:
        return cap
    return f"{rule.rate_before * 100:.2f} % before {rule.turn}, then {cap}"


def _tables(policy: Policy) -> Iterator[str]:
    lpr = policy.lpr
    yield f"\n## One-year LPR\n\nKnown to hold to {lpr.confirmed_to}. Source: {_law(lpr.cites)}{_mark(lpr.verified)}\n"
    yield "| from | % |\n| --- | --- |"
    for value in lpr.values:
        yield f"| {value.since} | {value.rate * 100:.2f} |"
    yield "\n## Average annual wages\n\n| province | year | yuan | source |\n| --- | --- | --- | --- |"
    for wage in policy.wages:
        yield f"| {wage.province} | {wage.year} | {yuan(wage.yuan)} | {_law(wage.cites)}{_mark(wage.verified)} |"
    yield "\n## Evidence\n\n| item | 名称 | required of | when | source |\n| --- | --- | --- | --- | --- |"
    for name, item in policy.evidence.items():
        kinds = ", ".join(item.lender_kinds) or "nobody"
        source = f"{_law(item.cites)}{_mark(item.verified)}"
        yield f"| `{name}` {item.en} | {item.zh} | {kinds} | {item.when or 'always'} | {source} |"
    yield "\n## Expected recovery\n\n| days overdue up to | share |\n| --- | --- |"
    for step in policy.recovery:
        yield f"| {step.up_to_days or '…'} | {step.share * 100:.0f} % |"
    yield "\n## Likely defences\n\n| defence | 抗辩 | loss | months | checks | law |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for key, one in policy.defences.items():
        checks = ", ".join(f"`{check}`" for check, behind in policy.check_defences.items() if behind.defence == key)
        law = f"{_law(one.cites)}{_mark(one.verified)}"
        yield f"| `{key}` {one.en} | {one.zh} | {one.loss * 100:.0f} % | {plain(one.months)} | {checks} | {law} |"


if __name__ == "__main__":
    sys.stdout.write(page(load_policy()))
