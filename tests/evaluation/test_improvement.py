"""The level that a year beyond the target suggests; never set."""

from datetime import date
from fractions import Fraction

import pytest

from metrics.evaluation.improvement import improvement_of
from metrics.scorecards.improving import improvement_text
from tests.factories import a_contract, a_figure, a_kpi, a_level, a_vendor

pytestmark = pytest.mark.django_db
MONTHS = [date(2025 + (n + 3) // 12, (n + 3) % 12 + 1, 1) for n in range(12)]


@pytest.fixture
def kpi():
    return a_kpi(a_contract(a_vendor(), "AC-1"), "accuracy")


def a_year(kpi, value="97", **of_last):
    for month in MONTHS[:-1]:
        a_figure(kpi, month, value)
    return a_figure(kpi, MONTHS[-1], **({"value": value} | of_last))


def test_half_the_way_to_the_mean_of_a_year_is_suggested(kpi):
    a_year(kpi)

    found = improvement_of(kpi)

    assert (found.target, found.mean, found.proposed) == (95, 97, 96)
    assert improvement_text(kpi) == (
        "Each of the last twelve months was beyond ≥ 95 %. Half the way to their mean of 97.00 % is "
        "96.00 %: a level to propose. Nothing is set."
    )
    assert kpi.levels.get().expected == 95


def test_also_where_less_is_better():
    kpi = a_kpi(a_contract(a_vendor(), "AC-1"), "errors", level={"operator": "<=", "expected": "5"})
    a_year(kpi, "2")
    assert improvement_of(kpi).proposed == Fraction(7, 2)


@pytest.mark.parametrize(
    "of_last",
    [
        {"value": "95"},  # reached, not beyond
        {"value": None, "status": "NO_DATA"},
        {"period": {"phase": "provisional"}},
    ],
)
def test_every_month_has_to_be_final_and_beyond(kpi, of_last):
    a_year(kpi, **of_last)
    assert improvement_of(kpi) is None


def test_a_gap_is_no_year(kpi):
    a_year(kpi)
    head = kpi.periods.get(first_day=MONTHS[5])
    head.phase = "running"
    head.save()
    a_figure(kpi, date(2025, 3, 1), "97")
    assert improvement_of(kpi) is None


def test_a_newer_level_is_what_has_to_be_beaten(kpi):
    a_year(kpi)
    a_level(kpi, valid_from=MONTHS[-1], expected="98")
    assert improvement_of(kpi) is None


def test_a_range_has_no_better_side():
    level = {"operator": "within", "expected": None, "lower": "1", "upper": "99"}
    kpi = a_kpi(a_contract(a_vendor(), "AC-1"), "bias", level=level)
    a_year(kpi)
    assert improvement_of(kpi) is None
