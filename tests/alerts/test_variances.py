"""Reported figures that lie apart are told of once."""

from datetime import date
from decimal import Decimal

import pytest

from contracts.services.acting import Actor
from metrics.alerts.variances import variances_note
from metrics.feeds.reporting import Told, vendor_figure_report
from metrics.models import AlertEvent
from tests.factories import NOW, a_contract, a_figure, a_kpi, a_vendor

MARCH = date(2026, 3, 1)
pytestmark = pytest.mark.django_db


def report(value: str, tolerance: str | None = "1") -> None:
    kpi = a_kpi(a_contract(a_vendor()), "accuracy", definition={"tolerance": tolerance})
    a_figure(kpi, MARCH, "96")
    told = Told(first_day=MARCH, value=Decimal(value))
    vendor_figure_report(kpi=kpi, told=told, by=Actor("Vera"), as_of=NOW)


@pytest.mark.parametrize(
    ("value", "tolerance", "events"),
    [("97", "1", 0), ("97.01", "1", 1), ("94.99", "1", 1), ("10", None, 0)],
)
def test_outside_the_tolerance_is_told_of_once(
    value: str, tolerance: str | None, events: int
) -> None:
    report(value, tolerance)
    variances_note(now=NOW)
    variances_note(now=NOW)
    assert AlertEvent.objects.filter(kind="variance").count() == events


def test_it_says_both_figures_and_which_is_judged() -> None:
    report("90")
    variances_note(now=NOW)
    text = AlertEvent.objects.get().facts["text"]
    assert "reports 90, our rows give 96; 1 apart" in text
    assert "ours is judged" in text
