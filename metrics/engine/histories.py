"""What is told of a figure whose items are followed by their clocks: who paused, what is open."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from .items import OpenWork, Paused, paused
from .measures import Given, Measure, Outcome
from .numbers import plain, round_half_up
from .zones import to_us


def paused_told(given: Given, outcome: Outcome) -> Outcome:
    """The outcome with who stopped the clocks of its items, and for how much of their time."""
    if not given.options.get("pauses"):
        return outcome
    found = paused(given.rows, given.inputs.calendar, to_us(given.inputs.as_of))
    if found is None:
        return outcome
    return replace(outcome, details={**outcome.details, "paused": _words(found)})


def work_told(measure: Measure, given: Given) -> OpenWork | None:
    """What is open beside the figure; None where nothing is, or items are not followed."""
    if not given.totals.n:
        return None
    found = measure.open_work(given)
    return found if found and found.open else None


def _words(found: Paused) -> str:
    by = ", ".join(f"{who or 'nobody named'} {_percent(share)}" for who, share in found.by)
    return f"{_percent(found.share)} of working time: {by}"


def _percent(share: Fraction) -> str:
    shown = round_half_up(share * 100, 0)
    return f"{plain(shown)} %" if shown or not share else "less than 1 %"
