"""Short ways to say what a test is about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from metrics.engine import (
    Inputs,
    Level,
    Period,
    PeriodRule,
    Result,
    Row,
    Slot,
    Status,
    Timeline,
    Totals,
    WorkCalendar,
    evaluate,
    to_us,
)

HOUR_US = 3_600_000_000
OFFICE = {
    "zone": "UTC",
    "weekdays": {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
}


def number(text: object) -> Fraction:
    return Fraction(str(text))


def at(text: str) -> datetime:
    """A UTC instant from ISO text."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def us(text: str) -> int:
    return to_us(at(text))


def office() -> WorkCalendar:
    return WorkCalendar.parse(OFFICE)


def march(zone: str = "UTC") -> Period:
    timeline = Timeline(((date(2026, 1, 1), PeriodRule("month", zone)),), date(2026, 1, 1))
    period = timeline.containing(at("2026-03-15"))
    assert period is not None
    return period


def level(operator: str = ">=", expected: object = None, **more: Any) -> Level:
    numbers = ("minimum", "lo", "hi", "floor", "critical", "min_volume", "min_coverage", "weight")
    exact = {key: number(more.pop(key)) for key in numbers if key in more}
    return Level(operator, None if expected is None else number(expected), **exact, **more)


def rows(*values: object, scale: int = 0, **columns: Any) -> list[Row]:
    """Rows a minute apart in March 2026, with one value each."""
    return [
        Row(us("2026-03-02") + minute * 60_000_000, value=stored(value, scale), **columns)
        for minute, value in enumerate(values)
    ]


def pairs(*ab: tuple[object, object], scale: int = 0, series: str | None = None) -> list[Row]:
    return [
        Row(us("2026-03-02") + n, a=stored(a, scale), b=stored(b, scale), series=series)
        for n, (a, b) in enumerate(ab)
    ]


def stored(value: object, scale: int) -> int | None:
    return None if value is None else int(Decimal(str(value)).scaleb(scale))


def figure(
    measure: str,
    data: Totals | Sequence[Row],
    unit: str = "",
    scale: int = 0,
    parameters: dict[str, Any] | None = None,
    **more: Any,
) -> Result:
    """Evaluate one measure over March 2026, from totals or from rows."""
    period = more.pop("period", None) or march()
    given: dict[str, Any] = {"totals" if isinstance(data, Totals) else "rows": data}
    as_of = more.pop("as_of", period.end)
    return evaluate(Inputs(measure, parameters or {}, unit, scale, period, as_of, **given, **more))


def slots(letters: str) -> list[Slot]:
    """M met, E below expected, F below minimum, x no verdict."""
    status = {
        "M": Status.MET,
        "E": Status.BELOW_EXPECTED,
        "F": Status.BELOW_MINIMUM,
        "x": Status.NO_DATA,
    }
    return [Slot(status[letter]) for letter in letters]


def stretch(first: date, last: date) -> Period:
    """A period of whole UTC days."""
    begin = datetime(first.year, first.month, first.day, tzinfo=UTC)
    end = datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1)
    return Period(begin, end, first, last, first.isoformat())
