"""Which figures a statement of completeness touches."""

from datetime import date

import pytest

from metrics.feeds.running import ingestion_run
from tests.feeds.arriving import (
    APRIL,
    a_mapped_feed,
    a_share,
    csv,
    deliver,
    evaluate,
    load,
    marked_months,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_parts")]

JANUARY, FEBRUARY = date(2026, 1, 31), date(2026, 2, 28)


@pytest.mark.parametrize("days", [[JANUARY, JANUARY], [JANUARY, FEBRUARY], [FEBRUARY, JANUARY]])
def test_bytes_that_come_twice_before_they_are_read_attest_what_both_say(days):
    kpi = a_share()
    feed = a_mapped_feed()
    load(feed, csv(["1,2026-03-02,yes"]))
    evaluate(APRIL)
    deliveries = [deliver(feed, csv([]), complete_through=day) for day in days]
    assert deliveries[1].repeated

    ingestion_run(ingestion_id=deliveries[0].ingestion_id)

    attested = [date(2026, month, 1) for month in range(1, max(days).month + 1)]
    assert marked_months(kpi) == attested
