"""What approved relief makes of a figure, from the request to the recomputed month."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from django.core.management import call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metrics.casework.claiming import Claim, Cover
from metrics.evaluation.restating import result_restate
from metrics.evaluation.sweeping import sweep
from metrics.models import ReliefRequest, ResultRevision
from tests.engine.vectors import cases
from tests.evaluation.looking import DAY, case_states, head
from tests.feeds.arriving import APRIL, a_mapped_feed, a_share, evaluate, load
from tests.relief.asking import (
    SOON,
    a_month,
    ask,
    decide,
    grant,
    the_hours,
    the_items,
    value,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_process", "sound")]

SHARED = [
    each
    for each in cases("credits")
    if not (each.values[0] and "excused_failures" not in each.values[0])
]
PREDICATE = 'ref in ("97", "98", "99", "100")'
BY_ROWS = Claim("the buyer's network was down", predicate=PREDICATE)
BY_TIME = Claim("the buyer's network was down", [the_hours(97, 100)])
PLAIN = 'ref in ("91", "92")'


@pytest.mark.parametrize("claim", [BY_ROWS, BY_TIME], ids=["rows", "time"])
@pytest.mark.parametrize(
    ("treatment", "expected"), [("remove_both", "90/96"), ("count_as_good", "94/100")]
)
def test_four_excused_failures(claim, treatment, expected):
    a_month()

    relief = ask(replace(claim, treatment=treatment))
    evaluate(SOON)
    assert value() == 90

    decide(relief)
    evaluate(SOON)
    assert value() == Fraction(expected) * 100
    assert head().current.number == 2


@pytest.mark.parametrize("case", SHARED)
def test_relief_agrees_with_the_shared_cases(case):
    a_month()
    failed = ", ".join(f'"{91 + n}"' for n in range(case["excused_failures"]))
    treatment = case["id"].removeprefix("relief-").replace("-", "_")

    decide(ask(Claim("a storm", predicate=f"ref in ({failed})", treatment=treatment)))
    evaluate(SOON)

    assert (case["good"], case["valid"]) == (90, 100)
    assert value() == Fraction(case["value"]) * 100


def test_only_what_failed_is_taken_out():
    a_month()

    decide(ask(Claim("a storm", [the_hours(1, 94)])))
    evaluate(SOON)

    assert value() == Fraction(90, 96) * 100


def test_overlapping_relief_counts_once():
    a_month()

    decide(ask(BY_ROWS))
    decide(ask(Claim("another storm", [the_hours(95, 100)])))
    evaluate(SOON)

    assert value() == Fraction(90, 94) * 100
    assert "excused failures: 6" in head().current.body["steps"]


def test_a_whole_period_is_excluded_and_its_case_withdrawn():
    a_month()
    assert case_states() == {"2026-03": "provisional"}

    decide(ask(Claim("a flood", whole_period=True)))
    evaluate(SOON)

    assert (head().status, value()) == ("EXCLUDED", None)
    assert case_states() == {"2026-03": "withdrawn"}


def test_relief_of_all_failures_removes_the_failure_itself():
    a_month()

    relief = decide(ask(Claim("a flood", predicate="good < 1")))
    evaluate(SOON)

    assert (head().status, value()) == ("MET", 100)
    assert case_states() == {"2026-03": "withdrawn"}
    steps = head().current.body["steps"]
    assert f"relief {relief.pk}: rows where good < 1, left out of both sides" in steps


def test_where_all_items_failed_and_are_excused_nothing_is_left_to_judge():
    a_share()
    load(a_mapped_feed(), the_items([91, 92]))
    sweep(as_of=APRIL)

    decide(ask(Claim("a flood", predicate=PLAIN)))
    evaluate(SOON)

    assert head().status == "EXCLUDED"


@pytest.mark.parametrize("approve", [False, None])
def test_relief_that_is_refused_or_waits_changes_nothing(approve):
    a_month()
    before = ResultRevision.objects.get(period=head())

    relief = ask(BY_ROWS)
    if approve is not None:
        assert decide(relief, approve=approve).granted == {}
    evaluate(SOON)

    after = ResultRevision.objects.get(period=head())
    assert (after.pk, after.fingerprint, after.body) == (
        before.pk,
        before.fingerprint,
        before.body,
    )


def test_a_decision_of_a_time_when_none_moved_a_figure_still_moves_none():
    a_month()
    decide(ask(BY_ROWS))
    ReliefRequest.objects.update(granted={})

    evaluate(SOON)

    assert (value(), head().current.number) == (90, 1)


def test_less_than_was_asked_for_is_granted_and_both_are_kept():
    a_month()
    relief = ask(BY_TIME)

    relief = grant(relief, Cover([the_hours(99, 100)], treatment="count_as_good"))
    evaluate(SOON)

    assert value() == 92
    assert (relief.state, relief.answer) == ("partly", "a part")
    assert relief.intervals == BY_TIME.cover.written["intervals"]
    assert relief.granted["treatment"] == "count_as_good"


def test_a_final_figure_stays_until_it_is_restated():
    a_month()
    sweep(as_of=APRIL + 6 * DAY)
    later = APRIL + 7 * DAY

    decide(ask(BY_ROWS, at=later), at=later)
    sweep(as_of=later)

    assert (value(), head().has_late_rows) == (90, True)
    result_restate(period=head(), reason="relief", approved_by="dana", as_of=later)
    assert (value(), head().has_late_rows) == (Fraction(90, 96) * 100, False)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_the_order_of_rows_and_decisions_does_not_matter(data, django_db_blocker):
    from django.db import transaction

    halves = data.draw(st.permutations([range(2, 60), range(60, 101)]))
    when = data.draw(st.integers(0, 2))
    with transaction.atomic():
        a_share()
        feed = a_mapped_feed()
        load(feed, the_items([1, 91]))
        sweep(as_of=APRIL)
        relief = ask(Claim("a storm", predicate='ref in ("97", "98", "99", "100")'))
        for number, part in enumerate([*halves, []]):
            if number == when:
                decide(relief)
            if part:
                load(feed, the_items(part), at=APRIL + timedelta(hours=number))
            if data.draw(st.booleans()):
                evaluate(SOON)
        evaluate(SOON)
        assert value() == Fraction(90, 96) * 100
        transaction.set_rollback(True)


def test_the_explanation_tells_of_what_waits_and_of_what_counts(capsys):
    a_month()
    relief = ask(BY_ROWS)
    call_command("explain", "sla", "2026-03")
    told = capsys.readouterr().out
    assert f"Relief {relief.pk}: rows where {PREDICATE}, left out of both sides" in told
    assert "If it is approved: 93.75" in told

    decide(relief)
    evaluate(SOON)
    call_command("explain", "sla", "2026-03")
    told = capsys.readouterr().out
    assert f"Excused, relief {relief.pk}: rows where {PREDICATE}" in told
    assert "If it is approved" not in told
