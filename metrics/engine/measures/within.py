"""share_within: items that kept a limit, a number of business days or a due time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from ..clock import time_of_day
from ..errors import Problem
from ..items import OpenWork
from ..numbers import exact, with_unit
from ..parameters import Parameter, choice, length_of_time, whole
from ..results import Inputs, Status
from ..rows import Row
from ..zones import to_us
from .base import TIME_UNITS, Given, Measure, Outcome, Roles, quotient_outcome
from .durations import (
    FROM_TO,
    HISTORY,
    VALUE,
    amounts,
    calendar_problems,
    has_history,
)
from .shares import share_lines
from .timed_items import AT_FINISH, DAYS, EACH, ONCE, essential, is_timed, judged_rows, mode_of

DUE_DONE: Roles = {"due": "a", "done": "b"}


def limit(value: Any) -> Fraction | str:
    """Reads a number, or `due` for items that bring their own due time."""
    if value == "due":
        return "due"
    try:
        return exact(value)
    except ValueError:
        raise ValueError("is not a number; give the largest good value, or due") from None


def hour(value: Any) -> str:
    """Reads a time of day."""
    try:
        time_of_day(value)
    except ValueError:
        raise ValueError('is not a time of day; write "15:00", in quotes') from None
    return str(value)


class ShareWithin(Measure):
    """The share of items whose value or duration is at most a limit, or that were done when due.

    Formula: share = number of items <= limit / number of items.
    Unit: percent (times 100) or ratio; `limit` is in the unit of the values, durations need
    `limit_unit`.
    Source: contract practice (a 95th percentile of at most 4 h is a share within 4 h of at least
    95 %); telephone service factor; service-desk practice (business days with a cut-off).
    """

    name = "share_within"
    dimension = "share"
    role_sets = (VALUE, FROM_TO)
    additive = False
    counts_failures = True
    counts_items = True
    forgives = True
    parameters = (
        Parameter("limit", limit, "the limit", required=True),
        Parameter("limit_unit", choice(*TIME_UNITS, DAYS), "the unit of time of the limit"),
        Parameter("cut_off", hour, "the last time of day that belongs to the day of the event"),
        Parameter("ends", choice("close", "same_time"), "when the last business day ends"),
        *HISTORY,
        Parameter("open_overdue", choice(AT_FINISH, ONCE, EACH), "when open work counts"),
        Parameter("grace_days", whole("give 0 or more days", 0), "how long overdue is no failure"),
        Parameter(
            "warn_before", length_of_time, "how much working time before the deadline to warn"
        ),
    )

    def roles_for(self, parameters: Mapping[str, Any]) -> tuple[Roles, ...]:
        if parameters.get("limit") == "due":
            return (DUE_DONE,)
        timed = parameters.get("limit_unit") == DAYS or has_history(parameters)
        return (FROM_TO,) if timed or parameters.get("open_overdue") else self.role_sets

    def open_roles(self, parameters: Mapping[str, Any]) -> frozenset[str]:
        if parameters.get("limit") == "due":
            return frozenset({"done"})
        return frozenset({"to"}) if parameters.get("open_overdue") else frozenset()

    def spans(self, parameters: Mapping[str, Any]) -> bool:
        return parameters.get("open_overdue") == EACH

    def problems(
        self, options: Mapping[str, Any], unit: str, calendar_given: bool
    ) -> list[Problem]:
        found = super().problems(options, unit, calendar_given)
        if options.get("limit") == "due":
            return found + _of_due(options)
        if options.get("limit_unit") == DAYS:
            return found + _of_days(options, calendar_given)
        found += calendar_problems(options.get("limit_unit") or "", calendar_given, "limit_unit")
        return (
            found
            + _misplaced(options, ("cut_off", "ends"), "limit_unit: business_days")
            + (_of_open_durations(options))
        )

    def compute(self, given: Given) -> Outcome:
        if not is_timed(given.options):
            return _of_amounts(given)
        rows = judged_rows(given.options, given.inputs, given.rows)
        good = sum(row.kept is True for row in rows)
        counted = sum(row.kept is not None for row in rows)
        if not counted and any(row.due is not None for row in rows):
            return Outcome.of_state(Status.PENDING, "no item is finished or due yet")
        return quotient_outcome(given, Fraction(good), Fraction(counted), Fraction(counted))

    def failing(self, row: Row, given: Given) -> Fraction:
        if is_timed(given.options):
            judged = judged_rows(given.options, given.inputs, [row])
            return Fraction(sum(each.kept is False for each in judged))
        alone = replace(given, inputs=replace(given.inputs, rows=[row]))
        found, divisor = amounts(alone, given.options["limit_unit"])
        return Fraction(sum(amount > _most(given, divisor) for amount in found))

    def forgiven(self, row: Row, given: Given) -> Row:
        if row.value is not None:
            return replace(row, value=_most(given, given.divisor))
        return Row(row.at, row.ends_at, row.a, row.a, None, row.series, row.ref)

    def open_work(self, given: Given) -> OpenWork | None:
        if not given.options.get("open_overdue") and given.options["limit"] != "due":
            return None
        rows = judged_rows(given.options, given.inputs, given.rows)
        due = [row.due for row in rows if row.due is not None]
        found = OpenWork.of(due, to_us(given.inputs.as_of))
        by_finish = given.inputs.placed_by == "finished"
        return replace(found, unsettled=0, turns_at=None) if by_finish else found

    def essence(self, options: Mapping[str, Any], inputs: Inputs) -> list[Row] | None:
        """What of the rows decides a figure: that an overdue item is done at last alters none."""
        rows = inputs.rows or ()
        if mode_of(options, inputs.placed_by) == AT_FINISH and self.open_roles(inputs.parameters):
            return [row for row in rows if row.b is not None]
        return essential(options, inputs, rows) if is_timed(options) else None

    def formula(self, options: Mapping[str, Any]) -> str:
        if options["limit"] == "due":
            return "share = number of items done when due / number of items"
        return super().formula(options)

    def filled(self, given: Given, outcome: Outcome) -> list[str]:
        if given.options["limit"] == "due":
            return share_lines("share", "done when due", "items", given, outcome)
        unit = (given.options["limit_unit"] or "").replace("_", " ")
        said = with_unit(given.options["limit"], unit)
        return [f"limit = {said}", *share_lines("share", "within", "items", given, outcome)]


def _of_amounts(given: Given) -> Outcome:
    found, divisor = amounts(given, given.options["limit_unit"])
    most = _most(given, divisor)
    within = sum(1 for amount in found if amount <= most)
    return quotient_outcome(given, Fraction(within), Fraction(len(found)), Fraction(len(found)))


def _most(given: Given, divisor: int) -> int:
    """The largest good amount, as `amounts` gives them."""
    bound: Fraction = given.options["limit"] * divisor
    return bound.numerator // bound.denominator


def _misplaced(options: Mapping[str, Any], names: tuple[str, ...], needs: str) -> list[Problem]:
    return [
        Problem(name, options[name], f"goes with {needs} only", "leave it out")
        for name in names
        if options.get(name) is not None
    ]


def _of_due(options: Mapping[str, Any]) -> list[Problem]:
    found = _misplaced(options, ("limit_unit",), "a limit that is a number")
    found += _misplaced(options, ("cut_off", "ends"), "limit_unit: business_days")
    for name in ("pauses", "on_reopen"):
        if options.get(name) is not None:
            rule = "does not move an agreed due time"
            found.append(Problem(name, options[name], rule, "deliver the due time that counts"))
    if options.get("open_overdue") != EACH:
        found += _misplaced(options, ("grace_days",), f"open_overdue: {EACH}")
    return found


def _of_days(options: Mapping[str, Any], calendar_given: bool) -> list[Problem]:
    found = _of_open_durations(options)
    if not calendar_given:
        found.append(Problem("limit_unit", DAYS, "needs a calendar", "name the KPI's calendar"))
    days = options.get("limit")
    if isinstance(days, Fraction) and (days.denominator != 1 or days < 0):
        found.append(Problem("limit", str(days), "is not a number of days", "write 2"))
    if options.get("pauses") is not None:
        rule = "does not move business days"
        found.append(Problem("pauses", options["pauses"], rule, "count in hours, or leave it out"))
    if options.get("on_reopen") == "resume":
        rule = "does not go with business days"
        found.append(Problem("on_reopen", "resume", rule, "use restart or new_item"))
    return found


def _of_open_durations(options: Mapping[str, Any]) -> list[Problem]:
    found = _misplaced(options, ("grace_days",), f"open_overdue: {EACH}")
    if options.get("open_overdue") == EACH:
        hint = "use once_when_due, or deliver due times under limit: due"
        found.append(Problem("open_overdue", EACH, "needs limit: due", hint))
    if options.get("open_overdue") is None:
        found += _misplaced(options, ("warn_before",), "open_overdue")
    timed = has_history(options) or options.get("open_overdue")
    if timed and options.get("limit_unit") is None:
        found.append(Problem("limit_unit", None, "is missing", f"use {', '.join(TIME_UNITS)}"))
    return found
