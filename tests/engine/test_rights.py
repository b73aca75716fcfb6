"""When repeated failure opens a right to terminate."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.engine.errors import EngineError
from metrics.engine.rights import Chronic, Further, Gap, Judged, Trigger, openings

FINAL = timedelta(days=35)


def months(verdicts: str) -> list[Judged]:
    """F failed, . met, ? no verdict; from January 2026 on."""
    said = {"F": True, ".": False, "?": None}
    return [_judged(number, said[each]) for number, each in enumerate(verdicts)]


def _judged(number: int, failed: bool | None, value: int | None = None) -> Judged:
    first = date(2026 + number // 12, number % 12 + 1, 1)
    return Judged(first, first + FINAL, failed, None if value is None else Fraction(value))


def opened(rule: Chronic, results: list[Judged]) -> list[list[int]]:
    """The months, 1 for January 2026, of each right that opens."""
    return [
        [(day.year - 2026) * 12 + day.month for day in found.periods]
        for found in openings(rule, results)
    ]


@pytest.mark.parametrize(
    ("verdicts", "gap", "further", "rights"),
    [
        ("FF.F", "breaks", "each_further", []),
        ("FFF", "breaks", "each_further", [[1, 2, 3]]),
        ("FFFF", "breaks", "each_further", [[1, 2, 3], [2, 3, 4]]),
        ("FFFFFF", "breaks", "reset", [[1, 2, 3], [4, 5, 6]]),
        ("FF?F", "breaks", "each_further", []),
        ("FF?F", "skips", "each_further", [[1, 2, 4]]),
        ("FFF?", "skips", "each_further", [[1, 2, 3]]),
        ("", "breaks", "each_further", []),
    ],
)
def test_failures_in_a_row(verdicts, gap, further, rights):
    rule = Chronic(Trigger.CONSECUTIVE, 3, gap=Gap(gap), further=Further(further))

    assert opened(rule, months(verdicts)) == rights


@pytest.mark.parametrize(
    ("verdicts", "rights"),
    [
        ("F.F.F", [[1, 3, 5]]),
        ("F..F..F", []),
        ("F?F?F", [[1, 3, 5]]),
        ("F?F??F", []),  # a period without a verdict keeps its slot
        ("FFF.", [[1, 2, 3]]),  # a period that is met opens nothing
    ],
)
def test_failures_within_a_number_of_periods(verdicts, rights):
    assert opened(Chronic(Trigger.N_OF_M, 3, of=5), months(verdicts)) == rights


@pytest.mark.parametrize(
    ("values", "is_lower", "gap", "rights"),
    [
        ([90, 90, 90], False, "breaks", []),
        ([90, 90, 89], False, "breaks", [[1, 2, 3]]),
        ([90, 91, 90], True, "breaks", [[1, 2, 3]]),
        ([80, None, 80, 80], False, "breaks", []),
        ([80, None, 80, 80], False, "skips", [[1, 3, 4]]),
    ],
)
def test_an_average_worse_than_the_clause_allows(values, is_lower, gap, rights):
    rule = Chronic(
        Trigger.ROLLING_AVERAGE,
        3,
        threshold=Fraction(90),
        lower_is_better=is_lower,
        gap=Gap(gap),
    )

    assert opened(rule, [_judged(at, None, value) for at, value in enumerate(values)]) == rights


def test_a_right_opens_when_the_last_result_it_rests_on_became_final():
    late, *rest = months("FFF")
    late = Judged(late.first_day, date(2026, 9, 1), True)

    (found,) = openings(Chronic(Trigger.CONSECUTIVE, 3), [late, *rest])

    assert found.opened_on == date(2026, 9, 1)


def test_what_contradicts_itself_is_refused_with_everything_that_is_wrong():
    with pytest.raises(EngineError) as refused:
        Chronic(Trigger.N_OF_M, 0, of=None, threshold=Fraction(1))

    assert [problem.where for problem in refused.value.problems] == ["count", "of", "threshold"]


@given(st.text("F.?", max_size=30), st.integers(1, 5), st.sampled_from(Gap))
def test_each_right_rests_on_as_many_failures_as_the_clause_says(verdicts, count, gap):
    results = months(verdicts)
    failed = {each.first_day for each in results if each.failed}

    for found in openings(Chronic(Trigger.CONSECUTIVE, count, gap=gap), results):
        assert len(found.periods) == count
        assert failed.issuperset(found.periods)


@given(st.text("F.", max_size=30), st.integers(1, 5))
def test_what_comes_later_opens_and_closes_nothing_that_was(verdicts, count):
    rule, results = Chronic(Trigger.CONSECUTIVE, count), months(verdicts)
    whole = list(openings(rule, results))

    for end in range(len(results)):
        sooner = list(openings(rule, results[:end]))
        assert whole[: len(sooner)] == sooner
