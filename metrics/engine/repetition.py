"""Defaults by repetition: how often only the expected level may be missed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .errors import one_of, raise_if_any, refusal
from .results import Status

AFTER = ("each_further", "reset", "every_nth")
GAPS = ("breaks", "skips")
_OF = re.compile(r"([0-9]+) of (?:rolling )?([0-9]+)", re.ASCII)
_RUN = re.compile(r"([0-9]+) consecutive", re.ASCII)


@dataclass(frozen=True, slots=True)
class RepetitionRule:
    """`misses` of the last `window` periods, or `misses` in a row where `window` is None.

    `after` a default: each further miss is one while the tally holds; or the tally starts anew; or
    every n further misses make one, in a window also where they lie further apart. `gap`: whether a period without a verdict breaks a run or
    is passed over; in a window it keeps its slot.

    Raises:
        EngineError: for a rule that can never or would always hold.
    """

    misses: int
    window: int | None = None
    after: str = "each_further"
    gap: str = "breaks"

    def __post_init__(self) -> None:
        found = [one_of("after", self.after, AFTER), one_of("gap", self.gap, GAPS)]
        raise_if_any(problem for problem in found if problem)
        if self.misses < 1 or (self.window is not None and self.window < self.misses):
            raise refusal(
                "repetition", f"{self.misses} of {self.window}", "never holds", "use n <= window"
            )

    @classmethod
    def parse(cls, text: str, after: str = "each_further", gap: str = "breaks") -> RepetitionRule:
        """The rule of "4 of rolling 12", "2 of 4" or "3 consecutive".

        Raises:
            EngineError: for another wording.
        """
        if match := _OF.fullmatch(text.strip()):
            return cls(int(match[1]), int(match[2]), after, gap)
        if match := _RUN.fullmatch(text.strip()):
            return cls(int(match[1]), None, after, gap)
        raise refusal(
            "repetition", text, "is not a rule", "write '4 of rolling 12' or '3 consecutive'"
        )


@dataclass(frozen=True, slots=True)
class Slot:
    """One period: its status, whether it is final, and whether a waiver takes it out."""

    status: Status
    final: bool = True
    waived: bool = False

    @property
    def verdict(self) -> Status | None:
        """The verdict that counts; None keeps the slot and says nothing."""
        return self.status if self.final and not self.waived and self.status.is_verdict else None


@dataclass(frozen=True, slots=True)
class Default:
    """A default in the period at `index`, why, and the periods that make it up."""

    index: int
    cause: str
    periods: tuple[int, ...]


def defaults(rule: RepetitionRule, slots: Sequence[Slot]) -> tuple[Default, ...]:
    """Every default among consecutive periods, oldest first.

    A miss of the minimum is a default at once and is not counted in the tally; it neither feeds
    nor breaks a run. A repeated miss of the expected level is one in the period of the n-th.
    """
    found: list[Default] = []
    tally: list[int] = []
    defaulted = False
    for index, slot in enumerate(slots):
        verdict = slot.verdict
        if verdict is Status.BELOW_MINIMUM:
            found.append(Default(index, "minimum", (index,)))
        if not (defaulted and rule.after == "every_nth" and rule.window is not None):
            tally = _kept(rule, tally, index, verdict)
        if verdict is not Status.BELOW_EXPECTED:
            continue
        tally.append(index)
        if len(tally) >= rule.misses:
            found.append(Default(index, "repetition", tuple(tally)))
            defaulted = True
            tally = tally if rule.after == "each_further" else []
    return tuple(found)


def _kept(rule: RepetitionRule, tally: list[int], index: int, verdict: Status | None) -> list[int]:
    """The misses that still count when a period is looked at."""
    if rule.window is not None:
        return [miss for miss in tally if miss > index - rule.window]
    broken = verdict is Status.MET or (verdict is None and rule.gap == "breaks")
    return [] if broken else tally
