"""What the two sides say about a figure: read, written and written again."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from contracts.models import User
from contracts.pages.base import Crumb
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.forms import PlainForm
from metrics.models import Commentary, KpiPeriod
from metrics.pages.base import page
from metrics.scorecards.commentary import commentary_write, side_of
from metrics.scorecards.remarks import remarks_on
from metrics.scorecards.rows import result_row
from metrics.selectors import scope as scoped
from metrics.selectors.kpis import kpi_by_code
from metrics.selectors.results import results_list


class CommentaryForm(PlainForm):
    """``seen`` is the version that the text started from."""

    text = forms.CharField(
        label="Commentary",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="What happened, why, what is done about it and until when.",
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


@page()
def commentary(request: HttpRequest, scope: Scope, code: str, first_day: date) -> HttpResponse:
    """Everything said about a figure that the reader may see, with the earlier versions."""
    found = kpi_by_code(code, scope=scope)
    head = _head_or_404(scope, code, first_day)
    contract = found.governing_contract
    context = {
        "kpi": found,
        "head": head,
        "row": result_row(head),
        "contract": contract,
        "vendor": contract.vendor if contract else None,
        "versions": _versions(head, scope),
        "crumbs": _crumbs(head, Crumb("Commentary")),
        "section": "contracts",
    }
    return render(request, "metrics/commentary.html", context)


@page(Duty.COMMENT, writes=True)
def commentary_edit(
    request: HttpRequest, scope: Scope, code: str, first_day: date, audience: str
) -> HttpResponse:
    """Write what one's own side says, for both sides or, by the buyer, as an internal note."""
    head = _head_or_404(scope, code, first_day)
    is_internal = audience == "internal"
    if is_internal and not (scope.is_internal and scope.may(Duty.INTERNAL)):
        raise Http404("not for this reader")
    last = _own(head, scope, is_internal)
    form = CommentaryForm(request.POST or None, initial=_begun(last))
    if request.method == "POST" and form.is_valid():
        if _written(form, head, scope, is_internal):
            messages.success(request, "The commentary is kept.")
            return redirect("commentary", code, first_day)
        again = request.POST.copy()
        again["seen"] = str(_begun(_own(head, scope, is_internal))["seen"])
        form.data = again
    context = {
        "head": head,
        "row": result_row(head),
        "form": form,
        "is_internal": is_internal,
        "versions": _versions(head, scope),
        "crumbs": _crumbs(head, _commentary_crumb(head), Crumb("Write")),
        "section": "contracts",
    }
    return render(request, "metrics/commentary_edit.html", context)


def commentary_context(head: KpiPeriod, scope: Scope) -> dict[str, Any]:
    """What ``metrics/_commentary.html`` shows below a figure."""
    remarks = remarks_on([head.pk], scoped.commentary(scope)).get(head.pk, ())
    is_red = result_row(head)["word"].tone == "bad" and head.phase != KpiPeriod.Phase.RUNNING
    return {
        "remarks": remarks,
        "lacks": is_red and not remarks,
        "may_write": scope.may(Duty.COMMENT),
        "kpi_code": head.kpi.code,
        "first_day": head.first_day,
        "scope": scope,
    }


def _head_or_404(scope: Scope, code: str, first_day: date) -> KpiPeriod:
    head = results_list(scope=scope, kpi=code).filter(first_day=first_day).first()
    if head is None:
        raise Http404(f"{code} has no figure for a period that begins on {first_day}")
    return head


def _versions(head: KpiPeriod, scope: Scope) -> list[Commentary]:
    told = scoped.commentary(scope).filter(period=head).select_related("author")
    return list(told.order_by("-written_at", "-pk"))


def _own(head: KpiPeriod, scope: Scope, is_internal: bool) -> Commentary | None:
    thread = scoped.commentary(scope).filter(
        period=head, side=side_of(_reader(scope)), is_internal=is_internal
    )
    return thread.order_by("-version").first()


def _begun(last: Commentary | None) -> dict[str, Any]:
    return {"text": last.text, "seen": last.version} if last else {"text": "", "seen": 0}


def _written(form: CommentaryForm, head: KpiPeriod, scope: Scope, is_internal: bool) -> bool:
    try:
        commentary_write(
            period=head,
            text=form.cleaned_data["text"],
            seen=form.cleaned_data["seen"],
            author=_reader(scope),
            is_internal=is_internal,
            as_of=now(),
        )
    except ValidationError as error:
        form.refuse(error)
        return False
    return True


def _reader(scope: Scope) -> User:
    if scope.reader is None:
        raise Http404("programs write no commentary")
    return scope.reader


def _crumbs(head: KpiPeriod, *more: Crumb) -> list[Crumb]:
    kpi = head.kpi
    way = [Crumb("Vendors", reverse("overview"))]
    if contract := kpi.governing_contract:
        vendor = contract.vendor
        way.append(Crumb(vendor.name, reverse("vendor", args=[vendor.code])))
        way.append(Crumb(contract.title, reverse("contract", args=[contract.reference])))
    figure = reverse("figure", args=[kpi.code, head.first_day])
    way += [Crumb(kpi.name, reverse("kpi", args=[kpi.code])), Crumb(head.label, figure)]
    return [*way, *more]


def _commentary_crumb(head: KpiPeriod) -> Crumb:
    return Crumb("Commentary", reverse("commentary", args=[head.kpi.code, head.first_day]))
