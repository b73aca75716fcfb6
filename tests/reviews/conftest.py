"""One vendor with a quarter of figures and a missed month, another one beside it, and people."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest

from contracts.models import Contract, User, Vendor
from metrics.models import BreachCase, Kpi, Review
from metrics.reviews.meetings import review_plan
from metrics.selectors.spans import Span, parse_span
from tests.factories import a_case, a_contract, a_figure, a_kpi, a_user, a_vendor

BUILT_AT = datetime(2026, 4, 20, 9, 30, 12, 345_678, tzinfo=UTC)
MONTHS = (date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1))


@dataclass
class World:
    acme: Vendor
    contract: Contract
    kpi: Kpi
    case: BreachCase
    other: Vendor
    paula: User
    vera: User
    vic: User
    quarter: Span

    def review(self, planned_on: date = date(2026, 4, 21), **fields: object) -> Review:
        given = {"vendor": self.acme, "kind": "quarterly", "chair": self.paula} | fields
        return review_plan(planned_on=planned_on, **given)  # type: ignore[arg-type]


@pytest.fixture
def world() -> World:
    acme = a_vendor("acme", name="Acme Analytics")
    contract = a_contract(acme, "AC-1", title="Demand forecasting", **_NOTICE)
    kpi = a_kpi(contract, "accuracy", name="Forecast accuracy", clause="3.1")
    a_figure(kpi, MONTHS[0], "96")
    a_figure(kpi, MONTHS[1], "4747/50")
    missed = a_figure(kpi, MONTHS[2], "94.996", "BELOW_MINIMUM")
    speed = a_kpi(contract, "speed", name="Answers in time", family="throughput")
    a_figure(speed, MONTHS[2], None, "NO_DATA")
    other = a_vendor("bolt", name="Bolt Services")
    a_figure(a_kpi(a_contract(other, "BO-1"), "errors", name="Errors of Bolt"), MONTHS[2])
    return World(
        acme=acme,
        contract=contract,
        kpi=kpi,
        case=a_case(missed),
        other=other,
        paula=a_user("paula", User.Role.PROCUREMENT),
        vera=a_user("vera", User.Role.VENDOR, (acme,)),
        vic=a_user("vic", User.Role.VENDOR, (other,)),
        quarter=parse_span("2026-Q1"),
    )


_NOTICE = {
    "renewal": Contract.Renewal.AUTO,
    "renewal_months": 12,
    "notice_length": 3,
    "notice_unit": "months",
}
