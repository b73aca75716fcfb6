from collections.abc import Mapping, Sequence
from typing import Any

from contracts.models import Calendar
from contracts.services.calendars import calendar_change, calendar_create
from metrics.portfolio.checks.calendars import closed_days
from metrics.portfolio.items import Item
from metrics.portfolio.reconcile.run import Run, differences, shown
from metrics.portfolio.services.calendars import (
    first_difference,
    kpi_resting_on,
    kpi_resting_on_version,
    periods_mark,
)
from metrics.portfolio.shapes import CalendarShape
from metrics.portfolio.shapes.parties import CalendarVersionShape


def reconcile_calendars(run: Run) -> None:
    """Create calendars; change those that no figure was computed with."""
    for item in run.portfolio.calendars:
        reconcile_calendar(run, item)


def reconcile_calendar(run: Run, item: Item[CalendarShape]) -> None:
    """Create one calendar, change it while no figure was computed with it, or add a version."""
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
        change=_change,
    )
    if calendar:
        run.calendars[code] = calendar


def _values(shape: CalendarShape) -> dict[str, Any] | None:
    try:
        days = closed_days(shape)
        versions = [_version(each) for each in shape.versions]
    except NotImplementedError:
        return None
    return {
        "zone": shape.zone,
        "weekdays": shape.weekdays.segments(),
        "holidays": days,
        "versions": versions,
    }


def _version(shape: CalendarVersionShape) -> dict[str, Any]:
    return {
        "valid_from": shape.valid_from.isoformat(),
        "weekdays": shape.weekdays.segments(),
        "holidays": closed_days(shape),
    }


def _change(calendar: Calendar, changed: Mapping[str, Any]) -> Calendar:
    """Change it, and have the periods computed again that the new versions reach into."""
    since = first_difference(calendar.versions, changed.get("versions", calendar.versions))
    calendar = calendar_change(calendar=calendar, **changed)
    if since is not None:
        periods_mark(calendar=calendar, since=since)
    return calendar


def _is_fixed(
    run: Run, item: Item[CalendarShape], existing: Calendar, values: dict[str, Any]
) -> bool:
    """Refuse to change working hours that figures were computed with."""
    changed = differences(existing, values).keys() - {"archived_at", "versions"}
    rewritten = _rewrites(run, item, existing, values["versions"])
    user = kpi_resting_on(existing) if changed else None
    if user is None:
        return rewritten
    for name in sorted(changed):
        message = f"figures of KPI '{user}' rest on {_words(name, existing, values)}"
        hint = (
            "add them as a version under `versions` with a new valid_from, or state a calendar "
            "with a new code and let a new line of the KPI's definitions use it"
        )
        run.refuse(item, name, message=message, hint=hint)
    return True


def _rewrites(
    run: Run, item: Item[CalendarShape], existing: Calendar, wanted: Sequence[Any]
) -> bool:
    """Refuse to change, drop or precede a version that figures were computed with."""
    for number, version in enumerate(existing.versions):
        same = number < len(wanted) and wanted[number] == version
        user = None if same else kpi_resting_on_version(existing, number)
        if user is not None:
            day = version["valid_from"]
            message = f"figures of KPI '{user}' rest on the version from {day}"
            hint = "put it back as it was, and let a new version begin after the last one"
            run.refuse(item, "versions", message=message, hint=hint)
            return True
    return False


def _words(name: str, existing: Calendar, values: dict[str, Any]) -> str:
    old, new = getattr(existing, name), values[name]
    if name != "holidays":
        return f"{name} '{shown(old)}', not '{shown(new)}'"
    more = ", ".join(sorted(set(new) - set(old))) or "none"
    fewer = ", ".join(sorted(set(old) - set(new))) or "none"
    return f"other closed days: {more} would be added, {fewer} would be dropped"
