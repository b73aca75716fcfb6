"""Measurement periods: half-open stretches between wall-clock boundaries of a zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .errors import one_of, raise_if_any, refusal
from .zones import to_us, zone_of

MONTHS = {"month": 1, "quarter": 3, "year": 12, "contract_year": 12}
DAYS = {"week": 7, "day": 1}
_JANUARY_FIRST = date(1970, 1, 1)
_A_MONDAY = date(1970, 1, 5)


@dataclass(frozen=True, slots=True)
class Period:
    """[start, end) in UTC, with the local days people see.

    `stub` marks a period shorter than its rule says.

    Raises:
        EngineError: if it would hold no time.
    """

    start: datetime
    end: datetime
    first_day: date
    last_day: date
    label: str
    stub: bool = False

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise refusal("period", self.label, "has no time zone", "use aware UTC datetimes")
        if self.start >= self.end:
            raise refusal(
                "period", f"{self.start} .. {self.end}", "holds no time", "end it after its start"
            )

    @property
    def start_us(self) -> int:
        return to_us(self.start)

    @property
    def end_us(self) -> int:
        return to_us(self.end)

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end


@dataclass(frozen=True, slots=True)
class PeriodRule:
    """How long a period is and where it begins.

    `every`: month, quarter, year, contract_year, week or day. `zone`: IANA name. `anchor`: a day
    on which a period begins; without one months, quarters and years follow the calendar and weeks
    begin on Monday. A contract year needs one (the effective date). Days 29 to 31 clamp to the
    month's last day, each time from the anchor.

    Raises:
        EngineError: for an unknown length or zone, or a missing or needless anchor.
    """

    every: str
    zone: str
    anchor: date | None = None

    def __post_init__(self) -> None:
        problem = one_of("every", self.every, (*MONTHS, *DAYS))
        raise_if_any([problem] if problem else [])
        zone_of(self.zone)
        if self.every == "contract_year" and self.anchor is None:
            raise refusal("anchor", None, "a contract year needs one", "give the effective date")
        if self.every == "day" and self.anchor is not None:
            raise refusal("anchor", str(self.anchor), "a day has none", "leave the anchor out")

    def index_of(self, day: date) -> int:
        """The number of the period, counted from the anchor's, that holds a local day."""
        if self.every in DAYS:
            return (day - (self.anchor or _A_MONDAY)).days // DAYS[self.every]
        base = self.anchor or _JANUARY_FIRST
        months = _month_number(day) - _month_number(base)
        index = months // MONTHS[self.every]
        return index - 1 if self.first_day(index) > day else index

    def first_day(self, index: int) -> date:
        """The first local day of a period by its number."""
        if self.every in DAYS:
            return (self.anchor or _A_MONDAY) + timedelta(days=index * DAYS[self.every])
        return add_months(self.anchor or _JANUARY_FIRST, index * MONTHS[self.every])

    def label(self, day: date) -> str:
        """The name of a full period beginning on `day`: the calendar's own where it has one."""
        if self.every == "week" and day.weekday() == 0:
            year, week, _ = day.isocalendar()
            return f"{year:04}-W{week:02}"
        if day.day == 1 and self.every == "month":
            return f"{day.year:04}-{day.month:02}"
        if day.day == 1 and day.month % 3 == 1 and self.every == "quarter":
            return f"{day.year:04}-Q{day.month // 3 + 1}"
        if (day.month, day.day) == (1, 1) and MONTHS.get(self.every) == 12:
            return f"{day.year:04}"
        return day.isoformat()


def add_months(day: date, months: int) -> date:
    """The same day so many months on, clamped to that month's last day."""
    year, month = divmod(_month_number(day) + months, 12)
    return date(year, month + 1, min(day.day, _days_in(year, month + 1)))


def _month_number(day: date) -> int:
    return day.year * 12 + day.month - 1


def _days_in(year: int, month: int) -> int:
    following = date(year + month // 12, month % 12 + 1, 1) if year < 9999 or month < 12 else None
    return (following - timedelta(days=1)).day if following else 31
