"""What people change about themselves."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.views.decorators.debug import sensitive_variables

from contracts.models import User
from contracts.services.acting import acting_as
from contracts.services.lockout import person_unlock
from contracts.services.writing import save, writing


@sensitive_variables("password")
def account_change(
    *,
    person: User,
    first_name: str,
    last_name: str,
    email: str,
    shortcuts_on: bool,
    password: str = "",
) -> User:
    """Change one's own details; another address, where mail goes to, takes the ``password``.

    Raises ValidationError: a wrong password, or an address somebody else has.
    """
    with writing():
        current = User.objects.select_for_update().get(pk=person.pk)
        if email.lower() != current.email.lower() and not current.check_password(password):
            raise ValidationError(
                {"password": "To change the e-mail address, enter your password."}
            )
        current.first_name, current.last_name = first_name.strip(), last_name.strip()
        current.email, current.shortcuts_on = email.strip(), shortcuts_on
        save(current)
    return current


@sensitive_variables("old", "new")
def password_change(*, person: User, old: str, new: str) -> User:
    """Raises ValidationError: the old one is wrong, or the new one breaks a rule."""
    with writing():
        current = User.objects.select_for_update().get(pk=person.pk)
        if not current.check_password(old):
            raise ValidationError({"old": "This is not your password."})
        _set(current, new, "changed the password of")
    return current


@sensitive_variables("new")
def password_reset(*, person: User, new: str) -> User:
    """A new password for whoever proved that they read this person's mail; it also ends a lock.

    Raises ValidationError where it breaks a rule.
    """
    with acting_as(person), writing():
        current = User.objects.select_for_update().get(pk=person.pk)
        _set(current, new, "reset the password of")
        person_unlock(person=current)
    return current


@sensitive_variables("new")
def _set(person: User, new: str, action: str) -> None:
    try:
        validate_password(new, person)
    except ValidationError as error:
        raise ValidationError({"new": error.messages}) from None
    person.set_password(new)
    save(person, action=action)
