"""Forecasts and actuals that arrive in feeds of their own, in any order."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.models import Calendar
from contracts.services.calendars import calendar_change
from metrics.evaluation.explain import explain
from metrics.evaluation.sweeping import sweep
from metrics.evaluation.verifying import verify_all
from metrics.models import Feed, KpiPeriod
from tests.evaluation.clocking import a_calendar
from tests.feeds.arriving import APRIL, a_mapped_feed, a_total, csv, figures, load

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_process")]

DAY = timedelta(days=1)
HEADER = "day,series,number,issued"
FORECASTS = {
    "code": "forecasts",
    "format": {"type": "csv"},
    "zone": "UTC",
    "identity": ["day", "series", "issued"],
    "times": {"due": "day", "made": "issued"},
    "targets": [{"kpi": "accuracy", "forecast": "number", "issued": "made", "series": "series"}],
}
ACTUALS = FORECASTS | {
    "code": "actuals",
    "identity": ["day", "series"],
    "times": {"due": "day"},
    "targets": [{"kpi": "accuracy", "actual": "number", "series": "series"}],
}
FILES = (
    ("forecasts", ["2026-03-20,x,80,2026-02-01", "2026-03-25,x,50,2026-02-01"]),
    ("forecasts", ["2026-03-20,x,90,2026-03-06"]),
    ("forecasts", ["2026-03-20,x,100,2026-03-07", "2026-03-25,y,10,2026-03-20"]),
    ("actuals", ["2026-03-20,x,100,"]),
    ("actuals", ["2026-03-25,x,100,", "2026-03-25,y,10,"]),
)


@pytest.fixture
def feeds() -> dict[str, Feed]:
    return _feeds()


def _feeds(calendar: Calendar | None = None, **parameters: object) -> dict[str, Feed]:
    a_total(
        "accuracy",
        "forecast_accuracy",
        time_field="due",
        definition={
            "unit": "percent",
            "parameters": {"lead": "14 days"} | parameters,
            "calendar": calendar,
        },
    )
    return {"forecasts": a_mapped_feed(FORECASTS), "actuals": a_mapped_feed(ACTUALS)}


def _load(feeds: dict[str, Feed], number: int, at: datetime = APRIL) -> None:
    feed, rows = FILES[number]
    load(feeds[feed], csv(rows, HEADER), at=at)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(order=st.permutations(range(len(FILES))), each=st.booleans())
def test_the_order_of_arrival_never_matters(order: list[int], each: bool) -> None:
    with transaction.atomic():
        feeds = _feeds()
        for number in order:
            _load(feeds, number)
            if each:
                sweep(as_of=APRIL)
        sweep(as_of=APRIL)

        head = KpiPeriod.objects.select_related("current").get(label="2026-03")
        details = head.current.body["details"]
        assert (head.status, head.current.value) == ("NO_TARGET", "70")  # errors 10 and 50 of 200
        assert details["actuals with a forecast that counts"].startswith("2 of 3")
        assert list(verify_all()) == []
        transaction.set_rollback(True)  # examples share one database


def test_forecasts_of_days_to_come_wait_for_their_actuals(feeds: dict[str, Feed]) -> None:
    long_before = datetime(2026, 2, 2, tzinfo=UTC)
    _load(feeds, 0, at=long_before)
    sweep(as_of=long_before)
    assert figures("accuracy")["2026-03"][:3] == ("running", "PENDING", "")

    _load(feeds, 3)
    sweep(as_of=APRIL)
    assert figures("accuracy")["2026-03"][:3] == ("provisional", "PENDING", "80")

    _load(feeds, 4)
    sweep(as_of=APRIL + DAY)
    assert figures("accuracy")["2026-03"][:3] == ("provisional", "NO_TARGET", "65")
    assert list(verify_all()) == []


def test_a_restated_actual_flows(feeds: dict[str, Feed]) -> None:
    for number in range(len(FILES)):
        _load(feeds, number)
    sweep(as_of=APRIL)
    load(feeds["actuals"], csv(["2026-03-20,x,90,"], HEADER), at=APRIL + DAY)
    sweep(as_of=APRIL + DAY)

    assert figures("accuracy")["2026-03"][2] == "1400/19"
    assert list(verify_all()) == []


def test_it_counts_by_the_working_days_that_the_figure_knew() -> None:
    office = a_calendar()
    feeds = _feeds(office, lead="2 working days")
    load(feeds["forecasts"], csv(["2026-03-20,x,90,2026-03-17"], HEADER))
    load(feeds["actuals"], csv(["2026-03-20,x,100,"], HEADER))
    sweep(as_of=APRIL)
    head = KpiPeriod.objects.get(label="2026-03")
    (told,) = explain(period=head).vintages
    assert (told.counted.forecast, told.late) == ("90", [])

    closed = {"valid_from": "2026-03-18", "weekdays": {"mon": [["09:00", "17:00"]]}}
    calendar_change(calendar=office, versions=[closed])

    (told,) = explain(period=head).vintages
    assert (told.counted.forecast, told.late) == ("90", [])


def test_an_explanation_says_which_forecast_counted(feeds: dict[str, Feed]) -> None:
    for number in range(len(FILES)):
        _load(feeds, number)
    sweep(as_of=APRIL)

    found = explain(period=KpiPeriod.objects.get(label="2026-03"))

    first = next(each for each in found.vintages if each.at.day == 20)
    assert (first.series, first.actual, first.counted.forecast) == ("x", "100", "90")
    assert [each.forecast for each in first.replaced] == ["80"]
    assert [each.forecast for each in first.late] == ["100"]
    alone = next(each for each in found.vintages if each.series == "y")
    assert (alone.counted, [each.forecast for each in alone.late]) == (None, ["10"])
    assert {"forecast": "80", "issued": "2026-02-01T00:00:00+00:00"} in [
        dict(row.values) for row in found.rows
    ]
