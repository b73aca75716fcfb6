"""Corrective action plans: proposed, answered, and worked off step by step."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from contracts.pages.base import Crumb, paged
from contracts.pages.documents import holder_register
from contracts.pages.editing import posted
from contracts.selectors import scope as contracts_scope
from contracts.selectors.duties import Duty
from contracts.selectors.lookups import UnknownCodeError
from contracts.selectors.scope import Scope
from contracts.services.auditing import subject_of
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.forms import PlainForm
from metrics.casework import plans as casework
from metrics.models import CorrectivePlan, PlanStep
from metrics.pages.base import page
from metrics.pages.case_forms import cause_field, evidence_field, note_field
from metrics.selectors import scope as scoped

_PER_PAGE = 50
State = CorrectivePlan.State

holder_register(
    PlanStep, Duty.CASES, Duty.CONTEST, address=lambda it: reverse("plan", args=[it.plan_id])
)


class StepForm(PlainForm):
    """A step: what, by whom, until when."""

    title = forms.CharField(label="What will be done", max_length=200)
    side = forms.ChoiceField(label="Whose step it is", choices=PlanStep.Side.choices)
    owner = forms.CharField(label="Who does it", max_length=200, help_text="A person's name.")
    due_on = forms.DateField(label="Due")


class DoneForm(PlainForm):
    """What was done."""

    result = note_field("What was done?")
    evidence = evidence_field()


class AnswerForm(PlainForm):
    """What the buyer says to a plan."""

    answer = note_field("Answer", "The vendor reads it.", required=False)


class AgainForm(PlainForm):
    """A plan that was sent back, proposed again."""

    cause = cause_field()


@page()
def plans(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Plans, newest first, with how many of their steps are done and overdue."""
    today = now().date()
    found = _with_counts(scoped.plans(scope), today).select_related(
        "vendor", "case__period__kpi", "incident"
    )
    context = {
        "plans": paged(request, found.order_by("-id"), size=_PER_PAGE),
        "crumbs": [Crumb("Breach cases", reverse("breaches")), Crumb("Corrective action plans")],
        "section": "breaches",
    }
    return render(request, "metrics/plans.html", context)


