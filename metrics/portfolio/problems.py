"""What is wrong in portfolio files: every finding with its place and its way out."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing to mend. ``line`` counts from 1; 0 means the file as a whole."""

    file: str
    line: int
    where: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        parts = [f"{self.file}:{self.line}", self.where, self.message]
        return ": ".join(part for part in parts if part)

    def as_dict(self) -> dict[str, str | int]:
        return asdict(self)


class PortfolioError(Exception):
    """The files cannot be applied; ``problems`` has all reasons, sorted by place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))
