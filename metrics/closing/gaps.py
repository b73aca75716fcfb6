"""What stands against a step of a month's close: named, so that nothing closes silently."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time

from django.db.models import CharField, Exists, OuterRef, Q, Value
from django.db.models.functions import Cast, Coalesce, Concat

from contracts.models import Approval
from contracts.selectors.scope import EVERYTHING
from metrics.casework.waivers import KIND as WAIVER
from metrics.models import (
    BreachCase,
    FeedKpi,
    Ingestion,
    KpiPeriod,
    MonthClose,
    QuarantinedRow,
    ReliefRequest,
)
from metrics.selectors.owed import BACK, Stand, owed_deliveries
from metrics.selectors.spans import Span

Step = MonthClose.Step
_SHOWN = 5
_PERIOD_OWNER = Coalesce("kpi__contract_id", "kpi__process__contract_id")
_CASE_OWNER = Coalesce("period__kpi__contract_id", "period__kpi__process__contract_id")


_WAIVER_WAITS = Exists(
    Approval.objects.filter(
        kind=WAIVER,
        state=Approval.State.REQUESTED,
        subject=Concat(Value("metrics.breachcase:"), Cast(OuterRef("pk"), CharField())),
    )
)
_OF_STATUS = {
    "NO_DATA": "missing",
    "PENDING": "missing",
    "INCOMPLETE": "incomplete",
    "INVALID": "unusable",
    "UNDEFINED": "unusable",
}
_FIGURES = {  # kind → step, kind, noun, what is wrong with it
    "missing": (Step.DATA_IN, "missing", "figure", "without data"),
    "incomplete": (Step.DATA_IN, "incomplete", "figure", "with incomplete data"),
    "unusable": (Step.CHECKED, "unusable", "figure", "that cannot be used"),
    "provisional": (Step.CHECKED, "provisional", "figure", "not final yet"),
    "late": (Step.CHECKED, "late", "figure", "with rows that came after it was final"),
}
_FILES = {
    "unfinished": (Step.DATA_IN, "unfinished", "file", "still being read"),
    "owed": (Step.DATA_IN, "owed", "delivery", "owed"),
    "rejects": (Step.DATA_IN, "rejects", "file", "with rows set aside"),
}

_PLURALS = {"delivery": "deliveries"}
_DECISIONS = {
    "disputed": (Step.AGREED, "disputed", "result", "in dispute"),
    "waiver": (Step.RELIEF_DECIDED, "waiver", "waiver", "that nobody has decided"),
    "relief": (Step.RELIEF_DECIDED, "relief", "relief request", "that nobody has decided"),
}


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that is missing or undecided; ``names`` are KPI codes, files or feeds."""

    step: str
    kind: str
    text: str
    names: tuple[str, ...] = ()

    @property
    def as_shared(self) -> "Gap":
        """What the vendor may read of it: names of files could tell of other vendors."""
        return replace(self, names=()) if self.kind in _FILES else self

    @property
    def is_internal(self) -> bool:
        """Whether the vendor must not know of it: who asked to let a failure go stays inside."""
        return self.kind == WAIVER

    @property
    def words(self) -> str:
        """One sentence part that names the first few."""
        if not self.names:
            return self.text
        more = f" and {len(self.names) - _SHOWN} more" if len(self.names) > _SHOWN else ""
        return f"{self.text}: {', '.join(self.names[:_SHOWN])}{more}"


def gaps_of(contract_ids: Iterable[int], span: Span, as_of: datetime) -> dict[int, list[Gap]]:
    """{contract id: what stands against its steps}, in the order of the steps.

    The number of queries does not depend on the number of contracts.
    """
    ids = set(contract_ids)
    found: dict[int, list[Gap]] = {pk: [] for pk in ids}
    for owner, gap in (*_figures(ids, span), *_deliveries(ids, span, as_of), *_cases(ids, span)):
        found[owner].append(gap)
    order = list(Step.values)
    for gaps in found.values():
        gaps.sort(key=lambda gap: order.index(gap.step))
    return found


def _figures(ids: set[int], span: Span) -> list[tuple[int, Gap]]:
    ended = KpiPeriod.objects.annotate(owner=_PERIOD_OWNER).filter(
        owner__in=ids,
        last_day__range=(span.first_day, span.last_day),
        kpi__archived_at__isnull=True,
    )
    told = ended.order_by("kpi__code").values_list(
        "owner", "kpi__code", "status", "phase", "has_late_rows"
    )
    found: dict[tuple[int, str], list[str]] = {}
    for owner, code, status, phase, late in told:
        for kind in _kinds_of(status, phase, late):
            found.setdefault((owner, kind), []).append(code)
    return [(owner, _counted(*_FIGURES[kind], names)) for (owner, kind), names in found.items()]


