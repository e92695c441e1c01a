"""The documentation: its links lead somewhere, and the commands and make targets that it names exist."""

import re
from pathlib import Path

import click
import pytest

from reviewdesk.cli import cli

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    ROOT / "bench" / "README.md",
]
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)")
COMMAND = re.compile(
    r"(?:^ {4}.*?|`)(?:\.venv/bin/|/opt/reviewdesk/\.venv/bin/)?reviewdesk ((?:[a-z]+[a-z-]* ?)+)", re.M
)
TARGET = re.compile(r"`make ([a-z]+)`|^ {4}make ([a-z]+)", re.M)


def anchors(page: Path) -> set[str]:
    """The anchors that a page's headings get: lower case, spaces as hyphens, no punctuation."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    for path, anchor in LINK.findall(page.read_text()):
        target = (page.parent / path) if path else page
        assert target.exists(), f"{name_of(page)} links to {path}, which does not exist"
        if anchor:
            assert anchor in anchors(target), f"{name_of(page)} links to {path}#{anchor}, which has no such heading"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_exist(page: Path) -> None:
    context = click.Context(cli)
    for words in COMMAND.findall(page.read_text()):
        command: click.Command | None = cli
        for word in words.split():
            if not isinstance(command, click.Group):
                break
            command = command.get_command(context, word)
            assert command is not None, f"{name_of(page)} names `reviewdesk {words.strip()}`, which does not exist"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    for inline, block in TARGET.findall(page.read_text()):
        assert (inline or block) in targets, f"{name_of(page)} names `make {inline or block}`, which does not exist"
