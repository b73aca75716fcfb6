"""Which days notice can arrive on: the open days of a calendar, or a country's working days."""

from collections.abc import Collection, Mapping
from datetime import date
from functools import cache
from typing import Any

from contracts.models import Calendar, Contract
from contracts.rules.terms import IsOpen, always_open
from contracts.services.calendars import country_holidays

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SATURDAY = 5


def arrival_days(contract: Contract) -> IsOpen:
    """Whether notice of ``contract`` can arrive on a day."""
    if not contract.notice_working_day:
        return always_open
    if contract.notice_calendar is not None:
        return calendar_days(contract.notice_calendar)
    return country_days(contract.notice_country)


def calendar_days(calendar: Calendar) -> IsOpen:
    """The days on which ``calendar`` is open at all, by the version in force on each."""

    def is_open(day: date) -> bool:
        weekdays, holidays = _hours_in_force(calendar, f"{day:%Y-%m-%d}")
        is_closed = f"{day:%Y-%m-%d}" in holidays or f"*-{day:%m-%d}" in holidays
        return bool(weekdays.get(_WEEKDAYS[day.weekday()])) and not is_closed

    return is_open


def _hours_in_force(calendar: Calendar, day: str) -> tuple[Mapping[str, Any], Collection[str]]:
    """(weekdays, holidays) of the version that holds on an ISO day."""
    begun = (each for each in reversed(calendar.versions) if each["valid_from"] <= day)
    line = next(begun, None)
    if line is None:
        return calendar.weekdays, calendar.holidays
    return line["weekdays"], line.get("holidays") or ()


def country_days(region: str) -> IsOpen:
    """Monday to Friday without the public holidays of a country (IE) or region (DE-BY)."""

    def is_open(day: date) -> bool:
        return day.weekday() < _SATURDAY and f"{day:%Y-%m-%d}" not in _closed(region, day.year)

    return is_open


@cache
def _closed(region: str, year: int) -> frozenset[str]:
    return frozenset(country_holidays(region=region, first_year=year, last_year=year))
