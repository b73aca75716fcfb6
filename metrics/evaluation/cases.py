"""Breach cases follow their figures: only transitions move them, each one once."""

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction

from django.db.models import QuerySet

from kpotracker.toolkit.bulk import columns_update, models_insert
from kpotracker.toolkit.stamping import stamp
from metrics.models import BreachCase, CaseTransition, KpiPeriod

State = BreachCase.State
Phase = KpiPeriod.Phase

SYSTEM = "kpotracker"

_SNOOZE = ["snoozed_until", "snoozed_until_worse", "snoozed_shortfall"]
_OVER = (State.WITHDRAWN, State.WAIVED, State.RESOLVED)
_SEVERITY = {"BELOW_EXPECTED": "minor", "BELOW_MINIMUM": "major", "NO_DATA": "major"}


def cases_follow(*, heads: Sequence[KpiPeriod], as_of: datetime) -> list[CaseTransition]:
    """Open, advance or withdraw the cases of heads whose figure or phase changed.

    In the caller's transaction. A failure in grace is provisional and opens when the figure is
    final; a figure that no longer fails withdraws its case, and a later failure reopens it.
    """
    cases = {case.period_id: case for case in _locked(heads)}
    fresh = [head for head in heads if head.is_breach and head.pk not in cases]
    opened = [_new_case(head, as_of) for head in fresh]
    models_insert(opened)
    cases |= {case.period_id: case for case in opened}
    born = {head.pk for head in fresh}
    steps = [
        step
        for head in heads
        if head.pk in cases and (step := _step(head, cases[head.pk], head.pk in born, as_of))
    ]
    models_insert(steps)
    known = [head for head in heads if head.pk in cases]
    regraded = [head for head in known if _regraded(head, cases[head.pk])]
    woken = [head for head in known if _woken(head, cases[head.pk])]
    moved = {step.case_id: step.case for step in steps}
    moved |= {cases[head.pk].pk: cases[head.pk] for head in (*regraded, *woken)}
    columns_update(list(moved.values()), ["state", "severity", *_SNOOZE])
    stamp(BreachCase, moved)
    return steps


def _locked(heads: Sequence[KpiPeriod]) -> QuerySet[BreachCase]:
    """Their cases, which nobody else moves until the transaction ends."""
    cases = BreachCase.objects.select_for_update(no_key=True).filter(period__in=heads)
    return cases.order_by("pk")


def _new_case(head: KpiPeriod, as_of: datetime) -> BreachCase:
    return BreachCase(
        period=head, state=_state_of_failure(head), severity=_severity(head), opened_at=as_of
    )


def _step(head: KpiPeriod, case: BreachCase, born: bool, as_of: datetime) -> CaseTransition | None:
    """Move ``case`` to where its figure puts it; None where it stays."""
    target = _target(head, case)
    if not born and target == case.state:
        return None
    step = CaseTransition(
        case=case,
        revision=head.current,
        from_state="" if born else case.state,
        to_state=target,
        at=as_of,
        by=SYSTEM,
        reason=_reason(head),
    )
    case.state = target
    return step


def _regraded(head: KpiPeriod, case: BreachCase) -> bool:
    """Bring a case's severity up to its figure; whether that changed it."""
    if not head.is_breach or case.severity == _severity(head):
        return False
    case.severity = _severity(head)
    return True


def _woken(head: KpiPeriod, case: BreachCase) -> bool:
    """End the snooze of a case that sleeps until it gets worse, and did; whether it did."""
    revision = head.current
    if not case.snoozed_until_worse or not head.is_breach or revision is None:
        return False
    if Fraction(revision.shortfall or 0) <= Fraction(case.snoozed_shortfall or 0):
        return False
    case.snooze_end()
    return True


def _target(head: KpiPeriod, case: BreachCase) -> str:
    if not head.is_breach:
        return case.state if case.state in _OVER else State.WITHDRAWN
    if case.state in (State.PROVISIONAL, State.WITHDRAWN):
        return _state_of_failure(head)
    return case.state


def _state_of_failure(head: KpiPeriod) -> str:
    return State.PROVISIONAL if head.phase == Phase.PROVISIONAL else State.OPEN


def _severity(head: KpiPeriod) -> str:
    revision = head.current
    if revision and revision.consequence == "critical":
        return "critical"
    return _SEVERITY.get(head.status, "minor")


def _reason(head: KpiPeriod) -> str:
    if not head.is_breach:
        return "the figure no longer fails its service level"
    return "the figure fails its service level"