def _kinds_of(status: str, phase: str, has_late_rows: bool) -> list[str]:
    kinds = [_OF_STATUS[status]] if status in _OF_STATUS else []
    if phase in {KpiPeriod.Phase.RUNNING, KpiPeriod.Phase.PROVISIONAL}:
        kinds.append("provisional")
    return [*kinds, "late"] if has_late_rows else kinds


def _deliveries(ids: set[int], span: Span, as_of: datetime) -> list[tuple[int, Gap]]:
    """What the contract's feeds still owe, and files that are still read or lost rows."""
    feeds = _feeds(ids)
    found: dict[tuple[int, str], list[str]] = {}
    for feed_id, kind, name in (*_files(feeds, span), *_owed(feeds, span, as_of)):
        for owner in feeds[feed_id]:
            found.setdefault((owner, kind), []).append(name)
    return [(owner, _counted(*_FILES[kind], names)) for (owner, kind), names in found.items()]


def _feeds(ids: set[int]) -> dict[int, set[int]]:
    """The contracts that each feed reaches."""
    found: dict[int, set[int]] = {}
    links = FeedKpi.objects.annotate(owner=_PERIOD_OWNER).filter(owner__in=ids)
    for feed_id, owner in links.values_list("feed_id", "owner"):
        found.setdefault(feed_id, set()).add(owner)
    return found


def _files(feeds: Collection[int], span: Span) -> Iterator[tuple[int, str, str]]:
    done = Ingestion.Status.DONE
    lost = QuarantinedRow.objects.filter(ingestion=OuterRef("pk"), mended_by=None)
    received = Ingestion.objects.filter(
        Q(status__in=Ingestion.UNFINISHED) | Q(Exists(lost), status=done),
        feed__in=feeds,
        undone_at=None,
        undoes=None,
        received_at__date__gte=span.first_day,
    )
    told = received.order_by("id").values_list("feed_id", "status", "filename")
    for feed_id, status, filename in told:
        yield feed_id, "rejects" if status == done else "unfinished", filename


def _owed(feeds: Collection[int], span: Span, as_of: datetime) -> Iterator[tuple[int, str, str]]:
    """Deliveries for the month that are due and not here."""
    back = as_of - datetime.combine(span.first_day, time(), UTC)
    for owed in owed_deliveries(scope=EVERYTHING, as_of=as_of, back=max(back, BACK)):
        missing = owed.stand in {Stand.DUE, Stand.OVERDUE}
        if missing and owed.feed.pk in feeds and span.holds(owed.last_day):
            yield owed.feed.pk, "owed", f"{owed.feed.name} {owed.label}"


def _cases(ids: set[int], span: Span) -> list[tuple[int, Gap]]:
    """Results in dispute, and waivers and relief that nobody has decided yet."""
    disputed = BreachCase.State.DISPUTED
    cases = BreachCase.objects.annotate(owner=_CASE_OWNER, waits=_WAIVER_WAITS).filter(
        Q(state=disputed) | Q(waits=True),
        owner__in=ids,
        period__last_day__range=(span.first_day, span.last_day),
    )
    found: dict[tuple[int, str], list[str]] = {}
    told = cases.order_by("period__kpi__code").values_list(
        "owner", "state", "waits", "period__kpi__code"
    )
    for owner, state, waits, code in told:
        if state == disputed:
            found.setdefault((owner, "disputed"), []).append(code)
        if waits:
            found.setdefault((owner, "waiver"), []).append(code)
    for owner, code in _relief(ids, span):
        found.setdefault((owner, "relief"), []).append(code)
    return [(owner, _counted(*_DECISIONS[kind], names)) for (owner, kind), names in found.items()]


def _relief(ids: set[int], span: Span) -> Iterable[tuple[int, str]]:
    asked = ReliefRequest.objects.annotate(owner=_CASE_OWNER).filter(
        owner__in=ids,
        state=ReliefRequest.State.REQUESTED,
        period__last_day__range=(span.first_day, span.last_day),
    )
    return asked.order_by("period__kpi__code").values_list("owner", "period__kpi__code")


def _counted(step: str, kind: str, noun: str, words: str, names: list[str]) -> Gap:
    plural = noun if len(names) == 1 else _PLURALS.get(noun, f"{noun}s")
    return Gap(step, kind, f"{len(names)} {plural} {words}", tuple(names))
