"""A delivery that is owed and not here stands against 'data in'."""

from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from metrics.closing.gaps import gaps_of
from metrics.closing.steps import close_step
from metrics.models import FeedSchedule
from tests.closing.conftest import APRIL_10, SPAN
from tests.factories import a_contract, a_delivery, a_feed, a_kpi
from tests.pages.conftest import signed_in

pytestmark = pytest.mark.django_db


def a_monthly_feed(month, code="forecasts", contract=None):
    feed = a_feed(month.vendor, code, name=f"Feed {code}")
    feed.feed_kpis.create(kpi=month.kpi if contract is None else a_kpi(contract, f"{code}-kpi"))
    FeedSchedule.objects.create(
        feed=feed, valid_from=date(2026, 1, 1), every="month", zone="UTC", due_days=5
    )
    return feed


def owed(month, as_of=APRIL_10):
    gaps = gaps_of([month.contract.pk], SPAN, as_of)[month.contract.pk]
    return [gap.words for gap in gaps if gap.kind == "owed"]


def test_it_is_named_and_needs_a_remark(month):
    a_monthly_feed(month)

    with pytest.raises(ValidationError, match="1 delivery owed: Feed forecasts 2026-03"):
        close_step(
            contract=month.contract, span=SPAN, step="data_in", by=month.dana, as_of=APRIL_10
        )


def test_it_is_no_gap_once_it_attests_the_month(month):
    delivery = a_delivery(a_monthly_feed(month), "march.csv", accepted=1)
    delivery.complete_through = SPAN.last_day
    delivery.save()

    assert owed(month, datetime(2026, 4, 25, tzinfo=UTC)) == []


def test_a_feed_of_another_contract_is_no_gap_of_this_one(month):
    a_monthly_feed(month, "claims", contract=a_contract(month.vendor, "AC-2"))

    assert owed(month) == []


def test_the_board_stays_within_its_queries(month):
    for number in range(4):
        a_monthly_feed(month, f"feed-{number}", contract=a_contract(month.vendor, f"C-{number}"))
    client = signed_in(month.dana)
    client.get("/months/?period=2026-03")

    with CaptureQueriesContext(connection) as seen:
        client.get("/months/?period=2026-03")

    assert len(seen) <= 12
