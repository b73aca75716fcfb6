"""Figures that are scaled by frozen reference series."""

from datetime import timedelta

import pytest

from metrics.evaluation.sweeping import sweep
from metrics.evaluation.verifying import verify_all
from metrics.models import Feed, FeedKpi, KpiPeriod
from tests.feeds.arriving import APRIL, a_mapped_feed, a_total, csv, load

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_process")]

DAY = timedelta(days=1)
FORECASTS = {
    "code": "forecasts",
    "targets": [{"kpi": "mase", "forecast": "f", "actual": "a", "series": "s"}],
}
TRAINING = {
    "code": "training",
    "name": "Training",
    "format": {"type": "csv"},
    "reference": {"unpivot": True, "series": "s", "decimals": 0},
}


@pytest.fixture
def _forecast():
    a_total(
        "mase",
        "forecast_accuracy",
        definition={"parameters": {"method": "mase", "training": "training"}, "unit": "ratio"},
    )
    feed = a_mapped_feed(**FORECASTS)
    load(feed, csv(["1,2026-03-02,8,10,x", "2,2026-03-03,13,10,x"], "number,closed,f,a,s"))


def arrive(rows=("x,1,3,5,7",)):
    feed = Feed.objects.filter(code="training").first() or a_mapped_feed(TRAINING)
    return load(feed, csv(rows, "s,v1,v2,v3,v4"), at=APRIL + 20 * DAY)


def head():
    return KpiPeriod.objects.select_related("current").get(kpi__code="mase", label="2026-03")


@pytest.mark.usefixtures("_forecast")
def test_an_open_figure_follows_training_that_arrives_after_its_rows():
    sweep(as_of=APRIL)
    assert head().status == "UNDEFINED"

    arrive()
    sweep(as_of=APRIL + DAY)

    assert head().current.value == "5/4"  # mean error 5/2 over the mean step 2
    assert list(verify_all()) == []


def test_a_forecast_without_its_actual_waits_until_a_later_delivery_brings_it():
    a_total("mase", "forecast_accuracy", definition={"unit": "percent"})
    feed, header = a_mapped_feed(**FORECASTS), "number,closed,f,a,s"
    load(feed, csv(["1,2026-03-02,9,10,x", "2,2026-03-03,12,,x"], header))
    sweep(as_of=APRIL)
    assert head().status == "PENDING"

    load(feed, csv(["2,2026-03-03,12,10,x"], header), at=APRIL + DAY)
    sweep(as_of=APRIL + DAY)

    assert (head().status, head().current.value) == ("NO_TARGET", "85")
    assert list(verify_all()) == []


@pytest.mark.usefixtures("_forecast")
def test_a_final_figure_is_judged_by_the_training_it_saw():
    sweep(as_of=APRIL)
    sweep(as_of=APRIL + 10 * DAY)
    assert head().phase == "final"

    arrive()
    sweep(as_of=APRIL + 20 * DAY)

    assert (head().status, head().has_late_rows) == ("UNDEFINED", True)
    assert list(verify_all()) == []


@pytest.mark.usefixtures("_forecast")
def test_the_first_set_stays_in_force_when_another_arrives():
    arrive()
    sweep(as_of=APRIL)
    arrive(["x,1,2,3,4"])
    sweep(as_of=APRIL + DAY)

    assert head().current.value == "5/4"


def test_an_archived_feed_does_not_keep_its_kpis_from_being_attested():
    kpi = a_total("items", "count")
    old = a_mapped_feed(code="old", targets=[{"kpi": "items"}])
    new = a_mapped_feed(code="new", targets=[{"kpi": "items"}])
    load(old, csv(["1,2026-02-02,yes"]))
    last_day = (APRIL - DAY).date()
    load(new, csv([]), complete_through=last_day)
    sweep(as_of=APRIL)
    march = kpi.periods.get(label="2026-03")
    assert (march.status, FeedKpi.objects.filter(kpi=kpi).count()) == ("NO_DATA", 2)

    Feed.objects.filter(pk=old.pk).update(archived_at=APRIL)
    load(new, csv(["2,2026-03-30,yes"]), complete_through=last_day, at=APRIL + DAY)
    sweep(as_of=APRIL + DAY)

    march.refresh_from_db()
    assert march.current.attested


@pytest.mark.usefixtures("_forecast")
def test_a_series_with_a_name_too_long_to_store_sets_its_row_aside():
    rows = [f"3,2026-03-02,8,10,{'x' * 100}", f"4,2026-03-02,8,10,{'x' * 101}"]

    ingestion = load(Feed.objects.get(code="forecasts"), csv(rows, "number,closed,f,a,s"))

    assert (ingestion.accepted, ingestion.quarantined) == (1, 1)
    assert ingestion.rejects.get().rule == "series"
