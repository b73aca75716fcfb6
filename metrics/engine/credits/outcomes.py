"""What a period of a KPI came to, as far as credits ask."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction

from metrics.engine.numbers import plain

from .days import Days


@dataclass(frozen=True, slots=True)
class Outcome:
    """A KPI's period. ``number``: its identity; ``kpi``: whose it is; ``label``: in words.

    ``value``, ``target``: in the KPI's unit, ``target`` the level that the failure is measured
    from; ``strict``: whether the target itself misses (> and <); ``shortfall``: to the worse side.
    ``final``: the figure stands. ``failed``: it is a failure that carries a credit by its rule;
    ``critical``: beyond the critical threshold. ``tallied``: it is a failure that makes the next
    one a repeat; ``repeated``: so it was in the period before.
    ``met``, ``exceeded``: the expected level, for earn-backs. ``waived``: its credit was let go.
    ``cause``: the incident behind it; ``process``: whose charges are affected.
    """

    number: int
    kpi: int
    label: str
    days: Days
    value: Fraction | None = None
    target: Fraction | None = None
    shortfall: Fraction | None = None
    higher_is_better: bool = True
    strict: bool = False
    final: bool = True
    failed: bool = False
    critical: bool = False
    tallied: bool = False
    repeated: bool = False
    met: bool = False
    exceeded: bool = False
    waived: bool = False
    cause: int | None = None
    process: int | None = None
    rule: int | None = None

    @property
    def line(self) -> str:
        """The identity of its line in the ledger."""
        return f"credit:{self.number}"

    @property
    def carries_credit(self) -> bool:
        return self.final and self.failed and not self.waived and self.rule is not None

    @property
    def sentence(self) -> str:
        """What happened, in words."""
        if self.value is None:
            return f"{self.label}: no figure, which the contract counts as a failure"
        if self.target is None or self.shortfall is None:
            return f"{self.label}: {plain(self.value)} misses the service level"
        beyond = f", {plain(self.shortfall)} short" if self.shortfall else ""
        return f"{self.label}: {plain(self.value)} misses {plain(self.target)}{beyond}"


def repeats_marked(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """The periods in order of time, each knowing whether its KPI failed right before it. Doubling
    does not compound: it asks for the failure before, not for what that one came to."""
    ordered = sorted(outcomes, key=lambda each: (each.days, each.number))
    failed = {(each.kpi, each.days.last) for each in ordered if each.final and each.tallied}
    return [
        replace(each, repeated=(each.kpi, each.days.first - timedelta(days=1)) in failed)
        for each in ordered
    ]
