"""Figures that people type in: which are owed, which wait for a second person, what was entered."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db.models import QuerySet

from contracts.selectors.lookups import UnknownCodeError
from contracts.selectors.scope import Scope
from metrics.engine import MEASURES
from metrics.models import Feed, FeedKpi, Kpi, KpiDefinition, KpiPeriod, ManualEntry
from metrics.models.timelines import in_force
from metrics.selectors import scope as scoped

BACK = timedelta(days=190)  # how far back missing figures are looked for: half a year
_MISSING = "NO_DATA"


class Waits(StrEnum):
    """What a period of a typed-in KPI waits for."""

    FIGURE = "figure"
    APPROVAL = "approval"


@dataclass(frozen=True, slots=True)
class EntryTask:
    """A period that ended without a figure of a KPI that no feed measures.

    ``due_at``: when the grace of its figure ends. ``entry``: what waits for a second person.
    """

    kpi: Kpi
    label: str
    first_day: date
    last_day: date
    due_at: datetime
    waits: Waits
    is_overdue: bool
    entry: ManualEntry | None = None


def roles_typed_in(line: KpiDefinition) -> Iterator[Mapping[str, str]]:
    """Roles of the measure → stored columns, of each way in which a figure can be typed in: one
    value, or a numerator and a denominator."""
    for roles in MEASURES[line.measure].roles_for(line.parameters):
        if set(roles.values()) in ({"value"}, {"a", "b"}) and "from" not in roles:
            yield roles


def is_typed_in_as(line: KpiDefinition) -> frozenset[str]:
    """``value``, ``parts``, both, or nothing where the measure needs rows."""
    ways = (set(roles.values()) for roles in roles_typed_in(line))
    return frozenset("value" if columns == {"value"} else "parts" for columns in ways)


def lines_typed_in(scope: Scope) -> dict[Kpi, list[KpiDefinition]]:
    """KPIs in use that no feed measures and whose figures can be typed in, with their definitions,
    oldest first: one query."""
    measured = FeedKpi.objects.exclude(feed__kind=Feed.Kind.MANUAL).values("kpi")
    kpis = scoped.kpis(scope).filter(archived_at=None).exclude(pk__in=measured)
    lines = scoped.definitions(scope).filter(kpi__in=kpis).select_related("kpi__contract__vendor")
    found: dict[Kpi, list[KpiDefinition]] = {}
    for line in lines.order_by("kpi__code", "valid_from"):
        found.setdefault(line.kpi, []).append(line)
    return {kpi: own for kpi, own in found.items() if is_typed_in_as(own[-1])}


def entry_tasks(*, scope: Scope, as_of: datetime, back: timedelta = BACK) -> list[EntryTask]:
    """What is missing or waits for approval, the longest due first; three queries.

    Periods that ended within ``back`` before ``as_of`` and whose figure has no data.
    """
    lines = lines_typed_in(scope)
    kpis = {kpi.pk: kpi for kpi in lines}
    found = scoped.periods(scope).filter(
        kpi__in=kpis, ends_at__lte=as_of, ends_at__gt=as_of - back, status=_MISSING
    )
    heads = list(found.order_by("ends_at", "kpi_id"))
    since = min((head.first_day for head in heads), default=as_of.date())
    entries = _entries(scope, kpis, since)
    tasks = [
        task
        for head in heads
        if (task := _task(head, kpis[head.kpi_id], lines, entries.get(head.kpi_id, ()), as_of))
    ]
    return sorted(tasks, key=lambda task: (task.due_at, task.kpi.code))


def entries_list(*, scope: Scope, state: str = "", kpi: str = "") -> QuerySet[ManualEntry]:
    """What was entered, newest first: one query when read."""
    found = scoped.entries(scope).select_related(
        "kpi__contract__vendor", "ingestion", "entered_by_user", "decided_by"
    )
    if state:
        found = found.filter(state=state)
    if kpi:
        found = found.filter(kpi__code=kpi)
    return found.order_by("-id")


def entry_by_number(number: int, *, scope: Scope) -> ManualEntry:
    """Raises UnknownCodeError for one that does not exist, or lies outside ``scope``."""
    found = entries_list(scope=scope).filter(pk=number).first()
    if found is None:
        raise UnknownCodeError(f"entry {number} is unknown")
    return found


def _entries(scope: Scope, kpis: Iterable[int], since: date) -> dict[int, list[ManualEntry]]:
    """What still stands of what was entered, by KPI."""
    standing = [ManualEntry.State.PROPOSED, ManualEntry.State.APPROVED]
    found: dict[int, list[ManualEntry]] = {}
    entries = scoped.entries(scope).filter(kpi__in=kpis, state__in=standing, day__gte=since)
    entries = entries.filter(ingestion__undone_at=None).select_related("entered_by_user")
    for entry in entries.order_by("pk"):
        found.setdefault(entry.kpi_id, []).append(entry)
    return found


def _task(
    head: KpiPeriod,
    kpi: Kpi,
    lines: Mapping[Kpi, list[KpiDefinition]],
    entries: Iterable[ManualEntry],
    as_of: datetime,
) -> EntryTask | None:
    """None where a figure was approved, and is only on its way."""
    own = [entry for entry in entries if head.first_day <= entry.day <= head.last_day]
    if any(entry.state == ManualEntry.State.APPROVED for entry in own):
        return None
    line = in_force(lines[kpi], head.first_day)
    due_at = head.ends_at + timedelta(days=line.grace_days if line else 0)
    return EntryTask(
        kpi=kpi,
        label=head.label,
        first_day=head.first_day,
        last_day=head.last_day,
        due_at=due_at,
        waits=Waits.APPROVAL if own else Waits.FIGURE,
        is_overdue=due_at <= as_of,
        entry=own[-1] if own else None,
    )
