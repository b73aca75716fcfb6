"""Every address × every role × two vendors: nobody gets a byte that is not theirs to see."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import path
from pytest_django.plugin import DjangoDbBlocker

from contracts.models import User
from contracts.services.apikeys import apikey_create
from kpotracker.toolkit.rules import public
from tests.access.asking import ask
from tests.access.routes import Route, routes, undeclared
from tests.access.world import (
    INSIDE,
    OURS,
    PLACES,
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
BUYERS = [role for role in Role.values if role != Role.VENDOR]
OTHER_METHODS = ("HEAD", "OPTIONS", "PUT", "PATCH", "DELETE")
_SERVER_ERROR = 500


@dataclass
class World:
    """Two vendors and everybody who looks at them."""

    ours: Side
    theirs: Side
    clients: dict[str, Client]

    def side_of(self, path: str) -> Side:
        return self.theirs if THEIRS in path else self.ours


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """Built once; whatever a request writes is taken back behind it."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield _world()
        transaction.set_rollback(True)


def _world() -> World:
    people = {role: a_user(f"buyer-{role}", role) for role in BUYERS}
    people["administrator"].is_staff = people["administrator"].is_superuser = True
    people["administrator"].save()
    a_user("ada")
    ours = a_side(OURS, people["analyst"])
    theirs = a_side(THEIRS, people["analyst"])
    people |= {"alice": ours.person, "bob": theirs.person}
    people["lonely"] = a_user("lonely", Role.VENDOR)
    clients = {name: _signed_in(person) for name, person in people.items()}
    clients["nobody"] = Client(raise_request_exception=False)
    for name, side in (("key-of-ours", ours), ("key-of-theirs", theirs)):
        secret = apikey_create(name=name, scopes=["read", "ingest"], vendor=side.vendor).secret
        headers = {"Authorization": f"Bearer {secret}"}
        clients[name] = Client(raise_request_exception=False, headers=headers)
    return World(ours, theirs, clients)


