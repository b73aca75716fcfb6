"""Laws of defaults by repetition, over figures in memory."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.evaluation.repeating import PeriodSlot, repeats_of
from metrics.models import ServiceLevel

START = date(2020, 1, 1)
CONSEQUENCES = {"BELOW_EXPECTED": "counted", "BELOW_MINIMUM": "default"}
STATUSES = ["MET", "BELOW_EXPECTED", "BELOW_EXPECTED", "BELOW_MINIMUM", "NO_DATA"]
RULES = ["2 of 4", "3 of rolling 6", "4 of 12", "2 consecutive", "3 consecutive"]


def a_level(day: date, rule: str, after: str, gap: str) -> ServiceLevel:
    return ServiceLevel(
        valid_from=day,
        operator=">=",
        expected="95",
        minimum="90",
        repetition=rule,
        repetition_after=after,
        repetition_gap=gap,
    )


levels = st.builds(
    a_level,
    st.just(START),
    st.sampled_from(RULES),
    st.sampled_from(["each_further", "reset", "every_nth"]),
    st.sampled_from(["breaks", "skips"]),
)


def a_slot(number: int, status: str, **more: Any) -> PeriodSlot:
    day = date(2020 + number // 12, number % 12 + 1, 1)
    told = {"consequence": CONSEQUENCES.get(status, "none"), "is_final": True} | more
    return PeriodSlot(day, START, status, **told)


@st.composite
def slots(draw: st.DrawFn) -> list[PeriodSlot]:
    statuses = draw(st.lists(st.sampled_from(STATUSES), max_size=30))
    return [
        a_slot(n, status, is_final=draw(st.booleans()), is_waived=draw(st.booleans()))
        for n, status in enumerate(statuses)
    ]


@given(levels, slots(), st.randoms())
def test_the_order_in_which_periods_are_looked_at_says_nothing(
    level: ServiceLevel, found: list[PeriodSlot], order: Any
) -> None:
    mixed = list(found)
    order.shuffle(mixed)
    assert repeats_of([level], mixed) == repeats_of([level], found)


@given(levels, slots(), slots())
def test_what_comes_later_changes_nothing_before_it(
    level: ServiceLevel, before: list[PeriodSlot], after: list[PeriodSlot]
) -> None:
    last = len(before)
    more = [a_slot(last + n, each.status, is_final=each.is_final) for n, each in enumerate(after)]
    alone = repeats_of([level], before)
    together = repeats_of([level], [*before, *more])
    days = {slot.first_day for slot in before}
    assert {day: told for day, told in together.items() if day in days} == alone


@given(levels, slots())
def test_each_default_is_made_of_final_misses_that_end_in_it(
    level: ServiceLevel, found: list[PeriodSlot]
) -> None:
    by_day = {slot.first_day: slot for slot in found}
    for day, told in repeats_of([level], found).items():
        assert told.of[-1] == day
        if told.cause == "repetition":
            assert {by_day[each].status for each in told.of} == {"BELOW_EXPECTED"}
            assert all(by_day[each].is_final for each in told.of)
            assert not any(by_day[each].is_waived for each in told.of[:-1])
        else:
            assert told.of == (day,)
            assert by_day[day].status == "BELOW_MINIMUM"


@given(slots())
def test_a_new_rule_begins_with_an_empty_count(found: list[PeriodSlot]) -> None:
    turn = date(2021, 1, 1)
    rules = [
        a_level(START, "3 of rolling 6", "each_further", "breaks"),
        a_level(turn, "2 consecutive", "reset", "breaks"),
    ]
    judged = [
        PeriodSlot(s.first_day, turn if s.first_day >= turn else START, s.status, s.consequence,
                   s.is_final, s.is_waived)
        for s in found
    ]  # fmt: skip
    later = [slot for slot in judged if slot.first_day >= turn]
    told = repeats_of(rules, judged)
    assert {d: t for d, t in told.items() if d >= turn} == repeats_of(rules, later)


@pytest.mark.parametrize(
    ("status", "consequence", "cause"),
    [
        ("BELOW_MINIMUM", "default", "minimum"),
        ("BELOW_MINIMUM", "critical", "minimum"),
        ("BELOW_EXPECTED", "critical", "critical"),
        ("NO_DATA", "default", "no_data"),
        ("MET", "default", "late"),
    ],
)
def test_a_default_says_what_its_figure_failed(status: str, consequence: str, cause: str) -> None:
    level = a_level(START, "2 of 4", "each_further", "breaks")
    (told,) = repeats_of([level], [a_slot(0, status, consequence=consequence)]).values()
    assert (told.cause, told.of) == (cause, (START,))
