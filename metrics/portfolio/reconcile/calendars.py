from typing import Any

from contracts.models import Calendar
from contracts.services.calendars import calendar_change, calendar_create
from metrics.portfolio.checks.calendars import closed_days
from metrics.portfolio.items import Item
from metrics.portfolio.reconcile.run import Run, differences, shown
from metrics.portfolio.services.calendars import kpi_resting_on
from metrics.portfolio.shapes import CalendarShape


def reconcile_calendars(run: Run) -> None:
    """Create calendars; change those that no figure was computed with."""
    for item in run.portfolio.calendars:
        reconcile_calendar(run, item)


def reconcile_calendar(run: Run, item: Item[CalendarShape]) -> None:
    """Create one calendar, or change it while no figure was computed with it."""
    code = item.shape.code
    values = _values(item.shape)
    existing = run.calendars.get(code)
    if values is None or (
        existing and run.owns(existing) and _is_fixed(run, item, existing, values)
    ):
        return
    calendar = run.reconcile(
        "calendars",
        item,
        existing,
        values,
        create=lambda: calendar_create(code=code, managed_by=run.managed_by, **values),
        change=lambda calendar, changed: calendar_change(calendar=calendar, **changed),
    )
    if calendar:
        run.calendars[code] = calendar


def _values(shape: CalendarShape) -> dict[str, Any] | None:
    try:
        days = closed_days(shape)
    except NotImplementedError:
        return None
    return {"zone": shape.zone, "weekdays": shape.weekdays.segments(), "holidays": days}


def _is_fixed(
    run: Run, item: Item[CalendarShape], existing: Calendar, values: dict[str, Any]
) -> bool:
    """Refuse to change working hours that figures were computed with."""
    changed = differences(existing, values).keys() - {"archived_at"}
    if not changed:
        return False
    user = kpi_resting_on(existing)
    if user is None:
        return False
    for name in sorted(changed):
        message = f"figures of KPI '{user}' rest on {_words(name, existing, values)}"
        hint = (
            "state a calendar with a new code, and add a line to the KPI's definitions that "
            "uses it from a new valid_from on"
        )
        run.refuse(item, name, message=message, hint=hint)
    return True


def _words(name: str, existing: Calendar, values: dict[str, Any]) -> str:
    old, new = getattr(existing, name), values[name]
    if name != "holidays":
        return f"{name} '{shown(old)}', not '{shown(new)}'"
    more = ", ".join(sorted(set(new) - set(old))) or "none"
    fewer = ", ".join(sorted(set(old) - set(new))) or "none"
    return f"other closed days: {more} would be added, {fewer} would be dropped"
