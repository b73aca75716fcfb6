"""Rounding to whole minor units, once for each line, and sharing an amount out to the last cent."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

ROUNDINGS = ("half_up", "half_even")


def rounded(amount: Fraction, rule: str) -> int:
    """Whole minor units: halves away from zero, or to the even digit under ``half_even``."""
    if rule == "half_even":
        return round(amount)  # of a Fraction: exact, halves to even
    size = abs(amount)
    half_up = (2 * size.numerator + size.denominator) // (2 * size.denominator)
    return half_up if amount >= 0 else -half_up


def shared_out(amount: int, weights: Sequence[Fraction | int]) -> tuple[int, ...]:
    """``amount`` in proportion to ``weights``, none negative, one above zero: what is left after
    whole units goes one by one to the largest remainders, the earliest first on a tie."""
    whole = sum(weights, Fraction(0))
    exact = [amount * Fraction(weight) / whole for weight in weights]
    shares = [share.numerator // share.denominator for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda n: (shares[n] - exact[n], n))
    for number in by_remainder[: amount - sum(shares)]:
        shares[number] += 1
    return tuple(shares)
