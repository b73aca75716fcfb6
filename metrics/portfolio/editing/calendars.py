"""Working hours registered and edited by people, with the checks of portfolio files."""

from datetime import datetime

from contracts.models import Calendar
from contracts.models.managed import ManagedBy
from contracts.services.writing import save
from metrics.portfolio.editing.entries import Entry, calendar_entry
from metrics.portfolio.editing.running import editing, entry_apply, refused
from metrics.portfolio.reconcile.calendars import reconcile_calendar
from metrics.portfolio.reconcile.run import BY_FILES
from metrics.portfolio.services.calendars import kpis_measured_by

_SECTION = "calendars"
_NAMED = 5


def calendar_register(*, entry: Entry, as_of: datetime) -> Calendar:
    """A new calendar, as ``entry`` states it with the keys of one in a portfolio file.

    Raises EditRefusedError with all reasons.
    """
    with editing():
        code = str(entry.get("code", ""))
        if Calendar.objects.filter(code=code).exists():
            hint = "choose another code; codes are never used twice, not even after archiving"
            raise refused(f"calendar '{code}' is there already", hint, "code")
        entry_apply(entry, reconcile_calendar, as_of=as_of, section=_SECTION)
        calendar = Calendar.objects.get(code=code)
    return calendar


def calendar_edit(*, calendar: Calendar, changes: Entry, as_of: datetime) -> Calendar:
    """Say anew what ``changes`` state: zone, weekdays, or closed days, all of each.

    Raises EditRefusedError, also once a figure was computed with the calendar: then a new one
    takes over by a new definition.
    """
    with editing():
        _refuse_foreign(calendar)
        entry = calendar_entry(calendar) | changes
        entry_apply(entry, reconcile_calendar, as_of=as_of, section=_SECTION)
    return Calendar.objects.get(pk=calendar.pk)


def calendar_archive(*, calendar: Calendar, as_of: datetime, reason: str = "") -> Calendar:
    """Raises EditRefusedError while KPIs in use are, or were, measured by it."""
    with editing():
        _refuse_foreign(calendar)
        used = kpis_measured_by(calendar)
        if used:
            more = " and more" * (len(used) > _NAMED)
            message = f"it is still used by KPI {', '.join(used[:_NAMED])}{more}"
            raise refused(message, "archive what uses it first")
        calendar.archived_at = as_of
        save(calendar, action="archived", reason=reason)
    return calendar


def calendar_restore(*, calendar: Calendar) -> Calendar:
    """Raises EditRefusedError for one of portfolio files, and for one that is in use."""
    with editing():
        _refuse_files(calendar)
        if calendar.archived_at is None:
            raise refused(f"calendar '{calendar.code}' is in use", "nothing is left to do")
        calendar.archived_at = None
        save(calendar, action="restored")
    return calendar


def _refuse_foreign(calendar: Calendar) -> None:
    _refuse_files(calendar)
    if calendar.archived_at is not None:
        raise refused(f"calendar '{calendar.code}' is archived", "bring it back into use first")


def _refuse_files(calendar: Calendar) -> None:
    if calendar.managed_by == ManagedBy.PORTFOLIO:
        raise refused("portfolio files manage this one: nobody else overwrites it", BY_FILES)
