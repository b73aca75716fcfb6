"""Relief that is granted after the credit was posted: figure, case and ledger follow together."""

from datetime import date
from pathlib import Path

import pytest

from contracts.models import Approval
from contracts.selectors.scope import visible_to
from metrics.casework.claiming import Claim
from metrics.casework.relief import relief_request
from metrics.chores import chores_run
from metrics.evaluation.sweeping import sweep
from metrics.models import CreditEntry, Feed, KpiPeriod
from tests.feeds.arriving import load
from tests.scenarios.measuring import BEGIN, a_contract, a_feed, a_kpi, applied
from tests.scenarios.months import (
    agree,
    case_of,
    nothing_differs,
    on,
    person,
    posted,
    restated,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_process")]

TIERS = [
    {"lower": 94, "upper": 95, "percent": 1},
    {"lower": 93, "upper": 94, "percent": 5},
    {"upper": 93, "percent": 20},
]
DECIDED = on(2, 12)


def january() -> KpiPeriod:
    return KpiPeriod.objects.select_related("current", "kpi").get(label="2026-01")


def pass_time(*moments: int) -> None:
    for day in moments:
        sweep(as_of=on(2, day))
        assert chores_run(as_of=on(2, day)) == []


@pytest.fixture
def failed(tmp_path: Path) -> KpiPeriod:
    """90 of 100 items in January, final: 20 % of 10,000 are posted."""
    level = {"valid_from": BEGIN, "kind": "critical", "operator": ">=", "expected": 95}
    kpi = a_kpi(
        "share",
        "ratio",
        unit="percent",
        period="month",
        decimals=0,
        last_day=date(2026, 1, 31),
        service_levels=[level],
        credit={"rule": "tiers", "tiers": TIERS},
    )
    charge = {"from": "2026-01", "through": "2026-01", "amount": 10000}
    contract = a_contract(credits={}, charges=[charge])
    target = {"kpi": "share", "good": 'met == "yes"', "valid": 1}
    applied(tmp_path, contracts=[contract], kpis=[kpi], feeds=[a_feed(target)])
    rows = [f"{n},2026-01-15,{'yes' if n <= 90 else 'no'}" for n in range(1, 101)]
    load(Feed.objects.get(), "\n".join(["number,day,met", *rows]) + "\n", at=on(2, 2))
    pass_time(2, 10)
    assert posted() == [("2026-01", "credit", 2000)]
    return january()


def granted(claim: Claim) -> None:
    """Relief that one person asked for and a second one granted; the final month is restated."""
    scope = visible_to(person("olga"), DECIDED.date())
    relief_request(case_id=case_of(january()).pk, claim=claim, scope=scope, as_of=DECIDED)
    agree(Approval.objects.get(kind="relief"), DECIDED)
    pass_time(12)
    assert posted() == [("2026-01", "credit", 2000)]  # a final figure waits for its restatement
    assert january().has_late_rows
    restated(january(), DECIDED, "relief was granted")
    pass_time(13)


def storm(treatment: str) -> Claim:
    rows = 'ref in ("97", "98", "99", "100")'
    return Claim("a storm", predicate=rows, treatment=treatment)


@pytest.mark.usefixtures("failed")
@pytest.mark.parametrize(
    ("claim", "value", "state", "difference"),
    [
        (storm("remove_both"), "375/4", "open", -1500),  # 90 of 96
        (storm("count_as_good"), "94", "open", -1900),
        (Claim("a flood", whole_period=True), "", "withdrawn", -2000),
    ],
)
def test_the_ledger_posts_the_difference_that_relief_makes(
    claim: Claim, value: str, state: str, difference: int
) -> None:
    granted(claim)
    current = january().current
    assert current is not None
    assert (current.value, case_of(january()).state) == (value, state)
    assert posted() == [("2026-01", "credit", 2000), ("2026-01", "correction", difference)]
    first, second = CreditEntry.objects.order_by("id")
    assert (second.corrects, second.revision) == (first, current)
    assert nothing_differs(on(2, 14))
