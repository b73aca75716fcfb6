"""Replacing a final figure: only with a reason and an approver, and the old one is kept."""

from datetime import datetime

from django.db import transaction

from contracts.services.auditing import audit
from kpotracker.toolkit.stamping import stamp
from metrics.evaluation.cases import cases_follow
from metrics.evaluation.draining import figures_compute, kpis_lock, kpis_unsettled
from metrics.evaluation.explain import shown
from metrics.evaluation.figures import Figure, Task
from metrics.evaluation.recording import revision_build, watermarks_of
from metrics.evaluation.terms import terms_of
from metrics.models import KpiPeriod, ResultRevision


class RestatementError(Exception):
    """The figure cannot be restated; the message says why."""


@transaction.atomic
def result_restate(
    *, period: KpiPeriod, reason: str, approved_by: str, as_of: datetime
) -> ResultRevision | None:
    """Recompute a final figure from today's rows; None if it comes out as it was.

    Raises RestatementError for a figure that is not final, or without reason or approver.
    """
    restatement_refuse(period)
    if not reason.strip() or not approved_by.strip():
        raise RestatementError(f"{period}: a restatement needs a reason and an approver")
    kpis_lock([period.kpi_id])
    head = KpiPeriod.objects.select_related("current").get(pk=period.pk)
    seen = watermarks_of([head.kpi_id])
    figure = _recomputed(head, as_of)
    if kpis_unsettled([head.kpi_id], seen):
        raise RestatementError(f"{head}: a delivery of its feed is being read, try again after it")
    revision = None
    head.has_late_rows = False
    if head.current is None or head.current.fingerprint != figure.fingerprint:
        watermark = seen.get(head.kpi_id, {})
        revision = revision_build(head=head, figure=figure, watermark=watermark)
        revision.reason, revision.approved_by = reason, approved_by
        revision.save()
        figures = [shown(head.current) if head.current else "", shown(revision)]
        audit(action="restated", instance=head, changes={"figure": figures}, reason=reason)
        head.current, head.phase = revision, KpiPeriod.Phase.RESTATED
        head.status, head.is_breach = str(figure.result.status), figure.result.is_breach
        cases_follow(heads=[head], as_of=as_of)
        stamp(ResultRevision, [revision.pk])
    head.save()
    stamp(KpiPeriod, [head.pk])
    return revision


def restatement_refuse(period: KpiPeriod) -> None:
    """Raises RestatementError for a figure that is not final."""
    if period.phase not in (KpiPeriod.Phase.FINAL, KpiPeriod.Phase.RESTATED):
        raise RestatementError(
            f"{period} is {period.get_phase_display().lower()}: only a final figure is restated, "
            "others follow their rows by themselves"
        )


def _recomputed(head: KpiPeriod, as_of: datetime) -> Figure:
    line = terms_of([head.kpi_id])[head.kpi_id]
    period = line.timeline.containing(head.starts_at)
    if period is None:
        raise RestatementError(f"{head} is outside the KPI's days now: nothing to compute")
    return figures_compute([Task.of(line, period, as_of)])[0]
