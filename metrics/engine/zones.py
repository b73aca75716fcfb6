"""Wall-clock times of a zone as instants: integer UTC microseconds since 1970."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .errors import refusal

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US
_NAIVE_EPOCH = EPOCH.replace(tzinfo=None)


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo:
    """The IANA zone.

    Raises:
        EngineError: if there is no such zone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError, TypeError) as error:
        raise refusal(
            "zone", name, "is not an IANA time zone", "use a name such as Europe/Paris"
        ) from error


def to_us(instant: datetime) -> int:
    """UTC microseconds of an aware datetime.

    Raises:
        EngineError: for a time without a zone.
    """
    if instant.tzinfo is None:
        raise refusal(
            "instant", instant.isoformat(), "has no time zone", "pass an aware datetime in UTC"
        )
    return (instant - EPOCH) // MICROSECOND


def from_us(instant: int) -> datetime:
    """The aware UTC datetime of UTC microseconds."""
    return EPOCH + timedelta(microseconds=instant)


def local_us(local: datetime, zone: ZoneInfo) -> int:
    """The instant of a naive wall-clock time.

    A time that exists twice is the earlier one. A time inside a gap is the instant of the jump,
    so that a stretch of wall-clock time has neither a hole nor an overlap.
    """
    before, after = (_offset_us(local, zone, fold) for fold in (0, 1))
    naive = (local - _NAIVE_EPOCH) // MICROSECOND
    if after <= before:
        return naive - before
    return _jump_between(naive - after, naive - before, zone)


def _offset_us(local: datetime, zone: ZoneInfo, fold: int) -> int:
    offset = zone.utcoffset(local.replace(fold=fold))
    return (offset or timedelta()) // MICROSECOND


def _jump_between(earliest: int, latest: int, zone: ZoneInfo) -> int:
    old = from_us(earliest).astimezone(zone).utcoffset()
    low, high = earliest // SECOND_US, latest // SECOND_US
    while high - low > 1:
        middle = (low + high) // 2
        if from_us(middle * SECOND_US).astimezone(zone).utcoffset() == old:
            low = middle
        else:
            high = middle
    return high * SECOND_US


@lru_cache(maxsize=65536)
def midnight_us(day: date, zone: str) -> int:
    """The instant at which a local day begins."""
    return local_us(datetime.combine(day, time()), zone_of(zone))


def local_day(instant: int, zone: str) -> date:
    """The local calendar day of an instant."""
    return from_us(instant).astimezone(zone_of(zone)).date()
