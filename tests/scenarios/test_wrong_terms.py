"""One file with everything wrong: all of it refused together, each with its value, rule and way
out."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from contracts.models import Vendor
from metrics.portfolio import PortfolioError
from tests.scenarios.measuring import BEGIN, a_contract, a_kpi, applied

pytestmark = pytest.mark.django_db

PERCENT = {"unit": "percent", "period": "month", "decimals": 0}
LEVEL: dict[str, Any] = {
    "valid_from": BEGIN,
    "kind": "critical",
    "operator": ">=",
    "expected": 95,
    "minimum": 90,
}
POOL = {"rule": "pool_allocation", "category": 60, "allocation": 100}


def promised(code: str, *levels: dict[str, Any], **stated: Any) -> dict[str, Any]:
    lines = [LEVEL | each for each in levels] or [LEVEL]
    return a_kpi(code, "ratio", service_levels=lines, **PERCENT | stated)


KPIS = [
    promised("twice", {}, {"expected": 96}),
    promised("greedy", credit=POOL),
    promised("greedier", credit=POOL),
    promised(
        "bands",
        {
            "bands": [
                {"name": "good", "lower": 95},
                {"name": "fair", "lower": 92, "upper": 94},
                {"name": "poor", "upper": 92},
            ]
        },
    ),
    promised(
        "tiers",
        credit={
            "rule": "tiers",
            "tiers": [
                {"lower": 92, "upper": 95, "percent": 5},
                {"upper": 91, "percent": 10},
            ],
        },
    ),
    promised(
        "empty",
        credit={
            "rule": "tiers",
            "tiers": [
                {"lower": 92, "upper": 95, "percent": 5},
                {"lower": 92, "upper": 92, "percent": 7},
                {"upper": 92, "percent": 10},
            ],
        },
    ),
    promised("never", {"default": "13 of 12"}),
    promised("split", {"change_inside": "split"}),
    promised("carried", {"min_volume": 8, "min_volume_policy": "carry_into_next"}),
    promised("windowed", window=3),
]
CONTRACTS = [
    a_contract(credits={"at_risk": {"percent": 10}}),
    a_contract(reference="AC-2", last_day=date(2025, 12, 31)),
    a_contract(reference="AC-3", currency="EURO"),
    a_contract(reference="AC-4", renewal={"kind": "auto", "months": 0}),
]
# Where it stands, what is said of which value, and the way out.
EXPECTED = [
    ("contract AC-2", "last_day 2025-12-31 lies before first_day 2026-01-01", "end after it"),
    ("contract AC-3, currency", "'EURO' is not a currency", "such as EUR"),
    ("contract AC-4, renewal", "a renewal of 0 months is none", "state the months"),
    ("KPI twice, service_levels 2, valid_from", "two service levels begin on 2026-01-01", "own"),
    ("KPI greedy, credit", "take 120 % of the pool together", "lower an allocation"),
    ("KPI bands, service_levels 1, bands", "band fair leaves a hole", "start it at 95"),
    ("KPI tiers, credit 1", "from 92 to 95 does not end where the next", "end it at 91"),
    ("KPI empty, credit 1", "from 92 to 92 holds nothing", "let lower lie below upper"),
    ("KPI never, service_levels 1, default", "'13 of 12' never holds", "at most 12 misses of 12"),
    ("KPI split, service_levels 1, change_inside", "'split' is not available yet", "use at_start"),
    (
        "KPI carried, service_levels 1, min_volume_policy",
        "'carry_into_next' is not available yet",
        "use insufficient",
    ),
    ("KPI windowed, window", "'window' is not available yet: 3", "leave the key out"),
]


def test_everything_wrong_is_said_at_once_with_its_way_out(tmp_path: Path) -> None:
    with pytest.raises(PortfolioError) as caught:
        applied(tmp_path, contracts=CONTRACTS, kpis=KPIS)
    found = caught.value.problems
    assert [problem.where for problem in found] == [where for where, _, _ in EXPECTED]
    for problem, (_, message, way_out) in zip(found, EXPECTED, strict=True):
        assert message in problem.message
        assert way_out in problem.hint
        assert problem.line > 0
    assert not Vendor.objects.exists()
