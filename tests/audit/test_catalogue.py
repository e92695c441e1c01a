"""The page about the checks says what the code does."""

from pathlib import Path

from reviewdesk.audit.catalogue import page
from reviewdesk.audit.policy import load_policy

PAGE = Path(__file__).parents[2] / "docs" / "checks.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(load_policy()), (
        "run: python -m reviewdesk.audit.catalogue > docs/checks.md"
    )
