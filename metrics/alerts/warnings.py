"""Early warnings: a running period that uses up its failures, or whose pace ends in a miss.

An estimate, and called one. The rest of the period is taken to bring as much as the period before
brought in all, or else to go on as so far. Each threshold is told of once per period.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.db.models import Exists, OuterRef

from contracts.selectors.scope import Scope
from contracts.selectors.visibility import visible
from metrics.alerts.noting import events_note, unknown_keys
from metrics.engine.errors import EngineError
from metrics.engine.outlook import Heading, Outlook, outlook
from metrics.evaluation.terms import engine_level
from metrics.models import AlertEvent, KpiPeriod
from metrics.scorecards.figures import short_text
from metrics.scorecards.rows import revision_row

Phase = KpiPeriod.Phase
LEAST_SHARE = Fraction(1, 10)  # of the projected volume, before a pace says anything
_SCHEDULED = "availability"  # its volume is the scheduled time of the whole period
_JOINED = (
    "kpi__contract__vendor",
    "kpi__process__contract__vendor",
    "current__definition",
    "current__level",
)
# From the mildest to the gravest; of several that are new, the last one is told of.
_MARKS = ("50", "75", "pace", "lost")
_SEVERITY = {"50": "minor", "75": "major", "pace": "major", "lost": "major"}


@dataclass(frozen=True, slots=True)
class Warned:
    """A running period with its outlook, and the marks it has passed."""

    head: KpiPeriod
    outlook: Outlook

    @property
    def marks(self) -> list[str]:
        passed = [f"{int(share * 100)}" for share in self.outlook.passed]
        heading = {Heading.AT_RISK: ["pace"], Heading.CANNOT_RECOVER: ["pace", "lost"]}
        return [*passed, *heading.get(self.outlook.heading, [])]


def warnings_note(*, now: datetime) -> int:
    """Note what running periods passed and was not told of; returns how many events are new."""
    warned = list(_warned(now))
    new = unknown_keys(_key(each.head, mark) for each in warned for mark in each.marks)
    events = [event for each in warned for event in _events(each, new, now)]
    return events_note(events)


def warnings_list(scope: Scope) -> list[AlertEvent]:
    """The gravest early warning of each KPI whose period still runs, newest first: one query."""
    running = KpiPeriod.objects.filter(
        kpi=OuterRef("kpi"), phase=Phase.RUNNING, starts_at__lte=OuterRef("at")
    )
    found = visible(AlertEvent, scope).filter(Exists(running), kind=AlertEvent.Kind.AT_RISK)
    latest: dict[int | None, AlertEvent] = {}
    for event in found.select_related("kpi").order_by("id"):
        latest[event.kpi_id] = event
    return sorted(latest.values(), key=lambda event: event.at, reverse=True)


def _warned(now: datetime) -> Iterator[Warned]:
    heads = list(
        KpiPeriod.objects.filter(phase=Phase.RUNNING, current__isnull=False, kpi__archived_at=None)
        .exclude(current__denominator="")
        .select_related(*_JOINED)
    )
    judged = [head for head in heads if _is_judged(head)]
    before = _volumes_before(judged)
    for head in judged:
        seen = _outlook(head, before.get((head.kpi_id, head.starts_at)), now)
        if seen:
            yield Warned(head, seen)


def _is_judged(head: KpiPeriod) -> bool:
    """A share with failures left, held against a level that counts by now."""
    revision = head.current
    level = revision.level if revision else None
    if revision is None or level is None or level.kind == level.Kind.REPORTING:
        return False
    return bool(revision.body.get("failures")) and level.is_enforced(head.first_day)


def _volumes_before(heads: Iterable[KpiPeriod]) -> Mapping[tuple[int, datetime], Fraction]:
    """The whole volume of the period right before each, by KPI and the instant between them."""
    wanted = list(heads)
    found = KpiPeriod.objects.filter(
        kpi__in={head.kpi_id for head in wanted},
        ends_at__in={head.starts_at for head in wanted},
    ).exclude(phase=Phase.RUNNING)
    rows = found.exclude(current=None).exclude(current__denominator="")
    values = rows.values_list("kpi_id", "ends_at", "current__denominator")
    return {(kpi, ends): Fraction(volume) for kpi, ends, volume in values}


def _outlook(head: KpiPeriod, before: Fraction | None, now: datetime) -> Outlook | None:
    """Where the period is heading; None while too little is in to say."""
    revision = head.current
    assert revision is not None
    assert revision.level is not None
    level = engine_level(revision.level, head.first_day)
    bad = Fraction(revision.body["failures"]["used"])
    so_far = Fraction(revision.denominator)
    share = _elapsed(head, now)
    if not share or not so_far:
        return None
    if revision.definition.measure == _SCHEDULED:
        projected, so_far = so_far, max(so_far * share, bad)
    else:
        projected = max(so_far, before or so_far / share)
    if so_far < projected * LEAST_SHARE:
        return None
    try:
        return outlook(bad, so_far, projected, level, revision.definition.unit)
    except EngineError:  # not a share of the kind that can be estimated
        return None


def _elapsed(head: KpiPeriod, now: datetime) -> Fraction:
    gone = min(now, head.ends_at) - head.starts_at
    return max(Fraction(0), Fraction(gone / (head.ends_at - head.starts_at)))


def _events(warned: Warned, new: set[str], now: datetime) -> Iterator[AlertEvent]:
    """An event for each new mark; only the gravest is for anybody to read."""
    marks = [mark for mark in _MARKS if mark in warned.marks and _key(warned.head, mark) in new]
    for mark in marks:
        event = _event(warned, mark, now)
        event.fanned_out_at = None if mark == marks[-1] else now
        yield event


def _key(head: KpiPeriod, mark: str) -> str:
    return f"at-risk:{head.pk}:{mark}"


def _event(warned: Warned, mark: str, now: datetime) -> AlertEvent:
    head = warned.head
    contract = head.kpi.governing_contract
    return AlertEvent(
        key=_key(head, mark),
        kind=AlertEvent.Kind.AT_RISK,
        severity=_SEVERITY[mark],
        at=now,
        facts=_facts(warned, mark),
        kpi=head.kpi,
        contract=contract,
        vendor=contract.vendor if contract else None,
    )


def _facts(warned: Warned, mark: str) -> dict[str, Any]:
    head = warned.head
    row = revision_row(head, head.current)
    said = {
        "50": "half of the failures allowed are used",
        "75": "three quarters of the failures allowed are used",
        "pace": "at this pace it ends in a miss",
        "lost": "it can no longer be met",
    }[mark]
    failures = warned.outlook.failures
    unit = "%" if head.current and head.current.definition.unit == "percent" else ""
    return {
        "mark": mark,
        "said": f"{row['period']}: {said} (estimate)",
        "title": f"Early warning: {row['name']}, {row['period']}: {said} (estimate)",
        "text": (
            f"{short_text(failures.used)} failures of about {short_text(failures.allowed)} "
            f"allowed in the whole period. At this pace it ends at "
            f"{short_text(warned.outlook.pace)} {unit} against {row['target_text']}. "
            "Both are estimates."
        ).replace("  ", " "),
    }
