"""The calendar of the story: its months, its last day and its dice.

Nothing here looks at a clock; every delivery is stamped with the story's own time.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

T = TypeVar("T")

TODAY = datetime(2026, 11, 12, 8, 0, tzinfo=UTC)
INTRODUCED = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
HISTORY_LOADED = datetime(2026, 6, 2, 17, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month; prints as 2026-07."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year}-{self.number:02d}"

    @property
    def next(self) -> "Month":
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    @property
    def first_day(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def last_day(self) -> date:
        return self.next.first_day - timedelta(days=1)

    def days(self) -> list[date]:
        """Every day of the month."""
        length = (self.next.first_day - self.first_day).days
        return [self.first_day + timedelta(days=n) for n in range(length)]

    def weekdays(self) -> list[date]:
        """Its Mondays to Fridays."""
        return [day for day in self.days() if day.weekday() < 5]


FIRST = Month(2024, 10)
LAST_OF_HISTORY = Month(2026, 5)
LAST = Month(2026, 10)


def months(first: Month = FIRST, last: Month = LAST) -> Iterator[Month]:
    """The months from ``first`` to ``last``, both included."""
    month = first
    while month <= last:
        yield month
        month = month.next


@dataclass(frozen=True, slots=True)
class Parcel:
    """One delivery of the story: a file, when it came, from whom and what they attested."""

    feed: str
    filename: str
    received_at: datetime
    complete_through: date | None
    delivered_by: str
    content: bytes


def arrival(month: Month, *, days: int, hour: int = 9) -> datetime:
    """The instant ``days`` days after the end of ``month``, ``hour`` o'clock UTC."""
    day = month.last_day + timedelta(days=days)
    return datetime(day.year, day.month, day.day, hour, 12, tzinfo=UTC)


class Dice:
    """Chance that always falls the same way for the same name.

    It uses ``random()`` alone, whose sequence for a seed is promised across Python versions.
    """

    def __init__(self, *name: object) -> None:
        self._random = random.Random("/".join(map(str, name)))  # noqa: S311  no secret here

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self._random.random()

    def whole(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both included."""
        return low + int(self._random.random() * (high - low + 1))

    def pick(self, options: Sequence[T]) -> T:
        return options[self.whole(0, len(options) - 1)]

    def some(self, size: int, of: int) -> frozenset[int]:
        """``size`` different numbers below ``of``."""
        left = list(range(of))
        return frozenset(left.pop(self.whole(0, len(left) - 1)) for _ in range(size))
