"""Two vendors with one record of each kind, and programs that ask for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver

from contracts.models import Vendor
from contracts.services.apikeys import apikey_create
from metrics.api.urls import v1
from metrics.models import BreachCase, Delivery, Feed, Kpi, KpiPeriod
from tests import factories

PROBLEM = "application/problem+json"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
MARCH = date(2026, 3, 1)


@dataclass(frozen=True)
class Holding:
    """Everything one vendor has."""

    vendor: Vendor
    contract: str
    kpi: Kpi
    result: KpiPeriod
    case: BreachCase
    feed: Feed
    delivery: Delivery

    @property
    def values(self) -> dict[str, Any]:
        """What fills the placeholders of addresses."""
        return {
            "vendors": self.vendor.code,
            "contracts": self.contract,
            "kpis": self.kpi.code,
            "results": self.result.pk,
            "breaches": self.case.pk,
            "feeds": self.feed.code,
            "deliveries": self.delivery.pk,
        }


def a_holding(code: str) -> Holding:
    vendor = factories.a_vendor(code)
    contract = factories.a_contract(vendor, f"{code}-1")
    kpi = factories.a_kpi(contract, f"{code}-accuracy", level={"minimum": "90"})
    result = factories.a_figure(kpi, MARCH, "179/2", "BELOW_MINIMUM")
    feed = factories.a_feed(vendor, f"{code}-desk")
    feed.feed_kpis.create(kpi=kpi)
    reject = {"column": "closed", "value": f"{code} 31/02", "rule": "time", "message": "no day"}
    return Holding(
        vendor=vendor,
        contract=contract.reference,
        kpi=kpi,
        result=result,
        case=factories.a_case(result),
        feed=feed,
        delivery=factories.a_delivery(feed, f"{code}.csv", accepted=5, rejects=[reject]),
    )


@dataclass(frozen=True)
class Program:
    """A client that sends ``headers`` with everything."""

    headers: Mapping[str, str]

    def get(self, path: str, **query: Any) -> HttpResponse:
        return Client().get(path, query, headers=dict(self.headers))

    def call(self, method: str, path: str, **extra: Any) -> HttpResponse:
        return Client().generic(method, path, headers=dict(self.headers), **extra)


def a_program(*scopes: str, vendor: Vendor | None = None, **key: Any) -> Program:
    made = apikey_create(name="test", scopes=scopes, vendor=vendor, **key)
    return Program({"Authorization": f"Bearer {made.secret}"})


def v1_routes() -> list[str]:
    """Every route of version 1 as it is declared, without the twins that end with a slash."""
    return [str(one.pattern) for one in v1 if not str(one.pattern).endswith("/")]


def address(route: str, holding: Holding) -> str:
    """A real address of ``route``, about what ``holding`` has."""
    parts = route.split("/")
    filled = [
        str(holding.values[parts[at - 1]]) if part.startswith("<") else part
        for at, part in enumerate(parts)
    ]
    return "/api/v1/" + "/".join(filled)


def is_detail(route: str | URLPattern | URLResolver) -> bool:
    return "<" in str(route)


def found(program: Program, path: str, **query: Any) -> list[Any]:
    """The rows of a list that has to answer 200."""
    answer = program.get(f"/api/v1/{path}", **query)
    assert answer.status_code == 200, answer.content
    rows: list[Any] = answer.json()["results"]
    return rows