@page()
def plan(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """One plan: its cause, its answer, its steps."""
    found, today = _plan(number, scope), now().date()
    works = scope.may(casework.working_duty(scope))
    steps = list(found.steps.all())
    evidence = _evidence(steps, scope)
    context = {
        "plan": found,
        "steps": [
            _step(step, found, scope, today) | {"documents": evidence.get(subject_of(step), [])}
            for step in steps
        ],
        "may_add": works and _may_add(found, scope),
        "may_answer": scope.may(Duty.CASES) and found.state == State.PROPOSED,
        "may_complete": scope.may(Duty.CASES)
        and found.state == State.ACCEPTED
        and all(step.done_on for step in steps),
        "may_propose": works and found.state == State.RETURNED,
        "today": today,
        "crumbs": _crumbs(found, scope),
        "section": "breaches",
    }
    return render(request, "metrics/plan.html", context)


@page(Duty.CASES, Duty.CONTEST, writes=True)
def plan_step_new(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Add a step to a plan."""
    found = _plan(number, scope)
    side = PlanStep.Side.BUYER if scope.is_internal else PlanStep.Side.VENDOR
    form = StepForm(posted(request), initial={"side": side})

    def add() -> None:
        casework.step_add(plan_id=number, scope=scope, **form.cleaned_data)

    return _answered(request, found, form, "Add a step", "The step is added.", add, scope)


@page(Duty.CASES, Duty.CONTEST, writes=True)
def plan_step_done(request: HttpRequest, scope: Scope, number: int, step: int) -> HttpResponse:
    """Tick a step, with what was done and evidence of it."""
    found = _plan(number, scope)
    form = DoneForm(posted(request), request.FILES or None)
    chosen = found.steps.filter(pk=step).first()
    if chosen is None:
        raise Http404(f"step {step} is unknown")

    def tick() -> None:
        given = form.cleaned_data
        casework.step_done(
            plan_id=number,
            step_id=step,
            result=given["result"],
            evidence=given["evidence"] or None,
            scope=scope,
            as_of=now(),
        )

    return _answered(
        request, found, form, f"Done: {chosen.title}", "The step is done.", tick, scope
    )


@page(Duty.CASES, Duty.CONTEST, writes=True)
def plan_step_remove(request: HttpRequest, scope: Scope, number: int, step: int) -> HttpResponse:
    """Take a step out of a plan that is not accepted."""
    found = _plan(number, scope)
    form = PlainForm(posted(request))

    def remove() -> None:
        casework.step_remove(plan_id=number, step_id=step, scope=scope)

    return _answered(request, found, form, "Take a step out", "The step is gone.", remove, scope)


@page(Duty.CASES, writes=True)
def plan_answer(request: HttpRequest, scope: Scope, number: int, act: str) -> HttpResponse:
    """Accept a plan, send it back, or complete it."""
    deeds = {
        "accept": ("Accept the plan", "The plan is accepted.", casework.plan_accept),
        "return": ("Send the plan back", "The plan went back.", casework.plan_return),
        "complete": ("Complete the plan", "The plan is completed.", casework.plan_complete),
    }
    if act not in deeds:
        raise Http404(f"{act!r} is not done with a plan")
    title, said, do = deeds[act]
    found = _plan(number, scope)
    form = AnswerForm(posted(request))

    def answer() -> None:
        do(plan_id=number, answer=form.cleaned_data["answer"], scope=scope, as_of=now())

    return _answered(request, found, form, title, said, answer, scope)


@page(Duty.CASES, Duty.CONTEST, writes=True)
def plan_again(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Propose a plan again that was sent back."""
    found = _plan(number, scope)
    form = AgainForm(posted(request), initial={"cause": found.cause})

    def propose() -> None:
        casework.plan_submit(plan_id=number, cause=form.cleaned_data["cause"], scope=scope)

    title, said = "Propose the plan again", "The plan is proposed again."
    return _answered(request, found, form, title, said, propose, scope)


def _plan(number: int, scope: Scope) -> CorrectivePlan:
    found = (
        scoped.plans(scope)
        .select_related("vendor", "case__period__kpi", "incident", "proposed_by", "decided_by")
        .filter(pk=number)
        .first()
    )
    if found is None:
        raise UnknownCodeError(f"corrective action plan {number} is unknown")
    return found


def _with_counts(found: QuerySet[CorrectivePlan], today: date) -> QuerySet[CorrectivePlan]:
    undone = Q(steps__done_on__isnull=True)
    return found.annotate(
        steps_all=Count("steps"),
        steps_done=Count("steps", filter=~undone & Q(steps__isnull=False)),
        steps_overdue=Count("steps", filter=undone & Q(steps__due_on__lt=today)),
    )


def _step(step: PlanStep, found: CorrectivePlan, scope: Scope, today: date) -> dict[str, Any]:
    works = scope.may(casework.working_duty(scope))
    own = scope.is_internal or step.side == PlanStep.Side.VENDOR
    open_plan = found.state in (State.PROPOSED, State.RETURNED)
    return {
        "step": step,
        "is_overdue": step.is_overdue(today) and found.state == State.ACCEPTED,
        "may_tick": works and own and found.state == State.ACCEPTED and step.done_on is None,
        "may_remove": works and open_plan,
    }


def _evidence(steps: list[PlanStep], scope: Scope) -> dict[str, list[Any]]:
    """The documents of all steps, {subject: documents}, in one query."""
    subjects = [subject_of(step) for step in steps]
    found = contracts_scope.documents(scope).filter(subject__in=subjects, archived_at__isnull=True)
    evidence: dict[str, list[Any]] = {}
    for document in found:
        evidence.setdefault(document.subject, []).append(document)
    return evidence


def _may_add(found: CorrectivePlan, scope: Scope) -> bool:
    if found.state == State.ACCEPTED:
        return scope.is_internal
    return found.state != State.COMPLETED


def _crumbs(found: CorrectivePlan, scope: Scope, last: str = "") -> list[Crumb]:
    crumbs = [Crumb("Breach cases", reverse("breaches"))]
    if found.case:
        kpi, label = found.case.period.kpi, found.case.period.label
        crumbs.append(Crumb(f"{kpi.name}, {label}", reverse("case", args=[found.case.pk])))
    elif found.incident:
        crumbs.append(Crumb(found.incident.title, reverse("incident", args=[found.incident.pk])))
    own = Crumb(found.title, reverse("plan", args=[found.pk]) if last else "")
    return [*crumbs, own, *([Crumb(last)] if last else [])]


def _answered(
    request: HttpRequest,
    found: CorrectivePlan,
    form: PlainForm,
    title: str,
    said: str,
    do: Any,
    scope: Scope,
) -> HttpResponse:
    """The page of a form about a plan: back to the plan once it is done."""
    if request.method == "POST" and form.is_valid():
        try:
            do()
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, said)
            return redirect("plan", number=found.pk)
    context = {
        "form": form,
        "title": title,
        "back": reverse("plan", args=[found.pk]),
        "crumbs": _crumbs(found, scope, title),
        "section": "breaches",
    }
    return render(request, "metrics/case_form.html", context)
