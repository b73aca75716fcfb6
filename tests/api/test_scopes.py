"""Nobody sees a byte of another vendor's, and what is forbidden looks exactly like missing."""

from typing import Any

import pytest
from django.test import Client
from rest_framework.permissions import IsAuthenticated

from contracts.api.authentication import DeclaredScope
from contracts.models import User
from contracts.selectors.scope import EVERYTHING
from metrics.api.urls import urlpatterns, v1
from metrics.models import BreachCase
from tests import factories
from tests.api.daily import KEPT_INSIDE, UNNAMED, is_file
from tests.api.world import (
    METHODS,
    Holding,
    Program,
    a_program,
    address,
    is_detail,
    readable_routes,
    v1_routes,
    whole,
)

pytestmark = pytest.mark.django_db
READABLE = [
    one for one in readable_routes() if one not in KEPT_INSIDE | UNNAMED and not is_file(one)
]
NUMBERED = (
    "amendments",
    "breaches",
    "certifications",
    "charges",
    "contacts",
    "comments",
    "deliveries",
    "kpi-definitions",
    "results",
    "reviews",
    "scorecards",
    "service-levels",
)
MISSING = dict.fromkeys(NUMBERED, 10**9)


class Session(Program):
    """A person's browser instead of a key."""

    def __init__(self, user: User) -> None:
        super().__init__({})
        object.__setattr__(self, "client", Client())
        self.client.force_login(user)  # type: ignore[attr-defined]

    def get(self, path: str, **query: object) -> object:  # type: ignore[override]
        return whole(self.client.get(path, query))  # type: ignore[attr-defined]

    def call(self, method: str, path: str, **extra: object) -> object:  # type: ignore[override]
        return whole(self.client.generic(method, path, **extra))  # type: ignore[attr-defined]


@pytest.fixture(params=["key", "session"])
def outsider(request: pytest.FixtureRequest, acme: Holding, zeta: Holding) -> Program:
    """Somebody of zeta, by key and by session."""
    if request.param == "key":
        return a_program("read", "ingest", vendor=zeta.vendor)
    return Session(factories.a_user("zed", User.Role.VENDOR, (zeta.vendor,)))


def test_every_address_declares_who_may_do_what() -> None:
    for pattern in v1:
        view: Any = pattern.callback.view_class
        assert view.permission_classes == (IsAuthenticated, DeclaredScope), pattern
        methods = set(view().allowed_methods) - {"HEAD", "OPTIONS"}
        assert set(view.scopes) == methods, pattern
        assert all(view.scopes.values()), pattern
    named = [one for one in urlpatterns if getattr(one, "name", None)]
    open_to_all = {one.name for one in named if not hasattr(one.callback.view_class, "scopes")}
    assert open_to_all == {"schema", "docs"}


@pytest.mark.parametrize("route", v1_routes())
def test_no_address_shows_another_vendors_byte(
    route: str, outsider: Program, acme: Holding
) -> None:
    for method in METHODS:
        answer = outsider.call(method, address(route, acme))
        assert b"acme" not in answer.content, method
        assert "acme" not in str(answer.headers), method


@pytest.mark.parametrize("route", [one for one in READABLE if is_detail(one)])
def test_forbidden_and_missing_are_the_same_404(
    route: str, outsider: Program, acme: Holding
) -> None:
    forbidden = outsider.get(address(route, acme))
    kind = route.partition("/<")[0].rpartition("/")[2]
    elsewhere = f"/{kind}/{MISSING.get(kind, 'nobody')}"
    missing = outsider.get(address(route, acme).replace(f"/{kind}/{acme.values[kind]}", elsewhere))
    assert forbidden.status_code == missing.status_code == 404
    assert forbidden.content == missing.content
    assert dict(forbidden.headers) == dict(missing.headers)


@pytest.mark.parametrize("route", READABLE)
def test_everybody_sees_their_own(route: str, outsider: Program, zeta: Holding) -> None:
    answer = outsider.get(address(route, zeta))
    assert answer.status_code == 200
    assert b"zeta" in answer.content
    assert b"acme" not in answer.content


@pytest.mark.parametrize("listed", ["vendors", "contracts", "kpis", "results", "breaches", "feeds"])
def test_filters_find_nothing_of_another_vendor(
    listed: str, outsider: Program, reader: Program
) -> None:
    answer = outsider.get(f"/api/v1/{listed}", vendor="acme")
    unknown = outsider.get(f"/api/v1/{listed}", vendor="nobody")
    assert answer.json() == unknown.json() | {"results": []}
    assert len(reader.get(f"/api/v1/{listed}", vendor="acme").json()["results"]) == 1


def test_the_guard_is_what_hides_them(
    outsider: Program, acme: Holding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("contracts.api.base.scope_of", lambda request: EVERYTHING)
    for route in READABLE:
        assert b"acme" in outsider.get(address(route, acme)).content, route


def test_a_vendor_user_without_vendors_sees_nothing(acme: Holding) -> None:
    lost = Session(factories.a_user("lost", User.Role.VENDOR))
    assert lost.get("/api/v1/vendors").json()["results"] == []
    assert lost.get("/api/v1/vendors/acme").status_code == 404


def test_provisional_cases_are_kept_from_their_vendor(zeta: Holding, reader: Program) -> None:
    BreachCase.objects.filter(pk=zeta.case.pk).update(state="provisional")
    owner = a_program("read", vendor=zeta.vendor)
    assert owner.get(f"/api/v1/breaches/{zeta.case.pk}").status_code == 404
    assert owner.get("/api/v1/breaches").json()["results"] == []
    assert reader.get(f"/api/v1/breaches/{zeta.case.pk}").status_code == 200


def test_steps_taken_while_provisional_are_kept_from_the_vendor(
    zeta: Holding, reader: Program
) -> None:
    first = zeta.case.transitions.get()
    first.to_state, first.reason = "provisional", "inside"
    first.save()
    zeta.case.transitions.create(
        revision=first.revision, from_state="provisional", to_state="open", by="kpotracker"
    )
    path = f"/api/v1/breaches/{zeta.case.pk}"
    owner = a_program("read", vendor=zeta.vendor)
    assert [one["to_state"] for one in owner.get(path).json()["transitions"]] == ["open"]
    assert len(reader.get(path).json()["transitions"]) == 2


def test_a_feed_names_only_the_kpis_its_reader_may_see(
    acme: Holding, zeta: Holding, reader: Program
) -> None:
    zeta.feed.feed_kpis.create(kpi=acme.kpi)
    owner = a_program("read", vendor=zeta.vendor)
    path = "/api/v1/feeds/zeta-desk"
    assert owner.get(path).json()["kpis"] == ["zeta-accuracy"]
    assert reader.get(path).json()["kpis"] == ["acme-accuracy", "zeta-accuracy"]


def test_a_parent_contract_of_another_vendor_is_not_named(acme: Holding, zeta: Holding) -> None:
    contract = zeta.kpi.contract
    assert contract is not None
    contract.parent = acme.kpi.contract
    contract.save()
    owner = a_program("read", vendor=zeta.vendor)
    assert owner.get("/api/v1/contracts/zeta-1").json()["parent"] is None
