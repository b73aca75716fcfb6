"""Misses that add up: defaults in the sixth and seventh month, their credits, and a right that
opens and lapses."""

from pathlib import Path

import pytest

from metrics.models import TerminationRight
from tests.credits.ledger import Promise
from tests.evaluation.agreed import defaults_found
from tests.scenarios.months import Life, nothing_differs, on, posted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_process")]

# Below 95, above it, below 95, nothing, below 95, below the minimum of 90, below 95, above.
MONTHS = ["92", "97", "92", None, "92", "80", "92", "97"]
TERMINATION = """\
    termination:
      - {code: chronic, valid_from: 2026-01-01, kind: consecutive, count: 2, expiry_days: 30}
"""


def a_life(tmp_path: Path) -> Life:
    credit = "{rule: fixed_per_incident, amount: 100, count: failure}"
    promise = Promise(MONTHS, "95, minimum: 90, default: 4 of rolling 12", credit)
    life = Life(tmp_path, {"sla": promise}, more=TERMINATION)
    life.state(on(1, 1))
    return life


def right() -> tuple[str, str, str]:
    found = TerminationRight.objects.get()
    return found.state, str(found.opened_on), str(found.expires_on)


def test_the_fourth_miss_is_a_default_although_the_minimum_was_missed_between(
    tmp_path: Path,
) -> None:
    life = a_life(tmp_path)
    life.live(1, 2, 3, 4, 5)
    assert (posted(), TerminationRight.objects.count()) == ([], 0)

    life.live(6)
    assert posted() == [("2026-06", "credit", 100)]

    life.live(7)
    assert posted() == [("2026-06", "credit", 100), ("2026-07", "credit", 100)]
    assert {defaults_month - 24: told[0] for defaults_month, told in defaults_found().items()} == {
        6: "minimum",
        7: "repetition",
    }
    assert right() == ("open", "2026-08-10", "2026-09-09")

    life.live(8)
    assert right() == ("lapsed", "2026-08-10", "2026-09-09")
    assert nothing_differs(on(9))
