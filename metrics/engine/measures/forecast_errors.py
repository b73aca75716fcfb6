"""The error figures of forecasts, each as a part per series that can be merged and finished.

Pairs are (forecast, actual) in stored integers. Terms that are quotients of integers are correctly
rounded divisions added with `math.fsum`, so that the order of rows does not matter; everything
else is exact.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

Pair = tuple[int, int]
Top = int | Fraction | list[float]


class UndefinedError(Exception):
    """The figure has no value; the text says why."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one series adds: top / bottom is its mean error.

    `size` is 0 only if an empty bottom means that there was no error at all.
    """

    top: Top
    bottom: int
    size: int = 1
    excluded: int = 0


@dataclass(frozen=True, slots=True)
class Method:
    """One error figure: its part per series, what finishes a mean, and its formula.

    `scaled_by` squares or takes the size of the lagged differences of the training series.
    """

    part: Callable[[Sequence[Pair], Fraction], Part]
    formula: str
    finish: Callable[[Fraction], Fraction] = lambda mean: mean
    scaled_by: Callable[[Sequence[int], int], Fraction] | None = None
    whole_units: bool = False


def _wape(pairs: Sequence[Pair], _: Fraction) -> Part:
    error = sum(abs(f - a) for f, a in pairs)
    return Part(error, sum(abs(a) for _, a in pairs), size=error)


def _bias(pairs: Sequence[Pair], _: Fraction) -> Part:
    size = sum(abs(f - a) for f, a in pairs)
    return Part(sum(f - a for f, a in pairs), sum(abs(a) for _, a in pairs), size=size)


def _mape(pairs: Sequence[Pair], _: Fraction) -> Part:
    terms = [abs(f - a) / abs(a) for f, a in pairs if a]
    return Part(terms, len(terms), excluded=len(pairs) - len(terms))


def _smape(pairs: Sequence[Pair], _: Fraction) -> Part:
    terms = [2 * abs(f - a) / (abs(f) + abs(a)) if f or a else 0.0 for f, a in pairs]
    return Part(terms, len(terms))


def _mase(pairs: Sequence[Pair], scale: Fraction) -> Part:
    return Part(sum(abs(f - a) for f, a in pairs) / scale, len(pairs))


def _rmsse(pairs: Sequence[Pair], scale: Fraction) -> Part:
    return Part(sum((f - a) ** 2 for f, a in pairs) / scale, len(pairs))


def _root(mean: Fraction) -> Fraction:
    return Fraction(math.sqrt(mean))


def mean_lagged_size(training: Sequence[int], season: int) -> Fraction:
    """Mean |y(t) - y(t - season)|."""
    steps = [abs(b - a) for a, b in zip(training, training[season:], strict=False)]
    return Fraction(sum(steps), len(steps)) if steps else Fraction(0)


def mean_lagged_square(training: Sequence[int], season: int) -> Fraction:
    """Mean (y(t) - y(t - season))**2, from the first value that is not 0."""
    begin = next((i for i, value in enumerate(training) if value), len(training))
    active = training[begin:]
    steps = [(b - a) ** 2 for a, b in zip(active, active[season:], strict=False)]
    return Fraction(sum(steps), len(steps)) if steps else Fraction(0)


METHODS: Mapping[str, Method] = {
    "accuracy": Method(_wape, "accuracy = max(0, 1 - sum|F-A| / sum|A|)", whole_units=True),
    "wape": Method(_wape, "wape = sum|F-A| / sum|A|", whole_units=True),
    "bias": Method(_bias, "bias = sum(F-A) / sum|A|", whole_units=True),
    "mape": Method(_mape, "mape = mean of |F-A| / |A| over A != 0"),
    "smape": Method(_smape, "smape = mean of 2|F-A| / (|F|+|A|)"),
    "mase": Method(
        _mase,
        "mase = mean |F-A| / mean |y(t)-y(t-season)| of the training",
        scaled_by=mean_lagged_size,
    ),
    "rmsse": Method(
        _rmsse,
        "rmsse = sqrt(mean (F-A)^2 / mean (y(t)-y(t-season))^2 of the training)",
        finish=_root,
        scaled_by=mean_lagged_square,
    ),
}


def add_tops(parts: Sequence[Part]) -> Fraction:
    """The sum of all tops, in any order the same."""
    return _add([part.top for part in parts])


def _add(tops: Sequence[Top]) -> Fraction:
    if len(tops) == 1 and not isinstance(tops[0], list):
        return Fraction(tops[0])
    if all(isinstance(top, int) for top in tops):
        return Fraction(sum(top for top in tops if isinstance(top, int)))
    return Fraction(math.fsum(_floats(tops)))


def _floats(tops: Sequence[Top]) -> Iterable[float]:
    for top in tops:
        if isinstance(top, list):
            yield from top
        else:
            yield float(top)


def mean_error(method: Method, parts: Sequence[Part]) -> Fraction:
    """The figure of merged parts.

    Raises:
        UndefinedError: if the bottom is empty although there was an error.
    """
    bottom = sum(part.bottom for part in parts)
    if bottom:
        return method.finish(add_tops(parts) / bottom)
    if any(part.size for part in parts):
        raise UndefinedError("all actuals are 0")
    return Fraction(0)


def mean_of(figures: Sequence[Fraction]) -> Fraction:
    """Their mean: exact for one, correctly rounded and in any order the same for more."""
    return _add(list(figures)) / len(figures)