def _signed_in(person: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(person)
    return client


ADMIN = [route for route in routes() if route.is_admin]
# Addresses of the API answer with and without a slash at their end, by the same view.
ROUTES = [r for r in routes() if not r.is_admin and not (r.is_api and r.path.endswith("/"))]


def crawled(world: World, side: Side, found: list[Route]) -> Iterator[tuple[Route, str, str]]:
    for route in found:
        for where, what in addresses(route, side):
            yield route, where, what


def listed(faults: list[str]) -> str:
    return "\n".join(sorted(set(faults)))


class TestWorld:
    def test_there_is_a_record_of_every_kind_to_look_for(self, world: World) -> None:
        assert world.ours.failures == {}, "say in tests/access/world.py SPECIAL what they hold"

    def test_every_place_of_an_address_can_be_filled(self) -> None:
        assert unknown_places(ROUTES) == set(), "add them to PLACES in tests/access/world.py"

    def test_each_side_finds_its_own_records_at_their_addresses(self, world: World) -> None:
        """Otherwise a crawl that finds nothing foreign would show nothing."""
        opened = {
            route.path
            for route, where, what in crawled(world, world.ours, ROUTES)
            if what == "record" and is_about_a_record(route)
            if ask(world.clients["alice"], "GET", where).status == 200
        }
        expected = {"/vendors/<code>/", "/contracts/<reference>/", "/kpis/<code>/<first_day>/"}
        assert expected <= opened
        assert len(opened) > 10

    def test_each_side_sees_its_own_name_and_the_buyer_sees_both(self, world: World) -> None:
        seen = {
            name: {
                mark
                for mark in (OURS, THEIRS)
                if ask(world.clients[name], "GET", "/vendors/").holds(mark)
            }
            for name in ("alice", "bob", "analyst", "lonely")
        }
        assert seen == {
            "alice": {OURS},
            "bob": {THEIRS},
            "analyst": {OURS, THEIRS},
            "lonely": set(),
        }


class TestRules:
    def test_every_address_declares_who_may_call_it(self) -> None:
        assert undeclared(routes()) == []

    def test_an_address_without_a_rule_is_found(self) -> None:
        def bare(request: object) -> HttpResponse:
            return HttpResponse()

        @public("GET")
        def declared(request: object) -> HttpResponse:
            return HttpResponse()

        fake = ModuleType("fake")
        fake.urlpatterns = [path("bare/<str:code>/", bare), path("declared/", declared)]

        assert undeclared(routes(fake)) == ["/bare/<code>/"]

    def test_a_place_that_nothing_fills_is_found(self) -> None:
        route = Route("/galaxies/<star>/", "star", None)

        assert unknown_places([route]) == {("galaxies", "star")}
        assert ("galaxies", "star") not in PLACES


@pytest.mark.parametrize(
    ("method", "name"),
    [("POST", "bob"), *(("GET", each) for each in ("bob", "lonely", "nobody", "key-of-theirs"))],
)
def test_nothing_of_a_vendor_reaches_another_one(world: World, name: str, method: str) -> None:
    faults = []
    for route, where, what in crawled(world, world.ours, ROUTES):
        answer = ask(world.clients[name], method, where)
        marks = [mark for mark in (OURS, INSIDE) if answer.holds(mark)]
        if marks:
            faults.append(f"{route.path} shows {marks} ({what})")
        if answer.status >= _SERVER_ERROR:
            faults.append(f"{method} {route.path} answers {answer.status} {answer.error}")
    assert not faults, listed(faults)


@pytest.mark.parametrize("method", OTHER_METHODS)
def test_nor_by_another_method(world: World, method: str) -> None:
    faults = []
    for route, where, what in crawled(world, world.ours, ROUTES):
        answer = ask(world.clients["bob"], method, where)
        if answer.holds(OURS) or answer.holds(INSIDE) or answer.status >= _SERVER_ERROR:
            faults.append(f"{route.path} ({what}): {answer.status}")
    assert not faults, listed(faults)


@pytest.mark.parametrize(
    ("method", "name"), [("GET", "alice"), ("POST", "alice"), ("GET", "key-of-ours")]
)
def test_nothing_kept_inside_reaches_the_vendor_concerned(
    world: World, name: str, method: str
) -> None:
    faults = []
    for route, where, what in crawled(world, world.ours, ROUTES):
        answer = ask(world.clients[name], method, where)
        marks = [mark for mark in (THEIRS, INSIDE) if answer.holds(mark)]
        if marks:
            faults.append(f"{route.path} shows {marks} ({what})")
        if what == "inside" and answer.status == 200:
            faults.append(f"{route.path} opens what is kept inside")
        if answer.status >= _SERVER_ERROR:
            faults.append(f"{method} {route.path} answers {answer.status} {answer.error}")
    assert not faults, listed(faults)


@pytest.mark.parametrize(("method", "name"), [("GET", "bob"), ("POST", "bob"), ("GET", "analyst")])
def test_forbidden_and_missing_are_the_same(world: World, name: str, method: str) -> None:
    """For a vendor's user about another vendor's records, and for a buyer without the duty."""
    client, faults = world.clients[name], []
    for route in ROUTES:
        if not is_about_a_record(route) or (route.rule and route.rule.public):
            continue
        about_nothing = ask(client, method, missing(route))
        for where, what in addresses(route, world.ours):
            answer = ask(client, method, where)
            if name == "analyst" and answer.status != 404:
                continue  # open to this reader
            if answer.status < 400 or answer != about_nothing:
                faults.append(
                    f"{method} {route.path} ({what}): {answer.status}, "
                    f"about nothing {about_nothing.status}"
                )
    assert not faults, listed(faults)


@pytest.mark.parametrize(
    ("method", "name"),
    [("POST", "administrator"), *(("GET", role) for role in BUYERS if role != Role.ANALYST)],
)
def test_no_address_breaks_for_whoever_may_open_it(world: World, name: str, method: str) -> None:
    faults = []
    for route, where, what in crawled(world, world.ours, ROUTES):
        answer = ask(world.clients[name], method, where)
        if answer.status >= _SERVER_ERROR:
            faults.append(f"{method} {route.path} ({what}): {answer.status} {answer.error}")
    assert not faults, listed(faults)


def test_whoever_is_not_signed_in_is_sent_to_sign_in_or_finds_nothing(world: World) -> None:
    faults = []
    for route, where, _ in crawled(world, world.ours, ROUTES + ADMIN[:5]):
        if route.rule and route.rule.public:
            continue
        answer = ask(world.clients["nobody"], "GET", where)
        sent = answer.status == 302 and answer.moved.startswith("/login/?next=/")
        if not sent and answer.status not in (401, 404, 405):
            faults.append(f"{route.path}: {answer.status} {answer.moved}")
    assert not faults, listed(faults)


def admin_addresses(world: World) -> list[str]:
    """Every address of the admin, about the first record of its kind."""
    found = []
    for route in ADMIN:
        owner = getattr(route.callback, "model_admin", None)
        record = world.ours.records.get(owner.model) if owner else None
        filled = re.sub(r"<object_id>", str(record.pk if record else 1), route.path)
        filled = filled.replace("<app_label>", "contracts").replace("<url>", "nothing")
        found.append(filled.replace("<content_type_id>", "1"))
    return found


@pytest.mark.parametrize("name", ["bob", "alice", "analyst", "procurement", "compliance"])
def test_the_admin_does_not_exist_for_others(world: World, name: str) -> None:
    client = world.clients[name]
    elsewhere = ask(client, "GET", "/no-such-page/")
    faults = []
    for where in admin_addresses(world):
        answer = ask(client, "GET", where)
        if where != "/admin/login/" and answer != elsewhere:
            faults.append(f"{where}: {answer.status}")
    assert not faults, listed(faults)


def test_the_admin_shows_every_kind_of_record_to_administrators(world: World) -> None:
    client = world.clients["administrator"]
    answers = {where: ask(client, "GET", where).status for where in admin_addresses(world)}
    faults = [f"{where}: {status}" for where, status in answers.items() if status >= _SERVER_ERROR]
    assert not faults, listed(faults)
    assert sum(status == 200 for status in answers.values()) > 50


class TestNegativeControl:
    """The crawl finds what it looks for: with a guard off, it fails."""

    def faults(self, world: World, name: str, mark: str, found: list[Route]) -> list[str]:
        asked = crawled(world, world.ours, found)
        answers = ((r, ask(world.clients[name], "GET", where)) for r, where, _ in asked)
        return [route.path for route, answer in answers if answer.holds(mark)]

    def named(self, *paths: str) -> list[Route]:
        return [route for route in ROUTES if route.path in paths]

    def test_without_scopes_another_vendors_user_is_caught_reading(
        self, world: World, monkeypatch
    ) -> None:
        looked_at = self.named("/vendors/", "/vendors/<code>/", "/contracts/<reference>/")
        assert self.faults(world, "bob", OURS, looked_at) == []

        monkeypatch.setattr("contracts.selectors.scope.Scope.over", lambda *_: _everything())

        assert len(self.faults(world, "bob", OURS, looked_at)) == 3

    def test_without_the_line_around_the_buyer_the_vendors_own_user_is(
        self, world: World, monkeypatch
    ) -> None:
        looked_at = self.named("/incidents/<number>/")
        assert self.faults(world, "alice", INSIDE, looked_at) == []

        monkeypatch.setattr("contracts.selectors.scope.Scope.is_internal", True)

        assert self.faults(world, "alice", INSIDE, looked_at) != []


def _everything() -> object:
    from django.db.models import Q

    return Q()
