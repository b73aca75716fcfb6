"""The names of pages, links and buttons in the documentation are those on the screen."""

import re
from functools import cache
from pathlib import Path

import pytest

from tests.services import ROOT

_SOURCES = ("contracts/**/*.html", "metrics/**/*.html", "contracts/**/*.py", "metrics/**/*.py")
_PAGES = ("docs/pages.md", "docs/alerts.md", "docs/operations.md")
_OPENINGS = frozenset(  # bold words that begin a paragraph and are nobody's name
    {"The first administrator", "Without a mail server", "Lockout", "Second factor"}
    | {"Single sign-on", "bold"}
)


def named(path: str) -> set[str]:
    """What the page prints in bold, without the dots and full stops around it."""
    text = (ROOT / path).read_text(encoding="utf-8")
    found = re.findall(r"\*\*(.+?)\*\*", text, re.DOTALL)
    names = {re.sub(r"\s+", " ", name).rstrip("….").rstrip() for name in found}
    return names - _OPENINGS


@cache
def on_screen() -> str:
    """Every word that templates and code hold, with the blanks between them as one."""
    files: list[Path] = sorted(file for glob in _SOURCES for file in ROOT.glob(glob))
    return re.sub(r"\s+", " ", " ".join(file.read_text(encoding="utf-8") for file in files))


@pytest.mark.parametrize("path", _PAGES)
def test_names_in_bold_are_on_the_screen(path: str) -> None:
    assert named(path)
    assert sorted(name for name in named(path) if name not in on_screen()) == []


def test_a_name_that_is_nowhere_is_found() -> None:
    assert "Frobnicate the contract" not in on_screen()
