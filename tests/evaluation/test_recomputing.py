"""Stored results change cost, never meaning: in any order, in any parts, from scratch, the same."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metrics.evaluation.draining import drain, drain_all
from metrics.evaluation.sweeping import sweep
from metrics.evaluation.verifying import verify_all
from metrics.models import (
    BreachCase,
    CaseTransition,
    Kpi,
    KpiPeriod,
    Observation,
    ResultRevision,
)
from tests.feeds.arriving import (
    APRIL,
    EPOCH,
    MOVING,
    a_mapped_feed,
    a_share,
    a_total,
    csv,
    load,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_process")]

HEADER = "number,closed,met,rev,team,hours"
MAPPING = MOVING | {
    "revision": "rev",
    "targets": [
        *MOVING["targets"],
        {"kpi": "hours", "value": "hours", "if_missing": "skip"},
    ],
}
ROWS = st.lists(
    st.tuples(
        st.integers(1, 4),
        st.sampled_from(["2026-02-27", "2026-03-01", "2026-03-31"]),
        st.sampled_from(["yes", "no"]),
        st.integers(1, 4),
        st.sampled_from(["desk", "field"]),
        st.sampled_from(["", "1", "2.5", "40"]),
    ),
    max_size=8,
)


class Undone(Exception):
    """Takes back what an example did."""


def undone(work):
    """The result of ``work``, whose writes are taken back."""
    result = []
    try:
        with transaction.atomic():
            result.append(work())
            raise Undone
    except Undone:
        return result[0]


def outcome():
    """Every figure, case and observation, as people would see them."""
    heads = KpiPeriod.objects.select_related("current").order_by("kpi__code", "starts_at")
    return (
        [
            (str(h), h.phase, h.status, h.current.value, h.current.rows, h.is_breach)
            for h in heads
            if h.current.rows
        ],
        sorted(
            (str(case.period), case.state) for case in BreachCase.objects.exclude(state="withdrawn")
        ),
        sorted(Observation.objects.values_list("kpi_id", "ref", "a", "b", "value", "at")),
    )


@pytest.fixture
def feed():
    """Two teams' shares and a median, fed by one feed whose items move between the teams."""
    for code in ("desk-sla", "field-sla"):
        a_share(code)
    a_total("hours", "percentile", decimals=1, definition={"parameters": {"p": "0.5"}, "unit": "h"})
    return a_mapped_feed(MAPPING)


def as_file(rows):
    return csv([",".join(map(str, row)) for row in rows], HEADER)


def played(feed, deliveries, *, drains):
    """Outcome of the deliveries, with a drain after those whose number is in ``drains``."""
    for number, rows in enumerate(deliveries):
        load(feed, as_file(rows) + "\n" * number)
        if number in drains:
            drain_all(as_of=APRIL)
    sweep(as_of=APRIL)
    assert list(verify_all()) == []
    return outcome()


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rows=ROWS, data=st.data())
def test_any_order_any_parts_and_any_drains_in_between_come_to_the_same(feed, rows, data):
    shuffled = data.draw(st.permutations(rows))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=2)))
    parts = [shuffled[a:b] for a, b in zip([0, *cuts], [*cuts, len(rows)], strict=True)]
    drains = data.draw(st.sets(st.integers(0, 2)))

    at_once = undone(partial(played, feed, [rows], drains=set()))

    assert undone(partial(played, feed, parts, drains=drains)) == at_once


def test_all_results_deleted_and_recomputed_are_equal(feed):
    rows = [
        (n, f"2026-0{n % 3 + 1}-05", "yes", 1, "desk" if n % 2 else "field", n) for n in range(9)
    ]
    load(feed, as_file([*rows, (9, "2026-03-05", "no", 1, "desk", "")]))
    sweep(as_of=APRIL)
    before = outcome()
    assert len(before[0]) == 9
    assert len(before[1]) == 1

    CaseTransition.objects.all().delete()
    BreachCase.objects.all().delete()
    KpiPeriod.objects.update(current=None)
    ResultRevision.objects.all().delete()
    KpiPeriod.objects.all().delete()
    Kpi.objects.update(visited_until=None, next_tick_at=EPOCH)
    sweep(as_of=APRIL)

    assert outcome() == before
    assert list(verify_all()) == []


def test_draining_in_small_batches_comes_to_the_same(feed):
    rows = [(n, f"2026-0{n % 3 + 1}-05", "yes", 1, "desk", n) for n in range(9)]

    def in_batches(limit):
        load(feed, as_file(rows))
        batches = 0
        while drain(as_of=APRIL, limit=limit) is not None:
            batches += 1
        return batches, outcome()

    (many, small), (one, large) = (undone(partial(in_batches, limit)) for limit in (1, 2000))

    assert (many, one) == (6, 1)
    assert small == large


def test_draining_again_or_with_nothing_new_computes_nothing(feed):
    load(feed, as_file([(1, "2026-03-05", "yes", 1, "desk", 4)]))

    assert drain_all(as_of=APRIL) == 2
    assert drain_all(as_of=APRIL + timedelta(days=1)) == 0
    assert drain(as_of=APRIL) is None
