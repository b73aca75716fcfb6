"""The KPIs a feed can reach, as the reader needs to know them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db.models import Q

from metrics.engine import MEASURES
from metrics.feeds.mapping import Mapping, MappingError, Problem, parse_mapping
from metrics.feeds.mapping.compile import candidates
from metrics.feeds.mapping.problems import nearest
from metrics.models import Feed, FeedKpi, FeedMapping, Ingestion, Kpi, KpiDefinition
from metrics.models.timelines import timeline_of


def catalogue_for(
    mapping: Mapping, *, feed: Feed, archived: bool = False
) -> dict[str, dict[str, Any]]:
    """Catalogue entries, ready for a reader's job, of every KPI the mapping can lead to.

    Rows of a vendor's feed lead to nobody else's KPIs, whatever code they name.
    Raises MappingError for the codes of KPIs that are not there or, unless ``archived``, are
    archived.
    """
    active = Kpi.objects.filter(_of(feed.vendor_id))
    if not archived:
        active = active.filter(archived_at=None)
    reachable = set(mapping.kpi_codes)
    if any(not target.kpi.fixed for target in mapping.targets):
        codes = list(active.values_list("code", flat=True))
        for target in mapping.targets:
            reachable.update(candidates(target.kpi, codes))
    kpis = active.filter(code__in=reachable).prefetch_related("definitions__calendar")
    found = {kpi.code: _entry(kpi, list(kpi.definitions.all())) for kpi in kpis}
    unknown = [code for code in mapping.kpi_codes if code not in found]
    if unknown:
        codes = list(active.values_list("code", flat=True))
        raise MappingError(
            [Problem("targets", code, "no such KPI", nearest(code, codes)) for code in unknown]
        )
    return found


def _of(vendor_id: int | None) -> Q:
    """The KPIs of a vendor; all of them where a feed belongs to none."""
    if vendor_id is None:
        return Q()
    by_process = Q(contract=None, process__contract__vendor=vendor_id)
    return Q(contract__vendor=vendor_id) | by_process


def feed_link(*, feed: Feed, kpi_ids: Iterable[int]) -> None:
    """Note that the feed reaches these KPIs."""
    FeedKpi.objects.bulk_create(
        [FeedKpi(feed=feed, kpi_id=kpi) for kpi in kpi_ids], ignore_conflicts=True
    )


def mapping_of(stored: FeedMapping) -> Mapping:
    return parse_mapping(stored.body)


def spanning_kpis(kpi_ids: Iterable[int]) -> frozenset[int]:
    """KPIs whose rows are intervals that may lie in several periods."""
    lines = KpiDefinition.objects.filter(kpi_id__in=set(kpi_ids))
    return frozenset(
        kpi for kpi, name in lines.values_list("kpi_id", "measure") if MEASURES[name].spanning
    )


def unremembered_kpis(mapping: Mapping, *, feed: Feed) -> frozenset[int]:
    """KPIs that may hold items of ``feed`` which were not remembered as such, because a mapping
    in force before could not move them; none while ``mapping`` cannot either."""
    loaded = feed.mappings.filter(ingestions__status=Ingestion.Status.DONE).distinct()
    if not mapping.varies or all(_varies(earlier) for earlier in loaded):
        return frozenset()
    return frozenset(feed.feed_kpis.values_list("kpi_id", flat=True))


def _varies(stored: FeedMapping) -> bool:
    try:
        return mapping_of(stored).varies
    except MappingError:  # an earlier release took it: nobody can tell any more
        return False


def _entry(kpi: Kpi, definitions: list[KpiDefinition]) -> dict[str, Any]:
    line = max(definitions, key=lambda definition: definition.valid_from)
    measure = MEASURES[line.measure]
    role_sets = measure.roles_for(line.parameters)
    roles: dict[str, str] = {}
    for role_set in role_sets:
        roles.update(role_set)
    not_before, not_after = _bounds(kpi, definitions)
    return {
        "id": kpi.pk,
        "scale": kpi.decimals,
        "time": kpi.time_field,
        "roles": {**roles, **measure.optional_roles},
        "required": [sorted(role_set) for role_set in role_sets],
        "share": line.measure == "ratio",
        "not_before_us": not_before,
        "not_after_us": not_after,
    }


def _bounds(kpi: Kpi, definitions: list[KpiDefinition]) -> tuple[int | None, int | None]:
    """First and last instant (µs) of the KPI's days. Rows of a skipped stub are kept, uncounted."""
    timeline = replace(timeline_of(kpi, definitions), stub="evaluate")
    around = datetime.combine(kpi.first_day, time(), UTC)
    first = timeline.between(around - timedelta(days=2), around + timedelta(days=800))
    if kpi.last_day is None:
        return (first[0].start_us if first else None), None
    end = datetime.combine(kpi.last_day, time(), UTC)
    last = timeline.between(end - timedelta(days=800), end + timedelta(days=3))
    return (first[0].start_us if first else None), (last[-1].end_us - 1 if last else None)
