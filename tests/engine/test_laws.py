"""Laws that hold for any input."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import reduce
from itertools import pairwise
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from metrics.engine import (
    Level,
    Pause,
    PeriodRule,
    Row,
    Status,
    Timeline,
    Totals,
    WorkCalendar,
    attainment,
    deadline,
    display,
    elapsed,
    from_us,
    roll_up,
    shortfall,
    to_us,
    verdict,
)

from .making import at, figure

ZONES = ("UTC", "Europe/Paris", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe",
         "America/Sao_Paulo", "Pacific/Apia", "Africa/Casablanca")  # fmt: skip
# A busy machine must not fail a law: the time an example takes says nothing about it.
LAW = settings(deadline=None)
PERIOD_LAW = settings(deadline=None, max_examples=60)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FIRST = at("2010-01-01")
YEARS_US = 12 * 366 * 86_400 * 1_000_000

instants = st.integers(0, YEARS_US).map(lambda us: from_us(to_us(FIRST) + us))
numbers = st.fractions(-1000, 1000, max_denominator=50)


@st.composite
def calendars(draw: Callable[..., Any]) -> WorkCalendar:
    edges = st.lists(st.integers(0, 24), min_size=2, max_size=4, unique=True).map(sorted)
    weekdays = {}
    for day in draw(st.sets(st.sampled_from(DAYS), min_size=1)):
        hours = draw(edges)
        weekdays[day] = [[f"{a:02}:00", f"{b:02}:00"] for a, b in pairwise(hours)]
    holidays = draw(st.lists(st.dates(date(2010, 1, 1), date(2022, 1, 1)).map(str), max_size=3))
    return WorkCalendar.parse(
        {
            "zone": draw(st.sampled_from(ZONES)),
            "weekdays": weekdays,
            "holidays": [*holidays, "*-12-25"],
        }
    )


@st.composite
def pauses(draw: Callable[..., Any], start: datetime) -> list[Pause]:
    spans = draw(st.lists(st.tuples(st.integers(-5000, 50_000), st.integers(0, 5000)), max_size=4))
    minute = timedelta(minutes=1)
    return [Pause(start + a * minute, start + (a + b) * minute) for a, b in spans]


@LAW
@given(calendars(), instants, st.integers(0, 5_000_000), st.data())
def test_time_until_the_deadline_is_the_duration(
    calendar: WorkCalendar, start: datetime, seconds: int, data: Any
) -> None:
    duration = timedelta(seconds=seconds)
    stops = data.draw(pauses(start))
    due = deadline(start, duration, calendar, stops)
    assert elapsed(start, due, calendar, stops) == duration
    if due > start:
        assert elapsed(start, due - timedelta(microseconds=1), calendar, stops) < duration


@LAW
@given(calendars(), st.lists(instants, min_size=3, max_size=3).map(sorted))
def test_working_time_adds_up(calendar: WorkCalendar, times: list[datetime]) -> None:
    a, b, c = times
    assert elapsed(a, b, calendar) + elapsed(b, c, calendar) == elapsed(a, c, calendar)
    assert timedelta() <= elapsed(a, c, calendar) <= c - a


parts = st.lists(
    st.integers(0, 1000).flatmap(lambda v: st.tuples(st.integers(0, v), st.just(v))),
    min_size=1,
    max_size=8,
)


@LAW
@given(parts)
def test_pooling_any_split_gives_the_whole(split: list[tuple[int, int]]) -> None:
    periods = [figure("ratio", Totals(1, good, valid), "percent") for good, valid in split]
    good, valid = (sum(column) for column in zip(*split, strict=True))
    whole = figure("ratio", Totals(len(split), good, valid), "percent")
    rolled = roll_up(periods)
    assert rolled.value == whole.value
    assert rolled.n == whole.n


totals = st.builds(Totals, *[st.integers(-(2**70), 2**70)] * 4)


@LAW
@given(st.lists(totals, max_size=6), st.randoms(use_true_random=False))
def test_sums_merge_in_any_order(given_totals: list[Totals], shuffle: random.Random) -> None:
    whole = reduce(Totals.__add__, given_totals, Totals())
    shuffle.shuffle(given_totals)
    assert reduce(Totals.__add__, given_totals, Totals()) == whole


rows = st.lists(
    st.builds(
        Row,
        st.integers(0, 1000),
        a=st.integers(-50, 50),
        b=st.integers(-50, 50),
        value=st.integers(-50, 50),
        series=st.sampled_from(["x", "y"]),
    ),
    max_size=12,
)


@LAW
@given(rows, st.integers(0, 12), st.sampled_from(["count", "quotient", "rate_per", "sum"]))
def test_recomputing_equals_adding_up(data: list[Row], cut: int, measure: str) -> None:
    if measure == "sum":
        data = [Row(row.at, value=row.value) for row in data]
    else:
        data = [Row(row.at, a=row.a, b=row.b) for row in data]
    incremental = Totals.of(data[:cut]) + Totals.of(data[cut:])
    assert figure(measure, data, "each") == figure(measure, incremental, "each")


@LAW
@given(
    rows,
    st.randoms(use_true_random=False),
    st.sampled_from(["accuracy", "wape", "mape", "smape", "mase", "rmsse"]),
    st.sampled_from(["pooled", "per_series"]),
)
def test_the_order_of_rows_never_matters(
    data: list[Row], shuffle: random.Random, method: str, averaging: str
) -> None:
    parameters = {"method": method, "averaging": averaging}
    training = {"x": (1, 4, 2, 9), "y": (5, 3, 3)}
    before = figure("forecast_accuracy", data, "", 0, parameters, training=training)
    again = list(data)
    shuffle.shuffle(again)
    assert figure("forecast_accuracy", again, "", 0, parameters, training=training) == before


@st.composite
def levels(draw: Callable[..., Any]) -> Level:
    operator = draw(st.sampled_from([">=", ">", "<=", "<"]))
    one, two = sorted([draw(numbers), draw(numbers)])
    expected, minimum = (two, one) if operator in (">=", ">") else (one, two)
    return Level(
        operator,
        expected,
        draw(st.sampled_from([None, minimum])),
        compare_places=draw(st.sampled_from([None, 0, 1])),
        compare_rounding=draw(st.sampled_from(["half_up", "truncate"])),
    )


RANK = {Status.BELOW_MINIMUM: 0, Status.BELOW_EXPECTED: 1, Status.MET: 2}


@LAW
@given(levels(), numbers, numbers)
def test_a_better_value_is_never_judged_worse(under: Level, one: Fraction, two: Fraction) -> None:
    worse, better = sorted((one, two), reverse=not under.higher_is_better)
    assert RANK[verdict(worse, under)] <= RANK[verdict(better, under)]
    assert (shortfall(worse, under) or 0) >= (shortfall(better, under) or 0) >= 0
    low, high = attainment(worse, under), attainment(better, under)
    assert low is not None
    assert high is not None
    assert 0 <= low <= high <= 100


@LAW
@given(levels(), numbers, st.integers(0, 4))
def test_a_shown_value_keeps_its_verdict(under: Level, value: Fraction, places: int) -> None:
    plain = Level(under.operator, under.expected, under.minimum)
    shown = Fraction(display(value, places, under))
    assert verdict(shown, plain) is verdict(value, under)


@LAW
@given(st.lists(st.integers(-99, 99), min_size=1, max_size=40), st.fractions(0, 1))
def test_a_percentile_is_one_of_the_values_and_covers_its_share(
    values: list[int], p: Fraction
) -> None:
    assume(p > 0)
    data = [Row(n, value=value) for n, value in enumerate(values)]
    found = figure("percentile", data, "", 0, {"p": p}).value
    assert found in values
    assert sum(value <= found for value in values) >= p * len(values)
    assert sum(value < found for value in values) < p * len(values)


@st.composite
def rules(draw: Callable[..., Any]) -> PeriodRule:
    every = draw(st.sampled_from(["month", "quarter", "year", "contract_year", "week", "day"]))
    anchor = draw(st.one_of(st.none(), st.dates(date(2005, 1, 1), date(2015, 12, 31))))
    if every == "day":
        anchor = None
    if every == "contract_year" and anchor is None:
        anchor = date(2008, 2, 29)
    return PeriodRule(every, draw(st.sampled_from(ZONES)), anchor)


@st.composite
def timelines(draw: Callable[..., Any], stub: str) -> Timeline:
    days = st.dates(date(2010, 1, 1), date(2012, 12, 31))
    starts = draw(st.lists(days, min_size=1, max_size=3, unique=True).map(sorted))
    length = draw(st.one_of(st.none(), st.integers(0, 900)))
    last = None if length is None else starts[0] + timedelta(days=length)
    return Timeline(tuple((day, draw(rules())) for day in starts), starts[0], last, stub)


@PERIOD_LAW
@given(st.data(), st.sampled_from(["evaluate", "merge"]))
def test_periods_tile_time_without_gap_or_overlap(data: Any, stub: str) -> None:
    timeline = data.draw(timelines(stub))
    found = timeline.between(at("2009-01-01"), at("2014-01-01"))
    assert all(one.end == two.start for one, two in pairwise(found))
    assert found[0].first_day == timeline.first_day
    assert found[-1].end >= at("2014-01-01") or found[-1].last_day == timeline.last_day
    for period in found[:50]:
        middle = period.start + (period.end - period.start) / 2
        for instant in (period.start, middle, period.end - timedelta(microseconds=1)):
            assert timeline.containing(instant) == period
    starts = timeline.boundaries(to_us(at("2009-01-01")), to_us(at("2014-01-01")))
    assert starts == [period.start_us for period in found]


@PERIOD_LAW
@given(st.data())
def test_skipping_stubs_leaves_exactly_the_full_periods(data: Any) -> None:
    timeline = data.draw(timelines("evaluate"))
    skipping = Timeline(timeline.versions, timeline.first_day, timeline.last_day, "skip")
    window = (at("2009-01-01"), at("2014-01-01"))
    full = [period for period in timeline.between(*window) if not period.stub]
    assert skipping.between(*window) == full
