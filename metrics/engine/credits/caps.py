"""Caps: what credits stop at, and how a cut is shared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from .drafts import Draft
from .money import Purse
from .rounding import shared_out


@dataclass(frozen=True, slots=True)
class Cap:
    """``limit``: whole minor units, what lies between two is left out: a limit is not exceeded.

    ``name``: of the step; ``words``: what people call it.
    """

    name: str
    words: str
    limit: int

    @classmethod
    def at(cls, name: str, words: str, limit: Fraction) -> Cap:
        return cls(name, words, max(limit.numerator // limit.denominator, 0))


def capped(drafts: Sequence[Draft], cap: Cap | None, purse: Purse) -> tuple[list[Draft], int]:
    """The lines under the cap, and how much was cut: pro rata, the last unit by the largest
    remainder, the earliest line first on a tie."""
    total = sum(int(draft.amount) for draft in drafts)
    if cap is None or total <= cap.limit:
        return list(drafts), 0
    shares = shared_out(cap.limit, [draft.amount for draft in drafts])
    said = f"credits come to {purse.says(total)}, {cap.words} is {purse.says(cap.limit)}"
    cut = [
        _cut(draft, share, cap, said, purse) for draft, share in zip(drafts, shares, strict=True)
    ]
    return cut, total - cap.limit


def _cut(draft: Draft, share: int, cap: Cap, said: str, purse: Purse) -> Draft:
    if share == draft.amount:
        return draft
    return draft.to(share, cap.name, f"{said}: cut pro rata to {purse.says(share)}")
