from collections.abc import Iterator
from datetime import date

from contracts.services.calendars import country_holidays
from metrics.portfolio.items import Item
from metrics.portfolio.problems import Problem
from metrics.portfolio.shapes import CalendarShape


def calendar_problems(item: Item[CalendarShape]) -> Iterator[Problem]:
    """Closed days that no calendar has, and countries whose holidays nobody wrote down."""
    for number, day in enumerate(item.shape.holidays):
        if not _exists(day):
            message = f"{day} is not a day of the calendar"
            yield item.problem("holidays", number, message=message, hint="correct the day")
    try:
        closed_days(item.shape)
    except NotImplementedError:
        message = f"the public holidays of {item.shape.country_holidays} are not known"
        hint = "correct the country or region, or list the days under `holidays`"
        yield item.problem("country_holidays", message=message, hint=hint)


def closed_days(shape: CalendarShape) -> list[str]:
    """All closed days as calendars store them, in order, yearly ones first."""
    days = set(shape.holidays)
    if shape.country_holidays and shape.years:
        first, last = shape.years
        days |= set(
            country_holidays(region=shape.country_holidays, first_year=first, last_year=last)
        )
    return sorted(days)


def _exists(day: str) -> bool:
    try:
        date.fromisoformat(day.replace("*", "2000"))
    except ValueError:
        return False
    return True
