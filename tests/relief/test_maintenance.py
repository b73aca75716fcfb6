"""Planned maintenance: announced in time it is excused, up to the hours that are allowed."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from django.core.exceptions import ValidationError

from contracts.models import User
from contracts.selectors.lookups import UnknownCodeError
from contracts.selectors.scope import visible_to
from metrics.casework.claiming import Claim
from metrics.casework.maintenance import Planned, maintenance_announce, maintenance_cancel
from metrics.evaluation.sweeping import sweep
from metrics.models import MaintenanceWindow
from tests.evaluation.looking import head
from tests.factories import a_contract, a_vendor
from tests.feeds.arriving import APRIL, a_mapped_feed, a_share, csv, evaluate, load
from tests.relief.asking import SOON, ask, decide, somebody

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_process", "sound")]

MONTH = 744  # hours of March
HEADER = "number,down,up"
OUTAGES = {
    "times": {
        "started": {"column": "down", "format": "iso"},
        "restored": {"column": "up", "format": "iso"},
    },
    "targets": [{"kpi": "uptime", "ends": "restored"}],
}
FEBRUARY = datetime(2026, 2, 1, tzinfo=UTC)


def march(day, hour=0):
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def a_service(hours="8", notice=5):
    """A service that was down for 20 hours from 10 March on; at least 99 %."""
    definition = {
        "measure": "availability",
        "unit": "percent",
        "maintenance_hours": hours,
        "maintenance_notice_days": notice,
    }
    kpi = a_share("uptime", time_field="started", definition=definition, level={"expected": "99"})
    load(a_mapped_feed(**OUTAGES), csv([f"1,{march(10)},{march(10, 20)}"], HEADER))
    sweep(as_of=APRIL)
    return kpi


def announce(of, start, end, told=FEBRUARY, by=None, at=SOON):
    scope = visible_to(by or somebody("olga"), at.date())
    planned = Planned(of, start, end, "new disks", told)
    return maintenance_announce(planned=planned, scope=scope, as_of=at)


def availability():
    current = head(code="uptime").current
    return Fraction(current.value) / 100


def steps():
    return head(code="uptime").current.body["steps"]


def test_what_is_announced_in_time_is_left_out_of_both_sides():
    kpi = a_service()
    assert availability() == Fraction(MONTH - 20, MONTH)

    announce(kpi.contract, march(10), march(10, 6))
    evaluate(SOON)

    assert availability() == Fraction(MONTH - 20, MONTH - 6)
    assert "maintenance: 6 h of 8 h allowed are left out of both sides" in steps()


def test_the_excess_counts_and_overlaps_count_once():
    kpi = a_service()

    announce(kpi, march(10), march(10, 6))
    announce(kpi.contract, march(10, 4), march(10, 12))
    evaluate(SOON)

    assert availability() == Fraction(MONTH - 20, MONTH - 8)
    assert (
        "maintenance: 8 h of 8 h allowed are left out of both sides, 4 h more were announced and "
        "count" in steps()
    )


def test_what_is_announced_too_late_counts():
    kpi = a_service()

    announce(kpi, march(10), march(10, 6), told=march(6))
    evaluate(SOON)
    assert (availability(), head(code="uptime").current.number) == (Fraction(MONTH - 20, MONTH), 1)

    announce(kpi, march(10, 8), march(10, 10))
    evaluate(SOON)
    assert availability() == Fraction(MONTH - 20, MONTH - 2)
    assert "6 h were announced too late and count" in " ".join(steps())


def test_a_window_that_is_called_off_excuses_nothing():
    kpi = a_service()
    window = announce(kpi, march(10), march(10, 6))
    evaluate(SOON)

    scope = visible_to(somebody("olga"), SOON.date())
    maintenance_cancel(window_id=window.pk, scope=scope, as_of=SOON)
    evaluate(SOON)

    assert availability() == Fraction(MONTH - 20, MONTH)
    with pytest.raises(ValidationError, match="called off already"):
        maintenance_cancel(window_id=window.pk, scope=scope, as_of=SOON)


def test_relief_and_maintenance_that_overlap_count_once():
    kpi = a_service()
    announce(kpi, march(10), march(10, 6))

    decide(ask(Claim("a flood", [(march(10, 4), march(10, 10)), (march(10, 8), march(10, 12))])))
    evaluate(SOON)

    assert availability() == Fraction(MONTH - 20, MONTH - 12)


def test_outages_are_excused_by_what_they_are_called():
    a_service()

    decide(ask(Claim("a flood", predicate='ref == "1"')))
    evaluate(SOON)

    assert (availability(), head(code="uptime").status) == (1, "MET")


def test_a_kpi_that_allows_none_is_left_alone():
    kpi = a_service(hours=None, notice=None)

    announce(kpi, march(10), march(10, 6))
    evaluate(SOON)

    assert (availability(), head(code="uptime").current.number) == (Fraction(MONTH - 20, MONTH), 1)


def test_a_vendor_announces_now_and_only_its_own():
    kpi = a_service()
    vendor = kpi.contract.vendor
    vera = somebody("vera", User.Role.VENDOR, vendors=(vendor,))
    other = a_vendor("bolt")
    a_contract(other, "BO-1")
    bob = somebody("bob", User.Role.VENDOR, vendors=(other,))

    with pytest.raises(ValidationError, match="announced now: leave it out"):
        announce(kpi, march(10), march(10, 6), by=vera)
    window = announce(kpi, APRIL + timedelta(9), APRIL + timedelta(10), told=None, by=vera)
    assert window.announced_at == SOON

    with pytest.raises(UnknownCodeError):
        maintenance_cancel(window_id=window.pk, scope=visible_to(bob, SOON.date()), as_of=SOON)
    assert MaintenanceWindow.objects.get().cancelled_at is None


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"start": march(10), "end": march(10)}, "ends_at"),
        ({"start": march(10), "end": march(11), "told": SOON + timedelta(1)}, "announced_at"),
    ],
)
def test_a_window_that_cannot_be_is_refused(given, field):
    kpi = a_share()
    with pytest.raises(ValidationError) as refused:
        announce(kpi, **given)
    assert list(refused.value.error_dict) == [field]
