"""ratio, share_within, availability: parts of a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from ..clock import elapsed_us, merged
from ..errors import Problem
from ..numbers import plain, with_unit
from ..parameters import Parameter, choice, number
from ..results import Relief, Status
from ..worktime import WorkCalendar
from ..zones import SECOND_US, to_us
from .base import TIME_UNITS, Given, Measure, Outcome, quotient_outcome
from .durations import FROM_TO, VALUE, amounts, calendar_problems

Span = tuple[int, int]


class Ratio(Measure):
    """A part of a whole: good items over valid items, both from the same rows.

    Formula: ratio = g / v.
    Unit: percent (times 100) or ratio.
    Source: contract practice and the Site Reliability Workbook (good events over valid events).
    """

    name = "ratio"
    dimension = "share"
    role_sets = ({"good": "a", "valid": "b"},)
    counts_failures = True
    counts_items = True
    parameters = (
        Parameter(
            "counting",
            choice("defective_items", "defects_per_opportunity"),
            "what an error rate counts",
        ),
        Parameter("basis", choice("census", "sample"), "whether all items were looked at"),
    )

    def compute(self, given: Given) -> Outcome:
        good, valid = given.totals.a, given.totals.b
        if not 0 <= good <= valid:
            reason = f"good {plain(given.natural(good))} of valid {plain(given.natural(valid))}"
            return Outcome.of_state(Status.INVALID, f"{reason} is impossible")
        outcome = quotient_outcome(
            given, given.natural(good), given.natural(valid), given.natural(valid)
        )
        published = {key: value for key, value in given.options.items() if value is not None}
        if not published or outcome.value is None:
            return outcome
        return Outcome(
            outcome.value, outcome.numerator, outcome.denominator, outcome.volume, None, published
        )

    def filled(self, given: Given, outcome: Outcome) -> list[str]:
        return _share_lines(self.name, "g", "v", given, outcome)


class ShareWithin(Measure):
    """The share of items whose value or duration is at most a limit.

    Formula: share = number of items <= limit / number of items.
    Unit: percent (times 100) or ratio; `limit` is in the unit of the values, durations need
    `limit_unit`.
    Source: contract practice (a 95th percentile of at most 4 h is a share within 4 h of at least
    95 %); telephone service factor.
    """

    name = "share_within"
    dimension = "share"
    role_sets = (VALUE, FROM_TO)
    additive = False
    counts_failures = True
    counts_items = True
    parameters = (
        Parameter("limit", number("give the largest good value"), "the limit", required=True),
        Parameter("limit_unit", choice(*TIME_UNITS), "the unit of time of the limit"),
    )

    def problems(
        self, options: Mapping[str, Any], unit: str, calendar_given: bool
    ) -> list[Problem]:
        of_unit = super().problems(options, unit, calendar_given)
        limit_unit = options.get("limit_unit") or ""
        return of_unit + calendar_problems(limit_unit, calendar_given, "limit_unit")

    def compute(self, given: Given) -> Outcome:
        found, divisor = amounts(given, given.options["limit_unit"])
        limit: Fraction = given.options["limit"] * divisor
        most = limit.numerator // limit.denominator
        within = sum(1 for amount in found if amount <= most)
        return quotient_outcome(given, Fraction(within), Fraction(len(found)), Fraction(len(found)))

    def filled(self, given: Given, outcome: Outcome) -> list[str]:
        limit = with_unit(given.options["limit"], given.options["limit_unit"] or "")
        return [
            f"limit = {limit}",
            *_share_lines("share", "within", "items", given, outcome),
        ]


class Availability(Measure):
    """The scheduled time in which a service was up.

    Formula: availability = (scheduled - down) / scheduled, down = union of the outages within
    scheduled time.
    Unit: percent (times 100) or ratio; parts in seconds, volume in hours.
    Source: ITIL service availability (agreed service time less downtime over agreed service time).
    """

    name = "availability"
    spanning = True
    dimension = "share"
    role_sets = ({"ends": "ends_at"},)
    additive = False
    counts_failures = True
    relief_takes_rows = False

    def nothing(self, given: Given) -> Outcome:
        return _availability(given, [], 0)

    def compute(self, given: Given) -> Outcome:
        end = given.inputs.period.end_us
        now = min(end, to_us(given.inputs.as_of))
        spans = [(row.at, now if row.ends_at is None else row.ends_at) for row in given.rows]
        still_open = sum(1 for row in given.rows if row.ends_at is None)
        return _availability(given, spans, still_open)

    def filled(self, given: Given, outcome: Outcome) -> list[str]:
        if outcome.numerator is None or outcome.denominator is None:
            return []
        up, scheduled = outcome.numerator, outcome.denominator
        return [
            f"outages = {given.totals.n}, down = {plain(scheduled - up)} s",
            *_share_lines(self.name, "up seconds", "scheduled seconds", given, outcome),
        ]


def _availability(given: Given, outages: list[Span], still_open: int) -> Outcome:
    inputs = given.inputs
    whole = [(inputs.period.start_us, inputs.period.end_us)]
    removed = _treated(inputs.relief, "remove_both")
    good = _treated(inputs.relief, "count_as_good")
    planned = _work(whole, inputs.calendar)
    scheduled = planned - _work(_clip(removed, whole), inputs.calendar)
    if scheduled <= 0:
        state = Status.EXCLUDED if planned else Status.NO_ACTIVITY
        return Outcome.of_state(state, "no scheduled time is left")
    counted = _less(_clip(merged(outages), whole), merged(removed + good))
    down = _work(counted, inputs.calendar)
    outcome = quotient_outcome(
        given,
        Fraction(scheduled - down, SECOND_US),
        Fraction(scheduled, SECOND_US),
        Fraction(scheduled, 3600 * SECOND_US),
    )
    details = {"down seconds": plain(Fraction(down, SECOND_US))}
    if still_open:
        details["open outages"] = str(still_open)
    return Outcome(
        outcome.value, outcome.numerator, outcome.denominator, outcome.volume, None, details
    )


def _treated(relief: Sequence[Relief], treatment: str) -> list[Span]:
    return merged([(each.start, each.end) for each in relief if each.treatment == treatment])


def _work(spans: list[Span], calendar: WorkCalendar | None) -> int:
    return sum(elapsed_us(start, end, calendar) for start, end in spans)


def _clip(spans: list[Span], to: list[Span]) -> list[Span]:
    (low, high) = to[0]
    clipped = [(max(start, low), min(end, high)) for start, end in spans]
    return [span for span in clipped if span[0] < span[1]]


def _less(spans: list[Span], removed: list[Span]) -> list[Span]:
    """Separate ascending spans without the removed ones."""
    left: list[Span] = []
    for start, end in spans:
        for cut_start, cut_end in removed:
            if cut_end <= start or cut_start >= end:
                continue
            if cut_start > start:
                left.append((start, cut_start))
            start = min(cut_end, end)
        if start < end:
            left.append((start, end))
    return left


def _share_lines(name: str, top: str, bottom: str, given: Given, outcome: Outcome) -> list[str]:
    if outcome.numerator is None or outcome.denominator is None:
        return []
    good, valid = plain(outcome.numerator), plain(outcome.denominator)
    lines = [f"{top} = {good}, {bottom} = {valid}"]
    if outcome.value is not None:
        lines.append(f"{name} = {good} / {valid} = {with_unit(outcome.value, given.inputs.unit)}")
    return lines
