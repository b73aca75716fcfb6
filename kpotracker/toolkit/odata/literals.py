"""The words of a filter and the values they state (OData 4.0 ABNF, primitive literals)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from math import isfinite
from typing import Final

from kpotracker.toolkit.filters import UnreadableError
from kpotracker.toolkit.odata.tree import Literal
from kpotracker.toolkit.problems import shown
from kpotracker.toolkit.tabular.columns import Kind

_WORD = re.compile(
    r"(?P<space>[ \t]+)"
    r"|(?P<instant>\d{4}-\d\d-\d\dT[0-9:.]*(?:Z|[+ -]\d\d:\d\d)?)"
    r"|(?P<day>\d{4}-\d\d-\d\d)"
    r"|(?P<number>[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"
    r"|(?P<text>'(?:[^']|'')*')"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<mark>[(),])",
    re.ASCII,
)
_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,12})?)?(Z|[+ -]\d\d:\d\d)?", re.ASCII
)
_WHOLE = re.compile(r"[+-]?\d{1,20}", re.ASCII)
_LEAST, _MOST = -(2**63), 2**63 - 1
WORDS: Final = {"null": None, "true": True, "false": False}


class FilterError(UnreadableError):
    """A filter that cannot be read, with the place where it goes wrong."""

    def __init__(self, at: int, said: str) -> None:
        super().__init__(f"at character {at}: {said}")


@dataclass(frozen=True, slots=True)
class Word:
    """``kind``: instant, day, number, text, name, mark or end; ``at``: its place, from 1."""

    kind: str
    text: str
    at: int


def words_of(text: str) -> Iterator[Word]:
    """The words of ``text`` and an end; raises FilterError for what is none."""
    place = 0
    while place < len(text):
        found = _WORD.match(text, place)
        if found is None:
            raise FilterError(place + 1, _no_word(text[place:]))
        if found.lastgroup != "space":
            yield Word(str(found.lastgroup), found[0], place + 1)
        place = found.end()
    yield Word("end", "", len(text) + 1)


def literal_of(word: Word) -> Literal | None:
    """The value that ``word`` states, or None where it states none; raises FilterError."""
    match word.kind:
        case "text":
            return Literal(Kind.TEXT, word.text[1:-1].replace("''", "'"))
        case "number":
            return _number(word)
        case "day":
            return Literal(Kind.DAY, _day(word))
        case "instant":
            return Literal(Kind.INSTANT, _instant(word))
        case "name" if word.text in WORDS:
            value = WORDS[word.text]
            return Literal(None if value is None else Kind.BOOLEAN, value)
    return None


def _number(word: Word) -> Literal:
    if _WHOLE.fullmatch(word.text):
        whole = int(word.text)
        if not _LEAST <= whole <= _MOST:
            raise FilterError(word.at, f"{word.text} is beyond the integers of 64 bits")
        return Literal(Kind.INTEGER, whole)
    number = float(word.text)
    if not isfinite(number):
        raise FilterError(word.at, f"{shown(word.text)} is beyond the numbers of 64 bits")
    return Literal(Kind.NUMBER, number)


def _day(word: Word) -> date:
    try:
        return date.fromisoformat(word.text)
    except ValueError:
        raise FilterError(word.at, f"{word.text} is not a day of the calendar") from None


def _instant(word: Word) -> datetime:
    found = _INSTANT.fullmatch(word.text)
    if found is None:
        raise FilterError(
            word.at, f"{shown(word.text)} is not an instant: write 2026-03-01T00:00:00Z"
        )
    if not found[1]:
        raise FilterError(word.at, f"{shown(word.text)} has no zone: end it with Z")
    try:
        # a + that an address does not escape arrives as a space
        return datetime.fromisoformat(word.text.replace(" ", "+")).astimezone(UTC)
    except (ValueError, OverflowError):
        raise FilterError(
            word.at, f"{shown(word.text)} is not an instant of the calendar"
        ) from None


def _no_word(rest: str) -> str:
    if rest.startswith("'"):
        return "the text is not closed: end it with a quote, and double quotes inside it"
    if rest.startswith('"'):
        return "text is in single quotes, 'like this'"
    return f"{shown(rest[:1])} has no meaning here"
