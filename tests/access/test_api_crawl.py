"""Every address of the API × method × sender: expected from what each view declares.

Nobody states here what an address allows. A view's ``scopes`` and ``duties`` do, and the crawl
finds the addresses by itself.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Q
from django.test import Client
from django.urls import path
from django.utils import timezone
from pytest_django.plugin import DjangoDbBlocker
from rest_framework.response import Response

from contracts.api.base import MANAGE, READ, ApiMixin
from contracts.models import ApiKey, User
from contracts.selectors.duties import duties_of_key, duties_of_role
from contracts.services.apikeys import apikey_create, apikey_revoke
from tests.access.asking import Answer, ask
from tests.access.routes import Route, routes
from tests.access.world import (
    INSIDE,
    OURS,
    THEIRS,
    Side,
    a_side,
    addresses,
    is_about_a_record,
    missing,
    unknown_places,
)
from tests.factories import a_user

pytestmark = pytest.mark.django_db
Role = User.Role
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
SAFE = METHODS[:3]
BUYERS = [role for role in Role.values if role != Role.VENDOR]
SCOPES = list(ApiKey.Scope.values)
JSON = "application/json"
NAMES = [
    "nobody",
    *BUYERS,
    "alice",
    "bob",
    "lonely",
    *(f"key-{scope}" for scope in SCOPES),
    *(f"key-{scope}-{side}" for side in ("ours", "theirs") for scope in SCOPES),
    "key-revoked",
    "key-expired",
]
OF_THEIRS = ["bob", "lonely", *(f"key-{scope}-theirs" for scope in SCOPES)]
OF_OURS = ["alice", *(f"key-{scope}-ours" for scope in SCOPES)]


@dataclass
class Sender:
    """Who asks. ``scopes``: of a key; None for people. ``is_refused``: the key is dead."""

    client: Client
    scopes: tuple[str, ...] | None = None
    duties: frozenset[str] = frozenset()
    is_refused: bool = False
    is_anonymous: bool = False


@dataclass
class World:
    ours: Side
    theirs: Side
    senders: dict[str, Sender]


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """Built once; whatever a request writes is taken back behind it."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield _world()
        transaction.set_rollback(True)


def _world() -> World:
    people = {role: a_user(f"buyer-{role}", role) for role in BUYERS}
    a_user("ada")
    ours, theirs = a_side(OURS, people["analyst"]), a_side(THEIRS, people["analyst"])
    people |= {"alice": ours.person, "bob": theirs.person}
    people["lonely"] = a_user("lonely", Role.VENDOR)
    senders = {name: _person(person) for name, person in people.items()}
    senders["nobody"] = Sender(Client(raise_request_exception=False), is_anonymous=True)
    for scope in SCOPES:
        senders[f"key-{scope}"] = _key(scope)
        senders[f"key-{scope}-ours"] = _key(scope, side=ours)
        senders[f"key-{scope}-theirs"] = _key(scope, side=theirs)
    senders |= {"key-revoked": _revoked(), "key-expired": _expired()}
    return World(ours, theirs, senders)


def _person(person: User) -> Sender:
    client = Client(raise_request_exception=False)
    client.force_login(person)
    return Sender(client, duties=duties_of_role(person.role))


def _key(*scopes: str, side: Side | None = None) -> Sender:
    made = apikey_create(
        name=f"{side.mark} key" if side else INSIDE,
        scopes=scopes,
        vendor=side.vendor if side else None,
    )
    headers = {"Authorization": f"Bearer {made.secret}"}
    duties = duties_of_key(scopes, is_internal=side is None)
    return Sender(Client(raise_request_exception=False, headers=headers), scopes, duties)


def _dead(**changes: Any) -> Sender:
    sender = _key(*SCOPES)
    ApiKey.objects.filter(pk=ApiKey.objects.latest("pk").pk).update(**changes)
    sender.is_refused = True
    return sender


def _revoked() -> Sender:
    return _dead(revoked_at=timezone.now())


def _expired() -> Sender:
    return _dead(expires_at=timezone.now() - timedelta(seconds=1))


def view_of(route: Route) -> Any:
    return getattr(route.callback, "view_class", None) or getattr(route.callback, "cls", None)


def unguarded(found: list[Route]) -> list[str]:
    """Addresses of the API that do not say, method by method, which scopes they take."""
    faults = []
    for route in found:
        view = view_of(route)
        if isinstance(view, type) and issubclass(view, ApiMixin):
            handled = {each.upper() for each in view.http_method_names if hasattr(view, each)}
            wrong = set(view.scopes) != handled - {"HEAD", "OPTIONS", "TRACE"}
            if wrong or not all(view.scopes.values()):
                faults.append(route.path)
        elif not (route.rule and route.rule.public):
            faults.append(route.path)
    return faults


API = [route for route in routes() if route.path.startswith("/api/")]
# Every address answers with and without a slash at its end, by the same view.
ROUTES = [
    route
    for route in API
    if issubclass(view_of(route) or object, ApiMixin) and not route.path.endswith("/")
]

# What PLACES does not fill is named by a test of its own, and the others go on.
FILLED = [route for route in ROUTES if not unknown_places([route])]


def refused_with(view: Any, method: str, sender: Sender) -> int | None:
    """The status that what ``view`` declares holds for ``sender``; None: it is let in."""
    named = "GET" if method == "HEAD" else method
    if sender.is_refused:
        return 401
    if named not in (*view.scopes, "OPTIONS"):
        return 405
    if sender.is_anonymous:
        return 401
    every = {scope for scopes in view.scopes.values() for scope in scopes}
    accepted = every if method == "OPTIONS" else set(view.scopes[named])
    is_person = sender.scopes is None
    let_in = method in SAFE if is_person else bool(accepted & set(sender.scopes or ()))
    needed = view.duties.get(named, ())
    return None if let_in and (not needed or sender.duties & set(needed)) else 403


