"""Dates as whole numbers, for arrays. Instants are microseconds since 1970-01-01 UTC (int64)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

SECOND = 1_000_000
DAY = 86_400 * SECOND
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_YEAR, LAST_YEAR = 1900, 2199
_LENGTHS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=np.int64)


def microseconds(moment: datetime) -> int:
    """UTC microseconds of an aware datetime, exactly."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def moment(us: int) -> datetime:
    """The aware UTC datetime of `us`."""
    return EPOCH + timedelta(microseconds=us)


def days(year: Ints, month: Ints, day: Ints) -> Ints:
    """Days since 1970-01-01 in the proleptic Gregorian calendar (Hinnant's days_from_civil)."""
    year = year - (month <= 2)
    era = year // 400
    year_of_era = year - era * 400
    day_of_year = (153 * (month + np.where(month > 2, -3, 9)) + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    counted: Ints = era * 146_097 + day_of_era - 719_468
    return counted


def is_date(year: Ints, month: Ints, day: Ints) -> Bools:
    """Whether each is a day of the calendar within the years the tracker knows."""
    known = (month >= 1) & (month <= 12) & (year >= FIRST_YEAR) & (year <= LAST_YEAR)
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    length: Any = _LENGTHS[np.where(known, month, 0)] + (leap & (month == 2))
    real: Bools = known & (day >= 1) & (day <= length)
    return real
