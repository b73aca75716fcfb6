"""Terms of today as a file that proposes them again, and asking what they would have made."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from contracts.models import Contract
from contracts.selectors.scope import EVERYTHING
from metrics.backtests.present import present_terms
from metrics.backtests.results import BackTest, Row
from metrics.backtests.running import terms_backtest
from metrics.models import CreditEntry, KpiPeriod

SINCE, UNTIL = date(2026, 1, 1), date(2027, 12, 31)


def ask(text: str, as_of: datetime, **more: Any) -> BackTest:
    given = {"since": SINCE, "until": UNTIL, "scope": EVERYTHING, "as_of": as_of}
    return terms_backtest(text=text, **given | more)


def as_today(contract: Contract) -> str:
    """Everything that is agreed today, proposed."""
    return present_terms(contract=contract)


def rows(found: BackTest) -> dict[tuple[str, str], Row]:
    return {(row.kpi.code, row.label): row for row in found.rows}


def assert_nothing_changes(found: BackTest) -> None:
    """Values, verdicts, causes and each line of the ledger are as they stand in the database."""
    heads = KpiPeriod.objects.exclude(phase="running").exclude(current=None)
    assert len(found.rows) == heads.count()
    for row in found.rows:
        head = heads.get(kpi=row.kpi, first_day=row.first_day)
        assert row.now is not None
        assert head.current is not None
        assert (str(row.now.value) if row.now.value is not None else "") == head.current.value
        assert row.now.status == head.status
        assert row.now.cause == head.default_cause
        assert row.then == row.now, row
    posted: dict[str, int] = {}
    for entry in CreditEntry.objects.all():
        posted[entry.line] = posted.get(entry.line, 0) + entry.amount_minor
    lines = {line.key: line.now for part in found.parts for line in part.lines if line.now}
    assert lines == {key: minor for key, minor in posted.items() if minor}
