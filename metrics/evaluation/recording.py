"""Figures become result revisions and heads. Revisions are appended, never changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max

from kpotracker.toolkit.bulk import columns_update, models_insert
from kpotracker.toolkit.stamping import stamp
from metrics.evaluation.calendar import periods_note
from metrics.evaluation.cases import cases_follow
from metrics.evaluation.figures import Figure, revision_fields
from metrics.models import FeedKpi, Ingestion, KpiPeriod, ResultRevision

Phase = KpiPeriod.Phase
Watermarks = dict[int, dict[str, int]]
_FROZEN = (Phase.FINAL, Phase.RESTATED)
_STATE = ["phase", "status", "is_breach", "final_due_at"]


@dataclass
class _Entry:
    """A figure beside the head it belongs to."""

    figure: Figure
    head: KpiPeriod
    revision: ResultRevision | None = None


def figures_record(*, figures: Sequence[Figure], watermarks: Watermarks) -> list[KpiPeriod]:
    """Append a revision where a figure changed, bring heads and breach cases up to date.

    In the caller's transaction, which has locked the KPIs. ``watermarks``: what the figures saw.
    A final figure is never replaced here: if its rows changed, the period is flagged. Returns the
    heads that changed.
    """
    heads = _heads(figures)
    entries = [_Entry(figure, heads[_identity(figure)]) for figure in figures]
    frozen = [entry for entry in entries if entry.head.phase in _FROZEN]
    changed = [entry.head for entry in frozen if _flag_if_late(entry)]
    columns_update(changed, ["has_late_rows"])
    open_entries = [entry for entry in entries if entry.head.phase not in _FROZEN]
    changed += _advance(open_entries, watermarks)
    if changed:
        cases_follow(heads=changed, as_of=max(figure.task.as_of for figure in figures))
    periods_note(changed)
    stamp(ResultRevision, [e.revision.pk for e in entries if e.revision])
    stamp(KpiPeriod, [head.pk for head in changed])
    return changed


def revision_build(*, head: KpiPeriod, figure: Figure, watermark: dict[str, int]) -> ResultRevision:
    """The next revision of a head, unsaved."""
    number = head.current.number + 1 if head.current else 1
    return ResultRevision(
        period=head,
        number=number,
        watermark=watermark,
        computed_at=figure.task.as_of,
        **revision_fields(figure),
    )


def _identity(figure: Figure) -> tuple[int, datetime]:
    return figure.task.terms.kpi.pk, figure.task.period.start


def _heads(figures: Sequence[Figure]) -> dict[tuple[int, datetime], KpiPeriod]:
    """The stored heads of the figures' periods, or new ones not yet saved."""
    known = KpiPeriod.objects.filter(
        kpi_id__in={figure.task.terms.kpi.pk for figure in figures},
        starts_at__in={figure.task.period.start for figure in figures},
    ).select_related("current")
    heads = {(head.kpi_id, head.starts_at): head for head in known}
    for figure in figures:
        heads.setdefault(_identity(figure), _new_head(figure))
    return heads


def _new_head(figure: Figure) -> KpiPeriod:
    period = figure.task.period
    return KpiPeriod(
        kpi=figure.task.terms.kpi,
        starts_at=period.start,
        ends_at=period.end,
        first_day=period.first_day,
        last_day=period.last_day,
        label=period.label,
        phase=Phase.RUNNING,
    )


def _flag_if_late(entry: _Entry) -> bool:
    current = entry.head.current
    late = current is not None and not entry.figure.agrees_with(current)
    if late == entry.head.has_late_rows:
        return False
    entry.head.has_late_rows = late
    return True


def _advance(entries: Sequence[_Entry], watermarks: Watermarks) -> list[KpiPeriod]:
    """Write open heads and their new revisions; return the heads that changed."""
    before = {id(entry): _state(entry.head) for entry in entries}
    for entry in entries:
        _bring_up_to_date(entry, watermarks)
    changed = [e for e in entries if e.revision or _state(e.head) != before[id(e)]]
    revisions = [entry.revision for entry in changed if entry.revision]
    models_insert([entry.head for entry in changed if entry.head.pk is None])
    for revision in revisions:
        revision.period_id = revision.period.pk
    models_insert(revisions)
    for entry in changed:
        if entry.revision:
            entry.head.current = entry.revision
    heads = [entry.head for entry in changed]
    columns_update(heads, ["current_id", *_STATE])
    return heads


def _state(head: KpiPeriod) -> tuple[object, ...]:
    return tuple(getattr(head, name) for name in _STATE)


def _bring_up_to_date(entry: _Entry, watermarks: Watermarks) -> None:
    head, figure = entry.head, entry.figure
    if head.current is None or head.current.fingerprint != figure.fingerprint:
        watermark = watermarks.get(figure.task.terms.kpi.pk, {})
        entry.revision = revision_build(head=head, figure=figure, watermark=watermark)
    head.phase = Phase.RUNNING if figure.task.as_of < head.ends_at else Phase.PROVISIONAL
    head.status = str(figure.result.status)
    head.is_breach = figure.result.is_breach and head.phase != Phase.RUNNING
    head.final_due_at = _final_due(entry)


def _final_due(entry: _Entry) -> datetime | None:
    """Grace runs from the period's end or from the last change of its figure, if that is later:
    loading history must not freeze it half-way."""
    if entry.head.phase == Phase.RUNNING:
        return None
    revision = entry.revision or entry.head.current
    assert revision is not None  # a head has a revision from its first figure on
    grace = timedelta(days=entry.figure.task.definition.grace_days)
    return max(entry.head.ends_at, revision.computed_at) + grace


def watermarks_of(kpi_ids: Iterable[int]) -> Watermarks:
    """Per KPI the last finished ingestion of each of its feeds: {feed id: ingestion id}."""
    links = list(FeedKpi.objects.filter(kpi_id__in=set(kpi_ids)).values_list("kpi_id", "feed_id"))
    last = dict(
        Ingestion.objects.filter(
            feed_id__in={feed for _, feed in links}, status=Ingestion.Status.DONE
        )
        .values_list("feed_id")
        .annotate(last=Max("pk"))
        .order_by()
    )
    marks: Watermarks = {}
    for kpi, feed in links:
        if feed in last:
            marks.setdefault(kpi, {})[str(feed)] = last[feed]
    return marks
