"""Exact numbers: parsing, rounding once, and writing them so that a person can paste them."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

_TEXT = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?(/[0-9]{1,40})?", re.ASCII)
_LONGEST_SHOWN = 10


def exact(value: object) -> Fraction:
    """The number as written, without binary rounding: 0.95, "0.95" and 95/100 are the same.

    Raises:
        ValueError: for anything that is not a finite number (booleans are not numbers).
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal | Fraction):
        raise ValueError("not a number")
    if isinstance(value, float):
        value = repr(value)
        return Fraction(Decimal(value)) if value[-1].isdigit() else _refuse()
    if isinstance(value, str):
        return Fraction(value.strip()) if _is_number(value.strip()) else _refuse()
    if isinstance(value, Decimal) and not value.is_finite():
        return _refuse()
    return Fraction(value)


def _is_number(text: str) -> bool:
    whole = _TEXT.fullmatch(text)
    if not whole or ("." in text and "/" in text):
        return False
    return not (whole[2] and int(whole[2][1:]) == 0)


def _refuse() -> Fraction:
    raise ValueError("not a number")


def round_half_up(value: Fraction, places: int) -> Fraction:
    """Round to `places` decimals, halves away from zero (the commercial rule)."""
    scale = 10**places
    shifted = abs(value) * scale
    rounded = (2 * shifted.numerator + shifted.denominator) // (2 * shifted.denominator)
    return Fraction(rounded if value >= 0 else -rounded, scale)


def truncate(value: Fraction, places: int) -> Fraction:
    """Drop everything after `places` decimals, towards zero."""
    scale = 10**places
    cut = abs(value.numerator) * scale // value.denominator
    return Fraction(cut if value >= 0 else -cut, scale)


def floor_to(value: Fraction, places: int) -> Fraction:
    """The largest number of `places` decimals that is not above the value."""
    scale = 10**places
    return Fraction(value.numerator * scale // value.denominator, scale)


def ceil_to(value: Fraction, places: int) -> Fraction:
    """The smallest number of `places` decimals that is not below the value."""
    return -floor_to(-value, places)


def fixed(value: Fraction, places: int) -> str:
    """The decimal text of a number that already has at most `places` decimals."""
    whole = value.numerator * 10**places // value.denominator
    digits = str(abs(whole)).rjust(places + 1, "0")
    text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f"-{text}" if whole < 0 else text


def plain(value: Fraction) -> str:
    """A number for an explanation: exact if it ends within ten decimals, else marked with ≈."""
    for places in range(_LONGEST_SHOWN + 1):
        if 10**places % value.denominator == 0:
            return fixed(value, places)
    return f"≈{fixed(round_half_up(value, 6), 6)}"


def with_unit(value: Fraction, unit: str) -> str:
    """A number and its unit: `94.5 %`, `3.25 hours`, a bare number for a ratio."""
    sign = {"percent": " %", "ratio": "", "": ""}.get(unit, f" {unit}")
    return plain(value) + sign
