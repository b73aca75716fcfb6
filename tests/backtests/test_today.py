"""Terms that change nothing give today's figures and today's ledger, exactly."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metrics.models import BreachCase
from tests.backtests.proposing import as_today, ask, assert_nothing_changes, rows
from tests.credits.ledger import NOW, Promise, World

pytestmark = pytest.mark.django_db
FIXED = "{rule: fixed_per_incident, amount: 100, count: failure}"
STEPS = "{rule: full_steps, step: 1, percent: 5}"
MONTHS = ["96", "90", None, "94", "99", "91"]


def test_todays_terms_give_todays_figures_and_ledger(tmp_path: Path) -> None:
    promises = {
        "accuracy": Promise(MONTHS, "95", STEPS),
        "errors": Promise(["3", "7", "2", "9", "1", "8"], "5", FIXED, operator="<="),
    }
    terms = "{at_risk: {percent: 10}, annual_cap: {percent: 8}, excess: carried}"
    world = World(tmp_path, promises, terms=terms, charge="10000").begin()
    found = ask(as_today(world.contract), NOW)
    assert_nothing_changes(found)
    assert [row.changes for row in found.rows] == [False] * len(found.rows)
    (total,) = found.totals
    assert total.difference == 0
    assert total.then > 0


def test_a_stricter_level_fails_more_and_costs_more(tmp_path: Path) -> None:
    World(tmp_path, {"accuracy": Promise(["96", "99", "90"], "95", FIXED)}).begin()
    text = """
kpis:
  - code: accuracy
    service_levels: [{kind: critical, operator: ">=", expected: 97}]
"""
    found = ask(text, NOW)
    told = rows(found)
    january, march = told["accuracy", "2026-01"], told["accuracy", "2026-03"]
    assert january.then
    assert january.now
    assert march.now
    assert (january.then.status, january.now.status) == ("MET", "BELOW_MINIMUM")
    assert (january.then.cause, january.now.cause) == ("", "minimum")
    assert (january.then.credit, january.now.credit) == (0, 10000)
    assert march.now.credit == 10000
    assert (found.totals[0].then, found.totals[0].now) == (10000, 20000)


def test_a_waiver_stays_with_its_period(tmp_path: Path) -> None:
    world = World(tmp_path, {"accuracy": Promise(["90"], "95", FIXED)}).begin()
    BreachCase.objects.update(state="waived", waiver_scope="credit")
    found = ask(as_today(world.contract), NOW)
    row = rows(found)["accuracy", "2026-01"]
    assert row.now is not None
    assert (row.now.cause, row.now.credit) == ("minimum", 0)


POINTS = (
    "{rule: service_points, tiers: [{lower: 90, upper: 95, points: 1}, {upper: 90, points: 3}]}"
)
FIGURES = st.lists(
    st.sampled_from(["80", "90", "94.5", "95", "97", "100", None]), min_size=2, max_size=7
)
TERMS = (
    "{at_risk: {percent: 10}, points: {percent: 1}}",
    "{period_cap: {amount: 150}, excess: carried, points: {amount: 60}}",
    "{annual_cap: {percent: 1}, points: {percent: 2}, every: quarter}",
    "{points: {percent: 1}, earn_back: {kind: met_for, periods: 1, share: 50}}",
)


@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(FIGURES, FIGURES, st.sampled_from(TERMS), st.sampled_from([STEPS, FIXED, POINTS]))
def test_whatever_was_agreed_proposed_again_it_is_the_same(
    tmp_path: Path, one: list[str | None], other: list[str | None], terms: str, rule: str
) -> None:
    with transaction.atomic():
        promises = {"accuracy": Promise(one, "95", rule), "speed": Promise(other, "95", FIXED)}
        world = World(tmp_path, promises, terms=terms, charge="9999").begin()
        assert_nothing_changes(ask(as_today(world.contract), NOW))
        transaction.set_rollback(True)
