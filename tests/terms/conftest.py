"""A contract that people manage, one of its KPIs, and rows that take the way every file takes."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from contracts.models import Contract
from metrics.models import Kpi
from metrics.portfolio.editing import kpi_register
from tests.factories import a_contract, a_vendor
from tests.feeds.arriving import read_here

NOW = datetime(2026, 4, 20, 9, 0, tzinfo=UTC)
FIRST_DAY = date(2026, 1, 1)


def an_entry(**fields: Any) -> dict[str, Any]:
    """A monthly share of at least 95 %, as a portfolio file would state it."""
    given: dict[str, Any] = {
        "code": "sla",
        "name": "Decisions upheld",
        "contract": "AC-1",
        "family": "outcome",
        "direction": "higher",
        "time": "finished",
        "measure": "ratio",
        "unit": "percent",
        "period": "month",
        "first_day": FIRST_DAY,
        "service_levels": [{"valid_from": FIRST_DAY, "operator": ">=", "expected": 95}],
    }
    return given | fields


@pytest.fixture
def contract() -> Contract:
    return a_contract(a_vendor())


@pytest.fixture
def kpi(contract: Contract) -> Kpi:
    return kpi_register(entry=an_entry(), as_of=NOW)


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read in this process, which is faster than a child."""
    read_here(monkeypatch)
