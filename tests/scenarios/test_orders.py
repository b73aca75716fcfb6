"""In whatever order things come to be known, they come to the same."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Q, Sum
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from contracts.models import Approval, Contract
from contracts.selectors.scope import visible_to
from contracts.services.contracts import charge_create
from metrics.casework.claiming import Claim
from metrics.casework.relief import relief_request
from metrics.casework.waivers import waiver_request
from metrics.credits.facts import facts_of
from metrics.credits.following import credits_follow
from metrics.engine.credits import required
from metrics.evaluation.sweeping import sweep
from metrics.models import BreachCase, CreditEntry, Feed, KpiPeriod
from tests.feeds.arriving import load
from tests.scenarios.measuring import BEGIN, a_contract, a_kpi, applied
from tests.scenarios.months import agree, nothing_differs, on, person, restated

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_process")]

LAST = date(2026, 3, 31)
MONTHLY = {"period": "month", "last_day": LAST, "unit": "percent", "grace_days": 3}
LEVEL = {"valid_from": BEGIN, "kind": "critical", "operator": ">=", "expected": 95, "minimum": 80}
OFFICE = {day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
END = on(5, 20)


def a_feed(
    code: str, times: Mapping[str, str], identity: list[str], **target: Any
) -> dict[str, Any]:
    return {
        "code": code,
        "name": code,
        "vendor": "acme",
        "zone": "UTC",
        "identity": identity,
        "times": {name: {"column": column, "format": "iso"} for name, column in times.items()},
        "targets": [target],
    }


KPIS = [
    a_kpi(
        "share",
        "ratio",
        decimals=0,
        service_levels=[LEVEL | {"default": "2 of 3"}],
        credit={"rule": "shortfall_points", "percent": 2},
        **MONTHLY,
    ),
    a_kpi(
        "clock",
        "share_within",
        time="started",
        calendar="office",
        parameters={"limit": 8, "limit_unit": "hours", "pauses": "subtract"},
        service_levels=[LEVEL],
        credit={"rule": "fixed_per_incident", "amount": 700, "count": "failure"},
        **MONTHLY,
    ),
    a_kpi(
        "forecast",
        "forecast_accuracy",
        time="due",
        parameters={"lead": "14 days"},
        service_levels=[LEVEL | {"minimum": 50}],
        credit={"rule": "full_steps", "step": 5, "percent": 1, "when": "any_miss"},
        **MONTHLY,
    ),
]
FEEDS = [
    a_feed("items", {"finished": "day"}, ["n"], kpi="share", good='met == "yes"', valid=1)
    | {"revision": "rev"},
    a_feed("tickets", {"started": "opened", "finished": "closed"}, ["n"], kpi="clock")
    | {"targets": [{"kpi": "clock", "from": "started", "to": "finished"}]},
    a_feed("pauses", {"paused": "since", "resumed": "until"}, ["n", "p"])
    | {
        "targets": [
            {"kpi": "clock", "pause_of": "n", "from": "paused", "to": "resumed", "set_by": "who"}
        ]
    },
    a_feed(
        "forecasts", {"due": "day", "made": "made"}, ["day", "made"], kpi="forecast",
        forecast="number", issued="made", series="series",
    ),
    a_feed("actuals", {"due": "day"}, ["day"], kpi="forecast", actual="number", series="series"),
]  # fmt: skip
ITEMS, TICKETS, PAUSES = "n,day,met,rev", "n,opened,closed", "n,p,since,until,who"
FORECASTS, ACTUALS = "day,series,number,made", "day,series,number"


def the_items(month: int, failed: int) -> list[str]:
    """Twenty items of a month, so many of which failed."""
    return [
        f"{month}-{n},2026-0{month}-1{n % 10},{'no' if n < failed else 'yes'},1" for n in range(20)
    ]


# (feed, columns, rows): each a file of its own.
FILES: dict[str, tuple[str, str, list[str]]] = {
    "january": ("items", ITEMS, the_items(1, 2)),
    "february": ("items", ITEMS, the_items(2, 3)),
    "march": ("items", ITEMS, the_items(3, 5)),
    # one more failure in January, told in two revisions of one item
    "corrected": ("items", ITEMS, ["1-9,2026-01-19,yes,2"]),
    "corrected again": ("items", ITEMS, ["1-9,2026-01-19,no,3"]),
    "tickets": (
        "tickets",
        TICKETS,
        # 8 hours and 12 hours of work; the second is in time by a pause of five
        ["A,2026-01-05T09:00,2026-01-05T17:00", "B,2026-01-06T09:00,2026-01-07T13:00"]
        + [f"C{n},2026-02-02T09:00,2026-02-04T12:00" for n in range(2)],
    ),
    "pause": ("pauses", PAUSES, ["B,1,2026-01-06T10:00,2026-01-06T15:00,customer"]),
    "forecasts": (
        "forecasts",
        FORECASTS,
        ["2026-02-20,x,70,2026-01-10", "2026-02-20,x,80,2026-02-06"],
    ),
    "too late a forecast": ("forecasts", FORECASTS, ["2026-02-20,x,100,2026-02-07"]),
    "actuals": ("actuals", ACTUALS, ["2026-02-20,x,100"]),
}
CHARGES = {"charge 1": (1, 1_000_003), "charge 2": (2, 2_000_000), "charge 3": (3, 777_777)}
DECISIONS = ("waiver of clock 2026-02", "relief of share 2026-03")
RESTATEMENTS = ("restatement", "another restatement")  # of every final month that was overtaken
EVENTS = (*FILES, *CHARGES, *DECISIONS, *RESTATEMENTS)


@dataclass
class Year:
    """What happened so far; every event is half a day after the one before."""

    now: datetime = field(default_factory=lambda: on(4, 20))
    later: list[str] = field(default_factory=list)

    def happen(self, event: str, settled: bool) -> None:
        self.now += timedelta(hours=12)
        if not self._done(event):
            self.later.append(event)  # a decision needs a failure to be about
        if settled:
            self.settle()

    def _done(self, event: str) -> bool:
        if event in FILES:
            feed, header, rows = FILES[event]
            text = "\n".join([header, *rows]) + "\n"
            load(Feed.objects.get(code=feed), text, at=self.now)
            return True
        if event in CHARGES:
            _charge(*CHARGES[event])
            return True
        if event in RESTATEMENTS:
            self._restate()
            return True
        return self._decided(event)

    def _decided(self, event: str) -> bool:
        what, _, code, label = event.split()
        cases = BreachCase.objects.filter(period__kpi__code=code, period__label=label)
        case = cases.exclude(state__in=("provisional", "withdrawn")).first()
        if case is None:
            return False
        _ASK[what](case, self.now)
        agree(Approval.objects.get(kind=what, state="requested"), self.now)
        return True

    def settle(self) -> None:
        sweep(as_of=self.now)
        credits_follow(self.now)

    def end(self) -> None:
        """Let everything become final, restate what was overtaken, and decide what waits."""
        for self.now in (END, END + timedelta(days=5)):
            self.settle()
        self._restate()
        assert all(self._done(event) for event in self.later)
        self.settle()
        self._restate()

    def _restate(self) -> None:
        for head in KpiPeriod.objects.filter(has_late_rows=True).order_by("pk"):
            restated(head, self.now, "rows came late")
        self.settle()


def _charge(month: int, minor: int) -> None:
    first = date(2026, month, 1)
    last = date(2026, month + 1, 1) - timedelta(days=1)
    contract = Contract.objects.get()
    charge_create(contract=contract, first_day=first, last_day=last, amount_minor=minor)


def _waiver(case: BreachCase, now: datetime) -> None:
    scope = visible_to(person("olga"), now.date())
    waiver_request(case_id=case.pk, waiver_scope="credit", reason="our own doing", scope=scope)


def _relief(case: BreachCase, now: datetime) -> None:
    claim = Claim("a storm", predicate='ref in ("3-3", "3-4")')
    scope = visible_to(person("olga"), now.date())
    relief_request(case_id=case.pk, claim=claim, scope=scope, as_of=now)


_ASK: dict[str, Callable[[BreachCase, datetime], None]] = {"waiver": _waiver, "relief": _relief}


def outcome() -> dict[str, Any]:
    """What everybody agrees on in the end: figures, causes of defaults, cases, and the ledger."""
    place = ("kpi__code", "label")
    told = ("status", "current__value", "default_cause", "default_of")
    heads = KpiPeriod.objects.order_by(*place).values_list(*place, *told)
    cases = BreachCase.objects.exclude(state="withdrawn").order_by("period")
    lines = CreditEntry.objects.order_by("kpi_period__kpi__code", "kpi_period__label")
    sums = lines.values_list("kpi_period__kpi__code", "kpi_period__label")
    posted = sums.annotate(total=Sum("amount_minor")).filter(~Q(total=0))
    states = cases.values_list("period__kpi__code", "period__label", "state")
    return {"figures": list(heads), "cases": sorted(states), "ledger": list(posted)}


def owed() -> list[int]:
    """What the ledger has to come to, line by line."""
    contract = Contract.objects.get()
    lines = required(facts_of(contract, as_of=END + timedelta(days=6)).inputs).lines
    return sorted(line.amount for line in lines)


def lived(folder: Path, order: list[str], settled: list[bool]) -> dict[str, Any]:
    """The year in this order, and then undone."""
    with transaction.atomic():
        applied(
            folder,
            contracts=[a_contract(credits={"at_risk": {"percent": 10}})],
            calendars=[{"code": "office", "zone": "UTC", "weekdays": OFFICE}],
            kpis=KPIS,
            feeds=FEEDS,
        )
        year = Year()
        for event, pause in zip(order, settled, strict=True):
            year.happen(event, pause)
        year.end()
        assert nothing_differs(year.now + timedelta(days=1))
        found = outcome()
        assert sorted(amount for *_, amount in found["ledger"]) == owed()
        transaction.set_rollback(True)
    return found


@pytest.fixture(scope="module")
def folder() -> Any:
    with TemporaryDirectory(prefix="kpotracker-orders-") as name:
        yield Path(name)


_known: list[dict[str, Any]] = []


@settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.generate],  # shrinking a year takes minutes; its order is told as it is
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    order=st.permutations(EVENTS),
    settled=st.lists(st.booleans(), min_size=len(EVENTS), max_size=len(EVENTS)),
)
def test_no_order_changes_what_comes_of_it(
    folder: Path, order: list[str], settled: list[bool]
) -> None:
    if not _known:
        _known.append(lived(folder, list(EVENTS), [False] * len(EVENTS)))
    assert lived(folder, order, settled) == _known[0]
