"""What a part of an explanation is made from, and what it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import cached_property
from typing import Any

from contracts.selectors.scope import Scope
from metrics.evaluation.explain import Explanation
from metrics.models import KpiPeriod, ResultRevision
from metrics.scorecards.rows import revision_row


@dataclass(frozen=True)
class Subject:
    """The figure to tell of, to whom, and when: running periods are told of as of ``as_of``."""

    explanation: Explanation
    scope: Scope
    as_of: datetime

    @property
    def head(self) -> KpiPeriod:
        return self.explanation.period

    @property
    def revision(self) -> ResultRevision:
        return self.explanation.revision

    @property
    def is_current(self) -> bool:
        """Whether the revision told of is the one in force."""
        return self.revision.pk == self.head.current_id

    @cached_property
    def row(self) -> Mapping[str, Any]:
        """The figure in the words and numbers that people see."""
        return revision_row(self.head, self.revision)


@dataclass(frozen=True, slots=True)
class Part:
    """A heading with its lines, and the same for programs.

    ``said``: JSON-ready members of the explanation; an empty title adds no heading.
    """

    title: str
    lines: Sequence[str]
    said: Mapping[str, Any]


def number(value: Fraction | str | None) -> int | float | None:
    """The nearest JSON number of an exact one; None for none, and for an infinite one."""
    if value is None or value in ("", "infinite"):
        return None
    exact = Fraction(value)
    return int(exact) if exact.denominator == 1 else float(exact)