def crawled(side: Side) -> Iterator[tuple[Route, str, str]]:
    for route in FILLED:
        for where, _ in addresses(route, side):
            for method in METHODS:
                yield route, method, where


def put(sender: Sender, method: str, where: str) -> Answer:
    body = b"" if method in SAFE else b"{}"
    return ask(sender.client, method, where, body, JSON)


def listed(faults: list[str]) -> str:
    return "\n".join(sorted(set(faults)))


class TestDeclarations:
    def test_every_address_says_which_scopes_each_of_its_methods_takes(self) -> None:
        assert unguarded(API) == []
        assert len(ROUTES) > 15

    def test_every_place_can_be_filled(self) -> None:
        assert unknown_places(ROUTES) == set(), "add them to PLACES in tests/access/world.py"

    def test_an_address_that_does_not_say_is_found(self) -> None:
        class Silent(ApiMixin):
            def post(self, request: Any) -> Response:
                return Response({})

        class Empty(Silent):
            scopes = {"POST": ()}

        class Said(Silent):
            scopes = {"POST": (MANAGE,)}

        def bare(request: Any) -> Response:
            return Response({})

        fake = ModuleType("fake")
        fake.urlpatterns = [  # type: ignore[attr-defined]
            path("silent", Silent.as_view()),
            path("empty", Empty.as_view()),
            path("said", Said.as_view()),
            path("bare", bare),
        ]
        assert unguarded(routes(fake)) == ["/silent", "/empty", "/bare"]


@pytest.mark.parametrize("name", NAMES)
def test_each_sender_is_let_in_where_the_view_says_so_and_nowhere_else(
    world: World, name: str
) -> None:
    sender, faults, seen = world.senders[name], [], Counter[int | None]()
    for route, method, where in crawled(world.ours):
        expected = refused_with(view_of(route), method, sender)
        answer = put(sender, method, where)
        seen[expected] += 1
        told = f"{method} {route.path}: {answer.status} {answer.error or answer.body[:200]!r}"
        if answer.status >= 500:
            faults.append(told)
        elif expected is None and answer.status in (401, 403, 405):
            faults.append(f"{told}, and should be let in")
        elif expected is not None and answer.status != expected:
            faults.append(f"{told}, and should be {expected}")
    assert not faults, listed(faults)
    assert len(seen) >= (1 if sender.is_refused else 2), seen


@pytest.mark.parametrize("name", OF_THEIRS)
def test_nothing_of_a_vendor_reaches_another_one(world: World, name: str) -> None:
    faults = []
    for route, method, where in crawled(world.ours):
        answer = put(world.senders[name], method, where)
        faults += [f"{method} {route.path} shows {m}" for m in (OURS, INSIDE) if answer.holds(m)]
    assert not faults, listed(faults)


@pytest.mark.parametrize("name", OF_OURS)
def test_nothing_kept_inside_reaches_the_vendor_concerned(world: World, name: str) -> None:
    faults, opened = [], set()
    for route, method, where in crawled(world.ours):
        answer = put(world.senders[name], method, where)
        faults += [f"{method} {route.path} shows {m}" for m in (THEIRS, INSIDE) if answer.holds(m)]
        if method == "GET" and answer.status == 200 and answer.holds(OURS):
            opened.add(route.path)
    assert not faults, listed(faults)
    if name in ("alice", f"key-{READ}-ours"):
        assert len(opened) > 10, "a crawl that opens nothing shows nothing"


@pytest.mark.parametrize("name", OF_THEIRS)
def test_foreign_and_missing_are_the_same_to_the_byte(world: World, name: str) -> None:
    sender, faults, compared = world.senders[name], [], 0
    for route in filter(is_about_a_record, FILLED):
        for method in METHODS:
            about_nothing = put(sender, method, missing(route))
            for where, what in addresses(route, world.ours):
                answer = put(sender, method, where)
                compared += about_nothing.status == 404
                if answer != about_nothing:
                    faults.append(
                        f"{method} {route.path} ({what}): {answer.status} {answer.body[:200]!r}, "
                        f"about nothing {about_nothing.status} {about_nothing.body[:200]!r}"
                    )
    assert not faults, listed(faults)
    assert compared or name == f"key-{MANAGE}-theirs"


class TestNegativeControl:
    """With a guard off, the crawl finds it."""

    def test_without_the_line_between_vendors(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("contracts.selectors.scope.Scope.over", lambda *_: Q())
        sender = world.senders[f"key-{READ}-theirs"]
        answers = [
            put(sender, method, where)
            for _, method, where in crawled(world.ours)
            if method == "GET"
        ]
        assert sum(answer.holds(OURS) for answer in answers) > 5

    def test_without_the_guard_of_scopes(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(
            "contracts.api.authentication.DeclaredScope.has_permission", lambda *_: True
        )
        sender = world.senders["key-ingest"]
        asked = [
            (put(sender, m, w), refused_with(view_of(r), m, sender))
            for r, m, w in crawled(world.ours)
        ]
        assert sum(expected == 403 != answer.status for answer, expected in asked) > 5


def test_a_key_that_is_revoked_between_two_requests_is_refused(world: World) -> None:
    made = apikey_create(name="brief", scopes=[READ])
    client = Client(headers={"X-Api-Key": made.secret})
    assert client.get("/api/v1/vendors").status_code == 200
    apikey_revoke(key=made.key, now=timezone.now())
    assert client.get("/api/v1/vendors").status_code == 401
