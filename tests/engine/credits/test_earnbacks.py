"""Earn-backs, each kind at its edge, and credits that are held until one is decided."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from metrics.engine.credits import EarnBack, Outcome, Required
from tests.engine.credits.making import a_failure, amounts, cents, credits_of, met

RULE = ("fixed_per_incident", {"amount": "100", "count": "failure"})
HALF = Fraction(50)


def after(kind: str, *outcomes: Outcome, periods: int = 2, **more: object) -> Required:
    """January fails; then ``outcomes`` follow."""
    back = EarnBack(kind, periods, HALF, bool(more.pop("hold", False)))
    failed = a_failure(value=Fraction(90), target=Fraction(95), shortfall=Fraction(5))
    return credits_of([failed, *outcomes], RULE, earn_back=back, **more)  # type: ignore[arg-type]


def good(in_month: int, **more: object) -> Outcome:
    return met(in_month, 1, in_month, **more)


class TestMetFor:
    def test_each_of_the_periods_right_after(self) -> None:
        found = after("met_for", good(2), good(3))
        assert amounts(found) == [cents("100"), -cents("50")]
        assert str(found.lines[1].days) == "March 2026"

    def test_not_while_one_is_missing_or_not_final(self) -> None:
        assert amounts(after("met_for", good(2))) == [cents("100")]
        assert amounts(after("met_for", good(2), good(3, final=False))) == [cents("100")]

    def test_not_after_one_that_was_not_met(self) -> None:
        assert amounts(after("met_for", good(2, met=False), good(3), good(4))) == [cents("100")]

    def test_not_over_a_gap(self) -> None:
        assert amounts(after("met_for", good(2), good(4))) == [cents("100")]


def test_exceeded_for() -> None:
    assert amounts(after("exceeded_for", good(2), good(3))) == [cents("100")]
    found = after("exceeded_for", good(2, exceeded=True), good(3, exceeded=True))
    assert amounts(found) == [cents("100"), -cents("50")]


class TestNoCreditFor:
    def test_no_credit_of_any_kind_and_to_be_offset_only(self) -> None:
        found = after("no_credit_for", good(2), good(3))
        assert amounts(found) == [cents("100"), -cents("50")]
        assert found.lines[1].figures["offset_only"] is True

    def test_not_with_a_credit_for_another_kpi(self) -> None:
        other = a_failure(7, 3)
        found = after("no_credit_for", good(2), good(3), other)
        assert "earn_back:1" not in {line.key for line in found.lines}

    @pytest.mark.parametrize(("today", "count"), [(date(2026, 3, 31), 1), (date(2026, 4, 1), 2)])
    def test_not_before_the_periods_are_over(self, today: date, count: int) -> None:
        assert len(after("no_credit_for", good(2), good(3), today=today).lines) == count


class TestAverage:
    def test_over_the_contract_year(self) -> None:
        high = good(2, value=Fraction(100), target=Fraction(95))
        assert amounts(after("average", high, periods=0)) == [cents("100"), -cents("50")]

    def test_not_below_the_level(self) -> None:
        low = good(2, value=Fraction(99), target=Fraction(95))
        assert amounts(after("average", low, periods=0)) == [cents("100")]

    def test_not_before_the_year_is_over(self) -> None:
        high = good(2, value=Fraction(100), target=Fraction(95))
        found = after("average", high, periods=0, today=date(2026, 12, 31))
        assert amounts(found) == [cents("100")]


class TestHeld:
    def test_a_credit_waits_for_its_window(self) -> None:
        found = after("met_for", good(2), hold=True)
        assert (amounts(found), [each.key for each in found.waiting]) == ([], ["credit:1"])

    def test_and_is_posted_with_its_earn_back(self) -> None:
        assert len(after("met_for", good(2), good(3), hold=True).lines) == 2

    def test_or_alone_once_it_cannot_be_earned_back(self) -> None:
        assert amounts(after("met_for", good(2, met=False), hold=True)) == [cents("100")]
