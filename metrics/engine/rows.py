"""Observations and their sums: what a measure is computed from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One observation.

    `at` and `ends_at` are UTC microseconds since 1970. `a`, `b` and `value` are integers of the
    KPI's declared scale (natural value x 10**scale), except where `a` and `b` hold the start and
    end of a duration: those are UTC microseconds and never scaled.
    """

    at: int
    ends_at: int | None = None
    a: int | None = None
    b: int | None = None
    value: int | None = None
    series: str | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over a period's rows, in stored integers of any size. Merge with `+`."""

    n: int = 0
    a: int = 0
    b: int = 0
    value: int = 0

    def __add__(self, other: Totals) -> Totals:
        return Totals(
            self.n + other.n, self.a + other.a, self.b + other.b, self.value + other.value
        )

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Totals:
        """The sums over rows; an empty column adds nothing."""
        n = a = b = value = 0
        for row in rows:
            n += 1
            a += row.a or 0
            b += row.b or 0
            value += row.value or 0
        return cls(n, a, b, value)
