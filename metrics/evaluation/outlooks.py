"""Where running periods are heading: failures allowed, used and left, and the pace. Estimates.

What the rest of a period brings is known where it is a schedule, or where items are known to fall
due. Else it is taken to bring as much in all as the period before, or to go on as so far.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction

from metrics.engine import EngineError, Heading, Level, Outlook, Totals, elapsed_us, outlook, to_us
from metrics.evaluation.reading import Window, totals_of
from metrics.evaluation.terms import calendar_of, level_judging
from metrics.models import Kpi, KpiPeriod, ResultRevision, ServiceLevel

Phase = KpiPeriod.Phase
JOINED = ("kpi", "current__definition__calendar", "current__level")
LEAST_SHARE = Fraction(1, 10)  # of the projected volume, before a pace says anything


class Basis(StrEnum):
    """What the volume of the whole period is taken from."""

    SCHEDULE = "schedule"
    KNOWN_DUE = "known_due"
    PERIOD_BEFORE = "period_before"
    PACE = "pace"


@dataclass(frozen=True, slots=True)
class Running:
    """A running period with its outlook; volumes in the natural units of its measure.

    ``bounded``: no more than ``projected`` can come.
    """

    head: KpiPeriod
    outlook: Outlook
    so_far: Fraction
    projected: Fraction
    basis: Basis
    bounded: bool

    @property
    def is_exact(self) -> bool:
        """Whether the failures allowed are known rather than estimated."""
        return self.basis is Basis.SCHEDULE

    @property
    def is_at_risk(self) -> bool:
        return self.outlook.heading is not Heading.ON_TRACK


@dataclass(frozen=True, slots=True)
class _Volumes:
    bad: Fraction
    so_far: Fraction
    projected: Fraction
    basis: Basis
    bounded: bool


def outlooks_of(heads: Iterable[KpiPeriod], now: datetime) -> dict[int, Running]:
    """{head id: where it is heading}, of those of which something can be said: running ones of a
    share with failures left, against a level that counts by now. Heads come with ``JOINED``."""
    judged = [head for head in heads if _is_judged(head, now)]
    before = _volumes_before(judged)
    due = _due_so_far(judged, now)
    found = {}
    for head in judged:
        volumes = _volumes(head, before, due, now)
        running = _running(head, volumes) if volumes else None
        if running:
            found[head.pk] = running
    return found


def outlook_of(head: KpiPeriod, now: datetime) -> Running | None:
    """Where one period is heading; None where nothing can be said."""
    return outlooks_of([head], now).get(head.pk)


def _is_judged(head: KpiPeriod, now: datetime) -> bool:
    if head.phase != Phase.RUNNING or head.current is None or not head.current.denominator:
        return False
    level = head.current.level
    if level is None or level.kind == ServiceLevel.Kind.REPORTING or head.kpi.archived_at:
        return False
    counts = bool(head.current.body.get("failures")) and level.is_enforced(head.first_day)
    return counts and head.starts_at < now


def _volumes_before(heads: Iterable[KpiPeriod]) -> Mapping[tuple[int, datetime], Fraction]:
    """The whole volume of the period right before each, by KPI and the instant between them."""
    wanted = list(heads)
    found = KpiPeriod.objects.filter(
        kpi__in={head.kpi_id for head in wanted},
        ends_at__in={head.starts_at for head in wanted},
    ).exclude(phase=Phase.RUNNING)
    rows = found.exclude(current=None).exclude(current__denominator="")
    values = rows.values_list("kpi_id", "ends_at", "current__denominator")
    return {(kpi, ends): Fraction(volume) for kpi, ends, volume in values}


def _due_so_far(heads: Sequence[KpiPeriod], now: datetime) -> Mapping[int, Totals]:
    """{head id: sums over the items that fell due by now}, of shares by due date."""
    by_due = [head for head in heads if _goes_by_due(head)]
    until = to_us(now) + 1
    windows = [
        Window(head.kpi_id, to_us(head.starts_at), min(until, to_us(head.ends_at)))
        for head in by_due
    ]
    sums = totals_of(windows) if windows else []
    return {head.pk: totals for head, totals in zip(by_due, sums, strict=True)}


def _goes_by_due(head: KpiPeriod) -> bool:
    """A share of items by due date whose rows all count: relief takes rows out."""
    revision = _current(head)
    excused = revision.body.get("circumstances", {}).get("excused")
    is_share = revision.definition.measure == "ratio" and not excused
    return is_share and head.kpi.time_field == Kpi.TimeField.DUE


def _volumes(
    head: KpiPeriod,
    before: Mapping[tuple[int, datetime], Fraction],
    due: Mapping[int, Totals],
    now: datetime,
) -> _Volumes | None:
    revision = _current(head)
    bad = Fraction(revision.body["failures"]["used"])
    whole = Fraction(revision.denominator)
    share = _elapsed(head, now)
    if not share or not whole:
        return None
    if revision.definition.measure == "availability":
        return _Volumes(bad, max(whole * share, bad), whole, Basis.SCHEDULE, bounded=True)
    known = _of_due(head, due[head.pk], whole) if head.pk in due else None
    if known:
        return known
    last = before.get((head.kpi_id, head.starts_at))
    if last:
        return _Volumes(bad, whole, max(whole, last), Basis.PERIOD_BEFORE, bounded=False)
    return _Volumes(bad, whole, whole / share, Basis.PACE, bounded=False)


def _of_due(head: KpiPeriod, totals: Totals, whole: Fraction) -> _Volumes | None:
    """Items that fell due so far, of all known to fall due; None where none ahead is known."""
    scale = 10**head.kpi.decimals
    failed = totals.b - totals.a if _level(head).higher_is_better else totals.a
    bad, so_far = Fraction(failed, scale), Fraction(totals.b, scale)
    if so_far >= whole:
        return None
    return _Volumes(bad, so_far, whole, Basis.KNOWN_DUE, bounded=True)


def _elapsed(head: KpiPeriod, now: datetime) -> Fraction:
    """The share of the period's working time that has gone by; of all time without a calendar."""
    start, end, until = to_us(head.starts_at), to_us(head.ends_at), to_us(min(now, head.ends_at))
    line = _current(head).definition.calendar
    calendar = calendar_of(line) if line else None
    whole = elapsed_us(start, end, calendar)
    return Fraction(elapsed_us(start, until, calendar), whole) if whole else Fraction(0)


def _running(head: KpiPeriod, volumes: _Volumes) -> Running | None:
    """None while too little is in to say, and for shares of a kind that has no outlook."""
    if volumes.so_far < volumes.projected * LEAST_SHARE:
        return None
    unit = _current(head).definition.unit
    numbers = (volumes.bad, volumes.so_far, volumes.projected)
    try:
        seen = outlook(*numbers, _level(head), unit, bounded=volumes.bounded)
    except EngineError:  # not a share of the kind that can be estimated
        return None
    if seen is None:
        return None
    return Running(head, seen, volumes.so_far, volumes.projected, volumes.basis, volumes.bounded)


def _level(head: KpiPeriod) -> Level:
    level = level_judging(_current(head), head.first_day)
    assert level is not None  # what has none is not judged
    return level


def _current(head: KpiPeriod) -> ResultRevision:
    assert head.current is not None  # what has none is not judged
    return head.current
