"""The defaults of stored figures: written on their heads whenever a final one changes what counts."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from kpotracker.toolkit.bulk import columns_update
from kpotracker.toolkit.stamping import stamp
from metrics.evaluation.cases import cases_follow
from metrics.evaluation.repeating import PeriodDefault, PeriodSlot, own_cause, repeats_of
from metrics.models import BreachCase, KpiPeriod, ServiceLevel

Phase = KpiPeriod.Phase
COLUMNS = ["is_breach", "default_cause", "default_of"]
_FINAL = (Phase.FINAL, Phase.RESTATED)


def own_default_write(head: KpiPeriod, *, status: str, consequence: str) -> None:
    """Say on ``head`` whether its figure is a default by itself; the caller saves it."""
    cause = "" if head.phase == Phase.RUNNING else own_cause(status, consequence)
    default_write(head, PeriodDefault(cause, (head.first_day,)) if cause else None)


def default_write(head: KpiPeriod, default: PeriodDefault | None) -> bool:
    """Say on ``head`` why it is a default; whether that changed it. The caller saves it."""
    before = [getattr(head, name) for name in COLUMNS]
    head.is_breach = default is not None
    head.default_cause = default.cause if default else ""
    head.default_of = [day.isoformat() for day in default.of] if default else []
    return before != [getattr(head, name) for name in COLUMNS]


def defaults_follow(
    *, kpi_ids: Iterable[int], heads: Iterable[KpiPeriod], as_of: datetime
) -> list[KpiPeriod]:
    """Count the repeated misses of KPIs anew, and have the cases of what that changed follow,
    with those of ``heads``, whose figure or phase changed.

    In the caller's transaction, which has locked the KPIs and written ``heads``. Returns the heads
    whose default changed.
    """
    changed = _recounted(kpi_ids)
    columns_update(changed, COLUMNS)
    moved = {head.pk: head for head in (*heads, *changed)}
    if moved:
        cases_follow(heads=list(moved.values()), as_of=as_of)
    stamp(KpiPeriod, [head.pk for head in changed])
    return changed


def _recounted(kpi_ids: Iterable[int]) -> list[KpiPeriod]:
    """Heads that a count by their KPI's rules makes a default, or no longer one."""
    ruled = ServiceLevel.objects.filter(kpi_id__in=set(kpi_ids)).exclude(repetition="")
    found = defaults_of(set(ruled.values_list("kpi_id", flat=True)))
    return [head for head, default in found if default_write(head, default)]


def defaults_of(kpi_ids: Iterable[int]) -> list[tuple[KpiPeriod, PeriodDefault | None]]:
    """Every head of the KPIs that has a figure, with the default that its and the other final
    figures make of it."""
    heads = KpiPeriod.objects.filter(kpi_id__in=set(kpi_ids)).exclude(current=None)
    joined = heads.select_related("kpi", "current__level", "current__definition", "case")
    by_kpi: dict[int, list[KpiPeriod]] = {}
    for head in joined.order_by("kpi_id", "starts_at"):
        by_kpi.setdefault(head.kpi_id, []).append(head)
    levels = _levels(by_kpi)
    told: list[tuple[KpiPeriod, PeriodDefault | None]] = []
    for kpi, own in by_kpi.items():
        found = _found(levels.get(kpi, []), own)
        told.extend((head, found.get(head.first_day)) for head in own)
    return told


def _found(
    levels: Iterable[ServiceLevel], heads: Iterable[KpiPeriod]
) -> Mapping[date, PeriodDefault]:
    return repeats_of(levels, [slot_of(head) for head in heads if head.phase != Phase.RUNNING])


def _levels(kpi_ids: Iterable[int]) -> dict[int, list[ServiceLevel]]:
    found: dict[int, list[ServiceLevel]] = {}
    for level in ServiceLevel.objects.filter(kpi_id__in=set(kpi_ids)):
        found.setdefault(level.kpi_id, []).append(level)
    return found


def slot_of(head: KpiPeriod) -> PeriodSlot:
    """A period that ended and has a figure, as far as defaults need it."""
    revision = head.current
    assert revision is not None  # heads without a figure are left out
    return PeriodSlot(
        first_day=head.first_day,
        level_from=revision.level.valid_from if revision.level else None,
        status=revision.status,
        consequence=revision.consequence,
        is_final=head.phase in _FINAL,
        is_waived=_is_waived(head),
    )


def _is_waived(head: KpiPeriod) -> bool:
    case: BreachCase | None = getattr(head, "case", None)
    return case is not None and case.waiver_scope == BreachCase.WaiverScope.REPETITION
