"""Corrective action plans: either side proposes, the buyer accepts, each side ticks its steps."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from contracts.selectors.duties import Duty
from contracts.selectors.lookups import UnknownCodeError
from contracts.selectors.scope import Scope
from contracts.services.documents import document_store
from contracts.services.writing import save, touch, writing
from metrics.casework.moving import person_of, refuse_without
from metrics.models import BreachCase, CorrectivePlan, Incident, PlanStep
from metrics.selectors import scope as scoped

State = CorrectivePlan.State
Side = PlanStep.Side


def plan_propose(
    *, subject: BreachCase | Incident, title: str, cause: str, scope: Scope
) -> CorrectivePlan:
    """A plan for a case or an incident that ``scope`` sees. Raises ValidationError, also for a
    case that both sides do not share."""
    refuse_without(working_duty(scope), scope)
    plan = CorrectivePlan(
        title=title,
        cause=cause,
        proposed_by=person_of(scope),
        **_about(subject),
    )
    with writing():
        save(plan, action="proposed")
    return plan


def plan_return(*, plan_id: int, answer: str, scope: Scope, as_of: datetime) -> CorrectivePlan:
    """Send a proposed plan back with what is missing. Raises ValidationError."""
    if not answer.strip():
        raise ValidationError({"answer": "Say what is missing."})
    return _decided(plan_id, (State.PROPOSED,), State.RETURNED, answer, scope, as_of)


def plan_accept(*, plan_id: int, answer: str, scope: Scope, as_of: datetime) -> CorrectivePlan:
    """Agree to a plan that has steps. Raises ValidationError."""
    return _decided(plan_id, (State.PROPOSED,), State.ACCEPTED, answer, scope, as_of)


def plan_complete(*, plan_id: int, answer: str, scope: Scope, as_of: datetime) -> CorrectivePlan:
    """Close a plan whose steps are all done. Raises ValidationError."""
    return _decided(plan_id, (State.ACCEPTED,), State.COMPLETED, answer, scope, as_of)


def plan_submit(*, plan_id: int, cause: str, scope: Scope) -> CorrectivePlan:
    """Propose a returned plan again. Raises ValidationError."""
    with _worked_on(plan_id, scope) as plan:
        if plan.state != State.RETURNED:
            raise ValidationError("Only a plan that was sent back is proposed again.")
        plan.state, plan.cause, plan.answer = State.PROPOSED, cause.strip(), ""
        plan.decided_by, plan.decided_at = None, None
        save(plan, action="proposed")
    return plan


def step_add(
    *, plan_id: int, title: str, side: str, owner: str, due_on: date, scope: Scope
) -> PlanStep:
    """Add a step; once a plan is accepted only the buyer adds some. Raises ValidationError."""
    with _worked_on(plan_id, scope) as plan:
        if plan.state == State.COMPLETED:
            raise ValidationError("The plan is completed: propose a new one.")
        if plan.state == State.ACCEPTED and not scope.is_internal:
            raise ValidationError("The plan is accepted: ask the buyer to add a step.")
        step = PlanStep(plan=plan, title=title, side=side, owner=owner, due_on=due_on)
        save(step)
        touch(plan)
    return step


def step_remove(*, plan_id: int, step_id: int, scope: Scope) -> None:
    """Take a step out of a plan that nobody accepted yet. Raises ValidationError."""
    with _worked_on(plan_id, scope) as plan:
        if plan.state not in (State.PROPOSED, State.RETURNED):
            raise ValidationError("The plan is accepted: its steps stay.")
        step = _step(plan, step_id)
        title = step.title
        step.delete()
        save(plan, action=f"took out the step {title!r}"[:60])


def step_done(
    *,
    plan_id: int,
    step_id: int,
    result: str,
    scope: Scope,
    as_of: datetime,
    evidence: UploadedFile[Any] | None = None,
) -> PlanStep:
    """Tick a step of an accepted plan; a vendor ticks its own. Raises ValidationError."""
    if not result.strip():
        raise ValidationError({"result": "Say what was done."})
    with _worked_on(plan_id, scope) as plan:
        if plan.state != State.ACCEPTED:
            raise ValidationError("Steps are done once the buyer accepted the plan.")
        step = _step(plan, step_id)
        if step.done_on:
            raise ValidationError(f"It was done on {step.done_on:%-d %B %Y} already.")
        if step.side == Side.BUYER and not scope.is_internal:
            raise ValidationError("This step is the buyer's.")
        step.done_on, step.done_by, step.result = as_of.date(), person_of(scope), result.strip()
        save(step, action="done")
        if evidence:
            document_store(upload=evidence, subject=step, uploaded_by=person_of(scope))
        touch(plan)
    return step


def working_duty(scope: Scope) -> Duty:
    """Who works on plans: case workers at the buyer's, those who contest at the vendor's."""
    return Duty.CASES if scope.is_internal else Duty.CONTEST


def _about(subject: BreachCase | Incident) -> dict[str, object]:
    if isinstance(subject, Incident):
        return {"incident": subject, "vendor": subject.vendor}
    if subject.state in (BreachCase.State.PROVISIONAL, BreachCase.State.WITHDRAWN):
        state = subject.get_state_display().lower()
        raise ValidationError(f"It is {state}: plan once the failure stands.")
    contract = subject.period.kpi.governing_contract
    if contract is None:
        raise ValidationError("This KPI is measured in house: there is no vendor to plan with.")
    return {"case": subject, "vendor": contract.vendor}


@contextmanager
def _worked_on(plan_id: int, scope: Scope) -> Iterator[CorrectivePlan]:
    refuse_without(working_duty(scope), scope)
    with writing():
        yield _locked(plan_id, scope)


def _locked(plan_id: int, scope: Scope) -> CorrectivePlan:
    plans = scoped.plans(scope).select_for_update(of=("self",), no_key=True)
    plan = plans.filter(pk=plan_id).first()
    if plan is None:
        raise UnknownCodeError(f"corrective action plan {plan_id} is unknown")
    return plan


def _step(plan: CorrectivePlan, step_id: int) -> PlanStep:
    step = plan.steps.filter(pk=step_id).first()
    if step is None:
        raise UnknownCodeError(f"step {step_id} is unknown in {plan}")
    return step


def _decided(
    plan_id: int,
    sources: tuple[str, ...],
    target: str,
    answer: str,
    scope: Scope,
    as_of: datetime,
) -> CorrectivePlan:
    refuse_without(Duty.CASES, scope)
    with writing():
        plan = _locked(plan_id, scope)
        _refuse_decision(plan, sources, target)
        plan.state, plan.answer = target, answer.strip()
        plan.decided_by, plan.decided_at = person_of(scope), as_of
        save(plan, action=State(target).label.lower(), reason=answer)
    return plan


def _refuse_decision(plan: CorrectivePlan, sources: tuple[str, ...], target: str) -> None:
    if plan.state not in sources:
        raise ValidationError(f"The plan is {plan.get_state_display().lower()} already.")
    steps = list(plan.steps.all())
    if target == State.ACCEPTED and not steps:
        raise ValidationError("A plan without steps plans nothing: add one first.")
    if target == State.COMPLETED and any(step.done_on is None for step in steps):
        raise ValidationError("Some steps are not done yet.")
