"""JSON as every address reads it: one meaning or none, and never a body that exhausts us.

What JSON readers disagree about is refused: a name stated twice, NaN and Infinity, numbers beyond
a double or with thousands of digits, text that is not UTF-8, and characters that no database
keeps (NUL, lone surrogates).
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import chain
from math import isfinite
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework.parsers import BaseParser

from kpotracker.toolkit.problems import InputError, InvalidInputError, shown

MOST_DIGITS = 4_300
MOST_DEPTH = 32
MOST_VALUES = 20_000  # names count as well: each of them may be a mistake to tell of


class UnreadableJSONError(ValueError):
    """A text that is not JSON, or not JSON with one meaning; the message says what to correct."""


class Real(float):
    """A number with a fraction or an exponent that keeps its digits: ``str(real)`` is what was
    sent, so that ``Decimal(str(real))`` is exact."""

    def __new__(cls, text: str) -> "Real":
        made = super().__new__(cls, text)
        made.text = text
        return made

    text: str

    def __str__(self) -> str:
        return self.text


def read_json(raw: bytes) -> Any:
    """The value of a JSON text: dict, list, str, int, ``Real``, bool or None.

    Raises UnreadableJSONError. Nothing is said about its size: the caller bounds that.
    """
    try:
        text = raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise UnreadableJSONError(f"Byte {error.start + 1} is not UTF-8: send UTF-8.") from None
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_whole,
            parse_float=_real,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise UnreadableJSONError(f"It is not JSON at {where}: {error.msg}.") from None
    except RecursionError:
        raise _too_deep() from None
    _check(value)
    return value


class StrictJSONParser(BaseParser):
    """The body of a request as ``read_json`` reads it, up to DATA_UPLOAD_MAX_MEMORY_SIZE bytes."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raw = stream.read(most + 1)
        if len(raw) > most:
            raise RequestDataTooBig(f"a JSON body may have {most} bytes")
        _refuse_cut(raw, parser_context)
        try:
            return read_json(raw)
        except UnreadableJSONError as error:
            raise InvalidInputError([InputError(str(error), "json", pointer="#")]) from None


def _refuse_cut(raw: bytes, context: Mapping[str, Any] | None) -> None:
    """What was cut on its way may be JSON all the same, and mean something else."""
    request = (context or {}).get("request")
    stated = str(request.META.get("CONTENT_LENGTH") or "") if request else ""
    if stated.isdigit() and len(raw) < int(stated):
        said = f"The body ended after {len(raw)} of {stated} bytes: send it again."
        raise InvalidInputError([InputError(said, "cut", pointer="#")])


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise UnreadableJSONError(f"{shown(twice)} is stated twice in one object: state it once.")
    return made


def _whole(text: str) -> int:
    digits = len(text.lstrip("-"))
    if digits > MOST_DIGITS:
        raise UnreadableJSONError(
            f"A number has {digits} digits: {MOST_DIGITS} are the most that is read."
        )
    return int(text)


def _real(text: str) -> Real:
    real = Real(text[: MOST_DIGITS + 1])
    if len(text) > MOST_DIGITS or not isfinite(real) or (not real and _is_not_zero(text)):
        raise UnreadableJSONError(f"{shown(text)} is beyond the numbers that are read.")
    return real


def _is_not_zero(text: str) -> bool:
    return bool(text.lower().partition("e")[0].strip("-0."))


def _constant(name: str) -> Any:
    raise UnreadableJSONError(f"{name} is not JSON: send null where there is no number.")


def _check(value: Any) -> None:
    """Refuse what is nested too deep or holds too much, level by level, and texts that cannot be
    kept."""
    level: list[Any] = [value]
    count = 0
    for _ in range(MOST_DEPTH + 1):
        count += len(level)
        if count > MOST_VALUES:
            raise UnreadableJSONError(f"It holds more than {MOST_VALUES} values: send it in parts.")
        for one in level:
            if isinstance(one, str):
                _check_text(one)
        level = list(chain.from_iterable(map(_inside, level)))
        if not level:
            return
    raise _too_deep()


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return chain(value.keys(), value.values())
    return value if isinstance(value, list) else ()


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise UnreadableJSONError(f"{shown(text)} holds a NUL: send text without it.")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise UnreadableJSONError(f"{shown(text)} holds half of a surrogate pair: send both.")


def _too_deep() -> UnreadableJSONError:
    return UnreadableJSONError(f"It is nested more than {MOST_DEPTH} levels deep: send it flatter.")
