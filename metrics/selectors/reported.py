"""Figures that vendors report themselves: which one counts, and how far it lies from ours."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.db.models import QuerySet

from contracts.selectors.scope import Scope
from metrics.models import KpiDefinition, KpiPeriod, ResultRevision, VendorFigure
from metrics.selectors import scope as scoped

OURS = "ours"  # under which name a revision keeps our own value where the vendor's is judged


@dataclass(frozen=True, slots=True)
class Beside:
    """A reported figure beside ours. ``ours``: None where our rows give no value; ``variance``:
    theirs less ours; ``within``: whether that is in the clause's tolerance, None without one.
    ``counts``: whether the vendor's figure is the one that is judged."""

    figure: VendorFigure
    ours: Fraction | None
    tolerance: Decimal | None
    counts: bool

    @property
    def theirs(self) -> Fraction:
        return Fraction(str(self.figure.value))

    @property
    def variance(self) -> Fraction | None:
        return None if self.ours is None else self.theirs - self.ours

    @property
    def within(self) -> bool | None:
        if self.variance is None or self.tolerance is None:
            return None
        return abs(self.variance) <= Fraction(str(self.tolerance))


def figures_that_count(
    kpi_ids: Collection[int], first_days: Collection[date]
) -> Mapping[tuple[int, date], VendorFigure]:
    """The figure reported last for each period of these KPIs that begins on such a day, or on one
    between them, by KPI and first day: one query."""
    if not first_days:
        return {}
    between = (min(first_days), max(first_days))
    told = VendorFigure.objects.filter(kpi__in=kpi_ids, first_day__range=between)
    told = told.order_by("reported_at", "id")
    return {(each.kpi_id, each.first_day): each for each in told}


def reported_for(period: KpiPeriod, scope: Scope) -> QuerySet[VendorFigure]:
    """All figures the vendor reported for ``period``, the one that counts first."""
    told = scoped.vendor_figures(scope).filter(kpi=period.kpi_id, first_day=period.first_day)
    return told.order_by("-reported_at", "-id")


def beside(figure: VendorFigure, revision: ResultRevision) -> Beside:
    """``figure`` beside what ``revision`` computed from our rows."""
    definition = revision.definition
    return Beside(
        figure,
        own_value(revision),
        definition.tolerance,
        definition.source_of_record == KpiDefinition.SourceOfRecord.VENDOR,
    )


def own_value(revision: ResultRevision) -> Fraction | None:
    """The value our rows give, whichever is judged."""
    said = revision.body.get(OURS, revision.value)
    return Fraction(said) if said else None
