"""Pairs of a forecast and its actual: from rows that hold both, or from rows of their own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from ..numbers import plain
from ..results import Status
from ..zones import from_us
from .base import Given
from .forecast_errors import Pair
from .vintages import Target, targets_of


@dataclass(frozen=True, slots=True)
class Paired:
    """Pairs by series in stored integers; why there is no figure to judge yet; what is published.

    `state` is set where actuals are missing, contradict each other, or lack a forecast too often.
    """

    by_series: Mapping[str, Sequence[Pair]]
    state: Status | None = None
    details: Mapping[str, str] = field(default_factory=dict)


def paired(given: Given) -> Paired:
    """The pairs of a period: under a lead time, of the forecasts that count by it."""
    return _of_vintages(given) if given.options["lead"] else _of_rows(given)


def _of_rows(given: Given) -> Paired:
    by_series: defaultdict[str, list[Pair]] = defaultdict(list)
    pending = unforecast = 0
    for row in given.rows:
        if row.a is None:
            unforecast += 1
        elif row.b is None:
            pending += 1
        else:
            by_series[row.series or ""].append((row.a, row.b))
    state = Status.PENDING if pending else None
    counted = {"pending actuals": pending, "rows without a forecast": unforecast}
    return Paired(dict(by_series), state, _told(counted))


def _of_vintages(given: Given) -> Paired:
    targets = targets_of(
        given.rows, given.options["lead"], given.inputs.zone, given.inputs.calendar
    )
    unsure = next((target for target in targets if len(target.actuals) > 1), None)
    if unsure:
        return Paired({}, Status.INVALID, {"reason": _contradiction(unsure, given)})
    known = [target for target in targets if target.actuals]
    covered = sum(target.counted is not None for target in known)
    pending = len(targets) - len(known)
    details = _told(_counted(given, targets, pending)) | _coverage(covered, len(known))
    state = Status.PENDING if pending else _too_few(given, covered, len(known))
    return Paired(_pairs(given, known), state, details)


def _pairs(given: Given, known: Sequence[Target]) -> dict[str, list[Pair]]:
    """A miss for want of a forecast is one of 0: its error is all of the actual."""
    counts_as_miss = given.options["missing_forecast"] == "count_as_miss"
    by_series: defaultdict[str, list[Pair]] = defaultdict(list)
    for target in known:
        if target.counted is not None:
            by_series[target.series].append((target.counted.forecast, target.actuals[0]))
        elif counts_as_miss:
            by_series[target.series].append((0, target.actuals[0]))
    return dict(by_series)


def _too_few(given: Given, covered: int, actuals: int) -> Status | None:
    least = given.options["min_pairs"]
    if not actuals:
        return None
    if least is not None and Fraction(100 * covered, actuals) < least:
        return Status.INCOMPLETE
    is_judged = covered or given.options["missing_forecast"] == "count_as_miss"
    return None if is_judged else Status.INCOMPLETE


def _counted(given: Given, targets: Sequence[Target], pending: int) -> dict[str, int]:
    return {
        "pending actuals": pending,
        "forecasts replaced in time by a later one": sum(len(t.replaced) for t in targets),
        "forecasts issued too late": sum(len(t.late) for t in targets),
        "forecasts issued at the same instant": sum(t.is_tied for t in targets),
        "forecasts without a time of issue": sum(
            row.a is not None and row.value is None for row in given.rows
        ),
    }


def _coverage(covered: int, actuals: int) -> dict[str, str]:
    if not actuals:
        return {}
    share = plain(Fraction(100 * covered, actuals))
    return {"actuals with a forecast that counts": f"{covered} of {actuals} ({share} %)"}


def _contradiction(target: Target, given: Given) -> str:
    values = " and ".join(plain(given.natural(value)) for value in target.actuals)
    series = f" of series {target.series!r}" if target.series else ""
    return f"the actual{series} at {from_us(target.at).isoformat()} is both {values}"


def _told(counts: Mapping[str, int]) -> dict[str, str]:
    return {name: str(count) for name, count in counts.items() if count}
