"""Where people can go from every page: what their duties let them open."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope, visible_to


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of a menu; ``section`` is what its pages call themselves."""

    name: str
    text: str
    section: str
    duties: tuple[Duty, ...] = ()
    buyers_only: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """A place that this reader may open."""

    url: str
    text: str
    section: str


_MENUS: Mapping[str, tuple[Place, ...]] = {
    "main": (
        Place("home", "Home", "home"),
        Place("overview", "Vendors", "overview"),
        Place("contracts", "Contracts", "contracts"),
        Place("breaches", "Breaches", "breaches"),
        Place("deliveries", "Deliveries", "deliveries"),
        Place("months", "Month close", "months"),
        Place("reviews", "Reviews", "reviews"),
    ),
    "more": (
        Place("actions", "Actions", "actions"),
        Place("kpis", "KPIs", "kpis"),
        Place("processes", "Processes", "processes", buyers_only=True),
        Place("certifications", "Certifications", "certifications"),
        Place("compare", "Compare vendors", "compare", buyers_only=True),
        Place("entries", "Typed-in figures", "entries"),
        Place("approvals", "Approvals", "approvals", buyers_only=True),
        Place("imports", "Import", "imports", (Duty.TERMS,)),
        Place("audit", "Audit trail", "audit", (Duty.AUDIT,)),
        Place("people", "People", "people", (Duty.PEOPLE,)),
    ),
    "own": (
        Place("notices", "Notices", "notices"),
        Place("calendar", "Calendar feed", "calendar"),
        Place("subscriptions", "Alert subscriptions", "subscriptions"),
        Place("account", "My account", "account"),
    ),
}


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Template context: ``navigation`` with the menus, and ``scope`` of the reader."""
    scope = getattr(request, "scope", None) or _scope_of(request)
    if scope is None:
        return {}
    menus = {name: _items(places, scope) for name, places in _MENUS.items()}
    return {"navigation": menus, "scope": scope}


def _scope_of(request: HttpRequest) -> Scope | None:
    """Of whoever signed in, on pages that are no one's in particular, such as the 404."""
    user = getattr(request, "user", None)
    return visible_to(user, timezone.now().date()) if user and user.is_authenticated else None


def _items(places: tuple[Place, ...], scope: Scope) -> list[Item]:
    return [
        Item(url, place.text, place.section)
        for place in places
        if scope.may(*place.duties)
        and (scope.is_internal or not place.buyers_only)
        and (url := _address(place.name))
    ]


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
