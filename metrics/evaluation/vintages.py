"""Which forecast counted for each target date of a figure, and which were passed over."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from metrics.engine import from_us, to_us
from metrics.engine.measures import compiled
from metrics.engine.measures.vintages import Target, Vintage, targets_of
from metrics.evaluation.reading import Window, rows_of
from metrics.evaluation.terms import calendar_of
from metrics.models import KpiPeriod, ResultRevision

MOST = 20  # target dates told of


@dataclass(frozen=True, slots=True)
class ExplainedVintage:
    """A forecast in natural numbers, and when it was issued."""

    issued: datetime
    forecast: str


@dataclass(frozen=True, slots=True)
class ExplainedTarget:
    """A target date of a series: its actual and the forecast that counts, None where there is none.

    ``replaced``: issued in time and followed by a later one; ``late``: issued too late.
    """

    series: str
    at: datetime
    actual: str | None
    counted: ExplainedVintage | None
    replaced: Sequence[ExplainedVintage]
    late: Sequence[ExplainedVintage]

    @property
    def text(self) -> str:
        """In one line, to paste."""
        name = f"{self.series}, " if self.series else ""
        actual = f"actual {self.actual}" if self.actual else "actual not known yet"
        counted = f"forecast {_said(self.counted)}" if self.counted else "no forecast in time"
        passed = [f"{_said(each)} (replaced)" for each in self.replaced]
        passed += [f"{_said(each)} (too late)" for each in self.late]
        over = f"; passed over: {', '.join(passed)}" if passed else ""
        return f"{name}{self.at:%Y-%m-%d}: {actual}, {counted}{over}"


def vintages_explained(
    period: KpiPeriod, revision: ResultRevision, most: int = MOST
) -> list[ExplainedTarget]:
    """The target dates that a revision saw, the gravest first; empty where its KPI has no lead.

    First those without a forecast, then by the size of their error, those that wait last.
    """
    line = revision.definition
    if "lead" not in line.parameters:
        return []
    versions = revision.body.get("calendar_versions", 0)
    calendar = calendar_of(line.calendar, versions) if line.calendar else None
    options = compiled(line.measure, line.parameters, line.unit, calendar is not None).options
    (rows,) = rows_of([_window(period, revision)])
    targets = targets_of(rows, options["lead"], line.zone, calendar)
    decimals = period.kpi.decimals
    return [_explained(target, decimals) for target in sorted(targets, key=_gravity)[:most]]


def _window(period: KpiPeriod, revision: ResultRevision) -> Window:
    start, end = to_us(period.starts_at), to_us(period.ends_at)
    return Window(period.kpi_id, start, end, revision.watermark)


def _gravity(target: Target) -> tuple[int, int, str, int]:
    if not target.actuals:
        return 2, 0, target.series, target.at
    if target.counted is None:
        return 0, -max(map(abs, target.actuals)), target.series, target.at
    return 1, -abs(target.counted.forecast - target.actuals[0]), target.series, target.at


def _explained(target: Target, decimals: int) -> ExplainedTarget:
    actuals = [natural(actual, decimals) for actual in target.actuals]
    return ExplainedTarget(
        series=target.series,
        at=from_us(target.at),
        actual=" and ".join(actuals) or None,
        counted=_vintage(target.counted, decimals) if target.counted else None,
        replaced=_vintages(target.replaced, decimals),
        late=_vintages(target.late, decimals),
    )


def _vintages(vintages: Iterable[Vintage], decimals: int) -> list[ExplainedVintage]:
    return [_vintage(each, decimals) for each in vintages]


def _vintage(vintage: Vintage, decimals: int) -> ExplainedVintage:
    return ExplainedVintage(from_us(vintage.issued), natural(vintage.forecast, decimals))


def natural(stored: int, decimals: int) -> str:
    """A stored integer as people write the number."""
    text = f"{stored:0{decimals + 1 + (stored < 0)}d}"
    return f"{text[:-decimals]}.{text[-decimals:]}" if decimals else text


def _said(vintage: ExplainedVintage | None) -> str:
    return f"{vintage.forecast} of {vintage.issued:%Y-%m-%d %H:%M} UTC" if vintage else ""
