"""Whose records a reader may see, and the one query set per model that every read starts from.

Buyers see everything of their installation; a vendor user sees the records of their own
vendors. What lies outside a scope does not exist for its reader: look-ups answer 404.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet

from contracts.models import Amendment, ApiKey, Charge, Contract, Process, User, Vendor

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


@dataclass(frozen=True, slots=True)
class Scope:
    """``vendor_ids``: the vendors a reader is confined to, or None for a reader at the buyer's."""

    vendor_ids: frozenset[int] | None

    @property
    def is_internal(self) -> bool:
        """Whether the reader may also see what is kept from vendors."""
        return self.vendor_ids is None

    def over(self, path: str) -> Q:
        """The condition on the vendor at ``path``, such as ``contract__vendor``."""
        return Q() if self.vendor_ids is None else Q(**{f"{path}__in": self.vendor_ids})


EVERYTHING = Scope(None)
NOTHING = Scope(frozenset())


def visible_to(user: User | AnonymousUser | Any) -> Scope:
    """The scope of a signed-in person: one query for vendor users, none for others."""
    if not isinstance(user, User) or not user.is_active:
        return NOTHING
    if user.role != User.Role.VENDOR:
        return EVERYTHING
    return Scope(frozenset(user.vendors.values_list("pk", flat=True)))


def visible_to_key(key: ApiKey) -> Scope:
    """The scope of a program: its vendor's records, or all where the key names no vendor."""
    return EVERYTHING if key.vendor_id is None else Scope(frozenset({key.vendor_id}))


def vendors(scope: Scope) -> QuerySet[Vendor]:
    return Vendor.objects.filter(scope.over("pk"))


def contracts(scope: Scope) -> QuerySet[Contract]:
    return Contract.objects.filter(scope.over("vendor")).select_related("vendor")


def amendments(scope: Scope) -> QuerySet[Amendment]:
    return Amendment.objects.filter(scope.over("contract__vendor"))


def charges(scope: Scope) -> QuerySet[Charge]:
    return Charge.objects.filter(scope.over("contract__vendor"))


def processes(scope: Scope) -> QuerySet[Process]:
    """Processes done in house belong to no vendor and stay inside."""
    return Process.objects.filter(scope.over("contract__vendor"))
