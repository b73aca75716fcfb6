"""The inbox of four eyes: what waits for a second person, and what was decided."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from contracts.models import Approval
from contracts.pages.base import Crumb, page, paged
from contracts.pages.people import reader
from contracts.selectors.approvals import (
    SHOWN,
    approvals_list,
    decision_known,
    may_decide,
    may_withdraw,
)
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from contracts.selectors.telling import kind_text, model_of
from contracts.selectors.visibility import visible
from contracts.services.approvals import Decision, approval_decide, approval_withdraw
from kpotracker.toolkit.forms import PlainForm

_PER_PAGE = 50
_TONES = {
    Approval.State.REQUESTED: ("▲", "warn"),
    Approval.State.APPROVED: ("●", "good"),
    Approval.State.REFUSED: ("■", "bad"),
    Approval.State.WITHDRAWN: ("○", "quiet"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A request with the words people read."""

    request: Approval
    title: str
    kind: str
    icon: str
    tone: str


class AnswerForm(PlainForm):
    """The second person's answer."""

    answer = forms.CharField(
        label="Answer",
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Needed to refuse; whoever asked reads it.",
    )


@page(Duty.INTERNAL)
def approvals(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Requests by what the reader has to do with them."""
    show = request.GET.get("show", "waiting")
    show = show if show in SHOWN else "waiting"
    shown = paged(request, approvals_list(scope=scope, show=show), size=_PER_PAGE)
    context = {
        "approvals": shown,
        "lines": [_line(each) for each in shown],
        "tabs": [(name, text, name == show) for name, text in SHOWN.items()],
        "show": show,
        "section": "approvals",
    }
    return render(request, "contracts/approvals.html", context)


@page(Duty.INTERNAL, writes=True)
def approval(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """One request: approve or refuse it, or take back one's own."""
    found = get_object_or_404(_readable(scope), pk=number)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            messages.success(request, _act(request, scope, found, form.cleaned_data["answer"]))
        except ValidationError as error:
            form.refuse(error)
        else:
            return redirect("approvals")
    return render(request, "contracts/approval.html", _context(found, scope, form))


def _act(request: HttpRequest, scope: Scope, found: Approval, answer: str) -> str:
    """Do what the pressed button says. Raises ValidationError."""
    act, now = request.POST.get("act", ""), timezone.now()
    if act == "withdraw":
        approval_withdraw(approval=found, withdrawn_by=reader(scope), as_of=now)
        return "Your request is taken back."
    if act not in ("approve", "refuse") or decision_known(found) is None:
        raise ValidationError("Choose one of the buttons below.")
    said = {"decided_by": reader(scope), "as_of": now, "answer": answer}
    approval_decide(approval=found, approve=act == "approve", **said)  # type: ignore[arg-type]
    return f"{found.label}: {'approved' if act == 'approve' else 'refused'}."


def _context(found: Approval, scope: Scope, form: AnswerForm) -> dict[str, Any]:
    decision = decision_known(found)
    line = _line(found)
    return {
        "line": line,
        "approval": found,
        "form": form,
        "facts": _facts(found, decision),
        "where": decision.where(found) if decision and decision.where else "",
        "is_known": decision is not None,
        "may_decide": may_decide(found, scope),
        "may_withdraw": may_withdraw(found, scope),
        "section": "approvals",
        "crumbs": [Crumb("Approvals", reverse("approvals")), Crumb(line.title)],
    }


def _readable(scope: Scope) -> Any:
    return visible(Approval, scope).select_related(
        "requested_by", "requested_key", "decided_by", "vendor"
    )


def _line(found: Approval) -> Line:
    decision = decision_known(found)
    title = decision.title if decision else found.kind.replace("_", " ").capitalize()
    icon, tone = _TONES[Approval.State(found.state)]
    return Line(found, title, kind_text(model_of(found.subject), found.subject), icon, tone)


def _facts(found: Approval, decision: Decision | None) -> list[tuple[str, str]]:
    """What will be done, as far as it can be told in a line."""
    if decision and decision.tell:
        return list(decision.tell(found).items())
    told = ((name.replace("_", " ").capitalize(), value) for name, value in found.payload.items())
    return [(name, str(value)) for name, value in told if isinstance(value, str | int) and value]
