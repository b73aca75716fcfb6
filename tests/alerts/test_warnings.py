"""Early warnings of running periods: once per threshold, estimated, and only where they mean
something."""

from datetime import UTC, date, datetime

import pytest

from metrics.alerts.warnings import warnings_note
from metrics.models import AlertEvent
from tests.factories import a_contract, a_figure, a_kpi, a_vendor

pytestmark = pytest.mark.django_db
MID_APRIL = datetime(2026, 4, 16, tzinfo=UTC)


def running(bad, so_far, before=200, level=None, **kpi):
    """A KPI (≥ 95 %) in a running April; ``before``: the whole volume of March."""
    kpi = a_kpi(a_contract(a_vendor(), "AC-1"), "sla", level=level or {}, **kpi)
    if before:
        a_figure(kpi, date(2026, 3, 1), "97", denominator=str(before), numerator="1")
    return a_figure(
        kpi,
        date(2026, 4, 1),
        "97",
        period={"phase": "running"},
        numerator=str(so_far - bad),
        denominator=str(so_far),
        body={"failures": {"used": str(bad)}},
    )


def told():
    return [
        (event.facts["mark"], event.severity)
        for event in AlertEvent.objects.filter(fanned_out_at=None)
    ]


@pytest.mark.parametrize(
    ("bad", "so_far", "expected"),
    [
        (0, 100, []),
        (4, 150, []),
        (5, 150, [("50", "minor")]),
        (8, 190, [("75", "major")]),
        (6, 100, [("pace", "major")]),
        (11, 150, [("lost", "major")]),
        (11, 300, [("50", "minor")]),  # more than in March came in: more is allowed
        (1, 19, []),  # too little to say anything
    ],
)
def test_the_gravest_of_what_is_new_is_told_of(bad, so_far, expected):
    running(bad, so_far)

    warnings_note(now=MID_APRIL)

    assert told() == expected


def test_each_threshold_is_told_of_once():
    head = running(5, 150)
    for _ in range(2):
        warnings_note(now=MID_APRIL)
    assert told() == [("50", "minor")]

    head.current.body["failures"]["used"] = "8"
    head.current.denominator = "190"
    head.current.save()
    for _ in range(2):
        warnings_note(now=MID_APRIL)

    assert told() == [("50", "minor"), ("75", "major")]


def test_it_says_that_it_is_an_estimate():
    running(6, 100)
    warnings_note(now=MID_APRIL)

    facts = AlertEvent.objects.filter(fanned_out_at=None).get().facts
    assert (
        facts["title"] == "Early warning: Sla, 2026-04: at this pace it ends in a miss (estimate)"
    )
    assert facts["text"] == (
        "6 failures of about 10 allowed in the whole period. At this pace it ends at 94 % "
        "against ≥ 95 %. Both are estimates."
    )


def test_without_a_period_before_it_goes_on_as_so_far():
    running(4, 75, before=0)

    warnings_note(now=MID_APRIL)

    assert told() == [("pace", "major")]


@pytest.mark.parametrize(
    "fields",
    [
        {"level": {"min_volume": "101"}},
        {"level": {"kind": "reporting"}},
        {"level": {"enforced_from": date(2026, 5, 1)}},
        {"level": {"operator": "within", "expected": None, "lower": "1", "upper": "2"}},
    ],
)
def test_some_levels_warn_of_nothing(fields):
    running(50, 100, **fields)

    warnings_note(now=MID_APRIL)

    assert told() == []


def test_neither_does_a_period_that_is_over_or_a_kpi_out_of_use():
    head = running(50, 100)
    head.kpi.archived_at = MID_APRIL
    head.kpi.save()
    warnings_note(now=MID_APRIL)

    head.kpi.archived_at, head.phase = None, "provisional"
    head.kpi.save()
    head.save()
    warnings_note(now=MID_APRIL)

    assert told() == []
