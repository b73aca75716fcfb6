"""Whose records a reader may see, and the one query set per model that every read starts from.

Buyers see everything of their installation; a vendor user sees the records of their own
vendors. What lies outside a scope does not exist for its reader: look-ups answer 404.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet

from contracts.models import (
    Amendment,
    ApiKey,
    Approval,
    AuditEvent,
    Calendar,
    Certification,
    Charge,
    Contact,
    Contract,
    Deputy,
    Document,
    Invitation,
    Process,
    SavedView,
    User,
    Vendor,
)
from contracts.selectors.duties import Duty, duties_of_key, duties_of_role
from contracts.selectors.visibility import internal, personal, shared

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

VENDOR_IDS = "vendor_ids_joined"  # read with a person who comes with a request


@dataclass(frozen=True, slots=True)
class Scope:
    """Who reads, and how far.

    ``vendor_ids``: the vendors a reader is confined to, or None for a reader at the buyer's.
    ``duties``: what the reader may do, today's deputyships included. ``reader``: the person who
    reads, None for programs; ``key``: what a program reads by.
    """

    vendor_ids: frozenset[int] | None
    duties: frozenset[Duty] = frozenset()
    reader: User | None = field(default=None, compare=False)
    key: ApiKey | None = field(default=None, compare=False)

    @property
    def is_internal(self) -> bool:
        """Whether the reader may also see what is kept from vendors."""
        return self.vendor_ids is None

    def may(self, *duties: Duty) -> bool:
        """Whether the reader holds one of ``duties``; nobody needs one to read."""
        return not duties or bool(self.duties.intersection(duties))

    def includes(self, vendor_id: int) -> bool:
        """Whether records of this vendor are within it."""
        return self.vendor_ids is None or vendor_id in self.vendor_ids

    def over(self, path: str) -> Q:
        """The condition on the vendor at ``path``, such as ``contract__vendor``."""
        return Q() if self.vendor_ids is None else Q(**{f"{path}__in": self.vendor_ids})


EVERYTHING = Scope(None, frozenset(Duty))
NOTHING = Scope(frozenset())


def visible_to(user: User | AnonymousUser | Any, today: date | None = None) -> Scope:
    """The scope of a signed-in person, in one query.

    ``today``: the day whose deputyships count; without it, a person has their own duties alone.
    A deputy acts for the absent, and sees what they saw already: deputies are of the same side.
    """
    if not isinstance(user, User) or not user.is_active:
        return NOTHING
    if user.role == User.Role.VENDOR:
        return Scope(_vendors_of(user), duties_of_role(user.role), user)
    roles = [user.role, *(stands_in_for(user, today) if today else ())]
    return Scope(None, frozenset().union(*map(duties_of_role, roles)), user)


def _vendors_of(user: User) -> frozenset[int]:
    """Known already of a person who came with a request, else one query."""
    if hasattr(user, VENDOR_IDS):
        return frozenset(map(int, filter(None, (getattr(user, VENDOR_IDS) or "").split(","))))
    return frozenset(user.vendors.values_list("pk", flat=True))


def stands_in_for(user: User, today: date) -> list[str]:
    """The roles of the people for whom ``user`` stands in on ``today``: known already of a person
    who came with a request, else one query."""
    roles = [role for role in User.Role.values if role != User.Role.VENDOR]
    if all(hasattr(user, f"stands_in_{role}") for role in roles):
        return [role for role in roles if getattr(user, f"stands_in_{role}")]
    now = Deputy.objects.filter(
        deputy=user, first_day__lte=today, last_day__gte=today, absent__is_active=True
    )
    return list(now.filter(absent__role__in=roles).values_list("absent__role", flat=True))


def visible_to_key(key: ApiKey) -> Scope:
    """The scope of a program: its vendor's records, or all where the key names no vendor.

    A key with a vendor stands on that vendor's side, whatever its scopes are called.
    """
    vendor_ids = None if key.vendor_id is None else frozenset({key.vendor_id})
    duties = duties_of_key(key.scopes, is_internal=vendor_ids is None)
    return Scope(vendor_ids, duties, key=key)


@shared(Vendor)
def vendors(scope: Scope) -> QuerySet[Vendor]:
    return Vendor.objects.filter(scope.over("pk"))


@shared(Contract)
def contracts(scope: Scope) -> QuerySet[Contract]:
    return Contract.objects.filter(scope.over("vendor")).select_related("vendor")


@shared(Amendment)
def amendments(scope: Scope) -> QuerySet[Amendment]:
    return Amendment.objects.filter(scope.over("contract__vendor"))


@shared(Charge)
def charges(scope: Scope) -> QuerySet[Charge]:
    return Charge.objects.filter(scope.over("contract__vendor"))


@shared(Process)
def processes(scope: Scope) -> QuerySet[Process]:
    """Processes done in house belong to no vendor and stay inside."""
    return Process.objects.filter(scope.over("contract__vendor"))


@shared(Contact)
def contacts(scope: Scope) -> QuerySet[Contact]:
    return Contact.objects.filter(scope.over("vendor"))


@shared(Certification)
def certifications(scope: Scope) -> QuerySet[Certification]:
    return Certification.objects.filter(scope.over("vendor"))


@shared(Document)
def documents(scope: Scope) -> QuerySet[Document]:
    """What is attached to a vendor's records, unless it is marked as kept from them."""
    found = Document.objects.filter(scope.over("vendor"))
    return found if scope.is_internal else found.filter(is_internal=False)


@internal(Calendar)
def calendars(scope: Scope) -> QuerySet[Calendar]:
    """Working hours serve contracts of several vendors; scorecards show what they come to."""
    return Calendar.objects.all()


@internal(User)
def users(scope: Scope) -> QuerySet[User]:
    return User.objects.all()


@internal(ApiKey)
def apikeys(scope: Scope) -> QuerySet[ApiKey]:
    return ApiKey.objects.all()


@internal(Invitation)
def invitations(scope: Scope) -> QuerySet[Invitation]:
    return Invitation.objects.all()


@internal(Deputy)
def deputies(scope: Scope) -> QuerySet[Deputy]:
    return Deputy.objects.all()


@internal(AuditEvent)
def audit_events(scope: Scope) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.all()


@internal(Approval)
def approvals(scope: Scope) -> QuerySet[Approval]:
    return Approval.objects.all()


@personal(SavedView)
def saved_views(scope: Scope) -> QuerySet[SavedView]:
    return (
        SavedView.objects.filter(owner=scope.reader) if scope.reader else SavedView.objects.none()
    )
