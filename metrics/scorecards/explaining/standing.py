"""What follows from the figure: where it is heading, the breach case, service credits."""

from collections.abc import Iterable
from typing import Any

from contracts.services.currencies import money_text
from metrics.evaluation.improvement import improvement_of
from metrics.evaluation.outlooks import outlook_of
from metrics.models import CreditEntry
from metrics.scorecards.explaining.parts import Part, Subject
from metrics.scorecards.improving import improvement_said
from metrics.scorecards.outlooks import outlook_lines, outlook_said
from metrics.selectors import scope as scoped
from metrics.selectors.breaches import with_steps
from metrics.selectors.wording import case_word, severity_word


def outlook_part(subject: Subject) -> Part | None:
    """Only of the figure in force of a period that runs."""
    running = outlook_of(subject.head, subject.as_of) if subject.is_current else None
    if running is None:
        return None
    lines = outlook_lines(running)
    return Part("Where it is heading (estimate)", lines, {"outlook": outlook_said(running)})


def improvement_part(subject: Subject) -> Part | None:
    """For the buyer's programs alone: it is no part of what is told about a figure."""
    found = improvement_of(subject.head.kpi) if subject.scope.is_internal else None
    return Part("", [], {"improvement": improvement_said(found)}) if found else None


def case_part(subject: Subject) -> Part | None:
    """The breach case, as far as the reader may know of it."""
    cases = scoped.cases(subject.scope).filter(period=subject.head)
    case = with_steps(cases, scope=subject.scope).first()
    if case is None:
        return None
    taken: Iterable[Any] = case.transitions.all()  # as far as the reader may know of them
    steps = [
        {"at": step.at, "state": step.to_state, "by": step.told_by, "reason": step.told_reason}
        for step in taken
    ]
    said = {"id": case.pk, "state": case.state, "severity": case.severity, "steps": steps}
    state, severity = case_word(case.state).text.lower(), severity_word(case.severity).text.lower()
    lines = [f"{state.capitalize()}, {severity}", *(_step(step) for step in steps)]
    return Part("Breach case", lines, {"case": said})


def _step(step: dict[str, Any]) -> str:
    reason = f": {step['reason']}" if step["reason"] else ""
    return (
        f"{step['at']:%Y-%m-%d %H:%M} UTC  {case_word(step['state']).text} by {step['by']}{reason}"
    )


def credits_part(subject: Subject) -> Part | None:
    """The postings of the ledger for this period, each with the steps to its amount."""
    found = scoped.credit_entries(subject.scope).filter(kpi_period=subject.head).order_by("pk")
    entries = list(found)
    if not entries:
        return None
    lines = [line for entry in entries for line in _entry_lines(entry)]
    return Part("Service credits", lines, {"credits": [_entry(entry) for entry in entries]})


def _entry_lines(entry: CreditEntry) -> list[str]:
    amount = money_text(entry.amount_minor, entry.currency)
    posted = f"{entry.get_kind_display()} of {amount}, posted {entry.posted_at:%Y-%m-%d}"
    return [posted, *(f"  {step}" for step in entry.steps)]


def _entry(entry: CreditEntry) -> dict[str, Any]:
    return {
        "id": entry.pk,
        "kind": entry.kind,
        "amount_minor": entry.amount_minor,
        "currency": entry.currency,
        "posted_at": entry.posted_at,
        "steps": list(entry.steps),
    }
