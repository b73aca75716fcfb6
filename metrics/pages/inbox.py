"""What the address of the inbox says: filters, search, grouping; and the cases it finds."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db.models import QuerySet
from django.http import HttpRequest

from contracts.models import User
from contracts.selectors import scope as contracts_scope
from contracts.selectors.scope import Scope
from metrics.models import BreachCase
from metrics.pages.case_forms import workers
from metrics.pages.periods import chosen_span
from metrics.selectors import scope as scoped
from metrics.selectors.breaches import (
    NOBODY,
    OPEN_STATES,
    UNSETTLED,
    breaches_list,
    grouped,
    snoozed_on,
    with_assignee,
    with_requests,
    with_words,
)
from metrics.selectors.wording import FAMILIES, case_word, family_word, severity_word

SEVERITIES: Final = ("minor", "major", "critical")
_GROUPS: Final = [
    ("vendor", "By vendor"),
    ("contract", "By contract"),
    ("kpi", "By KPI"),
    ("incident", "By incident"),
    ("none", "Not grouped"),
]
_SNOOZED: Final = [("", "Awake"), ("only", "Snoozed"), ("all", "Awake and snoozed")]
_LONGEST_SEARCH = 100


@dataclass(frozen=True, slots=True)
class Filter:
    """A choice above the list; ``chosen`` is what the address says."""

    name: str
    label: str
    chosen: str
    options: tuple[tuple[str, str], ...]

    @property
    def is_narrowing(self) -> bool:
        """Whether it is another choice than the one that stands there by itself."""
        return self.name != "group" and self.chosen != self.options[0][0]


@dataclass(frozen=True, slots=True)
class Inbox:
    """The cases that the address names, in its order; ``group`` "none" or a key of GROUPS."""

    cases: QuerySet[BreachCase]
    filters: tuple[Filter, ...]
    search: str
    period: str
    group: str
    incident: str

    @property
    def is_filtered(self) -> bool:
        named = self.search or self.period or self.incident
        return bool(named) or any(each.is_narrowing for each in self.filters)

    @property
    def narrowing(self) -> dict[str, str]:
        """What narrows the list, as a query: {parameter: value}; that snoozed cases are left out
        is among it, and all the states that are shown."""
        named = {each.name: each.chosen for each in self.filters if each.name != "group"}
        named |= {"q": self.search, "period": self.period.strip(), "incident": self.incident}
        if named["state"] == UNSETTLED:
            named["state"] = ",".join(OPEN_STATES)
        if "snoozed" in named:
            named["snoozed"] = named["snoozed"] or "no"
        return {name: value for name, value in named.items() if value not in ("", "all")}


def inbox_of(request: HttpRequest, scope: Scope, today: date) -> Inbox:
    """Read the address; a value that is not on offer falls back to the first choice. Raises
    SpanError for a period that is none."""
    filters = _filters(request, scope)
    chosen = {each.name: each.chosen for each in filters}
    search = request.GET.get("q", "").replace("\x00", "").strip()[:_LONGEST_SEARCH]
    incident = _whole(request.GET.get("incident", ""))
    found = breaches_list(
        scope=scope,
        vendor=chosen["vendor"],
        contract=chosen["contract"],
        state="" if chosen["state"] == "all" else chosen["state"],
        severity=chosen["severity"],
        family=chosen["family"],
        span=chosen_span(request),
    )
    found = with_words(found, search) if search else found
    found = _of_incident(found, incident, scope) if incident else found
    found = _of_people(found, chosen, scope, today)
    if chosen["group"] != "none":
        found = grouped(found, chosen["group"])
    return Inbox(
        cases=found,
        filters=tuple(filters),
        search=search,
        period=request.GET.get("period", ""),
        group=chosen["group"],
        incident=incident,
    )


def _of_incident(found: QuerySet[BreachCase], incident: str, scope: Scope) -> QuerySet[BreachCase]:
    """Those that go back to an incident, unless that is kept from the reader."""
    return found.filter(incident__in=scoped.incidents(scope).filter(pk=int(incident)))


def _of_people(
    found: QuerySet[BreachCase], chosen: dict[str, str], scope: Scope, today: date
) -> QuerySet[BreachCase]:
    """By what the buyer's people noted, which vendors neither see nor filter by."""
    if not scope.is_internal:
        return found
    found = with_requests(found.select_related("assignee", "incident"))
    who = chosen["assignee"]
    if who:
        mine = scope.reader.username if scope.reader and who == "me" else who
        found = with_assignee(found, mine)
    match chosen["snoozed"]:
        case "only":
            return found.filter(snoozed_on(today))
        case "all":
            return found
        case _:
            return found.exclude(snoozed_on(today))


def _filters(request: HttpRequest, scope: Scope) -> list[Filter]:
    # One query for both lists of choices: the contracts bring their vendors along.
    contracts = list(contracts_scope.contracts(scope).order_by("reference"))
    vendors = sorted({(each.vendor.code, each.vendor.name) for each in contracts}, key=_by_name)
    references = [(each.reference, f"{each.reference} {each.title}") for each in contracts]
    states = [(state, case_word(state).text) for state in BreachCase.State.values]
    if not scope.is_internal:
        states = [pair for pair in states if pair[0] != BreachCase.State.PROVISIONAL]
    severities = [(each, severity_word(each).text) for each in SEVERITIES]
    families = [(each, family_word(each).text) for each in FAMILIES]
    filters = [
        _filter(request, "vendor", "Vendor", [("", "All vendors"), *vendors]),
        _filter(request, "contract", "Contract", [("", "All contracts"), *references]),
        _filter(request, "state", "State", [(UNSETTLED, "Unsettled"), ("all", "All"), *states]),
        _filter(request, "severity", "Severity", [("", "Any severity"), *severities]),
        _filter(request, "family", "Family", [("", "All families"), *families]),
    ]
    if scope.is_internal:
        filters.append(_filter(request, "assignee", "With", _people(scope)))
        filters.append(_filter(request, "snoozed", "Snoozed", _SNOOZED))
    filters.append(_filter(request, "group", "Grouped", _groups(scope)))
    return filters


def _people(scope: Scope) -> list[tuple[str, str]]:
    people: Iterable[User] = workers(scope)
    named = [(each.username, str(each)) for each in people]
    return [("", "Anybody"), ("me", "Me"), (NOBODY, "Nobody"), *named]


def _groups(scope: Scope) -> list[tuple[str, str]]:
    """Vendors look at one vendor mostly, and at contracts first; which failures the buyer put
    down to one incident may be internal."""
    if scope.is_internal:
        return _GROUPS
    shared = [each for each in _GROUPS if each[0] != "incident"]
    return [*shared[1:], shared[0]]


def _filter(request: HttpRequest, name: str, label: str, options: list[tuple[str, str]]) -> Filter:
    asked = request.GET.get(name, "")
    known = {value for value, _ in options}
    return Filter(name, label, asked if asked in known else options[0][0], tuple(options))


def _by_name(pair: tuple[str, str]) -> tuple[str, str]:
    return pair[1].lower(), pair[0]


def _whole(text: str) -> str:
    return text if text.isascii() and text.isdigit() and len(text) < 10 else ""


def heading_of(row: dict[str, Any], group: str) -> str:
    """How a group is called, from any of its rows."""
    match group:
        case "vendor":
            return row["vendor_name"] or "In house"
        case "contract":
            return row["contract"] or "In house"
        case "kpi":
            return str(row["name"])
        case _:
            return row["incident"] or "No incident"
