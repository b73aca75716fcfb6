"""Line → same cause → sum → period cap → annual cap, and what may replace or carry it."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from metrics.engine.credits import Charge, Days, PointsValue, Required, rounded, shared_out
from tests.engine.credits.making import (
    a_failure,
    amount,
    amounts,
    cents,
    credits_of,
    month,
    monthly,
    percent,
    short,
)


def fixed(*credits: str, **more: Any) -> Required:
    """One failure for each credit, all in January unless ``months`` says where."""
    months = more.pop("months", [1] * len(credits))
    causes = more.pop("causes", [None] * len(credits))
    critical = more.pop("critical", [False] * len(credits))
    rules = {
        n: ("fixed_per_incident", {"amount": credit, "count": "failure"})
        for n, credit in enumerate(credits, 1)
    }
    failures = [
        a_failure(n, months[n - 1], rule=n, cause=causes[n - 1], critical=critical[n - 1])
        for n in rules
    ]
    return credits_of(failures, rules=rules, **more)


class TestOneCause:
    CAUSES = (5, 5, None)

    @pytest.mark.parametrize(
        ("rule", "choices", "expected"),
        [
            ("all", {}, ["10", "30", "20"]),
            ("highest", {}, ["30", "20"]),
            ("buyers_choice", {5: [1]}, ["10", "20"]),
            ("buyers_choice", {5: [99, 2]}, ["30", "20"]),
            ("buyers_choice", {}, ["30", "20"]),
        ],
    )
    def test_the_lines_that_count(
        self, rule: str, choices: dict[int, list[int]], expected: list[str]
    ) -> None:
        found = fixed("10", "30", "20", causes=self.CAUSES, same_cause=rule, choices=choices)
        assert amounts(found) == [cents(each) for each in expected]

    def test_equal_ones_leave_the_earliest(self) -> None:
        found = fixed("10", "10", causes=(5, 5), same_cause="highest")
        assert [line.key for line in found.lines] == ["credit:1"]

    def test_one_cause_in_two_credit_periods_counts_in_each(self) -> None:
        found = fixed("10", "30", causes=(5, 5), months=[1, 2], same_cause="highest")
        assert amounts(found) == [cents("10"), cents("30")]


class TestCritical:
    def test_a_critical_failure_replaces_the_ordinary_credits_of_its_period(self) -> None:
        found = fixed(
            "10",
            "30",
            "20",
            critical=(False, True, False),
            months=[1, 1, 2],
            critical_replaces=True,
        )
        assert amounts(found) == [cents("30"), cents("20")]

    def test_and_has_a_remedy_of_its_own(self) -> None:
        rule = ("weight", {"allocation": 10, "critical": {"percent": 25}})
        failure = a_failure(critical=True)
        assert amounts(credits_of([failure], rule, monthly("1000"))) == [cents("250")]


class TestCaps:
    def test_a_percentage_of_the_charges_of_the_period(self) -> None:
        found = fixed("80", "80", charges=monthly("1000"), period_cap=percent("10"))
        assert amounts(found) == [cents("50"), cents("50")]

    def test_the_amount_at_risk_where_no_cap_is_stated(self) -> None:
        assert amounts(fixed("80", "80", at_risk=amount("100"))) == [cents("50")] * 2

    def test_a_limit_between_two_cents_is_not_exceeded(self) -> None:
        found = fixed("80", charges=monthly("99.95"), period_cap=percent("10"))
        assert amounts(found) == [999]

    def test_unknown_charges_make_all_that_a_cap_rests_on_wait(self) -> None:
        found = fixed("80", period_cap=percent("10"))
        assert (found.lines, [each.why for each in found.waiting]) == ((), ["awaiting charges"])

    def test_a_contract_year_stops_at_its_own_cap(self) -> None:
        found = fixed("60", "60", "60", "60", months=[1, 5, 9, 13], annual_cap=amount("130"))
        assert amounts(found) == [cents("60"), cents("60"), cents("10"), cents("60")]

    def test_the_excess_is_lost(self) -> None:
        found = fixed("80", months=[1], period_cap=amount("50"))
        assert amounts(found) == [cents("50")]

    def test_or_carried_as_long_as_it_takes(self) -> None:
        found = fixed("80", "10", months=[1, 2], period_cap=amount("30"), excess="carried")
        kinds = [(line.kind, str(line.counted_in), line.amount) for line in found.lines]
        assert kinds == [
            ("credit", "January 2026", cents("30")),
            ("credit", "February 2026", cents("5")),
            ("carried", "February 2026", cents("25")),
            ("carried", "March 2026", cents("30")),
        ]

    def test_not_into_a_period_that_goes_on(self) -> None:
        found = fixed("80", period_cap=amount("50"), excess="carried", today=date(2026, 2, 28))
        assert amounts(found) == [cents("50")]
        assert [each.key for each in found.waiting] == ["carried:7:2026-02-01"]

    def test_and_lost_at_the_end_of_the_contract(self) -> None:
        term = Days(date(2026, 1, 1), date(2026, 1, 31))
        found = fixed("80", period_cap=amount("50"), excess="carried", term=term)
        assert (amounts(found), found.waiting) == ([cents("50")], ())


class TestPoints:
    TIERS = ("service_points", {"tiers": [{"points": 3}]})

    def test_an_amount_each(self) -> None:
        found = credits_of([a_failure()], self.TIERS, points=PointsValue("amount", Fraction(2500)))
        assert amounts(found) == [7500]

    def test_a_table_takes_the_points_of_a_period_together(self) -> None:
        table = PointsValue(
            "percent", table=((Fraction(1), Fraction(1)), (Fraction(6), Fraction(5)))
        )
        found = credits_of(
            [a_failure(1), a_failure(2), a_failure(3, 2)],
            self.TIERS,
            monthly("1000.01"),
            points=table,
        )
        assert amounts(found) == [2500, 2500, 1000]
        assert sum(amounts(found)[:2]) == rounded(Fraction(100001 * 5, 100), "half_up")

    @pytest.mark.parametrize(("rule", "expected"), [("half_up", 3), ("half_even", 2)])
    def test_a_table_is_rounded_by_the_clause(self, rule: str, expected: int) -> None:
        table = PointsValue("amount", table=((Fraction(1), Fraction(5, 2)),))
        found = credits_of([a_failure()], self.TIERS, points=table, rounding=rule)
        assert amounts(found) == [expected]


class TestBases:
    RULE = ("full_steps", {"step": 1, "percent": 10})
    CHARGES = (
        Charge(month(1), cents("1000")),
        Charge(month(2), cents("2000")),
        Charge(month(3), cents("3000")),
    )

    @pytest.mark.parametrize(
        ("base", "expected"), [("this", "200"), ("previous", "100"), ("next", "300")]
    )
    def test_which_month(self, base: str, expected: str) -> None:
        failure = short("94", "95", in_month=2)
        found = credits_of([failure], self.RULE, self.CHARGES, base=base)
        assert amounts(found) == [cents(expected)]

    def test_a_rule_may_name_another(self) -> None:
        rule = ("full_steps", {"step": 1, "percent": 10, "base": "next"})
        found = credits_of([short("94", "95")], rule, self.CHARGES)
        assert amounts(found) == [cents("200")]

    def test_twelve_months_and_in_the_first_year_scaled_up_to_them(self) -> None:
        charges = monthly("1000", 24)
        late = credits_of([short("94", "95", in_month=13)], self.RULE, charges, base="annual")
        assert amounts(late) == [cents("1200")]
        first = credits_of([short("94", "95")], self.RULE, charges, base="annual")
        assert amounts(first) == [rounded(Fraction(100000 * 365, 31 * 10), "half_up")]

    def test_there_is_none_before_the_first(self) -> None:
        found = credits_of([short("94", "95")], self.RULE, self.CHARGES, base="previous")
        assert [each.why for each in found.waiting] == [
            "the contract has no period before this one"
        ]

    def test_the_affected_process_only(self) -> None:
        rule = ("full_steps", {"step": 1, "percent": 10, "charges_of": "process"})
        charges = [Charge(month(1), cents("1000")), Charge(month(1), cents("300"), process=4)]
        one = credits_of([short("94", "95", process=4)], rule, charges)
        whole = credits_of([short("94", "95", process=4)], self.RULE, charges)
        assert (amounts(one), amounts(whole)) == ([cents("30")], [cents("130")])

    def test_part_periods_go_by_days(self) -> None:
        term = Days(date(2026, 1, 16), date(2027, 12, 31))
        stub = Days(date(2026, 1, 16), date(2026, 1, 31))
        agreed = credits_of([a_failure(days=stub)], at_risk=amount("310"), term=term)
        assert amounts(agreed) == [cents("160")]
        week = Days(date(2026, 3, 2), date(2026, 3, 8))
        found = credits_of([short("94", "95", days=week)], self.RULE, monthly("3100"))
        assert amounts(found) == [cents("70")]

    def test_a_charge_for_the_month_it_began_in_is_for_its_days_alone(self) -> None:
        term = Days(date(2026, 1, 16), date(2027, 12, 31))
        stub = Days(date(2026, 1, 16), date(2026, 1, 31))
        found = credits_of([short("94", "95", days=stub)], self.RULE, monthly("1000"), term=term)
        assert amounts(found) == [cents("100")]

    def test_every_day_has_to_be_charged(self) -> None:
        quarter = Days(date(2026, 1, 1), date(2026, 3, 31))
        charges = [self.CHARGES[0], self.CHARGES[2]]
        (waiting,) = credits_of([short("94", "95", days=quarter)], self.RULE, charges).waiting
        assert str(waiting.needs) == "February 2026"


@pytest.mark.parametrize(
    ("amount", "up", "even"), [("2.5", 3, 2), ("3.5", 4, 4), ("-2.5", -3, -2), ("2.4", 2, 2)]
)
def test_one_rounding(amount: str, up: int, even: int) -> None:
    exact = Fraction(amount)
    assert (rounded(exact, "half_up"), rounded(exact, "half_even")) == (up, even)


def test_the_last_units_go_to_the_largest_remainders() -> None:
    assert shared_out(100, [1, 1, 1]) == (34, 33, 33)
    assert shared_out(100, [1, 2, 3]) == (17, 33, 50)
