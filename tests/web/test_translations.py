"""Both languages are complete: every sentence of code and templates is in the English catalogue, and no others are."""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

PROJECT = Path(__file__).parents[2]
PACKAGE = PROJECT / "reviewdesk"
CATALOGUE = PACKAGE / "translations" / "en" / "LC_MESSAGES" / "messages.po"
PLACEHOLDER = re.compile(r"%\(\w+\)s")
CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")


@pytest.fixture(scope="module")
def written() -> set[str]:
    """Every msgid that code and templates use."""
    mappings = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["babel"]["mappings"]
    methods = [(mapping["pattern"], mapping["method"]) for mapping in mappings]
    found = extract_from_dir(str(PACKAGE), methods, keywords=DEFAULT_KEYWORDS)
    return {message if isinstance(message, str) else message[0] for _file, _line, message, _notes, _context in found}


@pytest.fixture(scope="module")
def english() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="en")


def _forms(text: str | Sequence[str]) -> Sequence[str]:
    """A sentence, or its singular and its plural."""
    return [text] if isinstance(text, str) else text


def test_every_sentence_is_translated_and_no_entry_is_left_over(written: set[str], english: Catalog) -> None:
    known = {_forms(message.id)[0] for message in english if message.id}
    assert sorted(written - known) == [], "run `make translations` and translate these"
    assert sorted(known - written) == [], "these are no longer used"
    assert not english.obsolete


def test_every_entry_says_the_same_in_english(english: Catalog) -> None:
    for message in english:
        if not message.id:
            continue
        assert not message.fuzzy, message.id
        for string in _forms(message.string):
            assert string, message.id
            wanted = PLACEHOLDER.findall(_forms(message.id)[0])
            assert sorted(wanted) == sorted(PLACEHOLDER.findall(string)), message.id
            assert not CHINESE.search(string), message.id
