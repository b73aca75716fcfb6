"""The shared cases of the working-time clock, through files, feeds and figures."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from metrics.evaluation.open_work import open_work_of
from metrics.models import Kpi, Observation, QuarantinedRow
from tests.engine.vectors import cases
from tests.evaluation.clocking import (
    PAUSES,
    TICKETS,
    a_calendar,
    a_clocked_kpi,
    feeds,
    pauses,
    tickets,
)
from tests.feeds.arriving import evaluate, figures, load

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_process", "sound")]


def those_with(key: str) -> list[Any]:
    return [each for each in cases("clock") if (each.values[0] or {key: 1}).get(key)]


def those_without_time() -> list[Any]:
    return [
        each
        for each in cases("clock")
        if (each.values[0] or {}).get("elapsed_s", 0) == 0
        and "end" in (each.values[0] or {"end": 0})
    ]


def instant(text: str, zone: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))


def measured(case: dict[str, Any], parameters: dict[str, Any], end: datetime | None) -> Kpi:
    """A KPI of this case, its one item loaded, with the pauses of its history."""
    written = case["calendar"]
    zone, start = written["zone"], instant(case["start"], written["zone"])
    calendar = a_calendar(zone=zone, weekdays=written["weekdays"], holidays=written["holidays"])
    kpi = a_clocked_kpi(
        parameters,
        calendar,
        first_day=start.date().replace(day=1),
        time_field=Kpi.TimeField.STARTED,
        definition={"valid_from": start.date().replace(day=1), "zone": zone},
    )
    bodies = (TICKETS, PAUSES) if "pauses" in case else (TICKETS,)
    ticket_feed, *others = feeds(*bodies, kpi=kpi)
    closing = end.isoformat() if end else ""
    load(ticket_feed, tickets(f"T1,{start.isoformat()},{closing}"), at=start + timedelta(days=60))
    for number, (begin, until) in enumerate(case.get("pauses", ())):
        span = (instant(text, zone).isoformat() for text in (begin, until))
        row = f"T1,{number},{','.join(span)},customer"
        load(others[0], pauses(row), at=start + timedelta(days=60))
    return kpi


def share(case: dict[str, Any], parameters: dict[str, Any], end: datetime) -> str:
    start = instant(case["start"], case["calendar"]["zone"])
    measured(case, {"open_overdue": "once_when_due"} | parameters, end)
    evaluate(as_of=start + timedelta(days=60))
    return next(figure[2] for figure in figures().values() if figure[2])


@pytest.mark.parametrize("over", [0, 1])
@pytest.mark.parametrize("case", those_with("elapsed_s"))
def test_time_that_elapsed_is_within_itself_and_beyond_less(
    case: dict[str, Any], over: int
) -> None:
    end = instant(case["end"], case["calendar"]["zone"])
    parameters = {"limit": case["elapsed_s"] - over, "limit_unit": "seconds"}
    assert share(case, parameters, end) == ("0" if over else "100")


@pytest.mark.parametrize("case", those_with("duration_s"))
def test_an_open_item_falls_due_at_its_deadline_and_is_warned_of_before(
    case: dict[str, Any],
) -> None:
    zone = case["calendar"]["zone"]
    parameters = {
        "limit": case["duration_s"],
        "limit_unit": "seconds",
        "open_overdue": "once_when_due",
        **({"pauses": "subtract"} if "pauses" in case else {}),
        **({"warn_before": "1 hour"} if "warn_at" in case else {}),
    }
    measured(case, parameters, None)
    due = instant(case["deadline"], zone)

    (before,) = open_work_of(kpis=Kpi.objects.all(), as_of=due - timedelta(microseconds=1))
    (then,) = open_work_of(kpis=Kpi.objects.all(), as_of=due)

    assert (before.due_at, before.overdue, then.due_at, then.overdue) == (due, False, due, True)
    if "warn_at" in case:
        assert then.warn_at == instant(case["warn_at"], zone)


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("case", those_with("business_days"))
def test_business_days_end_at_close(case: dict[str, Any], late: bool) -> None:
    parameters = {
        "limit": case["business_days"],
        "limit_unit": "business_days",
        "cut_off": case["cut_off"],
    }
    end = instant(case["deadline_close"], case["calendar"]["zone"])
    assert share(case, parameters, end + timedelta(seconds=late)) == ("0" if late else "100")


@pytest.mark.parametrize("case", those_without_time())
def test_an_item_that_ends_before_it_begins_is_set_aside(case: dict[str, Any]) -> None:
    end = instant(case["end"], case["calendar"]["zone"])
    measured(case, {"limit": 1, "limit_unit": "seconds"}, end)
    assert not Observation.objects.exists()
    assert [row.line for row in QuarantinedRow.objects.all()] == [2]
