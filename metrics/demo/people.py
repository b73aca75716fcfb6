"""The demonstration's users, one for each role, and a key for programs.

Secrets are random for each installation; they are kept in a file that only its owner may read,
so that a second run can show them again.
"""

import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from contracts.models import ApiKey, User, Vendor
from contracts.services.apikeys import apikey_create

_PREFIX_LENGTH = 12
_KEY_NAME = "demonstration"


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the demonstration; ``vendor`` is whom a vendor user belongs to."""

    username: str
    first_name: str
    last_name: str
    role: User.Role
    vendor: str = ""


@dataclass(frozen=True, slots=True)
class Login:
    """What somebody signs in with; for the API key ``role`` says what it may do."""

    username: str
    password: str
    role: str


PEOPLE = (
    Person("administrator", "Ada", "Lindholm", User.Role.ADMINISTRATOR),
    Person("procurement", "Dana", "Reyes", User.Role.PROCUREMENT),
    Person("operations", "Tom", "Okafor", User.Role.OPERATIONS),
    Person("compliance", "Priya", "Natarajan", User.Role.COMPLIANCE),
    Person("analyst", "Mei", "Tanaka", User.Role.ANALYST),
    Person("halcyon", "Jonas", "Weber", User.Role.VENDOR, vendor="halcyon"),
)


def logins_ensure(path: Path) -> list[Login]:
    """Every login, made where it is missing; ``path`` keeps them. Needs the portfolio."""
    known = _read(path)
    logins = [_person_login(person, known) for person in PEOPLE]
    logins.append(_key_login(known))
    _write(path, logins)
    return logins


def _person_login(person: Person, known: dict[str, str]) -> Login:
    user = User.objects.filter(username=person.username).first()
    password = known.get(person.username, "")
    if user is None or not password:
        password = password or secrets.token_urlsafe(12)
        _user_save(person, user or User(username=person.username), password)
    return Login(person.username, password, person.role.label)


def _user_save(person: Person, user: User, password: str) -> None:
    user.first_name, user.last_name, user.role = person.first_name, person.last_name, person.role
    user.is_staff = user.is_superuser = person.role == User.Role.ADMINISTRATOR
    user.set_password(password)
    user.save()
    user.vendors.set(Vendor.objects.filter(code=person.vendor))


def _key_login(known: dict[str, str]) -> Login:
    secret = known.get("API-key", "")
    if not ApiKey.objects.filter(prefix=secret[:_PREFIX_LENGTH], revoked_at=None).exists():
        scopes = [ApiKey.Scope.READ, ApiKey.Scope.INGEST]
        secret = apikey_create(name=_KEY_NAME, scopes=scopes).secret
    return Login("API-key", secret, "Programs: read and deliver")


def _read(path: Path) -> dict[str, str]:
    """Passwords by user name, from lines of name, password and role."""
    if not path.exists():
        return {}
    lines = (line.split(maxsplit=2) for line in path.read_text(encoding="utf-8").splitlines())
    return {parts[0]: parts[1] for parts in lines if len(parts) == 3}


def _write(path: Path, logins: Iterable[Login]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.fchmod(descriptor, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines(f"{one.username} {one.password} {one.role}\n" for one in logins)
