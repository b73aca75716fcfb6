"""Exact quantities as JSON numbers."""

from decimal import Decimal
from fractions import Fraction
from math import isfinite
from typing import Any

from rest_framework import serializers


class Number(serializers.FloatField):
    """A stored decimal or exact fraction ("p/q") as the nearest JSON number."""

    def to_representation(self, value: Any) -> float | int | None:  # type: ignore[override]
        return number(value)


def number_or_text(text: str) -> float | int | str | None:
    """The number that ``text`` is, as ``number`` gives it; any other text as it stands."""
    try:
        return number(text)
    except ValueError:
        return text


def number(value: Decimal | Fraction | str | float | None) -> float | int | None:
    """The nearest JSON number; None where there is none or it is beyond JSON's range."""
    if value is None or value == "":
        return None
    exact = Fraction(value)
    if exact.denominator == 1 and abs(exact) < 2**53:
        return int(exact)
    try:
        nearest = float(exact)
    except OverflowError:
        return None
    return nearest if isfinite(nearest) else None
