"""More volume than was forecast: relief is proposed once, for the buyer to decide."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from contracts.models import Approval
from contracts.selectors.scope import visible_to
from metrics.casework.volumes import volume_forecast_lock, volume_relief_propose
from metrics.evaluation.relieving import figure_if_approved, relief_to_restate
from metrics.evaluation.sweeping import sweep
from metrics.models import ReliefRequest, VolumeForecast
from tests.evaluation.looking import DAY, case_states, head
from tests.feeds.arriving import APRIL, MARCH, evaluate
from tests.relief.asking import SOON, a_month, decide, somebody

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_process", "sound")]


def lock(kpi, quantity, first_day=date(2026, 3, 1), locked_at=MARCH, at=SOON):
    return volume_forecast_lock(
        kpi=kpi,
        first_day=first_day,
        quantity=Decimal(quantity),
        scope=visible_to(somebody("petra", "procurement"), at.date()),
        as_of=at,
        locked_at=locked_at,
    )


def a_bounded_month(above="110"):
    return a_month(definition={"volume_relief_above": above})


@pytest.mark.parametrize(("forecast", "proposed"), [("90", 1), ("90.9", 1), ("91", 0), ("100", 0)])
def test_it_is_proposed_beyond_the_share_of_the_forecast(forecast, proposed):
    lock(a_bounded_month(), forecast)

    assert len(volume_relief_propose(SOON)) == proposed
    assert len(volume_relief_propose(SOON)) == 0
    assert ReliefRequest.objects.count() == proposed


def test_it_counts_once_a_person_decides():
    lock(a_bounded_month(), "80")
    [relief] = volume_relief_propose(SOON)
    assert (relief.asked_by, relief.whole_period, relief.case) == (
        "kpotracker",
        True,
        head().case,
    )
    assert "The volume of 2026-03 was 100, above 88: 110 % of the locked forecast" in relief.reason
    assert Approval.objects.get().asked_by == "kpotracker"
    assert str(figure_if_approved(period=head(), as_of=SOON).result.status) == "EXCLUDED"

    decide(relief)
    evaluate(SOON)

    assert (head().status, case_states()) == ("EXCLUDED", {"2026-03": "withdrawn"})
    assert figure_if_approved(period=head(), as_of=SOON) is None


def test_a_final_figure_says_which_relief_it_does_not_count_yet():
    lock(a_bounded_month(), "80")
    sweep(as_of=APRIL + 6 * DAY)
    [relief] = volume_relief_propose(APRIL + 6 * DAY)
    assert relief_to_restate(head()) == []

    decide(relief, at=APRIL + 7 * DAY)

    assert relief_to_restate(head()) == [relief]


@pytest.mark.parametrize(
    "without", [{"above": None}, {"status": "MET"}, {"phase": "running"}, {"forecast": None}]
)
def test_nothing_is_proposed_without_a_reason(without):
    kpi = a_bounded_month(without.get("above", "110"))
    if "forecast" not in without:
        lock(kpi, "80")
    changed = {name: said for name, said in without.items() if name in ("status", "phase")}
    period = head()
    before = {name: getattr(period, name) for name in changed}
    if changed:
        type(period).objects.filter(pk=period.pk).update(**changed)

    assert volume_relief_propose(SOON) == []
    if before:
        type(period).objects.filter(pk=period.pk).update(**before)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"first_day": date(2026, 3, 2)}, "first_day"),
        ({"quantity": "-1"}, "quantity"),
        ({"locked_at": APRIL}, "locked_at"),
        ({"locked_at": SOON + timedelta(1)}, "locked_at"),
    ],
)
def test_a_forecast_is_of_a_period_and_locked_before_it_ends(given, field):
    kpi = a_month()
    with pytest.raises(ValidationError) as refused:
        lock(kpi, **{"quantity": "80"} | given)
    assert list(refused.value.error_dict) == [field]


def test_a_forecast_is_locked_once():
    kpi = a_month()
    lock(kpi, "80")
    with pytest.raises(ValidationError, match="locked already"):
        lock(kpi, "90")
    assert VolumeForecast.objects.get().quantity == 80
