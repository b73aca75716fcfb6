"""Where running periods are heading: what the volume of the whole period is taken from."""

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest

from metrics.engine import Heading
from metrics.evaluation.outlooks import JOINED, Basis, outlook_of, outlooks_of
from metrics.evaluation.sweeping import sweep
from metrics.models import KpiPeriod
from metrics.scorecards.outlooks import outlook_lines, outlook_said
from tests.evaluation.clocking import a_calendar
from tests.factories import a_contract, a_figure, a_kpi, a_vendor
from tests.feeds.arriving import a_mapped_feed, a_share, csv, load

pytestmark = pytest.mark.django_db
APRIL, MID_APRIL = date(2026, 4, 1), datetime(2026, 4, 16, tzinfo=UTC)
MONTH_S = 30 * 24 * 3600


def running(bad, so_far, before=None, level=None, **fields):
    """A KPI (≥ 95 %) in a running April; ``before``: the whole volume of March."""
    kpi = a_kpi(a_contract(a_vendor(), "AC-1"), "sla", level=level or {}, **fields)
    if before:
        a_figure(kpi, date(2026, 3, 1), "97", denominator=str(before), numerator="1")
    return a_figure(
        kpi,
        APRIL,
        "97",
        period={"phase": "running"},
        numerator=str(so_far - bad),
        denominator=str(so_far),
        body={"failures": {"used": str(bad)}},
    )


def test_the_volume_is_taken_from_the_period_before():
    found = outlook_of(running(4, 100, before=200), MID_APRIL)

    assert (found.basis, found.projected, found.bounded) == (Basis.PERIOD_BEFORE, 200, False)
    failures = found.outlook.failures
    assert (failures.allowed, failures.used, failures.left) == (10, 4, 6)
    assert (found.outlook.heading, found.outlook.pace) == (Heading.ON_TRACK, 96)


def test_many_are_asked_for_at_once(django_assert_num_queries):
    calendar = a_calendar()
    kpis = [
        a_kpi(a_contract(a_vendor(code), code), code, definition={"calendar": calendar})
        for code in ("one", "two", "three")
    ]
    for kpi in kpis:
        a_figure(
            kpi,
            APRIL,
            "97",
            period={"phase": "running"},
            numerator="96",
            denominator="100",
            body={"failures": {"used": "4"}},
        )
    heads = list(KpiPeriod.objects.select_related(*JOINED))

    with django_assert_num_queries(1):  # the volumes of the periods before
        assert len(outlooks_of(heads, MID_APRIL)) == 3


def test_or_goes_on_as_so_far():
    found = outlook_of(running(4, 100), MID_APRIL)

    assert (found.basis, found.projected) == (Basis.PACE, 200)


def test_scheduled_time_is_known_exactly():
    head = running(MONTH_S // 200, MONTH_S, definition={"measure": "availability"})
    found = outlook_of(head, MID_APRIL)

    assert (found.basis, found.bounded, found.is_exact) == (Basis.SCHEDULE, True, True)
    assert found.so_far == Fraction(MONTH_S, 2)
    assert (
        outlook_lines(found)[1]
        == "216 minutes failed of 2,160 minutes allowed: 1,944 minutes left."
    )


def test_a_level_of_everything_is_lost_with_the_first_failure():
    found = outlook_of(running(1, 100, before=200, level={"expected": "100"}), MID_APRIL)

    assert found.outlook.heading is Heading.CANNOT_RECOVER
    said = outlook_said(found)
    assert (said["allowed"], said["consumed"], said["burn"]) == (0, None, None)
    assert said["thresholds_passed"] == [50, 75]


@pytest.mark.parametrize(
    "fields",
    [
        {"level": {"min_volume": "101"}},
        {"level": {"kind": "reporting"}},
        {"level": {"enforced_from": date(2026, 5, 1)}},
    ],
)
def test_some_levels_are_not_estimated(fields):
    assert outlook_of(running(4, 100, **fields), MID_APRIL) is None


def test_a_period_to_come_and_one_that_has_ended_are_not_estimated():
    head = running(4, 100)
    assert outlook_of(head, datetime(2026, 3, 31, tzinfo=UTC)) is None
    head.phase = "provisional"
    assert outlook_of(head, MID_APRIL) is None


def test_it_is_told_as_an_estimate_in_words():
    assert outlook_lines(outlook_of(running(6, 100, before=200), MID_APRIL)) == [
        "At risk: at this pace it ends at 94.00 %, a miss (≥ 95 %)",
        "6 failed of about 10 allowed: about 4 left.",
        "50 % of the failures allowed are used.",
        "Taken from the volume of the period before.",
    ]


DUE = {
    "code": "desk",
    "format": {"type": "csv"},
    "zone": "UTC",
    "identity": ["number"],
    "times": {"due": "due"},
    "targets": [{"kpi": "sla", "good": 'met == "yes"', "valid": 1}],
}


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize(
    ("ahead", "basis", "projected", "heading"),
    [
        (10, Basis.KNOWN_DUE, 20, Heading.CANNOT_RECOVER),
        (30, Basis.KNOWN_DUE, 40, Heading.AT_RISK),
        (0, Basis.PACE, 20, Heading.AT_RISK),
    ],
)
def test_items_ahead_are_known_and_have_not_failed_yet(ahead, basis, projected, heading):
    a_share(time_field="due")
    early = [f"{n},2026-04-02,{'no' if n < 2 else 'yes'}" for n in range(10)]
    later = [f"{n},2026-04-25,no" for n in range(10, 10 + ahead)]
    load(a_mapped_feed(DUE), csv([*early, *later], "number,due,met"), at=MID_APRIL)
    sweep(as_of=MID_APRIL)

    found = outlook_of(KpiPeriod.objects.get(label="2026-04"), MID_APRIL)

    assert (found.basis, found.so_far, found.projected) == (basis, 10, projected)
    assert found.outlook.failures.used == 2
    assert found.outlook.heading is heading
