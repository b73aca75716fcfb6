"""Amounts of money: whole minor units of one currency, which no other is added to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from metrics.engine.numbers import fixed, plain


class CurrencyMismatchError(ValueError):
    """Somebody added amounts of two currencies."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(
            f"{one} and {other} are never added: convert one by a dated rate, and show the rate"
        )


@dataclass(frozen=True, slots=True)
class Money:
    """``minor``: in the smallest unit of ``currency`` (ISO 4217)."""

    minor: int
    currency: str

    def __add__(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise CurrencyMismatchError(self.currency, other.currency)
        return Money(self.minor + other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return self + -other


def total(amounts: Iterable[Money], currency: str) -> Money:
    """Their sum in ``currency``. Raises CurrencyMismatchError."""
    return sum(amounts, Money(0, currency))


@dataclass(frozen=True, slots=True)
class Purse:
    """A currency with its decimals, which says amounts as people read them."""

    currency: str
    decimals: int

    def minor(self, amount: Fraction) -> Fraction:
        """An amount as it is written, in the smallest unit."""
        scale: int = 10**self.decimals
        return amount * scale

    def says(self, minor: Fraction | int) -> str:
        """``12,345.60 USD``; with more decimals where the amount has them, marked where endless."""
        amount = Fraction(minor) / 10**self.decimals
        whole = Fraction(minor).denominator == 1
        return (
            f"{_grouped(fixed(amount, self.decimals) if whole else plain(amount))} {self.currency}"
        )


def _grouped(text: str) -> str:
    """Thousands apart by commas."""
    mark = text[0] if text[0] in "-≈" else ""
    whole, point, rest = text[len(mark) :].partition(".")
    sign, whole = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    return f"{mark}{sign}{int(whole):,}{point}{rest}"
