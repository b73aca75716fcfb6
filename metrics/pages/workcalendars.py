"""Working-time calendars: the hours and closed days that KPIs are measured by."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from contracts.models import Calendar
from contracts.pages.base import Crumb, paged
from contracts.pages.editing import by_files, managed_page, posted
from contracts.selectors import scope as scoped
from contracts.selectors.duties import Duty
from contracts.selectors.lookups import one_by
from contracts.selectors.scope import Scope
from kpotracker.toolkit.dbclock import now
from metrics.engine import WorkCalendar
from metrics.evaluation.terms import calendar_of
from metrics.pages.base import page
from metrics.pages.workcalendar_forms import VersionForm
from metrics.portfolio.editing import EditRefusedError, calendar_add_version
from metrics.portfolio.editing.entries import calendar_entry
from metrics.selectors import scope as measured

SECTION = "workcalendars"
_PER_PAGE = 50
_AHEAD = 366  # days in which coming closed days are looked for
_MOST_CLOSED = 20


@dataclass(frozen=True, slots=True)
class Stage:
    """Hours that hold between two days; an open end has none."""

    first_day: date | None
    last_day: date | None
    hours: list[tuple[str, str]]
    is_current: bool


@page()
def workcalendar_list(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Calendars by code."""
    found = scoped.calendars(scope).filter(archived_at=None).order_by("code")
    context = {"page": paged(request, found, size=_PER_PAGE), "section": SECTION}
    return render(request, "metrics/workcalendars.html", context)


@page()
def workcalendar(request: HttpRequest, scope: Scope, code: str) -> HttpResponse:
    """One calendar: its hours through all versions, the coming closed days, who is measured."""
    found, today = _one(scope, code), now().date()
    kpis = measured.kpis(scope).filter(definitions__calendar=found, archived_at=None).distinct()
    context = {
        "calendar": found,
        "stages": list(_stages(found, today)),
        "closed": list(_closed_days(calendar_of(found), today))[:_MOST_CLOSED],
        "kpis": kpis.order_by("code"),
        "may_edit": scope.may(Duty.TERMS) and found.archived_at is None and not by_files(found),
        "by_files": by_files(found),
        "crumbs": [Crumb("Working calendars", reverse("workcalendars")), Crumb(found.code)],
        "section": SECTION,
    }
    return render(request, "metrics/workcalendar.html", context)


@page(Duty.TERMS, writes=True)
def workcalendar_version(request: HttpRequest, scope: Scope, code: str) -> HttpResponse:
    """Hours and closed days that take over from a day on."""
    found = _one(scope, code)
    back = reverse("workcalendar", args=[code])
    if by_files(found):
        return managed_page(request, found, back)
    form = VersionForm(posted(request), initial=VersionForm.given(calendar_entry(found)))
    if request.method == "POST" and form.is_valid() and _added(found, form):
        day = form.cleaned_data["valid_from"]
        messages.success(request, f"From {day:%-d %B %Y} on {code} has new hours.")
        return redirect(back)
    context = {
        "form": form,
        "title": f"New hours for {code}",
        "lede": "Earlier days keep their hours. Open figures that reach beyond the first day are "
        "computed again; final ones stay, and are flagged.",
        "act": "Add the version",
        "back": back,
        "crumbs": [Crumb(code, back), Crumb("New hours")],
        "section": SECTION,
    }
    return render(request, "contracts/edit.html", context)


def _one(scope: Scope, code: str) -> Calendar:
    return one_by(scoped.calendars(scope), field="code", code=code, noun="calendar")


def _added(calendar: Calendar, form: VersionForm) -> bool:
    try:
        calendar_add_version(calendar=calendar, version=form.said, as_of=now())
    except EditRefusedError as error:
        form.refuse_findings(error.findings)
        return False
    return True


def _stages(calendar: Calendar, today: date) -> Iterator[Stage]:
    entry: dict[str, Any] = calendar_entry(calendar)
    lines = [entry, *entry["versions"]]
    for number, line in enumerate(lines):
        first = line.get("valid_from")
        following = lines[number + 1]["valid_from"] if number + 1 < len(lines) else None
        last = following - timedelta(days=1) if following else None
        current = (first is None or first <= today) and (last is None or today <= last)
        hours = [(day, ", ".join(open_)) for day, open_ in line["weekdays"].items()]
        yield Stage(first, last, hours, current)


def _closed_days(hours: WorkCalendar, today: date) -> Iterator[date]:
    """Days to come that would be open by their day of the week."""
    for ahead in range(_AHEAD):
        day = today + timedelta(days=ahead)
        if hours.is_holiday(day):
            yield day
