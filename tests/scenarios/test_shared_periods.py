"""The shared cases of periods and of notice, from a portfolio file to stored periods and days."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts.models import Contract
from contracts.rules.terms import first_term_last_day
from contracts.selectors.notice import next_notice
from metrics.evaluation.sweeping import sweep
from metrics.models import KpiPeriod
from tests.engine.vectors import cases
from tests.scenarios.measuring import a_contract, a_kpi, applied

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("case", cases("periods"))
def test_periods(case: dict[str, Any], tmp_path: Path) -> None:
    first = date.fromisoformat(case.get("anchor") or f"{case['month']}-01")
    every: Any = {"every": "month", "anchor": first} if "anchor" in case else "month"
    contract = a_contract(zone=case.get("zone", "UTC"), first_day=first)
    applied(tmp_path, contracts=[contract], kpis=[a_kpi("share", "ratio", period=every)])
    sweep(as_of=datetime(first.year, first.month, 2, tzinfo=UTC) + timedelta(days=120))
    heads = list(KpiPeriod.objects.order_by("starts_at"))
    for column, edge in (("starts_at", "start"), ("ends_at", "end")):
        assert edge not in case or getattr(heads[0], column) == _instant(case[edge])
    if "minutes" in case:
        assert heads[0].ends_at - heads[0].starts_at == timedelta(minutes=case["minutes"])
    if "next_starts" in case:
        assert [str(head.first_day) for head in heads[1:4]] == case["next_starts"]


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize("case", cases("notice"))
def test_the_last_day_to_serve_notice(case: dict[str, Any], tmp_path: Path) -> None:
    applied(tmp_path, contracts=[_stated(case)])
    contract = Contract.objects.get(reference="AC-1")
    notice = next_notice(contract, today=_today(case))
    if case.get("state") == "expired":
        assert notice is None
        return
    assert notice is not None
    found = (str(notice.term_ends), str(notice.serve_by))
    assert found == (case["current_term_last_day"], case["last_day_to_serve"])


def _stated(case: dict[str, Any]) -> dict[str, Any]:
    unit = next(unit for unit in ("months", "days") if f"notice_{unit}" in case)
    months = case.get("renewal_months", 0)
    renewal: dict[str, Any] = {"kind": case.get("renewal", "none")}
    notice = {"length": case[f"notice_{unit}"], "unit": unit}
    return a_contract(
        **_term(case), notice=notice, renewal=renewal | ({"months": months} if months else {})
    )


def _term(case: dict[str, Any]) -> dict[str, date]:
    """The first term, by its length or by its last day."""
    if "first_day" not in case:
        return {"last_day": date.fromisoformat(case["current_term_last_day"])}
    first = date.fromisoformat(case["first_day"])
    return {"first_day": first, "last_day": first_term_last_day(first, case["initial_months"])}


def _today(case: dict[str, Any]) -> date:
    return date.fromisoformat(case.get("as_of") or case["current_term_last_day"])
