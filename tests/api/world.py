"""Two vendors with one record of each kind, and programs that ask for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver

from contracts.models import Calendar, Certification, Contact, Contract, Vendor
from contracts.services.apikeys import apikey_create
from metrics.api.urls import v1
from metrics.models import BreachCase, Delivery, Feed, Kpi, KpiPeriod
from tests import factories
from tests.api.daily import daily_papers

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
    papers: Mapping[str, Any]

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
            "service-levels": self.kpi.levels.get().pk,
            "kpi-definitions": self.kpi.definitions.get().pk,
            **self.papers,
        }


def a_holding(code: str) -> Holding:
    vendor = factories.a_vendor(code)
    contract = factories.a_contract(vendor, f"{code}-1")
    kpi = factories.a_kpi(contract, f"{code}-accuracy", level={"minimum": "90"})
    result = factories.a_figure(kpi, MARCH, "179/2", "BELOW_MINIMUM")
    feed = factories.a_feed(vendor, f"{code}-desk")
    feed.feed_kpis.create(kpi=kpi)
    feed.schedules.create(valid_from=date(2025, 1, 1), every="month")
    reject = {"column": "closed", "value": f"{code} 31/02", "rule": "time", "message": "no day"}
    case = factories.a_case(result)
    delivery = factories.a_delivery(feed, f"{code}.csv", accepted=5, rejects=[reject])
    return Holding(
        vendor=vendor,
        contract=contract.reference,
        kpi=kpi,
        result=result,
        case=case,
        feed=feed,
        delivery=delivery,
        papers=_papers(contract, code) | daily_papers(kpi, case, delivery, code),
    )


def _papers(contract: Contract, code: str) -> dict[str, Any]:
    """One record of each further kind of the contracts app, as addresses name it."""
    vendor = contract.vendor
    contact = Contact.objects.create(vendor=vendor, name=f"{code} desk", phone="1")
    certified = Certification.objects.create(
        vendor=vendor, standard=f"{code} 27001", issued_on=date(2025, 1, 1)
    )
    return {
        "amendments": factories.an_amendment(contract, 9).pk,
        "charges": factories.a_charge(contract, date(2025, 1, 1), 100).pk,
        "processes": factories.a_process(contract, f"{code}-intake").code,
        "calendars": Calendar.objects.create(code=f"{code}-office", zone="UTC", weekdays={}).code,
        "contacts": contact.pk,
        "certifications": certified.pk,
    }


@dataclass(frozen=True)
class Program:
    """A client that sends ``headers`` with everything."""

    headers: Mapping[str, str]

    def get(self, path: str, **query: Any) -> HttpResponse:
        return whole(Client().get(path, query, headers=dict(self.headers)))

    def call(self, method: str, path: str, **extra: Any) -> HttpResponse:
        return whole(Client().generic(method, path, headers=dict(self.headers), **extra))


def whole(answer: Any) -> HttpResponse:
    """``answer`` with its body, also where it is sent while it is made."""
    if not answer.streaming:
        return answer  # type: ignore[no-any-return]
    headers = dict(answer.headers)
    return HttpResponse(b"".join(answer), status=answer.status_code, headers=headers)


def a_program(*scopes: str, vendor: Vendor | None = None, **key: Any) -> Program:
    made = apikey_create(name="test", scopes=scopes, vendor=vendor, **key)
    return Program({"Authorization": f"Bearer {made.secret}"})


def v1_routes() -> list[str]:
    """Every route of version 1 as it is declared, without the twins that end with a slash."""
    return [str(one.pattern) for one in v1 if not str(one.pattern).endswith("/")]


def readable_routes() -> list[str]:
    """Those of ``v1_routes`` that answer GET, without files: test_twins.py reads these."""
    readable = {str(one.pattern) for one in v1 if "GET" in one.callback.view_class.scopes}
    return [route for route in v1_routes() if route in readable and not is_file(route)]


def is_file(route: str) -> bool:
    return route.endswith((".csv", ".parquet", ".xlsx")) or route == "portfolio"


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
