"""One breach case: its figure, what happened, what is said about it, and what can be done."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from contracts.pages.base import Crumb
from contracts.pages.documents import documents_panel, holder_register
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from metrics.alerts.reading import notices_of, told
from metrics.casework.windows import Window, windows_seen
from metrics.models import BreachCase
from metrics.pages.base import page
from metrics.pages.case_acts import ACTS, Act
from metrics.scorecards.rows import breach_row
from metrics.selectors import scope as scoped
from metrics.selectors.breaches import case_by_number, near

_DECIDING = ("acknowledge", "accept", "dispute", "answer", "confirm", "resolve")
_KEEPING = ("assign", "snooze", "wake", "incident")
_ASKING = ("waive", "relief", "restate", "plan")
_NOTICES = 50  # the newest of them; the delivery log has all
_ORDINALS = {2: "2nd", 3: "3rd"}

holder_register(
    BreachCase, Duty.CASES, Duty.CONTEST, address=lambda it: reverse("case", args=[it.pk])
)


@page()
def case(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """A case with everything that belongs to it."""
    found, as_of = case_by_number(number, scope=scope), timezone.now()
    windows = windows_seen(found)
    context = {
        "case": found,
        "row": breach_row(found),
        "windows": windows,
        "is_in_time": windows.dispute.is_open(as_of),
        "is_relief_in_time": windows.relief.is_open(as_of),
        "was_disputed": _was_disputed(found),
        "is_snoozed": found.is_snoozed(as_of.date()),
        "incident": _incident(found, scope),
        "comments": scoped.comments(scope).filter(case=found).select_related("author", "key"),
        "may_note": scope.may(Duty.INTERNAL),
        "may_share": scope.may(Duty.COMMENT) and found.state != BreachCase.State.PROVISIONAL,
        "documents": documents_panel(found, scope),
        "relief": scoped.relief(scope)
        .filter(case=found)
        .select_related("requested_by", "decided_by"),
        "plans": scoped.plans(scope).filter(case=found),
        "notices": told(list(notices_of(found, scope)[:_NOTICES])),
        "acts": _acts(found, scope, _hidden(found, scope, windows.relief, as_of)),
        "today": as_of.date(),
        "crumbs": [
            Crumb("Breach cases", reverse("breaches")),
            Crumb(f"{found.period.kpi.name}, {found.period.label}"),
        ],
        "section": "breaches",
    }
    context |= _beside(found, scope)
    return render(request, "metrics/case.html", context)


def _was_disputed(found: BreachCase) -> bool:
    """Whether the figure in force was disputed already, which counts once."""
    steps = found.transitions.all()
    disputed = {step.revision_id for step in steps if step.to_state == BreachCase.State.DISPUTED}
    return found.period.current_id in disputed


def _hidden(found: BreachCase, scope: Scope, relief: Window, as_of: datetime) -> set[str]:
    """Acts that would come to nothing: a claim of the vendor's whose time is over, for one."""
    hidden = {"snooze"} if found.is_snoozed(as_of.date()) else {"wake"}
    is_late = relief.last_day is not None and not relief.is_open(as_of)
    return hidden | ({"relief"} if is_late and not scope.is_internal else set())


def _acts(found: BreachCase, scope: Scope, hidden: set[str]) -> dict[str, list[Act]]:
    """What the reader may do now, in three groups."""
    open_acts = {
        act.name for act in ACTS.values() if act.is_open(found, scope) and act.name not in hidden
    }
    groups = {"deciding": _DECIDING, "keeping": _KEEPING, "asking": _ASKING}
    return {
        group: [ACTS[name] for name in names if name in open_acts]
        for group, names in groups.items()
    }


def _incident(found: BreachCase, scope: Scope) -> Any:
    """Its incident, unless that is kept from the reader."""
    incident = found.incident
    return incident if incident and (scope.is_internal or not incident.is_internal) else None


def _beside(found: BreachCase, scope: Scope) -> dict[str, Any]:
    """How often this KPI failed in twelve months, and what else the incident hit."""
    others = list(near(found, scope=scope))
    earlier = [each for each in others if each.is_earlier]  # type: ignore[attr-defined]
    incident = _incident(found, scope)
    together = [each for each in others if incident and each.incident_id == incident.pk]
    return {
        "repeat": _repeat(earlier),
        "earlier": [breach_row(each) for each in earlier],
        "together": [breach_row(each) for each in together],
    }


def _repeat(earlier: Sequence[BreachCase]) -> str:
    """The mark of a failure that is not the first one: "3rd time in 12 months"."""
    times = len(earlier) + 1
    return f"{_ORDINALS.get(times, f'{times}th')} time in 12 months" if earlier else ""
