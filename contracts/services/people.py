"""What administrators do about people: role, vendors, and whether they may sign in."""

from collections.abc import Collection

from django.core.exceptions import ValidationError

from contracts.models import User, Vendor
from contracts.services.auditing import audit
from contracts.services.writing import save, writing

Role = User.Role


def person_change(
    *, person: User, role: str, vendors: Collection[Vendor], changed_by: User
) -> User:
    """Give a role, and to vendor users their vendors. Raises ValidationError: one's own role, a
    role above one's own, a vendor user without vendors, the last administrator."""
    with writing():
        current = User.objects.select_for_update().get(pk=person.pk)
        role_refuse(role=role, vendors=vendors, given_by=changed_by)
        if role != current.role:
            _refuse_own(current, changed_by, "role")
            _keep_an_administrator(current, role)
            current.role = role
            current.is_staff = current.is_superuser = role == Role.ADMINISTRATOR
            save(current)
        vendors_set(person=current, vendors=vendors if role == Role.VENDOR else ())
    return current


def person_deactivate(*, person: User, changed_by: User) -> User:
    """Keep somebody out from the next request on; what they did stays theirs.

    Raises ValidationError for oneself and for the last administrator.
    """
    with writing():
        current = User.objects.select_for_update().get(pk=person.pk)
        _refuse_own(current, changed_by, "access")
        _keep_an_administrator(current, "")
        current.is_active = False
        save(current, action="deactivated")
    return current


def person_reactivate(*, person: User, changed_by: User) -> User:
    """Let somebody sign in again, with the role they had. Raises ValidationError where that role
    is above one's own."""
    with writing():
        current = User.objects.select_for_update().get(pk=person.pk)
        role_refuse(role=current.role, vendors=current.vendors.all(), given_by=changed_by)
        current.is_active = True
        save(current, action="reactivated")
    return current


def role_refuse(*, role: str, vendors: Collection[Vendor], given_by: User) -> None:
    """Raises ValidationError where ``given_by`` cannot give this role with these vendors."""
    if role not in Role.values:
        raise ValidationError({"role": f"'{role}' is no role: use {', '.join(Role.values)}"})
    if role == Role.ADMINISTRATOR and given_by.role != Role.ADMINISTRATOR:
        raise ValidationError({"role": "Only an administrator makes another one, no deputy does."})
    if role == Role.VENDOR and not vendors:
        raise ValidationError({"vendors": "A vendor user needs at least one vendor."})
    if role != Role.VENDOR and vendors:
        raise ValidationError(
            {"vendors": "Only vendor users are confined to vendors: leave empty."}
        )


def vendors_set(*, person: User, vendors: Collection[Vendor]) -> None:
    """Whose records a vendor user sees; told of where it changes. Call it within ``writing()``."""
    before = sorted(person.vendors.values_list("name", flat=True))
    after = sorted(vendor.name for vendor in vendors)
    if before != after:
        person.vendors.set(vendors)
        changes = {"vendors": [", ".join(before), ", ".join(after)]}
        audit(action="changed", instance=person, changes=changes)


def _refuse_own(person: User, changed_by: User, what: str) -> None:
    if person.pk == changed_by.pk:
        raise ValidationError(f"Nobody changes their own {what}: ask another administrator.")


def _keep_an_administrator(person: User, role: str) -> None:
    """Administrators are locked, so that two cannot remove each other at once."""
    if person.role != Role.ADMINISTRATOR or role == Role.ADMINISTRATOR or not person.is_active:
        return
    active = User.objects.select_for_update().filter(role=Role.ADMINISTRATOR, is_active=True)
    if not [each for each in active if each.pk != person.pk]:
        raise ValidationError("This is the last administrator: make somebody else one first.")
