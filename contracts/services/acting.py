"""Who is at work: every change is told of with a name, whether a person, a program or we did it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase

from contracts.models import ApiKey, User
from contracts.selectors.scope import Scope

SYSTEM = "kpotracker"


@dataclass(frozen=True, slots=True)
class Actor:
    """``name`` as it is written down; ``user`` where it is a person who signed in, ``key`` where
    it is a program that a service knows by its key."""

    name: str = SYSTEM
    user: User | None = None
    key: ApiKey | None = None


_actor: ContextVar[Callable[[], Actor]] = ContextVar("actor", default=Actor)


def actor() -> Actor:
    """Who is at work now; the installation itself where nobody said so."""
    return _actor.get()()


def actor_of(scope: Scope) -> Actor:
    """The person or the program that acts within ``scope``. Raises ValidationError for neither."""
    if scope.reader is not None:
        return _person(scope.reader)
    if scope.key is not None:
        return Actor(scope.key.told_as, key=scope.key)
    raise ValidationError("Only a person who signed in, or a program with a key, may do this.")


@contextmanager
def acting_as(who: User | str) -> Iterator[None]:
    """What is done within is told of as done by ``who``: a person, or a program by its name."""
    said = Actor(who) if isinstance(who, str) else _person(who)
    token = _actor.set(lambda: said)
    try:
        yield
    finally:
        _actor.reset(token)


class ActingMiddleware:
    """What a request changes is told of as done by whoever signed in, or by the key it stated."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        token = _actor.set(lambda: _reader(request))
        try:
            return self.get_response(request)
        finally:
            _actor.reset(token)


def _reader(request: HttpRequest) -> Actor:
    user: Any = request.user
    if isinstance(user, User):
        return _person(user)
    return Actor(str(user)) if user.is_authenticated else Actor("nobody signed in")


def _person(user: User) -> Actor:
    return Actor(str(user), user)
