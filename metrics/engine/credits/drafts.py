"""The lines of one credit period before its caps: critical failures, one cause, points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from .money import Purse
from .outcomes import Outcome
from .rounding import rounded, shared_out


@dataclass(frozen=True, slots=True)
class Draft:
    """A line on its way: ``amount`` in minor units, exact until it is ``rounded``.

    ``steps``: how it came about; ``figures``: the same as numbers by the name of the step.
    """

    key: str
    outcome: Outcome | None
    amount: Fraction
    points: Fraction | None = None
    steps: tuple[str, ...] = ()
    figures: Mapping[str, str] = field(default_factory=dict)

    def to(self, amount: Fraction | int, name: str, *steps: str) -> Draft:
        """The line after the step ``name`` brought it to ``amount``."""
        return replace(
            self,
            amount=Fraction(amount),
            steps=(*self.steps, *steps),
            figures={**self.figures, name: str(amount)},
        )


def critical_first(drafts: Sequence[Draft], is_critical: bool) -> list[Draft]:
    """Where a critical failure replaces the ordinary credits of its period, those come to nothing."""
    said = "a critical failure of the period replaces this credit"
    return [
        draft.to(0, "critical_replaces", said) if is_critical and _is_ordinary(draft) else draft
        for draft in drafts
    ]


def _is_ordinary(draft: Draft) -> bool:
    return draft.outcome is not None and not draft.outcome.critical


def same_cause(
    drafts: Sequence[Draft], rule: str, choices: Mapping[int, Sequence[int]]
) -> list[Draft]:
    """Of several lines of one cause the one that counts, under ``highest`` and ``buyers_choice``;
    until the buyer chooses, the highest does."""
    if rule == "all":
        return list(drafts)
    kept: dict[int, Draft] = {}
    for cause, group in _by_cause(drafts).items():
        chosen = choices.get(cause, ()) if rule == "buyers_choice" else ()
        kept[cause] = _chosen(group, chosen) or max(group, key=lambda draft: draft.amount)
    return [_unless_left_out(draft, kept) for draft in drafts]


def _by_cause(drafts: Sequence[Draft]) -> dict[int, list[Draft]]:
    """The lines of each cause, those that come to something only, in order."""
    groups: dict[int, list[Draft]] = {}
    for draft in drafts:
        if draft.outcome is not None and draft.outcome.cause is not None and draft.amount:
            groups.setdefault(draft.outcome.cause, []).append(draft)
    return groups


def _chosen(group: Sequence[Draft], chosen: Sequence[int]) -> Draft | None:
    numbers = {draft.outcome.number: draft for draft in group if draft.outcome}
    return next((numbers[number] for number in chosen if number in numbers), None)


def _unless_left_out(draft: Draft, kept: Mapping[int, Draft]) -> Draft:
    cause = draft.outcome.cause if draft.outcome else None
    winner = kept.get(cause) if cause is not None else None
    if winner is None or winner.key == draft.key or not draft.amount:
        return draft
    told = winner.outcome.label if winner.outcome else winner.key
    return replace(
        draft.to(0, "same_cause", f"same cause as {told}, whose credit counts"), points=None
    )


def points_together(
    drafts: Sequence[Draft], worth: Fraction, said: Sequence[str], rule: str
) -> list[Draft]:
    """The points of a period are worth ``worth`` together, shared out by each line's points;
    ``rule``: how that becomes whole minor units."""
    holding = [draft for draft in drafts if draft.points]
    shares = shared_out(rounded(worth, rule), [draft.points or 0 for draft in holding])
    shared = dict(zip((draft.key for draft in holding), shares, strict=True))
    return [
        draft.to(shared[draft.key], "points_table", *said, "shared out by points")
        if draft.key in shared
        else draft
        for draft in drafts
    ]


def rounded_once(drafts: Sequence[Draft], rule: str, purse: Purse) -> list[Draft]:
    """Each line in whole minor units."""
    return [_rounded(draft, rule, purse) for draft in drafts]


def _rounded(draft: Draft, rule: str, purse: Purse) -> Draft:
    amount = rounded(draft.amount, rule)
    said = () if draft.amount == amount else (f"rounded to {purse.says(amount)}",)
    return draft.to(amount, "rounded", *said)
