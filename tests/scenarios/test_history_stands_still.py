"""What is agreed later leaves what was computed and posted: amendments, also backdated ones."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from metrics.chores import chores_run
from metrics.engine import from_us
from metrics.evaluation.restating import result_restate
from metrics.evaluation.sweeping import sweep
from metrics.models import BreachCase, CreditEntry, DirtyPeriod, Feed, KpiPeriod, ResultRevision
from tests.feeds.arriving import load
from tests.scenarios.measuring import BEGIN, a_contract, a_feed, a_kpi, applied
from tests.scenarios.months import nothing_differs, on, posted, restated

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_process")]

MAY = date(2026, 5, 1)
TIERS = [{"lower": 92, "upper": 95, "percent": 5}, {"upper": 92, "percent": 10}]
LEVEL: dict[str, Any] = {
    "valid_from": BEGIN,
    "kind": "critical",
    "operator": ">=",
    "expected": 95,
    "minimum": 90,
}
RULE = {"rule": "tiers", "tiers": TIERS, "when": "any_miss"}
OFFICE = {day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
LATER_HOURS = {"valid_from": date(2026, 6, 1), "weekdays": {"mon": ["09:00-12:00"]}}
FIGURES = ["93", "96", "94", "89"]  # January to April


class Agreed:
    """The portfolio file, which amendments add lines to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.levels, self.rules = [LEVEL], [RULE]
        self.contract = a_contract(
            credits=[{"at_risk": {"percent": 10}}],
            claims=[{"valid_from": BEGIN, "dispute": {"days": 10}}],
            charges=[{"from": "2026-01", "through": "2026-12", "amount": 10000}],
            amendments=[{"number": 1, "title": "Other terms", "effective": BEGIN}],
        )
        self.calendar: dict[str, Any] = {"code": "office", "zone": "UTC", "weekdays": OFFICE}

    def apply(self, month: int, day: int = 12) -> None:
        monthly = {"period": "month", "last_day": date(2026, 6, 30)}
        scored = a_kpi("score", "mean", unit="points", credit=self.rules, **monthly)
        hours = a_kpi(
            "hours", "mean", unit="hours", direction="lower", calendar="office", **monthly
        )
        level = {"valid_from": BEGIN, "operator": "<=", "expected": 7}
        kpis = [scored | {"service_levels": self.levels}, hours | {"service_levels": [level]}]
        feed = a_feed(
            {"kpi": "score", "value": "value"}, {"kpi": "hours", "from": "begun", "to": "finished"}
        )
        feed["times"]["begun"] = {"column": "begun", "format": "iso"}
        applied(
            self.folder,
            contracts=[self.contract],
            calendars=[self.calendar],
            kpis=kpis,
            feeds=[feed],
            as_of=on(month, day),
        )


@pytest.fixture
def agreed(tmp_path: Path) -> Agreed:
    """Four final months, three of them with a credit; it is the twelfth of May."""
    found = Agreed(tmp_path)
    found.apply(1, 1)
    rows = [
        f"{n},2026-0{n}-16T12:00,{value},2026-0{n}-15T09:00" for n, value in enumerate(FIGURES, 1)
    ]
    load(Feed.objects.get(), "\n".join(["number,day,value,begun", *rows]) + "\n", at=on(5, 2))
    pass_time(5, 2)
    pass_time(5, 10)
    pass_time(5, 11)
    assert posted() == [
        ("2026-01", "credit", 500),
        ("2026-03", "credit", 500),
        ("2026-04", "credit", 1000),
    ]
    return found


def pass_time(month: int, day: int) -> None:
    sweep(as_of=on(month, day))
    assert chores_run(as_of=on(month, day)) == []


def standing(before: date = MAY) -> dict[str, Any]:
    """Everything that a later agreement must not move."""
    heads = KpiPeriod.objects.filter(first_day__lt=before).select_related("kpi", "current")
    figures = {
        (head.kpi.code, head.label): (
            head.phase,
            head.status,
            head.default_cause,
            head.has_late_rows,
            *ResultRevision.objects.filter(period=head).values_list(
                "number", "value", "fingerprint"
            ),
        )
        for head in heads
    }
    entries = list(CreditEntry.objects.order_by("id").values_list("line", "amount_minor", "steps"))
    cases = list(BreachCase.objects.order_by("period").values_list("period__label", "state"))
    return {"figures": figures, "ledger": entries, "cases": cases}


def a_level(agreed: Agreed) -> None:
    agreed.levels.append({**LEVEL, "valid_from": MAY, "amendment": 1, "expected": 99})


def credit_terms(agreed: Agreed) -> None:
    later = {"valid_from": MAY, "amendment": 1, "at_risk": {"percent": 5}, "rounding": "half_even"}
    agreed.contract["credits"].append(later)


def a_credit_rule(agreed: Agreed) -> None:
    agreed.rules.append({"valid_from": MAY, "rule": "full_steps", "step": 1, "percent": 9})


def a_calendar_version(agreed: Agreed) -> None:
    agreed.calendar["versions"] = [LATER_HOURS]


def claim_terms(agreed: Agreed) -> None:
    agreed.contract["claims"].append({"valid_from": MAY, "amendment": 1, "dispute": {"days": 3}})


AMENDMENTS = (a_level, credit_terms, a_credit_rule, a_calendar_version, claim_terms)


def test_later_terms_leave_every_figure_case_and_posting(agreed: Agreed) -> None:
    before = standing()
    for amend in AMENDMENTS:
        amend(agreed)
        agreed.apply(5)
        assert {day.month for day in marked()} <= {5}, amend.__name__
        pass_time(5, 13)
        for head in KpiPeriod.objects.filter(first_day__lt=MAY):
            again = result_restate(
                period=head, reason="to see", approved_by="Dana", as_of=on(5, 14)
            )
            assert again is None, (amend.__name__, head)
        pass_time(5, 15)
        assert standing() == before, amend.__name__
    assert nothing_differs(on(5, 16))


def marked() -> Iterator[date]:
    """First days of the periods that are to be computed again."""
    return (
        from_us(at).date() for at in DirtyPeriod.objects.values_list("at", flat=True).distinct()
    )


def test_a_backdated_level_marks_its_periods_and_waits_for_their_restatement(
    agreed: Agreed,
) -> None:
    before = standing()
    backdated = {**LEVEL, "valid_from": date(2026, 3, 1), "amendment": 1, "expected": 93}
    agreed.levels.append(backdated)
    agreed.apply(5)
    heads = KpiPeriod.objects.filter(kpi__code="score", first_day__gte=date(2026, 3, 1))
    assert set(marked()) == {head.first_day for head in heads}

    pass_time(5, 13)
    flagged = KpiPeriod.objects.filter(has_late_rows=True).order_by("first_day")
    assert [(head.kpi.code, head.label) for head in flagged] == [
        ("score", "2026-03"),
        ("score", "2026-04"),
    ]
    after = standing()
    assert (after["ledger"], after["cases"]) == (before["ledger"], before["cases"])
    assert standing(date(2026, 3, 1)) == {**before, "figures": first_two(before)}

    for head in flagged:
        restated(head, on(5, 14), "the level was agreed for March already")
    pass_time(5, 15)
    assert posted()[3:] == [("2026-03", "correction", -500)]
    assert CreditEntry.objects.last().corrects.kpi_period.label == "2026-03"  # type: ignore[union-attr]
    assert nothing_differs(on(5, 16))


def first_two(before: dict[str, Any]) -> dict[Any, Any]:
    early = {"2026-01", "2026-02"}
    return {place: told for place, told in before["figures"].items() if place[1] in early}
