"""Month close: the board of all contracts, and one contract's month with its next step."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from contracts.models import User
from contracts.pages.base import Crumb
from contracts.selectors.duties import Duty
from contracts.selectors.lookups import contract_by_reference
from contracts.selectors.scope import Scope
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.forms import PlainForm
from metrics.closing.board import BoardRow, Stage, board_of, contracts_to_close
from metrics.closing.steps import ANSWER_DAYS, ORDER, close_reopen, close_step
from metrics.models import MonthClose
from metrics.pages.base import page
from metrics.pages.periods import chosen_span
from metrics.selectors.spans import Span, SpanError, beside, month_of, parse_span

Step = MonthClose.Step
_PER_PAGE = 50
_MONTHS_ON_OFFER = 24
_DUTIES = {
    Step.DATA_IN: (Duty.CLOSE,),
    Step.CHECKED: (Duty.CLOSE,),
    Step.RELIEF_DECIDED: (Duty.DECIDE,),
    Step.AGREED: (Duty.CLOSE, Duty.CONTEST),
    Step.PUBLISHED: (Duty.PUBLISH,),
}
_ASKED = {
    Step.DATA_IN: "All data is in",
    Step.CHECKED: "The figures are checked",
    Step.RELIEF_DECIDED: "Relief is decided: send to the vendor",
    Step.AGREED: "The vendor agrees",
    Step.PUBLISHED: "Publish the scorecard",
}
_WE_AGREE = "We agree"
_AGREED_HINT = {
    True: "What the buyer should read with it.",
    False: "Who agreed at the vendor's, and how.",
}
_PUBLISHED_HINT = (
    "It stands on the scorecard, where the vendor reads it; needed where data is missing."
)


class StepForm(PlainForm):
    """What the next step needs to be told; the vendor's days are asked where they begin."""

    reason = forms.CharField(
        label="Remark",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Needed where something is missing: why the month goes on without it.",
    )
    answer_days = forms.IntegerField(
        label="Days for the vendor to object", min_value=1, max_value=90, initial=ANSWER_DAYS
    )

    def __init__(self, *args: Any, step: str, by_vendor: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if step != Step.RELIEF_DECIDED:
            del self.fields["answer_days"]
        if step == Step.AGREED:
            self.fields["reason"].help_text = _AGREED_HINT[by_vendor]
        if step == Step.PUBLISHED:
            self.fields["reason"].help_text = _PUBLISHED_HINT


class ReopenForm(PlainForm):
    back_to = forms.ChoiceField(label="Go back to")
    reason = forms.CharField(label="Reason", widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, reached: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        earlier = ORDER[: ORDER.index(Step(reached))]
        self.fields["back_to"].choices = [  # type: ignore[attr-defined]
            (step.value, step.label) for step in reversed(earlier)
        ]


@page()
def months(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Every contract's month, one column a step."""
    span = _month(request)
    found = contracts_to_close(span, scope=scope)
    contracts = Paginator(list(found.order_by("vendor__name", "reference")), _PER_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "rows": board_of(contracts, span, scope=scope, as_of=timezone.now()),
        "page": contracts,
        "steps": ORDER[1:],
        "span": span,
        "spans": _on_offer(),
        "scope": scope,
        "section": "months",
    }
    return render(request, "metrics/months.html", context)


@page(writes=True)
def month(request: HttpRequest, scope: Scope, reference: str, first_day: date) -> HttpResponse:
    """One contract's month: what is done, what stands in the way, and the next step."""
    contract = contract_by_reference(reference, scope=scope)
    span = parse_span(first_day.isoformat()[:7])  # refuses years beside which there are none
    if span.first_day != first_day:
        raise Http404("months begin on their first day")
    row = board_of([contract], span, scope=scope, as_of=timezone.now())[0]
    if request.method == "POST":
        return _change(request, scope, row, span)
    return _show(request, scope, row, span)


def _change(request: HttpRequest, scope: Scope, row: BoardRow, span: Span) -> HttpResponse:
    if "reopen" in request.POST:
        return _reopen(request, scope, row, span)
    step = request.POST.get("step", "")
    if step not in Step.values[1:] or not _may(scope, Step(step)):
        raise Http404("no such step for this reader")
    form = StepForm(request.POST, step=step, by_vendor=not scope.is_internal)
    if form.is_valid():
        try:
            close_step(
                contract=row.contract,
                span=span,
                step=step,
                by=_reader(scope),
                as_of=now(),
                **form.cleaned_data,
            )
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{span.words}: {Step(step).label.lower()}.")
            return redirect("month", row.contract.reference, span.first_day)
    return _show(request, scope, row, span, step_form=form, status=400)


def _reopen(request: HttpRequest, scope: Scope, row: BoardRow, span: Span) -> HttpResponse:
    if row.close is None or not scope.may(Duty.CLOSE):
        raise Http404("nothing to open again")
    form = ReopenForm(request.POST, reached=row.close.step, prefix="reopen")
    if form.is_valid():
        try:
            close_reopen(close=row.close, by=_reader(scope), as_of=now(), **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{span.words} is open again.")
            return redirect("month", row.contract.reference, span.first_day)
    return _show(request, scope, row, span, reopen_form=form, status=400)


def _show(
    request: HttpRequest,
    scope: Scope,
    row: BoardRow,
    span: Span,
    *,
    step_form: StepForm | None = None,
    reopen_form: ReopenForm | None = None,
    status: int = 200,
) -> HttpResponse:
    following = row.next_stage
    if following and _may(scope, Step(following.step)):
        step_form = step_form or StepForm(step=following.step, by_vendor=not scope.is_internal)
    else:
        step_form = None
    if reopen_form is None and row.close and row.close.step != Step.OPEN:
        reopen_form = ReopenForm(reached=row.close.step, prefix="reopen")
    context = {
        "row": row,
        "contract": row.contract,
        "span": span,
        "has_ended": span.last_day < now().astimezone(ZoneInfo(row.contract.zone)).date(),
        "step_form": step_form,
        "asked": _asked(following, scope),
        "reopen_form": reopen_form if scope.may(Duty.CLOSE) else None,
        "scope": scope,
        "section": "months",
        "crumbs": [
            Crumb("Month close", f"{reverse('months')}?period={span.label}"),
            Crumb(f"{row.contract.reference} {span.label}"),
        ],
    }
    return render(request, "metrics/month.html", context, status=status)


def _asked(following: Stage | None, scope: Scope) -> str:
    """What the button of the next step says to this reader."""
    if following is None:
        return ""
    return _ASKED[Step(following.step)] if scope.is_internal else _WE_AGREE


def _may(scope: Scope, step: MonthClose.Step) -> bool:
    return scope.may(*_DUTIES[step])


def _reader(scope: Scope) -> User:
    if scope.reader is None:
        raise Http404("nobody to answer for it")
    return scope.reader


def _month(request: HttpRequest) -> Span:
    """The month of the address; without one, the last month that has ended."""
    span = chosen_span(request)
    if span is None:
        return beside(month_of(timezone.now().date()), -1)
    if span != month_of(span.first_day):
        raise SpanError(f"period {span.label!r} is not a month: write one as 2026-03")
    return span


def _on_offer() -> list[Span]:
    newest = month_of(timezone.now().date())
    return [beside(newest, -back) for back in range(_MONTHS_ON_OFFER)]
