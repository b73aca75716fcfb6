"""When a notice goes out: at once, with the next digest, or after the quiet hours."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from metrics.models import AlertSubscription

Timing = AlertSubscription.Timing
TOGETHER = timedelta(minutes=1)  # what happens within it is one message
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Plan:
    """How a subscription wants to be told; ``quiet``: from and until, local wall-clock times."""

    timing: str = Timing.NOW
    hour: int = 8
    weekday: int = 0
    zone: str = "UTC"
    quiet: tuple[time, time] | None = None
    critical_breaks_quiet: bool = True

    @classmethod
    def of(cls, line: AlertSubscription) -> "Plan":
        quiet = (
            (line.quiet_from, line.quiet_until) if line.quiet_from and line.quiet_until else None
        )
        return cls(
            line.timing, line.hour, line.weekday, line.zone, quiet, line.critical_breaks_quiet
        )


def due_at(plan: Plan, *, severity: str, now: datetime) -> datetime:
    """The first instant at which a notice of ``severity`` that is found ``now`` may go out."""
    is_critical = severity == "critical"
    moment = _by_timing(plan, is_critical, now)
    if plan.quiet is None or (is_critical and plan.critical_breaks_quiet):
        return moment
    return _after_quiet(moment, plan.quiet, ZoneInfo(plan.zone))


def _by_timing(plan: Plan, is_critical: bool, now: datetime) -> datetime:
    at_once = plan.timing == Timing.NOW or (plan.timing == Timing.CRITICAL_NOW and is_critical)
    if at_once:
        return now if is_critical else now + TOGETHER
    return _next_digest(plan, now)


def _next_digest(plan: Plan, now: datetime) -> datetime:
    zone = ZoneInfo(plan.zone)
    day = now.astimezone(zone).date()
    while True:
        moment = _instant(day, time(plan.hour), zone)
        if moment > now and (plan.timing != Timing.WEEKLY or day.weekday() == plan.weekday):
            return moment
        day += _DAY


def _after_quiet(moment: datetime, quiet: tuple[time, time], zone: ZoneInfo) -> datetime:
    """``moment``, or the end of the quiet hours it lies in; they may span midnight."""
    begins, ends = quiet
    if begins == ends:
        return moment
    today = moment.astimezone(zone).date()
    for first in (today - _DAY, today):
        last = first if begins < ends else first + _DAY
        if _instant(first, begins, zone) <= moment < _instant(last, ends, zone):
            return _instant(last, ends, zone)
    return moment


def _instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, wall, zone).astimezone(UTC)
