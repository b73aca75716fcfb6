"""The stretch of days a person names when they say "March 2026" or "2026-Q1"."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

_YEAR = re.compile(r"(\d{4})", re.ASCII)
_QUARTER = re.compile(r"(\d{4})-?[Qq]([1-4])", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_WEEK = re.compile(r"(\d{4})-?[Ww](\d{2})", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_RANGE = ".."
_WAY_OUT = "write 2026-03, 2026-Q1, 2026, 2026-W12, 2026-03-14 or 2026-03-14..2026-04-13"
_FIRST_YEAR, _LAST_YEAR = 1970, 2100
_MONTHS = 12
_QUARTER_MONTHS = 3


class SpanError(ValueError):
    """A text that names no stretch of days; the message says what would."""


@dataclass(frozen=True, slots=True)
class Span:
    """``first_day`` to ``last_day``, both included; ``label`` is how people name it."""

    first_day: date
    last_day: date
    label: str

    @property
    def days(self) -> int:
        return (self.last_day - self.first_day).days + 1

    @property
    def words(self) -> str:
        """The span for a headline, such as ``March 2026``."""
        if self == month_of(self.first_day):
            return f"{self.first_day:%B %Y}"
        if self.days == 1:
            return _spoken(self.first_day)
        if _RANGE in self.label:
            return f"{_spoken(self.first_day)} to {_spoken(self.last_day)}"
        year, _, part = self.label.partition("-")
        return f"{part} {year}" if part.startswith("Q") else self.label

    def holds(self, day: date) -> bool:
        return self.first_day <= day <= self.last_day


def parse_span(text: str) -> Span:
    """The span ``text`` names: year, quarter, month, ISO week, day or range of days.

    Raises SpanError, also for years so far away that the spans beside them do not exist.
    """
    text = text.strip()
    try:
        span = _parsed(text)
    except (ValueError, OverflowError) as error:
        raise SpanError(f"period {text!r} is not one: {_WAY_OUT}") from error
    if span.first_day.year < _FIRST_YEAR or span.last_day.year > _LAST_YEAR:
        raise SpanError(f"period {text!r} is not within {_FIRST_YEAR} to {_LAST_YEAR}: {_WAY_OUT}")
    return span


def month_of(day: date) -> Span:
    """The calendar month of ``day``."""
    last = monthrange(day.year, day.month)[1]
    return Span(day.replace(day=1), day.replace(day=last), f"{day:%Y-%m}")


def quarter_of(day: date) -> Span:
    """The calendar quarter of ``day``."""
    number = (day.month - 1) // _QUARTER_MONTHS
    first = date(day.year, number * _QUARTER_MONTHS + 1, 1)
    last = month_of(date(day.year, first.month + 2, 1)).last_day
    return Span(first, last, f"{day.year}-Q{number + 1}")


def year_of(day: date) -> Span:
    return Span(date(day.year, 1, 1), date(day.year, 12, 31), f"{day.year}")


def span_between(first_day: date, last_day: date) -> Span:
    """The span of these days, by its usual name where it has one. Raises SpanError."""
    if last_day < first_day:
        raise SpanError(f"period {first_day}..{last_day} ends before it begins: swap the days")
    given = (first_day, last_day)
    for kind in (month_of, quarter_of, year_of, week_of, day_of):
        named = kind(first_day)
        if (named.first_day, named.last_day) == given:
            return named
    return Span(first_day, last_day, f"{first_day}{_RANGE}{last_day}")


def beside(span: Span, steps: int) -> Span:
    """The span of the same kind ``steps`` later (earlier when negative)."""
    for kind, months in ((month_of, 1), (quarter_of, _QUARTER_MONTHS), (year_of, _MONTHS)):
        if kind(span.first_day) == span:
            index = span.first_day.year * _MONTHS + span.first_day.month - 1 + steps * months
            return kind(date(index // _MONTHS, index % _MONTHS + 1, 1))
    shift = timedelta(days=span.days * steps)
    return span_between(span.first_day + shift, span.last_day + shift)


def week_of(day: date) -> Span:
    """The ISO week of ``day``."""
    year, number, _ = day.isocalendar()
    return _week(year, number)


def day_of(day: date) -> Span:
    return Span(day, day, day.isoformat())


def _parsed(text: str) -> Span:
    if match := _YEAR.fullmatch(text):
        return year_of(date(int(match[1]), 1, 1))
    if match := _QUARTER.fullmatch(text):
        return quarter_of(date(int(match[1]), int(match[2]) * _QUARTER_MONTHS, 1))
    if match := _MONTH.fullmatch(text):
        return month_of(date(int(match[1]), int(match[2]), 1))
    if match := _WEEK.fullmatch(text):
        return _week(int(match[1]), int(match[2]))
    if _RANGE in text:
        first, _, last = text.partition(_RANGE)
        return span_between(_day(first), _day(last))
    return day_of(_day(text))


def _day(text: str) -> date:
    if not _DAY.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text)


def _week(year: int, number: int) -> Span:
    first = date.fromisocalendar(year, number, 1)
    return Span(first, first + timedelta(days=6), f"{year}-W{number:02d}")


def _spoken(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
