"""One small portfolio with two vendors, and the people who look at it."""

from dataclasses import dataclass
from datetime import date

import pytest
from django.test import Client

from contracts.models import Contract, User, Vendor
from metrics.models import BreachCase, Delivery, Kpi
from tests.factories import (
    a_case,
    a_contract,
    a_delivery,
    a_feed,
    a_figure,
    a_kpi,
    a_user,
    a_vendor,
)

MARCH = date(2026, 3, 1)


@dataclass(frozen=True)
class Portfolio:
    """Everything that belongs to vendor A; ``b_only`` is a name that only B's pages show."""

    vendor: Vendor
    contract: Contract
    kpi: Kpi
    case: BreachCase
    delivery: Delivery
    other: Vendor


@pytest.fixture
def portfolio() -> Portfolio:
    acme = a_vendor("acme", name="Acme Analytics")
    contract = a_contract(acme, "AC-1", title="Demand forecasting")
    kpi = a_kpi(contract, "accuracy", name="Forecast accuracy")
    a_figure(kpi, date(2026, 2, 1), "96")
    missed = a_figure(kpi, MARCH, "94.996", "BELOW_MINIMUM")
    a_figure(a_kpi(contract, "volume", name="Cases done", family="throughput"), MARCH, "97")
    other = a_vendor("bolt", name="Bolt Services")
    a_figure(a_kpi(a_contract(other, "BO-1", title="Claims"), "errors", name="Errors"), MARCH)
    return Portfolio(
        vendor=acme,
        contract=contract,
        kpi=kpi,
        case=a_case(missed),
        delivery=a_delivery(a_feed(acme, "forecasts"), "march.csv", accepted=10),
        other=other,
    )


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def analyst(portfolio: Portfolio) -> Client:
    """A buyer's analyst: sees every vendor."""
    return signed_in(a_user("ana"))


@pytest.fixture
def alice(portfolio: Portfolio) -> Client:
    """A user of vendor A."""
    return signed_in(a_user("alice", User.Role.VENDOR, (portfolio.vendor,)))


@pytest.fixture
def bob(portfolio: Portfolio) -> Client:
    """A user of vendor B, who must see nothing of A."""
    return signed_in(a_user("bob", User.Role.VENDOR, (portfolio.other,)))
