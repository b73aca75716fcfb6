"""People as administrators see them, with who is locked and who stands in for whom."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet

from contracts.models import Deputy, Invitation, User
from contracts.selectors.scope import Scope
from contracts.selectors.visibility import visible
from contracts.services.lockout import locked_names


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A line of the list of people."""

    person: User
    vendors: str
    is_locked: bool


def people_list(
    *, scope: Scope, search: str = "", role: str = "", active: str = ""
) -> QuerySet[User]:
    """People by name. ``active``: "yes" by itself, "no", or "all"."""
    people = visible(User, scope).prefetch_related("vendors")
    if search:
        fields = ("first_name", "last_name", "username", "email")
        condition = Q()
        for field in fields:
            condition |= Q(**{f"{field}__icontains": search})
        people = people.filter(condition)
    if role:
        people = people.filter(role=role)
    if active != "all":
        people = people.filter(is_active=active != "no")
    return people.order_by("first_name", "last_name", "username")


def person_rows(people: Iterable[User], now: datetime) -> list[PersonRow]:
    """Lines for ``people``, with one further query for their locks."""
    listed = list(people)
    locked = locked_names([each.username for each in listed], now)
    return [
        PersonRow(each, ", ".join(v.name for v in each.vendors.all()), each.username in locked)
        for each in listed
    ]


def invitations_waiting(scope: Scope) -> QuerySet[Invitation]:
    """Invitations nobody has accepted yet, expired ones included until they are revoked."""
    open_ones = visible(Invitation, scope).filter(accepted_at__isnull=True, revoked_at__isnull=True)
    return open_ones.select_related("invited_by").prefetch_related("vendors").order_by("-id")


def deputies_of(person: User, today: date) -> QuerySet[Deputy]:
    """Who stands in for ``person``, now and in days to come."""
    current = Deputy.objects.filter(absent=person, last_day__gte=today)
    return current.select_related("deputy").order_by("first_day")


def stands_in_for(person: User, today: date) -> QuerySet[Deputy]:
    """For whom ``person`` stands in, now and in days to come."""
    current = Deputy.objects.filter(deputy=person, last_day__gte=today)
    return current.select_related("absent").order_by("first_day")


def possible_deputies(scope: Scope) -> QuerySet[User]:
    """The buyer's people who can sign in, without the reader."""
    buyers = visible(User, scope).filter(is_active=True).exclude(role=User.Role.VENDOR)
    others = buyers.exclude(pk=scope.reader.pk) if scope.reader else buyers
    return others.order_by("first_name", "last_name", "username")
