"""One contract with a month that can be closed, and the people who close it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest

from contracts.models import Contract, User, Vendor
from metrics.models import Kpi, KpiPeriod
from metrics.selectors.spans import Span, parse_span
from tests.factories import a_contract, a_figure, a_kpi, a_user, a_vendor

MARCH = date(2026, 3, 1)
SPAN: Span = parse_span("2026-03")
APRIL_10 = datetime(2026, 4, 10, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Month:
    """``figure`` is the only one of the month: final and met."""

    vendor: Vendor
    contract: Contract
    kpi: Kpi
    figure: KpiPeriod
    dana: User
    vera: User


@pytest.fixture
def month() -> Month:
    vendor = a_vendor("acme", name="Acme Analytics")
    contract = a_contract(vendor, "AC-1", title="Demand forecasting")
    kpi = a_kpi(contract, "accuracy", name="Forecast accuracy")
    return Month(
        vendor=vendor,
        contract=contract,
        kpi=kpi,
        figure=a_figure(kpi, MARCH, "96"),
        dana=a_user("dana", User.Role.OPERATIONS),
        vera=a_user("vera", User.Role.VENDOR, (vendor,)),
    )
