"""What a back-test found: every period then and now, and what that comes to."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from contracts.models import Contract
from metrics.backtests.past import Range
from metrics.models import Kpi


@dataclass(frozen=True, slots=True)
class Side:
    """A period as it stands, or as proposed terms judge it.

    ``value``: in ``unit``, exact; ``text``: as people read it; ``level``: the service level in
    words; ``cause``: why it is a default, empty where it is none; ``credit``: minor units, None
    where it is awaited, which ``why`` says. ``relief_proposed``: whether its volume would have
    relief proposed for it.
    """

    value: Fraction | None
    text: str
    unit: str
    status: str
    level: str
    has_two_levels: bool
    cause: str
    credit: int | None = 0
    why: str = ""
    relief_proposed: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A KPI's period: ``then`` as it stands, ``now`` under proposed terms. One of them is None
    where the period is cut anew. The credits of one that is not final are estimates."""

    kpi: Kpi
    label: str
    first_day: date
    last_day: date
    is_final: bool
    then: Side | None
    now: Side | None

    @property
    def changes(self) -> bool:
        """Whether its verdict, its default or its credit would be another."""
        if self.then is None or self.now is None:
            return True
        names = ("status", "cause", "credit")
        return any(getattr(self.then, name) != getattr(self.now, name) for name in names)


@dataclass(frozen=True, slots=True)
class LinePair:
    """A line of the credit ledger in minor units: ``then`` posted, ``now`` required, None where it
    is awaited. ``steps``: how the required one came."""

    key: str
    kind: str
    kpi: str
    label: str
    then: int | None
    now: int | None
    why: str = ""
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sum:
    """Final credits in minor units then and now; ``awaited``: how many lines of ``now`` are left
    out as they cannot be computed yet."""

    currency: str
    then: int
    now: int
    awaited: int = 0

    @property
    def difference(self) -> int:
        return self.now - self.then

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(
            self.currency,
            self.then + other.then,
            self.now + other.now,
            self.awaited + other.awaited,
        )


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of something there were then, and would be now."""

    then: int
    now: int

    @property
    def difference(self) -> int:
        return self.now - self.then


@dataclass(frozen=True)
class Part:
    """What a back-test found of one contract; ``contract`` None: of KPIs that are under none."""

    contract: Contract | None
    rows: Sequence[Row]
    lines: Sequence[LinePair] = ()
    estimates: Sequence[LinePair] = ()

    def of_kpi(self, code: str) -> "Part":
        """Only what is of one KPI."""
        return Part(
            self.contract,
            [row for row in self.rows if row.kpi.code == code],
            [line for line in self.lines if line.kpi == code],
            [line for line in self.estimates if line.kpi == code],
        )

    @property
    def credits(self) -> Sum | None:
        return self._sum(self.lines)

    @property
    def estimated(self) -> Sum | None:
        """Of provisional periods, apart: nothing of it is posted."""
        return self._sum(self.estimates)

    def _sum(self, lines: Iterable[LinePair]) -> Sum | None:
        if self.contract is None:
            return None
        found = list(lines)
        return Sum(
            self.contract.currency,
            sum(line.then or 0 for line in found),
            sum(line.now or 0 for line in found),
            sum(line.now is None for line in found),
        )


@dataclass(frozen=True)
class BackTest:
    """``parts``: in order of their contracts; ``notes``: what a reader has to know, as sentences."""

    span: Range
    as_of: datetime
    parts: Sequence[Part]
    notes: Sequence[str] = ()

    @property
    def rows(self) -> list[Row]:
        return [row for part in self.parts for row in part.rows]

    @property
    def totals(self) -> list[Sum]:
        """Final credits, a sum for each currency."""
        return _by_currency(part.credits for part in self.parts)

    @property
    def estimates(self) -> list[Sum]:
        """Credits of provisional periods, a sum for each currency."""
        return _by_currency(part.estimated for part in self.parts if part.estimates)

    @property
    def provisional(self) -> int:
        return sum(not row.is_final for row in self.rows)


def failures_of(rows: Iterable[Row]) -> Tally:
    """Service level failures: periods that are defaults."""
    found = list(rows)
    return Tally(
        sum(bool(row.then and row.then.cause) for row in found),
        sum(bool(row.now and row.now.cause) for row in found),
    )


def causes_of(rows: Iterable[Row]) -> Mapping[str, Tally]:
    """The same by cause."""
    found = list(rows)
    then = Counter(row.then.cause for row in found if row.then and row.then.cause)
    now = Counter(row.now.cause for row in found if row.now and row.now.cause)
    return {cause: Tally(then[cause], now[cause]) for cause in sorted({*then, *now})}


def verdicts_of(rows: Iterable[Row]) -> Mapping[str, Tally]:
    """How often each status occurs."""
    found = list(rows)
    then = Counter(row.then.status for row in found if row.then)
    now = Counter(row.now.status for row in found if row.now)
    return {status: Tally(then[status], now[status]) for status in sorted({*then, *now})}


def _by_currency(sums: Iterable[Sum | None]) -> list[Sum]:
    found: dict[str, Sum] = {}
    for each in sums:
        if each is not None:
            known = found.get(each.currency)
            found[each.currency] = known + each if known else each
    return [found[currency] for currency in sorted(found)]
