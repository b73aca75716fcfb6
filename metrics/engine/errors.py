"""What the engine refuses, and how it says so: the value, the rule, the way out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class Problem:
    """One refused choice: where it stands, its value, the rule it broke and the way out."""

    where: str
    value: object
    rule: str
    way_out: str

    def __str__(self) -> str:
        return f"{self.where} {self.value!r}: {self.rule}; {self.way_out}"


class EngineError(ValueError):
    """Raised with every problem found at once; `problems` holds them in order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def refusal(where: str, value: object, rule: str, way_out: str) -> EngineError:
    """An EngineError with a single problem, ready to be raised."""
    return EngineError([Problem(where, value, rule, way_out)])


def raise_if_any(problems: Iterable[Problem]) -> None:
    """Raise one EngineError for all problems.

    Raises:
        EngineError: if there is at least one.
    """
    found = tuple(problems)
    if found:
        raise EngineError(found)


def one_of(where: str, value: object, known: Iterable[str]) -> Problem | None:
    """The problem of a choice that is not known, with the nearest known one; None if known."""
    names = sorted(known)
    if value in names:
        return None
    near = get_close_matches(str(value), names, n=1)
    way_out = f"did you mean {near[0]!r}? " if near else ""
    return Problem(where, value, "not a known choice", f"{way_out}use one of {', '.join(names)}")
