"""Early warnings: a running period that uses up its failures, or whose pace ends in a miss.

An estimate, and called one. Each threshold is told of once per period.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef

from contracts.selectors.scope import Scope
from contracts.selectors.visibility import visible
from metrics.alerts.noting import events_note, unknown_keys
from metrics.engine.outlook import Heading, Outlook
from metrics.evaluation.outlooks import JOINED, outlooks_of
from metrics.models import AlertEvent, KpiPeriod
from metrics.scorecards.figures import short_text
from metrics.scorecards.rows import revision_row

Phase = KpiPeriod.Phase
_JOINED = (*JOINED, "kpi__contract__vendor", "kpi__process__contract__vendor")
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
    heads = KpiPeriod.objects.filter(
        phase=Phase.RUNNING, current__isnull=False, kpi__archived_at=None
    ).exclude(current__denominator="")
    for running in outlooks_of(heads.select_related(*_JOINED), now).values():
        yield Warned(running.head, running.outlook)


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
