"""Moving a breach case: one step at a time, under a lock on the case, told of and explained."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from contracts.models import User
from contracts.selectors.duties import Duty
from contracts.selectors.lookups import UnknownCodeError
from contracts.selectors.scope import Scope
from contracts.services.acting import Actor, actor_of
from contracts.services.documents import document_store
from contracts.services.writing import save, writing
from metrics.casework.moves import DISPUTE, MOVES, Move, refusal
from metrics.casework.windows import windows_of
from metrics.models import BreachCase, CaseTransition, KpiPeriod, ResultRevision
from metrics.selectors import scope as scoped


def case_move(
    *,
    case_id: int,
    move: Move,
    scope: Scope,
    as_of: datetime,
    reason: str = "",
    is_shared: bool = False,
    evidence: Sequence[UploadedFile[Any]] = (),
) -> CaseTransition:
    """Make ``move``; the person or the program of ``scope`` does it.

    Raises UnknownCodeError for a case outside ``scope``, and ValidationError where it may not be
    made: with these duties, from where the case stands, or outside the time for it. Of two
    who move a case at once, the second one sees where the first one put it.
    """
    if move.name == "waive":
        raise TypeError("a waiver needs a second person: use waiver_request")
    with writing():
        case = case_lock(case_id, scope)
        refuse_without(move.duty, scope)
        refuse_move(case, move)
        if move is DISPUTE:
            _refuse_late(case, as_of)
        step = step_take(
            case=case, move=move, by=actor_of(scope), as_of=as_of, reason=reason,
            is_internal=not (move.told_always or is_shared),
        )  # fmt: skip
        for upload in evidence:
            document_store(upload=upload, subject=case, uploaded_by=person_of(scope))
    return step


def case_lock(case_id: int, scope: Scope) -> BreachCase:
    """The case, which nobody else moves until the transaction ends. Raises UnknownCodeError."""
    cases = scoped.cases(scope).select_for_update(of=("self",), no_key=True)
    case = cases.filter(pk=case_id).first()
    if case is None:
        raise UnknownCodeError(f"breach case {case_id} is unknown")
    return case


def person_of(scope: Scope) -> User:
    """Who acts, where that has to be a person."""
    if scope.reader is None:
        raise ValidationError("Only a person who signed in may do this.")
    return scope.reader


def refuse_without(duty: Duty, scope: Scope) -> None:
    if not scope.may(duty):
        raise ValidationError("Your role does not do this.")


def step_take(
    *,
    case: BreachCase,
    move: Move,
    by: Actor,
    as_of: datetime,
    reason: str,
    is_internal: bool,
    waiver_scope: str = "",
) -> CaseTransition:
    """Write the step of a case that ``case_lock`` gave and that may move, within ``writing()``."""
    if move.reason_needed and not reason.strip():
        raise ValidationError({"reason": "Say why: it stays with the case."})
    step = CaseTransition(
        case=case,
        revision=_figure_of(case),
        from_state=case.state,
        to_state=move.target,
        at=as_of,
        by=by.name[:200],
        person=by.user,
        key=by.key,
        reason=reason.strip(),
        is_internal=is_internal,
    )
    step.full_clean()
    step.save()
    case.state, case.waiver_scope = move.target, waiver_scope
    case.snooze_end()
    save(case, action=move.verb, reason=reason.strip())
    return step


def refuse_move(case: BreachCase, move: Move) -> None:
    """Raises ValidationError where the case stands elsewhere."""
    if why := refusal(move, case.state):
        raise ValidationError(f"This cannot be {move.verb}: {why}.", code=why)


def moves_open(case: BreachCase, scope: Scope) -> list[Move]:
    """What the reader may do with the case as it stands now."""
    return [
        move
        for move in MOVES.values()
        if scope.may(move.duty) and case.state in move.sources and move.name != "waive"
    ]


def _refuse_late(case: BreachCase, as_of: datetime) -> None:
    """A dispute has its time, and counts once for each figure."""
    window = windows_of(case).dispute
    if not window.is_open(as_of):
        raise ValidationError(f"This cannot be disputed any more: {window.words}.")
    revision = _figure_of(case)
    if case.transitions.filter(revision=revision, to_state=DISPUTE.target).exists():
        raise ValidationError(
            "This figure was disputed already: a new dispute needs a new figure. "
            "Write a comment, or ask for relief."
        )


def _figure_of(case: BreachCase) -> ResultRevision:
    head = KpiPeriod.objects.select_related("current").get(pk=case.period_id)
    if head.current is None:
        raise ValidationError(f"{head} has no figure yet.")
    return head.current
