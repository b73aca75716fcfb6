"""What is wrong in portfolio files: every finding with its place and its way out."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches

_LONGEST_WORD = 100  # of a word that a known one is looked for


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing to mend. ``line`` counts from 1; 0 means the file as a whole.

    ``path``: the keys and positions that lead there from the top of the file.
    """

    file: str
    line: int
    where: str
    message: str
    hint: str = ""
    path: tuple[str | int, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        parts = [f"{self.file}:{self.line}", self.where, self.message]
        return ": ".join(part for part in parts if part)

    def as_dict(self) -> dict[str, str | int]:
        return {name: getattr(self, name) for name in PROBLEM_KEYS}


PROBLEM_KEYS = ("file", "line", "where", "message", "hint")


class PortfolioError(Exception):
    """The files cannot be applied; ``problems`` has all reasons, sorted by place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        once = {(problem, problem.path): problem for problem in problems}
        self.problems = tuple(sorted(once.values()))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like ``word``, if any is; a very long one is like none."""
    if len(word) > _LONGEST_WORD:
        return None
    return next(iter(get_close_matches(word, list(known), n=1)), None)
