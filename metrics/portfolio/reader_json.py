"""JSON to the same values as YAML gives: exact numbers, and days where a text reads as one."""

import json
from decimal import Decimal
from typing import Any

from metrics.portfolio.problems import Problem
from metrics.portfolio.reader import (
    CONTROL,
    DAY,
    DECIMAL,
    MAX_DEPTH,
    MAX_VALUES,
    TOO_DEEP,
    TOO_MANY,
    WHOLE,
    Document,
    Key,
    NoDayError,
    day_of,
    spell,
)

_HINT = 'send a JSON object with sections, such as {"vendors": []}'
_MOST_DIGITS = 30


class _Pairs(list[tuple[str, Any]]):
    """An object's members as they stand, a name that stands twice included."""


def read_json(file: str, text: str) -> tuple[Document, list[Problem]]:
    """Read a portfolio that was written as JSON; problems have a path, and no line but one of the
    syntax."""
    reading = _Reading(Document(file))
    try:
        told = json.loads(
            text,
            object_pairs_hook=_Pairs,
            parse_int=_whole,
            parse_float=_decimal,
            parse_constant=_refuse_constant,
        )
    except _NoJsonError as error:
        return reading.document, [Problem(file, 0, "", f"not valid JSON: {error}", _HINT)]
    except json.JSONDecodeError as error:
        return reading.document, [
            Problem(file, error.lineno, "", f"not valid JSON: {error.msg}", _HINT)
        ]
    except RecursionError:
        return reading.document, [Problem(file, 0, "", f"not valid JSON: {TOO_DEEP}", _HINT)]
    reading.take(told)
    return reading.document, reading.problems


def _whole(text: str) -> int | str:
    return int(text) if WHOLE.fullmatch(text) else text


def _decimal(text: str) -> Decimal | str:
    """A number as it is written; with an exponent that leaves more digits than we keep, text."""
    found = Decimal(text)
    if abs(found.adjusted()) > _MOST_DIGITS:
        return text
    plain = f"{found:f}"
    return Decimal(plain) if DECIMAL.fullmatch(plain) or WHOLE.fullmatch(plain) else text


class _NoJsonError(Exception):
    """Something that some programs write and JSON does not know."""


def _refuse_constant(text: str) -> None:
    raise _NoJsonError(f"{text} is no number")


class _TooLargeError(Exception):
    """The text states more, or deeper, than a portfolio can."""


class _Reading:
    """Turns what JSON says into values, noting what we do not take."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []
        self._values = 0

    def take(self, told: Any) -> None:
        if not isinstance(told, _Pairs):
            self._report((), "a portfolio is an object", _HINT)
            return
        try:
            self.document.data = self._mapping(told, ())
        except _TooLargeError as error:
            self._report((), str(error), "send several smaller ones")

    def _report(self, path: Key, message: str, hint: str) -> None:
        self.document.broken.add(path)
        self.problems.append(Problem(self.document.file, 0, spell(path), message, hint, path))

    def _value(self, told: Any, path: Key) -> Any:
        self._values += 1
        if len(path) > MAX_DEPTH or self._values > MAX_VALUES:
            raise _TooLargeError(TOO_DEEP if len(path) > MAX_DEPTH else TOO_MANY)
        if isinstance(told, _Pairs):
            return self._mapping(told, path)
        if isinstance(told, list):
            return [self._value(inner, (*path, i)) for i, inner in enumerate(told)]
        return self._text(told, path) if isinstance(told, str) else told

    def _mapping(self, told: _Pairs, path: Key) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, inner in told:
            place = (*path, key)
            if key in found:
                self._report(place, f"'{key}' stands here twice", "keep one of them")
                continue
            if not self._has_control(key, path):
                found[key] = self._value(inner, place)
        return found

    def _has_control(self, text: str, path: Key) -> bool:
        if not CONTROL.search(text):
            return False
        self._report(path, f"{text!r} has a control character", "leave it out")
        return True

    def _text(self, told: str, path: Key) -> Any:
        if self._has_control(told, path):
            return None
        if not DAY.fullmatch(told):
            return told
        try:
            return day_of(told)
        except NoDayError as error:
            self._report(path, error.message, error.hint)
            return None
