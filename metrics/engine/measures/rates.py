"""quotient, rate_per, turnover: one sum over another, in different units."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from ..clock import elapsed_us
from ..errors import Problem
from ..numbers import plain, with_unit
from ..parameters import Parameter, choice, flag
from ..periods import Period, add_months
from ..results import Status
from ..zones import SECOND_US
from .base import Given, Measure, Outcome, Roles, quotient_outcome


class Quotient(Measure):
    """One sum over another in any units: cost per transaction, errors per filing.

    Formula: quotient = sum(x) / sum(y).
    Unit: any label; percent multiplies by 100.
    Source: contract practice (unit cost, defects per item).
    """

    name = "quotient"
    dimension = "rate"
    role_sets = ({"numerator": "a", "denominator": "b"},)

    def compute(self, given: Given) -> Outcome:
        totals = given.totals
        return quotient_outcome(
            given, given.natural(totals.a), given.natural(totals.b), Fraction(totals.n)
        )


class RatePer(Measure):
    """Volume per hour: per reported (person-)hour, or per scheduled hour of the calendar.

    Formula: rate = sum(volume) / hours.
    Unit: any label; hours are natural hours.
    Source: contract practice (productivity; an attested empty period has a rate of 0 where the
    hours are scheduled).
    """

    name = "rate_per"
    dimension = "rate"
    role_sets = ({"volume": "a", "hours": "b"},)
    parameters = (
        Parameter(
            "hours",
            choice("reported", "scheduled"),
            "whether rows report hours or the calendar schedules them",
            default="reported",
        ),
    )

    def roles_for(self, parameters: Mapping[str, Any]) -> tuple[Roles, ...]:
        return ({"volume": "a"},) if parameters.get("hours") == "scheduled" else self.role_sets

    def problems(
        self, options: Mapping[str, Any], unit: str, calendar_given: bool
    ) -> list[Problem]:
        if options.get("hours") == "scheduled" and not calendar_given:
            return [Problem("hours", "scheduled", "no calendar schedules them", "give the KPI one")]
        return []

    def nothing(self, given: Given) -> Outcome:
        if given.options["hours"] == "scheduled":
            return self.compute(given)
        return super().nothing(given)

    def compute(self, given: Given) -> Outcome:
        volume = given.natural(given.totals.a)
        hours = given.natural(given.totals.b)
        if given.options["hours"] == "scheduled":
            period = given.inputs.period
            worked = elapsed_us(period.start_us, period.end_us, given.inputs.calendar)
            hours = Fraction(worked, 3600 * SECOND_US)
        return quotient_outcome(given, volume, hours, volume)


class Turnover(Measure):
    """Leavers over the mean headcount, as a yearly rate.

    Formula: turnover = leavers / mean headcount x periods per year (12 / whole months, else
    365 / days).
    Unit: percent (times 100) or ratio.
    Source: ISO 30414 turnover rate; annualised by contract practice.
    """

    name = "turnover"
    dimension = "share"
    role_sets = ({"leavers": "a", "headcount": "b"},)
    parameters = (Parameter("annualise", flag, "true for a yearly rate", default=True),)

    def compute(self, given: Given) -> Outcome:
        totals = given.totals
        if totals.a < 0 or totals.b < 0:
            return Outcome.of_state(Status.INVALID, "leavers or headcount are negative")
        factor = per_year(given.inputs.period) if given.options["annualise"] else Fraction(1)
        leavers = given.natural(totals.a) * factor * totals.n
        outcome = quotient_outcome(given, leavers, given.natural(totals.b), Fraction(totals.n))
        if outcome.value is None:
            return outcome
        details = {
            "leavers": plain(given.natural(totals.a)),
            "mean headcount": plain(given.natural(totals.b) / totals.n),
            "periods per year": plain(factor),
        }
        return Outcome(
            outcome.value, outcome.numerator, outcome.denominator, outcome.volume, None, details
        )

    def filled(self, given: Given, outcome: Outcome) -> list[str]:
        if outcome.value is None:
            return [f"rows = {given.totals.n}"]
        leavers, headcount, yearly = outcome.details.values()
        value = with_unit(outcome.value, given.inputs.unit)
        return [
            f"leavers = {leavers}, mean headcount = {headcount}, periods per year = {yearly}",
            f"turnover = {leavers} / {headcount} x {yearly} = {value}",
        ]


def per_year(period: Period) -> Fraction:
    """How many such periods make a year: 12 over whole months, else 365 over days."""
    next_day = period.last_day + timedelta(days=1)
    months = _whole_months(period.first_day, next_day)
    if months:
        return Fraction(12, months)
    return Fraction(365, (next_day - period.first_day).days)


def _whole_months(first: date, after: date) -> int:
    months = (after.year - first.year) * 12 + after.month - first.month
    return months if months > 0 and add_months(first, months) == after else 0
