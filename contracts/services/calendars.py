from collections.abc import Iterable, Mapping, Sequence

import holidays as national

from contracts.models import Calendar
from contracts.models.managed import ManagedBy
from contracts.services.writing import change, save, writing

_CHANGEABLE = frozenset({"zone", "weekdays", "holidays", "archived_at"})


def calendar_create(
    *,
    code: str,
    zone: str,
    weekdays: Mapping[str, Sequence[Sequence[str]]],
    holidays: Iterable[str] = (),
    managed_by: str = ManagedBy.PERSON,
) -> Calendar:
    """A new calendar. Raises ValidationError, also for a code that is taken."""
    calendar = Calendar(
        code=code,
        zone=zone,
        weekdays=dict(weekdays),
        holidays=list(holidays),
        managed_by=managed_by,
    )
    with writing():
        save(calendar)
    return calendar


def calendar_change(*, calendar: Calendar, **values: object) -> Calendar:
    """Change zone, weekdays, holidays or archived_at. Raises ValidationError.

    Whoever calls it makes sure that no computed figure rests on the calendar as it was.
    """
    with writing():
        change(calendar, values, _CHANGEABLE)
    return calendar


def country_holidays(*, region: str, first_year: int, last_year: int) -> list[str]:
    """The public holidays of a country (IE) or region (DE-BY) as days, in order.

    Raises NotImplementedError for a country or region that is not known.
    """
    country, _, subdivision = region.partition("-")
    found = national.country_holidays(
        country, subdiv=subdivision or None, years=range(first_year, last_year + 1)
    )
    return sorted(day.isoformat() for day in found if first_year <= day.year <= last_year)
