"""Figures as people see them: rounded once, and never to the other side of a level."""

from __future__ import annotations

from fractions import Fraction

from .judging import compared, plain_verdict, verdict
from .levels import Level
from .numbers import ceil_to, fixed, floor_to, plain, round_half_up, with_unit

_MOST_PLACES = 40
WORDS = {">=": "at least", ">": "above", "<=": "at most", "<": "below"}


def display(value: Fraction, places: int, level: Level | None = None) -> str:
    """A value with `places` decimals whose look agrees with its verdict.

    Rounded half up where that looks the same as the exact value; else towards the side it is on;
    else with as many more decimals as it takes. 94.996 under >= 95 shows 94.99, never 95.00.
    """
    if level is None or not level.has_target:
        return fixed(round_half_up(value, places), places)
    wanted = verdict(value, level)
    shown = compared(value, level)
    if level.compare_places is not None:
        places = min(places, level.compare_places)
    for more in range(places, _MOST_PLACES):
        for rounding in (round_half_up, floor_to, ceil_to):
            if plain_verdict(rounding(shown, more), level) is wanted:
                return fixed(rounding(shown, more), more)
    return str(shown)


def level_line(level: Level, unit: str) -> str:
    """A service level in words: `level: at least 95 %, minimum 90 %`."""
    if level.lo is not None and level.hi is not None:
        return f"level: within {plain(level.lo)} to {with_unit(level.hi, unit)}"
    if level.target is None:
        return "level: none"
    text = f"level: {WORDS[level.operator]} {with_unit(level.target, unit)}"
    if level.has_two_levels and level.minimum is not None:
        text += f", minimum {with_unit(level.minimum, unit)}"
    return text


def compared_line(value: Fraction, level: Level, unit: str) -> str | None:
    """How the clause rounds before it compares; None where it does not."""
    if level.compare_places is None:
        return None
    way = level.compare_rounding.replace("_", " ")
    after = with_unit(compared(value, level), unit)
    return f"compared with {level.compare_places} decimals, {way}: {after}"
