"""Checks of invoices: their credit lines held against the ledger, and confirmed."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from contracts.models import Contract
from contracts.pages.base import Crumb
from contracts.pages.editing import Desk, form_page, posted
from contracts.selectors.duties import Duty
from contracts.selectors.lookups import contract_by_reference
from contracts.selectors.scope import Scope
from contracts.services.currencies import money_text
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.forms import PlainForm
from metrics.credits.invoices import lines_of_file
from metrics.credits.reconciling import invoice_check, invoice_confirm
from metrics.models import InvoiceCheck
from metrics.pages.base import page
from metrics.selectors import scope as scoped
from metrics.selectors.wording_money import outcome_word

_LEDE = "Its credit lines are held against the ledger. Nothing moves before you confirm."


class InvoiceForm(PlainForm):
    """An invoice and its credit lines, as a file or typed in."""

    invoice = forms.CharField(label="Number of the invoice", max_length=100)
    invoice_day = forms.DateField(label="Date of the invoice")
    file = forms.FileField(
        label="Credit lines as CSV",
        required=False,
        help_text="With the columns line, kpi, period, amount and, if you like, currency.",
    )
    text = forms.CharField(
        label="Or type them in",
        required=False,
        max_length=100_000,
        widget=forms.Textarea(
            attrs={"rows": 6, "placeholder": "kpi,period,amount\ndesk-resolve,2026-03,1500.00"}
        ),
        help_text="The same columns, a line each. Credits are positive.",
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if bool(given.get("file")) == bool(given.get("text")):
            raise ValidationError("State the credit lines once: as a file, or typed in.")
        return given

    @property
    def content(self) -> bytes:
        """What was sent, one way or the other."""
        file = self.cleaned_data.get("file")
        return bytes(file.read()) if file else str(self.cleaned_data["text"]).encode()


@page(Duty.CASES, writes=True)
def invoice_check_new(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Check an invoice of a contract."""
    contract = contract_by_reference(reference, scope=scope)
    if not scope.is_internal:
        raise Http404("the check is the buyer's")
    form = InvoiceForm(posted(request), request.FILES or None)
    back = reverse("contract-credits", args=[contract.reference])
    desk = Desk(
        "Check an invoice",
        "Check it",
        back,
        "credits",
        _LEDE,
        _crumbs(contract, "Check an invoice"),
    )

    def work(given: dict[str, Any]) -> InvoiceCheck:
        return invoice_check(
            contract=contract,
            invoice=given["invoice"],
            invoice_day=given["invoice_day"],
            lines=lines_of_file(form.content, contract),
            scope=scope,
            as_of=now(),
        )

    return form_page(
        request, form, desk, work=work, said=lambda _: "The invoice is checked.", to=_address
    )


@page(Duty.INTERNAL)
def invoice_check_page(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """What a check found."""
    found = _check_of(number, scope)
    rows = [_row(each, found.contract.currency) for each in found.found]
    context = {
        "check": found,
        "rows": rows,
        "matched": sum(row["outcome"] == "matched" for row in rows),
        "may_confirm": scope.may(Duty.CASES) and found.state == InvoiceCheck.State.CHECKED,
        "crumbs": _crumbs(found.contract, f"Invoice {found.invoice}"),
        "section": "credits",
    }
    return render(request, "metrics/invoice_check.html", context)


@page(Duty.CASES, writes=True)
def invoice_check_confirm(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Have what matched stand on the invoice."""
    found = _check_of(number, scope)
    if request.method == "POST":
        try:
            invoice_confirm(check_id=found.pk, scope=scope, as_of=now())
        except ValidationError as error:
            messages.warning(request, " ".join(error.messages))
        else:
            messages.success(request, f"What matched is on invoice {found.invoice} now.")
        return redirect(_address(found))
    context = {
        "question": f"Put what matched on invoice {found.invoice}?",
        "text": "The matched credits stand on that invoice from then on. The rest stays as it is.",
        "act": "Confirm",
        "back": _address(found),
        "crumbs": _crumbs(found.contract, "Confirm"),
    }
    return render(request, "contracts/confirm.html", context)


def _check_of(number: int, scope: Scope) -> InvoiceCheck:
    checks = scoped.invoice_checks(scope).select_related("contract__vendor")
    found = checks.filter(pk=number).first()
    if found is None:
        raise Http404(f"there is no check {number}")
    return found


def _row(found: dict[str, Any], currency: str) -> dict[str, Any]:
    given, owed = (
        None if found[name] is None else money_text(found[name], currency)
        for name in ("given_minor", "owed_minor")
    )
    return found | {"given": given, "owed": owed, "word": outcome_word(found["outcome"])}


def _address(found: InvoiceCheck) -> str:
    return reverse("invoice-check", args=[found.pk])


def _crumbs(contract: Contract, text: str) -> tuple[Crumb, ...]:
    way = Crumb(contract.title, reverse("contract-credits", args=[contract.reference]))
    return (Crumb("Service credits", reverse("credits")), way, Crumb(text))
