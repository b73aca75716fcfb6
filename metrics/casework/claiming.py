"""What relief is asked for, and whether it can be: said the same way when it is granted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError

from metrics.engine import MEASURES, excuse_problem
from metrics.evaluation.predicates import predicate_of
from metrics.feeds.mapping.grammar import ExpressionError
from metrics.models import KpiDefinition, KpiPeriod, ReliefRequest

Interval = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Cover:
    """What is excused: the time of ``intervals`` [start, end), the rows of which ``predicate`` is
    true, or the ``whole_period``."""

    intervals: Sequence[Interval] = ()
    predicate: str = ""
    whole_period: bool = False
    treatment: str = ReliefRequest.Treatment.REMOVE

    @property
    def written(self) -> dict[str, Any]:
        """As a request keeps what was asked for and what was granted."""
        return {
            "intervals": [[start.isoformat(), end.isoformat()] for start, end in self.intervals],
            "predicate": self.predicate.strip(),
            "whole_period": self.whole_period,
            "treatment": str(self.treatment),
        }

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> "Cover":
        """Back from what a request keeps."""
        read = datetime.fromisoformat
        return cls(
            intervals=[(read(start), read(end)) for start, end in written["intervals"]],
            predicate=written["predicate"],
            whole_period=written["whole_period"],
            treatment=written["treatment"],
        )


@dataclass(frozen=True, slots=True)
class Claim:
    """What relief is asked for, and why. ``rows``: which rows are meant, in words, beside what
    can be measured."""

    reason: str
    intervals: Sequence[Interval] = ()
    rows: str = ""
    treatment: str = ReliefRequest.Treatment.REMOVE
    predicate: str = ""
    whole_period: bool = False

    @property
    def cover(self) -> Cover:
        return Cover(self.intervals, self.predicate, self.whole_period, self.treatment)


def claim_refuse(claim: Claim, period: KpiPeriod) -> None:
    """Raises ValidationError with everything that is wrong with a claim for ``period``."""
    errors = cover_errors(claim.cover, period)
    if not claim.reason.strip():
        errors["reason"] = "Say what happened."
    if errors:
        raise ValidationError(errors)


def cover_errors(cover: Cover, period: KpiPeriod) -> dict[str, str]:
    """What is wrong, by the member it is wrong with."""
    definition = definition_of(period)
    found = {
        "intervals": _unsaid(cover) or _outside(cover.intervals, period),
        "predicate": _unread(cover.predicate, definition, period.kpi.decimals),
        "treatment": _untreated(cover.treatment, definition),
    }
    return {name: error for name, error in found.items() if error}


def definition_of(period: KpiPeriod) -> KpiDefinition:
    """The definition that the period's figure was computed by, or would be."""
    if period.current:
        return period.current.definition
    begun = period.kpi.definitions.filter(valid_from__lte=period.first_day)
    return begun.order_by("-valid_from").first() or period.kpi.definitions.earliest("valid_from")


def _unsaid(cover: Cover) -> str:
    if cover.whole_period and (cover.intervals or cover.predicate.strip()):
        return "The whole period is asked for: leave the rest empty."
    if cover.whole_period or cover.intervals or cover.predicate.strip():
        return ""
    return "Say when it was, which rows it covers, or that it covers the whole period."


def _outside(intervals: Sequence[Interval], period: KpiPeriod) -> str:
    for start, end in intervals:
        if end <= start:
            return f"{start:%Y-%m-%d %H:%M} is not before {end:%Y-%m-%d %H:%M}."
        if start >= period.ends_at or end <= period.starts_at:
            return (
                f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} lies outside the period, "
                f"{period.starts_at:%Y-%m-%d %H:%M} to {period.ends_at:%Y-%m-%d %H:%M} UTC."
            )
    return ""


def _unread(predicate: str, definition: KpiDefinition, decimals: int) -> str:
    if not predicate.strip():
        return ""
    try:
        predicate_of(predicate.strip(), definition, decimals)
    except ExpressionError as error:
        return f"{error}."
    return ""


def _untreated(treatment: str, definition: KpiDefinition) -> str:
    problem = excuse_problem(MEASURES[definition.measure], str(treatment))
    return f"{problem}." if problem else ""
