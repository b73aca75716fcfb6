"""KPIs as portfolio files state them, months of figures, and the time that makes them final."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from metrics.evaluation.restating import result_restate
from metrics.evaluation.sweeping import sweep
from metrics.models import BreachCase, Feed, KpiPeriod
from metrics.portfolio import Plan, apply
from metrics.portfolio.exporting.writing import sections_text
from tests.feeds.arriving import csv, load

START = date(2024, 1, 1)
END = datetime(2026, 1, 31, tzinfo=UTC)
VALUES = {"M": "97", "E": "92", "F": "80"}  # met, below 95, below 90
KPI: dict[str, Any] = {
    "code": "sla",
    "name": "Decisions upheld",
    "contract": "AC-1",
    "family": "outcome",
    "direction": "higher",
    "time": "finished",
    "decimals": 6,
    "last_day": date(2025, 12, 31),
    "measure": "sum",
    "unit": "points",
    "period": "month",
    "grace_days": 0,
}
LEVEL: dict[str, Any] = {"valid_from": START, "operator": ">=", "expected": 95, "minimum": 90}


def a_portfolio(*kpis: Mapping[str, Any]) -> dict[str, Any]:
    """A contract with these KPIs, and a feed that has a row for each of them."""
    contract = {
        "reference": "AC-1",
        "title": "Claims review",
        "vendor": "acme",
        "kind": "statement_of_work",
        "zone": "UTC",
        "currency": "EUR",
        "pricing": "per_outcome",
        "first_day": START,
        "last_day": date(2026, 12, 31),
    }
    feed = {
        "code": "scores",
        "name": "Scores",
        "vendor": "acme",
        "zone": "UTC",
        "identity": ["number"],
        "times": {"finished": {"column": "day", "format": "iso"}},
        "targets": [_target(kpi) for kpi in kpis],
    }
    return {
        "vendors": [{"code": "acme", "name": "Acme"}],
        "contracts": [contract],
        "kpis": [dict(kpi) for kpi in kpis],
        "feeds": [feed],
    }


def _target(kpi: Mapping[str, Any]) -> dict[str, Any]:
    roles = {"ratio": {"good": "good", "valid": "valid"}, "count": {}}
    return {
        "kpi": kpi["code"],
        "when": f'kpi == "{kpi["code"]}"',
        **roles.get(kpi["measure"], {"value": "value"}),
    }


def a_kpi_stated(*levels: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """``KPI`` with ``changes`` and these levels, each ``LEVEL`` with what it changes."""
    return {**KPI, **changes, "service_levels": [{**LEVEL, **level} for level in levels]}


def applied(folder: Path, portfolio: Mapping[str, Any], as_of: datetime | None = None) -> Plan:
    file = folder / "portfolio.yaml"
    file.write_text(sections_text(portfolio))
    return apply(paths=[file], as_of=as_of or datetime(2024, 1, 1, tzinfo=UTC))


def month(number: int) -> date:
    """The first day of the ``number``-th month, counted from 1."""
    return date(START.year + (number - 1) // 12, (number - 1) % 12 + 1, 1)


def label(number: int) -> str:
    return f"{month(number):%Y-%m}"


def month_row(number: int, value: object, code: str = "sla") -> str:
    return f"{code}-{number},{month(number).isoformat()},{code},{value},,"


def counts_row(number: int, good: int, valid: int, code: str = "sla") -> str:
    return f"{code}-{number},{month(number).isoformat()},{code},,{good},{valid}"


def say(*rows: str, at: datetime = END, through: date | None = None) -> None:
    """Deliver rows of the feed and read them."""
    content = csv(rows, "number,day,kpi,value,good,valid")
    load(Feed.objects.get(code="scores"), content, at=at, complete_through=through)


def say_months(letters: str, code: str = "sla") -> None:
    """M met, E below expected, F below minimum, x no verdict, month by month."""
    said = [(n, VALUES[letter]) for n, letter in enumerate(letters, 1) if letter != "x"]
    say(*(month_row(number, value, code) for number, value in said))


def settle(at: datetime = END) -> None:
    """Let time pass until everything that ended is final."""
    sweep(as_of=at)
    sweep(as_of=at)


def restate(number: int, value: object, code: str = "sla", at: datetime = END) -> None:
    """Deliver another value for a month, and restate it."""
    say(month_row(number, value, code), at=at)
    sweep(as_of=at)
    period = KpiPeriod.objects.get(kpi__code=code, label=label(number))
    result_restate(period=period, reason="typing error", approved_by="dana", as_of=at)


def head(number: int, code: str = "sla") -> KpiPeriod:
    heads = KpiPeriod.objects.select_related("current__level", "kpi")
    return heads.get(kpi__code=code, label=label(number))


def defaults_found(code: str = "sla") -> dict[int, tuple[str, list[int]]]:
    """{month: (cause, months of its misses)} of every default, counted from 1."""
    heads = KpiPeriod.objects.filter(kpi__code=code, is_breach=True).order_by("starts_at")
    return {
        _number(each.first_day): (
            each.default_cause,
            [_number(date.fromisoformat(day)) for day in each.default_of],
        )
        for each in heads
    }


def _number(day: date) -> int:
    return (day.year - START.year) * 12 + day.month


def cases_found(code: str = "sla") -> dict[int, tuple[str, str]]:
    """{month: (state, severity)} of every breach case."""
    cases = BreachCase.objects.filter(period__kpi__code=code).select_related("period")
    return {_number(case.period.first_day): (case.state, case.severity) for case in cases}
