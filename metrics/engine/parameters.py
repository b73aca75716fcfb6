"""Parameters of a measure: each declared with how it is read, all mistakes reported at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from .choices import unbuilt
from .errors import Problem, one_of
from .numbers import exact


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a measure.

    `read` turns what was written into a typed value and raises ValueError with the rule broken.
    """

    name: str
    read: Callable[[Any], Any]
    meaning: str
    required: bool = False
    default: Any = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Reads one of a few names."""

    names: tuple[str, ...]

    def __call__(self, value: Any) -> str:
        problem = one_of("choice", value, self.names)
        if problem:
            raise ValueError(f"{problem.rule}; {problem.way_out}")
        return str(value)


def choice(*names: str) -> Choice:
    """Reads one of ``names``."""
    return Choice(names)


def number(rule: str, holds: Callable[[Fraction], bool] = lambda _: True) -> Callable[[Any], Any]:
    """Reads an exact number for which `holds` is true; `rule` says so in words."""

    def read(value: Any) -> Fraction:
        try:
            found = exact(value)
        except ValueError:
            raise ValueError(f"is not a number; {rule}") from None
        if not holds(found):
            raise ValueError(f"is out of range; {rule}")
        return found

    return read


def whole(rule: str, least: int) -> Callable[[Any], int]:
    """Reads an integer of at least `least`."""
    read_number = number(rule, lambda found: found.denominator == 1 and found >= least)
    return lambda value: int(read_number(value))


def flag(value: Any) -> bool:
    """Reads true or false, and nothing that merely looks like it."""
    if not isinstance(value, bool):
        raise ValueError("is not true or false; write true or false")
    return value


def text(value: Any) -> str:
    """Reads a non-empty text of at most 200 characters."""
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        raise ValueError("is not a text; write 1 to 200 characters")
    return value


def frozen_set(value: Any) -> str | Mapping[str, str]:
    """Reads the code of a reference feed, or one of its sets as {feed, sha256}."""
    if isinstance(value, Mapping) and set(value) == {"feed", "sha256"}:
        return {key: text(value[key]) for key in ("feed", "sha256")}
    if isinstance(value, Mapping):
        raise ValueError("does not name one frozen set; write {feed: ..., sha256: ...}")
    return text(value)


def day(value: Any) -> date:
    """Reads an ISO day."""
    try:
        return value if type(value) is date else date.fromisoformat(str(value))
    except ValueError:
        raise ValueError("is not a day; write 2026-12-31") from None


def read_parameters(
    declared: Sequence[Parameter], written: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Problem]]:
    """Typed values with defaults filled in, and every problem found."""
    names = [parameter.name for parameter in declared]
    problems = [problem for key in written if (problem := _unknown(str(key), names))]
    values: dict[str, Any] = {}
    for parameter in declared:
        values[parameter.name] = parameter.default
        if parameter.name in written:
            _read_one(parameter, written[parameter.name], values, problems)
        elif parameter.required:
            problems.append(
                Problem(parameter.name, None, "is required", f"give {parameter.meaning}")
            )
    return values, problems


def _read_one(
    parameter: Parameter, written: Any, values: dict[str, Any], problems: list[Problem]
) -> None:
    try:
        values[parameter.name] = parameter.read(written)
    except ValueError as error:
        rule, _, way_out = str(error).partition("; ")
        problems.append(Problem(parameter.name, written, rule, way_out))


def _unknown(name: str, names: Sequence[str]) -> Problem | None:
    if name in names:
        return None
    if not names and not unbuilt("parameter", name):
        return Problem("parameter", name, "the measure takes no parameters", "leave it out")
    return unbuilt("parameter", name) or one_of("parameter", name, names)
