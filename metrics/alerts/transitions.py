"""Steps of breach cases become events: each step once, in whatever order they were committed.

There is no watermark: a step is told of when its event exists, so one that commits late is
found like any other.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from metrics.alerts.noting import events_note
from metrics.models import AlertEvent, BreachCase, CaseTransition
from metrics.scorecards.rows import revision_row
from metrics.selectors.wording import severity_word

State = BreachCase.State
BATCH = 500
HISTORY = timedelta(days=62)
_JOINED = (
    "case__period__kpi__contract__vendor",
    "case__period__kpi__process__contract__vendor",
    "revision__definition",
    "revision__level",
)
_TITLES = {
    State.PROVISIONAL: "Service level missed so far",
    State.OPEN: "Breach case opened",
    State.ACKNOWLEDGED: "Breach case acknowledged",
    State.DISPUTED: "Breach case disputed",
    State.CONFIRMED: "Breach case confirmed",
    State.WAIVED: "Breach case waived",
    State.RESOLVED: "Breach case resolved",
    State.WITHDRAWN: "Breach case withdrawn",
}


def transitions_note(*, limit: int = BATCH) -> int:
    """Turn a batch of steps that no event tells of yet into events; returns how many."""
    steps = list(untold().select_related(*_JOINED).order_by("pk")[:limit])
    return events_note(_event(step) for step in steps)


def untold() -> QuerySet[CaseTransition]:
    """Steps that are no event yet."""
    told = AlertEvent.objects.filter(transition=OuterRef("pk"))
    return CaseTransition.objects.filter(~Exists(told))


def _event(step: CaseTransition) -> AlertEvent:
    case = step.case
    kpi = case.period.kpi
    contract = kpi.governing_contract
    return AlertEvent(
        key=f"transition:{step.pk}",
        kind=AlertEvent.Kind.BREACH,
        severity=case.severity,
        at=step.at,
        facts=_facts(step),
        is_internal=_is_internal(step),
        transition=step,
        case=case,
        kpi=kpi,
        contract=contract,
        vendor=contract.vendor if contract else None,
    )


def _facts(step: CaseTransition) -> dict[str, Any]:
    row = revision_row(step.case.period, step.revision)
    severity = severity_word(step.case.severity).text
    return {
        "state": step.to_state,
        "title": f"{_TITLES[State(step.to_state)]}: {row['name']}, {row['period']}",
        "text": f"{severity}. {figure_words(row)}{owner_words(row)}",
        "history": _is_history(step),
    }


def figure_words(row: Mapping[str, Any]) -> str:
    """The figure and what it was held against, as a sentence."""
    target = f" against {row['target_text']}" if row["target_text"] else ""
    return f"Actual {row['value_text']}{target}." if row["value_text"] else "There is no figure."


def owner_words(row: Mapping[str, Any]) -> str:
    """Vendor and contract, as a sentence behind another."""
    contract = row["contract"] and f"contract {row['contract']}"
    parts = [part for part in (row["vendor_name"], contract) if part]
    return f" {', '.join(parts).removesuffix('.')}." if parts else ""


def _is_internal(step: CaseTransition) -> bool:
    """What happens before a case opens stays inside, its end without opening included."""
    before = step.from_state in ("", State.PROVISIONAL)
    return step.to_state == State.PROVISIONAL or (before and step.to_state == State.WITHDRAWN)


def _is_history(step: CaseTransition) -> bool:
    """A failure found long after its period ended: old data was loaded, nothing happened now."""
    return not step.from_state and step.case.period.ends_at < step.at - HISTORY
