"""Credits month by month: a pool and its cap, charges that come late, what is earned back."""

from datetime import date
from pathlib import Path

import pytest

from contracts.services.contracts import charge_change, charge_create
from metrics.models import CreditLedger
from tests.credits.ledger import Promise
from tests.scenarios.months import DAY, Life, nothing_differs, on, posted, restated

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_process")]

POOL = "{{rule: pool_allocation, category: 50, allocation: {}}}"
EARNED = "{earn_back: {kind: met_for, periods: 6, share: 50}}"
FIXED = "{rule: fixed_per_incident, amount: 2000, count: failure}"


def lived(tmp_path: Path, promises: dict[str, Promise], **more: str) -> Life:
    """The contract on the tenth after the last of its months."""
    life = Life(tmp_path, promises, **more)
    life.state(on(1, 1))
    life.live(*range(1, 1 + max(len(promise.months) for promise in promises.values())))
    return life


def test_a_month_in_which_a_whole_pool_fails_stops_at_the_amount_at_risk(tmp_path: Path) -> None:
    """40 % of the pool is 2,000; in February three allocations of 100 % meet the cap."""
    promises = {
        "accuracy": Promise(["90", "90"], "95", POOL.format(40)),
        "speed": Promise(["96", "90"], "95", POOL.format(60)),
        "outages": Promise(["96", "90"], "95", "{rule: full_steps, step: 1, percent: 1.5}"),
    }
    lived(tmp_path, promises, terms="{at_risk: {percent: 10}}", charge="100000")
    assert posted()[0] == ("2026-01", "credit", 2000)
    # 2,000 + 3,000 + 7,500 are 12,500, cut to 10,000 in proportion
    assert sorted(amount for _, _, amount in posted()[1:]) == [1600, 2400, 6000]
    assert nothing_differs(on(3, 11))


def test_a_credit_waits_for_its_charge_and_follows_it(tmp_path: Path) -> None:
    promise = Promise(["90"], "95", "{rule: full_steps, step: 1, percent: 5}")
    life = lived(tmp_path, {"accuracy": promise})
    (waiting,) = CreditLedger.objects.get().waiting
    assert (posted(), waiting["why"]) == ([], "awaiting charges")

    charge = charge_create(
        contract=life.contract,
        first_day=date(2026, 1, 1),
        last_day=date(2026, 1, 31),
        amount_minor=1_000_000,
    )
    life.pass_time(on(2, 11))
    assert posted() == [("2026-01", "credit", 2500)]

    charge_change(charge=charge, amount_minor=800_000)
    life.pass_time(on(2, 12))
    assert posted()[1:] == [("2026-01", "correction", -500)]
    assert nothing_differs(on(2, 13))


def test_half_is_earned_back_after_six_months_and_lost_by_a_restated_one(tmp_path: Path) -> None:
    promise = Promise(["90", *["96"] * 6], "95", FIXED)
    life = Life(tmp_path, {"accuracy": promise}, terms=EARNED)
    life.state(on(1, 1))
    life.live(*range(1, 7))
    assert posted() == [("2026-01", "credit", 2000)]
    life.live(7)
    assert posted()[1:] == [("2026-07", "earn_back", -1000)]

    life.deliver("accuracy", ["90", "96", "91", *["96"] * 4], on(8, 11))
    life.pass_time(on(8, 11))
    assert len(posted()) == 2  # March is final: nothing follows before it is restated
    restated(life.head("accuracy", "2026-03"), on(8, 12))
    life.pass_time(on(8, 12) + DAY)
    assert sorted(posted()[2:]) == [("2026-03", "credit", 2000), ("2026-07", "correction", 1000)]
    assert nothing_differs(on(8, 14))
