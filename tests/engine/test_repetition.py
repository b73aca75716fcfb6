"""Defaults by repetition."""

from __future__ import annotations

from dataclasses import replace

import pytest

from metrics.engine import EngineError, RepetitionRule, Slot, Status, defaults

from .making import slots

CASES = (
    ("2 of 4", "each_further", "breaks", "EMME", [4]),
    ("2 of 4", "each_further", "breaks", "EMMME", []),
    ("2 of 4", "each_further", "breaks", "EEEE", [2, 3, 4]),
    ("2 of 4", "reset", "breaks", "EEEE", [2, 4]),
    ("2 of 4", "every_nth", "breaks", "EEEE", [2, 4]),
    ("2 of 4", "each_further", "breaks", "ExxE", [4]),
    ("2 of 4", "each_further", "breaks", "ExxxE", []),
    ("2 of 4", "each_further", "breaks", "EFE", [2, 3]),
    ("4 of rolling 12", "each_further", "breaks", "EEEFE", [4, 5]),
    ("3 consecutive", "each_further", "breaks", "EEMEEE", [6]),
    ("3 consecutive", "each_further", "breaks", "EEEEE", [3, 4, 5]),
    ("3 consecutive", "reset", "breaks", "EEEEEE", [3, 6]),
    ("3 consecutive", "every_nth", "breaks", "EEEEEE", [3, 6]),
    ("3 consecutive", "each_further", "breaks", "EExE", []),
    ("3 consecutive", "each_further", "skips", "EExE", [4]),
    ("3 consecutive", "each_further", "breaks", "EEFE", [3, 4]),
    ("1 of 1", "each_further", "breaks", "MEM", [2]),
)


@pytest.mark.parametrize(("rule", "after", "gap", "months", "wanted"), CASES)
def test_defaults_fall_in_their_periods(
    rule: str, after: str, gap: str, months: str, wanted: list[int]
) -> None:
    found = defaults(RepetitionRule.parse(rule, after, gap), slots(months))
    assert [default.index + 1 for default in found] == wanted


def test_every_nth_and_reset_part_ways_in_a_rolling_window() -> None:
    months = slots("EEMEMMMEE")
    each = {
        after: [d.index + 1 for d in defaults(RepetitionRule(2, 3, after), months)]
        for after in ("each_further", "reset", "every_nth")
    }
    assert each == {"each_further": [2, 4, 9], "reset": [2, 9], "every_nth": [2, 8]}


def test_a_default_says_why_and_which_periods_made_it() -> None:
    found = defaults(RepetitionRule.parse("2 of 4"), slots("EMEF"))
    assert [(d.cause, d.periods) for d in found] == [("repetition", (0, 2)), ("minimum", (3,))]


def test_what_is_not_final_or_is_waived_counts_for_nothing() -> None:
    rule = RepetitionRule.parse("2 of 4")
    first, second = slots("EE")
    assert len(defaults(rule, [first, second])) == 1
    assert defaults(rule, [first, replace(second, final=False)]) == ()
    assert defaults(rule, [first, replace(second, waived=True)]) == ()
    assert defaults(rule, [Slot(Status.BELOW_MINIMUM, waived=True)]) == ()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: RepetitionRule.parse("often"), "write '4 of rolling 12'"),
        (lambda: RepetitionRule(5, 4), "never holds"),
        (lambda: RepetitionRule(0), "never holds"),
        (lambda: RepetitionRule(2, 4, after="sometimes"), "each_further"),
        (lambda: RepetitionRule(2, 4, gap="ends"), "breaks"),
    ],
)
def test_a_rule_that_means_nothing_is_refused(make: object, says: str) -> None:
    with pytest.raises(EngineError, match=says):
        make()  # type: ignore[operator]
