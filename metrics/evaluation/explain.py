"""Why a figure is what it is: rows, formula, service level version, clause, revisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.db.models import Q

from metrics.engine import MEASURES, display, from_us, to_us
from metrics.evaluation.terms import engine_level
from metrics.models import (
    Delivery,
    Ingestion,
    KpiDefinition,
    KpiPeriod,
    Observation,
    ResultRevision,
    ServiceLevel,
)


@dataclass(frozen=True, slots=True)
class ExplainedRow:
    """One observation in natural numbers; ``delivery`` is the file it came with."""

    ref: str
    at: datetime
    ends_at: datetime | None
    values: Mapping[str, str]
    series: str | None
    delivery: str
    delivered_at: datetime


@dataclass(frozen=True)
class Explanation:
    """A figure with everything that made it. ``rows`` is a page out of ``row_total``."""

    period: KpiPeriod
    revision: ResultRevision
    definition: KpiDefinition
    level: ServiceLevel | None
    formula: str
    steps: Sequence[str]
    revisions: Sequence[ResultRevision]
    rows: Sequence[ExplainedRow]
    row_total: int

    @property
    def amendment(self) -> Any:
        return self.level.amendment if self.level else self.definition.amendment

    @property
    def text(self) -> str:
        """The explanation in plain words, to paste into a mail."""
        return "\n".join(self._lines())

    def _lines(self) -> list[str]:
        kpi = self.period.kpi
        clause = f" (clause {kpi.clause})" if kpi.clause else ""
        days = f"{self.period.first_day} to {self.period.last_day}"
        return [
            f"{kpi.name} [{kpi.code}]{clause}",
            f"Period {self.period.label}: {days}, {self.period.get_phase_display().lower()}",
            "How it was computed:",
            *(f"  {step}" for step in self.steps),
            self._level_line(),
            f"Revision {self.revision.number} of {len(self.revisions)}:",
            *(self._revision_line(revision) for revision in self.revisions),
        ]

    def _level_line(self) -> str:
        level = self.level
        if level is None:
            return "Service level: none agreed for this period"
        parts = [f"{level.phrase} {self.definition.unit}, in force from {level.valid_from}"]
        parts += [str(level.amendment)] if level.amendment else []
        parts += [f"clause {level.clause}"] if level.clause else []
        return f"Service level: {', '.join(parts)}"

    def _revision_line(self, revision: ResultRevision) -> str:
        when = f"{revision.computed_at:%Y-%m-%d %H:%M} UTC"
        line = f"  {revision.number}. {when}  {revision.status}  {shown(revision)}"
        if revision.reason:
            line += f"  restated: {revision.reason} (approved by {revision.approved_by})"
        return line


def shown(revision: ResultRevision) -> str:
    """The value of a revision with its unit, rounded, but never to the other side of its level."""
    if not revision.value:
        return "no value"
    level = revision.level
    judged = engine_level(level, revision.period.first_day) if level else None
    text = display(Fraction(revision.value), revision.definition.places, judged)
    return f"{text} {revision.definition.unit}"


def explain(
    *,
    period: KpiPeriod,
    revision: int | None = None,
    row_limit: int = 200,
    row_offset: int = 0,
) -> Explanation:
    """Explain the current figure of a period, or the revision with that number.

    The rows are those in force now; for an older revision the steps say what it saw.
    Raises ResultRevision.DoesNotExist for a revision number that is not there.
    """
    revisions = list(
        period.revisions.select_related(
            "definition__amendment", "level__amendment", "definition__kpi"
        ).order_by("number")
    )
    chosen = _chosen(period, revisions, revision)
    found = _observations(period, chosen.definition)
    return Explanation(
        period=period,
        revision=chosen,
        definition=chosen.definition,
        level=chosen.level,
        formula=chosen.body.get("formula", ""),
        steps=chosen.body.get("steps", []),
        revisions=revisions,
        rows=_rows(found[row_offset : row_offset + row_limit], period, chosen.definition),
        row_total=found.count(),
    )


def _chosen(
    period: KpiPeriod, revisions: Sequence[ResultRevision], number: int | None
) -> ResultRevision:
    for revision in revisions:
        if revision.number == number or (number is None and revision.pk == period.current_id):
            return revision
    raise ResultRevision.DoesNotExist(
        f"{period} has no revision {number}: it has 1 to {len(revisions)}"
    )


def _observations(period: KpiPeriod, definition: KpiDefinition) -> Any:
    start, end = to_us(period.starts_at), to_us(period.ends_at)
    inside = Q(at__gte=start, at__lt=end)
    if MEASURES[definition.measure].spanning:
        inside = Q(at__lt=end) & (Q(ends_at=None) | Q(ends_at__gt=start))
    return Observation.objects.filter(inside, kpi_id=period.kpi_id).order_by("at", "ref")


def _rows(
    observations: Sequence[Observation], period: KpiPeriod, definition: KpiDefinition
) -> list[ExplainedRow]:
    sources = _sources({row.load_id for row in observations})
    decimals = period.kpi.decimals
    return [_row(row, definition, decimals, *sources[row.load_id]) for row in observations]


def _sources(loads: set[int]) -> dict[int, tuple[str, datetime]]:
    """{load: (what brought its rows, when)}; rows that an undoing brought back name that."""
    found = Ingestion.objects.filter(pk__in=loads)
    sources = {
        each.pk: (
            f"undoing of {each.filename}" if each.undoes_id else each.filename,
            each.received_at,
        )
        for each in found
    }
    arrivals = Delivery.objects.filter(ingestion__in=loads).order_by("-pk")
    return sources | {each.ingestion_id: (each.filename, each.received_at) for each in arrivals}


def _row(
    observation: Observation, definition: KpiDefinition, decimals: int, source: str, at: datetime
) -> ExplainedRow:
    return ExplainedRow(
        ref=observation.ref,
        at=from_us(observation.at),
        ends_at=None if observation.ends_at is None else from_us(observation.ends_at),
        values=values_of(observation, definition, decimals),
        series=observation.series,
        delivery=source,
        delivered_at=at,
    )


def values_of(observation: Observation, definition: KpiDefinition, decimals: int) -> dict[str, str]:
    """{role: natural number} of what a row says, under a version of its KPI's definition."""
    stored = {name: getattr(observation, name) for name in ("a", "b", "value")}
    return {
        role: _natural(role, stored[column], decimals)
        for role, column in _roles(definition, stored).items()
    }


def _roles(definition: KpiDefinition, stored: Mapping[str, int | None]) -> dict[str, str]:
    """Role → column of the numbers a row gives: the alternative of the measure that it fills."""
    measure = MEASURES[definition.measure]
    for roles in measure.roles_for(definition.parameters):
        numbers = {role: column for role, column in roles.items() if column in stored}
        if all(stored[column] is not None for column in numbers.values()):
            optional = {r: c for r, c in measure.optional_roles.items() if c in stored}
            given = {r: c for r, c in optional.items() if c not in numbers.values()}
            return numbers | {r: c for r, c in given.items() if stored[c] is not None}
    return {}


def _natural(role: str, stored: int, decimals: int) -> str:
    if role in ("from", "to"):
        return from_us(stored).isoformat()
    text = f"{stored:0{decimals + 1 + (stored < 0)}d}"
    return f"{text[:-decimals]}.{text[-decimals:]}" if decimals else text
