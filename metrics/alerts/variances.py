"""Reported figures that lie further from ours than the clause tolerates: told of once each."""

from collections.abc import Iterator
from datetime import datetime

from metrics.alerts.noting import events_note, unknown_keys
from metrics.models import AlertEvent, KpiDefinition, KpiPeriod, VendorFigure
from metrics.scorecards.figures import short_text
from metrics.selectors.reported import Beside, beside, figures_that_count


def variances_note(*, now: datetime) -> int:
    """Note each figure that counts for its period and lies apart; returns how many are new."""
    apart = {f"variance:{told.figure.pk}": (head, told) for head, told in _apart()}
    new = unknown_keys(apart)
    return events_note(_event(key, *apart[key], now) for key in apart if key in new)


def _apart() -> Iterator[tuple[KpiPeriod, Beside]]:
    tolerant = KpiDefinition.objects.filter(tolerance__isnull=False).values("kpi")
    told = set(VendorFigure.objects.filter(kpi__in=tolerant).values_list("kpi", "first_day"))
    figures = figures_that_count({kpi for kpi, _ in told}, {day for _, day in told})
    heads = KpiPeriod.objects.filter(
        kpi__in={kpi for kpi, _ in figures}, first_day__in={day for _, day in figures}
    ).exclude(current=None)
    joined = ("kpi__contract__vendor", "kpi__process__contract__vendor", "current__definition")
    for head in heads.select_related(*joined):
        figure = figures.get((head.kpi_id, head.first_day))
        found = beside(figure, head.current) if figure and head.current else None
        if found and found.within is False:
            yield head, found


def _event(key: str, head: KpiPeriod, told: Beside, now: datetime) -> AlertEvent:
    contract = head.kpi.governing_contract
    return AlertEvent(
        key=key,
        kind=AlertEvent.Kind.VARIANCE,
        severity="major" if told.counts else "minor",
        at=now,
        facts=_facts(head, told),
        kpi=head.kpi,
        contract=contract,
        vendor=contract.vendor if contract else None,
    )


def _facts(head: KpiPeriod, told: Beside) -> dict[str, str]:
    assert told.ours is not None  # what has no figure of ours lies within or nowhere
    assert told.tolerance is not None
    which = "the vendor's" if told.counts else "ours"
    return {
        "title": f"Reported figure lies apart: {head.kpi.name}, {head.label}",
        "text": (
            f"The vendor reports {short_text(told.theirs)}, our rows give {short_text(told.ours)}; "
            f"{told.tolerance} apart would be tolerated. By the clause {which} is judged."
        ),
    }
