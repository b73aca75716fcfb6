"""The working-time clock: how much time counted, and when time is up.

Both directions are pure: pauses are handed in whole, so a changed history is simply counted again.
Without a calendar every second counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction

from .errors import refusal
from .worktime import WorkCalendar, minutes_of
from .zones import MICROSECOND, from_us, local_us, to_us, zone_of

_FURTHEST_YEARS = 200
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Pause:
    """A stretch in which the clock stands; `end` None is still running. UTC datetimes."""

    start: datetime
    end: datetime | None
    set_by: str = ""


def elapsed(
    start: datetime,
    end: datetime,
    calendar: WorkCalendar | None = None,
    pauses: Sequence[Pause] = (),
) -> timedelta:
    """Working time from start to end, less pauses where they overlap working time.

    A reversed range is 0. Source: service-desk practice (solution time of an incident).
    """
    spans = [(to_us(p.start), to_us(p.end or end)) for p in pauses]
    return elapsed_us(to_us(start), to_us(end), calendar, spans) * MICROSECOND


def deadline(
    start: datetime,
    duration: timedelta,
    calendar: WorkCalendar | None = None,
    pauses: Sequence[Pause] = (),
) -> datetime:
    """The earliest instant with elapsed(start, instant) = duration, in UTC.

    Raises:
        EngineError: for a negative duration, or a pause still running before the time is up.
    """
    if duration < timedelta():
        raise refusal("duration", str(duration), "is negative", "give zero or more")
    still_open = min((to_us(p.start) for p in pauses if p.end is None), default=None)
    spans = [(to_us(p.start), to_us(p.end)) for p in pauses if p.end is not None]
    due = deadline_us(to_us(start), duration // MICROSECOND, calendar, spans)
    if still_open is not None and still_open < due:
        raise refusal(
            "pause", from_us(still_open).isoformat(), "is still running", "end it at your as_of"
        )
    return from_us(due)


def warn_at(
    start: datetime,
    duration: timedelta,
    before: timedelta,
    calendar: WorkCalendar | None = None,
    pauses: Sequence[Pause] = (),
) -> datetime:
    """When `before` of working time is left: itself a deadline; never before the start."""
    return deadline(start, max(duration - before, timedelta()), calendar, pauses)


def pause_shares(
    start: datetime, end: datetime, calendar: WorkCalendar | None, pauses: Sequence[Pause]
) -> Mapping[str, Fraction]:
    """Who stopped the clock, each as a share 0..1 of the working time between start and end."""
    whole = elapsed(start, end, calendar)
    by_setter: dict[str, list[Span]] = defaultdict(list)
    for pause in pauses:
        by_setter[pause.set_by].append((to_us(pause.start), to_us(pause.end or end)))
    lo, hi = to_us(start), to_us(end)
    return {
        setter: Fraction(_paused_us(lo, hi, calendar, spans), whole // MICROSECOND)
        for setter, spans in by_setter.items()
        if whole
    }


def business_deadline(
    start: datetime,
    days: int,
    calendar: WorkCalendar,
    cut_off: str | None = None,
    ends: str = "close",
) -> datetime:
    """The end of the n-th business day after the event's own day, in UTC.

    The event's day is day 0; after `cut_off` ("15:00", exactly then is in time) or on a closed
    day, day 0 is the next open day. `ends`: at close of that day, or at the event's time of day.

    Raises:
        EngineError: for negative days, an unknown `ends`, or a calendar without open days.
    """
    if days < 0 or ends not in ("close", "same_time"):
        raise refusal("days/ends", (days, ends), "is not served", "use days >= 0, close|same_time")
    local = from_us(to_us(start)).astimezone(zone_of(calendar.zone))
    late = cut_off is not None and local.time() > _time_of(cut_off)
    day = _open_day(calendar, local.date() + timedelta(days=1 if late else 0))
    for _ in range(days):
        day = _open_day(calendar, day + timedelta(days=1))
    close = timedelta(minutes=calendar.hours_on(day)[-1][1])
    midnight = datetime.combine(day, time())
    end = midnight + close if ends == "close" else datetime.combine(day, local.time())
    return from_us(local_us(end, zone_of(calendar.zone)))


def _time_of(text: str) -> time:
    try:
        hours, minutes = divmod(minutes_of(text), 60)
        return time(hours, minutes) if hours < 24 else time.max
    except (TypeError, ValueError):
        raise refusal("cut_off", text, "is not a time of day", 'write "15:00"') from None


def _open_day(calendar: WorkCalendar, day: date) -> date:
    for offset in range(366 * 10):
        if calendar.is_open(day + timedelta(days=offset)):
            return day + timedelta(days=offset)
    raise refusal("calendar", calendar.zone, "has no open day for ten years", "check its holidays")


def elapsed_us(
    start: int, end: int, calendar: WorkCalendar | None = None, pauses: Sequence[Span] = ()
) -> int:
    """`elapsed` in integer UTC microseconds; a pause is a (start, end) pair."""
    if end <= start:
        return 0
    whole = _worked(start, end, calendar)
    return whole - _paused_us(start, end, calendar, pauses) if pauses else whole


def deadline_us(
    start: int, duration: int, calendar: WorkCalendar | None = None, pauses: Sequence[Span] = ()
) -> int:
    """`deadline` in integer UTC microseconds; a pause is a (start, end) pair."""
    now, left = start, duration
    for pause_start, pause_end in merged(pauses):
        if pause_end <= now:
            continue
        available = _worked(now, max(now, pause_start), calendar)
        if available >= left:
            break
        now, left = pause_end, left - available
    return _after(now, left, calendar)


def merged(spans: Sequence[Span]) -> list[Span]:
    """The union of spans as ascending, separate, non-empty ones."""
    union: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if union and start <= union[-1][1]:
            union[-1] = (union[-1][0], max(union[-1][1], end))
        else:
            union.append((start, end))
    return union


def _paused_us(start: int, end: int, calendar: WorkCalendar | None, pauses: Sequence[Span]) -> int:
    clipped = [(max(a, start), min(b, end)) for a, b in pauses]
    return sum(_worked(a, b, calendar) for a, b in merged(clipped))


def _worked(start: int, end: int, calendar: WorkCalendar | None) -> int:
    if calendar is None:
        return end - start
    first, last = calendar.year_of(start), calendar.year_of(end)
    total = sum(calendar.year(number).total for number in range(first, last))
    return total + calendar.year(last).worked_until(end) - calendar.year(first).worked_until(start)


def _after(start: int, work: int, calendar: WorkCalendar | None) -> int:
    """The earliest instant not before start by which `work` microseconds were worked."""
    if calendar is None or work == 0:
        return start + work
    number = calendar.year_of(start)
    left = work + calendar.year(number).worked_until(start)
    for year in range(number, number + _FURTHEST_YEARS):
        if left <= calendar.year(year).total:
            return calendar.year(year).instant_after(left)
        left -= calendar.year(year).total
    raise refusal("duration", work * MICROSECOND, "is never reached", "check the calendar")
