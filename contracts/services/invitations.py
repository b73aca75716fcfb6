"""Invitations: a link that lets one person in, once, for a week. Only its SHA-256 is kept."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import Final

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables

from contracts.models import Invitation, User, Vendor
from contracts.services.acting import acting_as
from contracts.services.auditing import audit
from contracts.services.people import role_refuse, vendors_set
from contracts.services.writing import save, writing
from kpotracker.toolkit.tokens import token_digest, token_new

VALID_FOR: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, repr=False)
class NewInvitation:
    """An invitation with its link, which cannot be shown again. ``is_mailed``: whether it went
    out by mail too."""

    invitation: Invitation
    link: str
    is_mailed: bool


@sensitive_variables("secret", "link")
def invitation_create(
    *, email: str, role: str, vendors: Collection[Vendor], invited_by: User, as_of: datetime
) -> NewInvitation:
    """Invite somebody by mail. Raises ValidationError: somebody has this address already, or the
    role cannot be given. An earlier invitation that still waits is revoked."""
    secret = token_new()
    invitation = Invitation(
        email=email.strip().lower(),
        role=role,
        hash=token_digest(secret),
        invited_by=invited_by,
        expires_at=as_of + VALID_FOR,
    )
    with writing():
        role_refuse(role=role, vendors=vendors, given_by=invited_by)
        _refuse_known(invitation.email)
        for earlier in waiting(as_of).filter(email=invitation.email):
            _revoke(earlier, as_of)
        save(invitation, action="invited")
        invitation.vendors.set(vendors)
        _tell_vendors(invitation, vendors)
    link = f"{settings.PUBLIC_URL}{reverse('invitation', args=[secret])}"
    return NewInvitation(invitation, link, _mailed(invitation, link))


def invitation_revoke(*, invitation: Invitation, as_of: datetime) -> Invitation:
    """End an invitation at once. Raises ValidationError for one that was used already."""
    with writing():
        current = Invitation.objects.select_for_update().get(pk=invitation.pk)
        if current.accepted_at:
            raise ValidationError(
                "This invitation was used already: deactivate the person instead."
            )
        if not current.revoked_at:
            _revoke(current, as_of)
    return current


@sensitive_variables("secret")
def invitation_of(*, secret: str, as_of: datetime) -> Invitation | None:
    """The invitation that ``secret`` opens, or None: unknown, used, revoked and expired alike."""
    return waiting(as_of).filter(hash=token_digest(secret)).select_related("invited_by").first()


@sensitive_variables("secret", "password", "person")
def invitation_accept(
    *, secret: str, first_name: str, last_name: str, password: str, as_of: datetime
) -> User:
    """Make the person; the link works once. Raises ValidationError: it no longer works, or the
    password breaks a rule."""
    with writing():
        invitation = waiting(as_of).select_for_update().filter(hash=token_digest(secret)).first()
        if invitation is None:
            raise ValidationError("This link no longer works: ask for another invitation.")
        _refuse_known(invitation.email)
        person = _person(invitation, first_name, last_name, password)
        with acting_as(person.email):
            save(person, action="accepted an invitation as")
            vendors_set(person=person, vendors=list(invitation.vendors.all()))
            invitation.accepted_at = as_of
            save(invitation, action="accepted")
    return person


def waiting(as_of: datetime) -> QuerySet[Invitation]:
    """Invitations that still open a door."""
    return Invitation.objects.filter(
        accepted_at__isnull=True, revoked_at__isnull=True, expires_at__gt=as_of
    )


@sensitive_variables("password", "person")
def _person(invitation: Invitation, first: str, last: str, password: str) -> User:
    person = User(
        username=invitation.email,
        email=invitation.email,
        first_name=first.strip(),
        last_name=last.strip(),
        role=invitation.role,
    )
    person.is_staff = person.is_superuser = person.role == User.Role.ADMINISTRATOR
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise ValidationError({"password": error.messages}) from None
    person.set_password(password)
    return person


def _refuse_known(email: str) -> None:
    if User.objects.filter(email__iexact=email).exists():
        raise ValidationError({"email": f"{email} belongs to somebody who is here already."})
    if User.objects.filter(username__iexact=email).exists():
        raise ValidationError({"email": f"Somebody signs in as {email} already."})


def _revoke(invitation: Invitation, as_of: datetime) -> None:
    invitation.revoked_at = as_of
    save(invitation, action="revoked")


def _tell_vendors(invitation: Invitation, vendors: Collection[Vendor]) -> None:
    if vendors:
        names = ", ".join(sorted(vendor.name for vendor in vendors))
        audit(action="confined", instance=invitation, changes={"vendors": ["", names]})


@sensitive_variables("link")
def _mailed(invitation: Invitation, link: str) -> bool:
    """Whether it went out; without a mail server the inviter passes the link on."""
    if not settings.EMAIL_HOST:
        return False
    context = {"invitation": invitation, "link": link, "days": VALID_FOR.days}
    text = render_to_string("contracts/invitation.txt", context)
    try:
        return bool(send_mail("You are invited to kpotracker", text, None, [invitation.email]))
    except (OSError, SMTPException):
        return False
