"""The first page of the day: what waits for this reader, by their role."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import now

from contracts.models import User
from contracts.selectors.scope import Scope, stands_in_for
from metrics.pages import panels
from metrics.pages.base import page
from metrics.pages.panels import Panel

Role = User.Role
_Maker = Callable[[Scope, datetime], Panel]
_PANELS: Final[Mapping[str, tuple[_Maker, ...]]] = {
    Role.ADMINISTRATOR: (
        panels.approvals,
        panels.inbox,
        panels.trouble,
        panels.dates,
        panels.months,
        panels.certifications,
    ),
    Role.PROCUREMENT: (
        panels.dates,
        panels.off_course,
        panels.certifications,
        panels.approvals,
        panels.months,
        panels.cards,
    ),
    Role.OPERATIONS: (
        panels.inbox,
        panels.at_risk,
        panels.owed,
        panels.trouble,
        panels.approvals,
        panels.months,
    ),
    Role.COMPLIANCE: (
        panels.certifications,
        panels.approvals,
        panels.dates,
        panels.off_course,
        panels.cards,
    ),
    Role.ANALYST: (panels.cards, panels.off_course, panels.at_risk),
    Role.VENDOR: (panels.cases_to_answer, panels.owed, panels.months, panels.cards),
}


@page()
def home(request: HttpRequest, scope: Scope) -> HttpResponse:
    """What waits for the reader: by their own role, or one they stand in for today (``as``)."""
    as_of = now()
    roles = _roles(scope, as_of)
    asked = request.GET.get("as", "")
    role = asked if asked in roles else roles[0]
    context = {
        "panels": [make(scope, as_of) for make in _PANELS[role]],
        "role": role,
        "roles": [(each, Role(each).label) for each in roles],
        "today": as_of.date(),
        "scope": scope,
        "section": "home",
    }
    return render(request, "metrics/home.html", context)


def _roles(scope: Scope, as_of: datetime) -> list[str]:
    """The reader's own role, then those of the people they stand in for."""
    if scope.reader is None:
        return [Role.VENDOR]
    others = stands_in_for(scope.reader, as_of.date()) if scope.is_internal else []
    return list(dict.fromkeys([scope.reader.role, *others]))
