"""From what is required and what was posted to what is to be posted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .inputs import Line, Required


@dataclass(frozen=True, slots=True)
class Posting:
    """``amount``: minor units, never 0. ``line``: what it follows from, None where nothing is
    required of ``key`` any more. ``corrects``: something was posted for the line before."""

    key: str
    amount: int
    line: Line | None
    corrects: bool


def postings(required: Required, posted: Mapping[str, int]) -> list[Posting]:
    """What is required now less what is ``posted`` ({line: minor units} of every line that has a
    posting, also where they come to 0), in the order of the lines; zero gives no posting.

    What was posted of a line that is awaited again stays until it can be computed.
    """
    lines = {line.key: line for line in required.lines}
    awaited = {each.key for each in required.waiting} - lines.keys()
    return [
        Posting(key, amount, lines.get(key), key in posted)
        for key in dict.fromkeys((*lines, *posted))
        if key not in awaited and (amount := _required(lines.get(key)) - posted.get(key, 0))
    ]


def _required(line: Line | None) -> int:
    return line.amount if line else 0
