"""Terms that change nothing give today's figures and today's ledger, exactly."""

from __future__ import annotations

from pathlib import Path

import pytest

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
    world = World(tmp_path, {"accuracy": Promise(["96", "99", "90"], "95", FIXED)}).begin()
    text = """
kpis:
  - code: accuracy
    service_levels: [{kind: critical, operator: ">=", expected: 97}]
"""
    found = ask(text, NOW)
    told = rows(found)
    january, march = told["accuracy", "2026-01"], told["accuracy", "2026-03"]
    assert january.then and january.now and march.now
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
