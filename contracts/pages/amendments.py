"""Amendments and charges of a contract, as people enter them."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from contracts.models import Amendment, Charge, Contract, Process
from contracts.pages.base import Crumb, page, paged
from contracts.pages.contracts import address, way_to
from contracts.pages.editing import Desk, MeanwhileForm, by_files, form_page, managed_page, posted
from contracts.selectors import scope as scoped
from contracts.selectors.duties import Duty
from contracts.selectors.lookups import contract_by_reference
from contracts.selectors.scope import Scope
from contracts.services.contracts import (
    amendment_change,
    amendment_create,
    charge_change,
    charge_create,
)
from contracts.services.currencies import MINOR_UNITS, minor_amount

_PER_PAGE = 60


class AmendmentForm(MeanwhileForm):
    """A change both sides signed; what it does to service levels is entered with them."""

    number = forms.IntegerField(label="Number", min_value=1, max_value=32_767)
    title = forms.CharField(label="What it changes", max_length=200)
    signed_on = forms.DateField(label="Signed on", required=False)
    effective_from = forms.DateField(
        label="Effective from", help_text="The first day on which it holds."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.stamp:
            del self.fields["number"]


class AmountForm(MeanwhileForm):
    """An amount in the currency of a contract."""

    amount = forms.DecimalField(
        label="Net amount", max_digits=17, help_text="With a point and no separators: 42000.50."
    )

    def __init__(self, *args: Any, contract: Contract, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.contract = contract
        self.fields["amount"].label = f"Net amount in {contract.currency}"

    def clean_amount(self) -> int:
        """The amount in the currency's smallest unit."""
        try:
            return minor_amount(self.cleaned_data["amount"], self.contract.currency)
        except ValueError as error:
            raise ValidationError(f"{error}: money is not rounded here.") from error


class ChargeForm(AmountForm):
    """What the contract, or one process of it, costs in one period."""

    first_day = forms.DateField(label="First day of the period")
    last_day = forms.DateField(label="Last day of the period")
    process = forms.ModelChoiceField(
        label="For",
        queryset=Process.objects.none(),
        required=False,
        to_field_name="code",
        empty_label="the whole contract",
    )
    field_order = ("first_day", "last_day", "process", "amount")

    def __init__(self, *args: Any, scope: Scope, contract: Contract, **kwargs: Any) -> None:
        super().__init__(*args, contract=contract, **kwargs)
        own = scoped.processes(scope).filter(contract=contract, archived_at__isnull=True)
        self.fields["process"].queryset = own  # type: ignore[attr-defined]


@page(Duty.TERMS, writes=True)
def amendment_new(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Register an amendment."""
    contract = contract_by_reference(reference, scope=scope)
    if by_files(contract):
        return managed_page(request, contract, address(contract))
    known = scoped.amendments(scope).filter(contract=contract)
    highest = known.aggregate(highest=Max("number"))["highest"] or 0
    return form_page(
        request,
        AmendmentForm(posted(request), initial={"number": highest + 1}),
        _desk(contract, "Register an amendment", "Register"),
        work=lambda given: amendment_create(contract=contract, **given),
        said=lambda amendment: f"Amendment {amendment.number} is registered.",
        to=lambda _: address(contract),
    )


@page(Duty.TERMS, writes=True)
def amendment_edit(request: HttpRequest, scope: Scope, reference: str, number: int) -> HttpResponse:
    """Correct what is noted of an amendment."""
    contract = contract_by_reference(reference, scope=scope)
    amendment: Amendment | None = (
        scoped.amendments(scope).filter(contract=contract, number=number).first()
    )
    if amendment is None:
        raise Http404(f"{contract} has no amendment {number}")
    if by_files(contract):
        return managed_page(request, contract, address(contract))
    names = ("title", "signed_on", "effective_from")
    initial = {name: getattr(amendment, name) for name in names}
    form = AmendmentForm(posted(request), record=amendment, initial=initial)
    return form_page(
        request,
        form,
        _desk(contract, f"Change amendment {number}", "Save"),
        work=lambda given: amendment_change(amendment=amendment, **given),
        said=lambda amendment: f"Amendment {amendment.number} is changed.",
        to=lambda _: address(contract),
    )


@page()
def charge_list(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Every charge of a contract, newest first."""
    contract = contract_by_reference(reference, scope=scope)
    found = scoped.charges(scope).filter(contract=contract).select_related("process")
    shown = paged(request, found.order_by("-first_day", "process__name"), size=_PER_PAGE)
    context = {
        "contract": contract,
        "charges": shown,
        "may_edit": scope.may(Duty.TERMS) and not by_files(contract),
        "crumbs": (*way_to(contract), Crumb("Charges")),
        "scope": scope,
        "section": "contracts",
    }
    return render(request, "contracts/charges.html", context)


@page(Duty.TERMS, writes=True)
def charge_new(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Enter what a contract costs in one period."""
    contract = contract_by_reference(reference, scope=scope)
    if by_files(contract):
        return managed_page(request, contract, address(contract))
    return form_page(
        request,
        ChargeForm(posted(request), scope=scope, contract=contract),
        _desk(contract, "Enter a charge", "Enter"),
        work=lambda given: charge_create(
            contract=contract, amount_minor=given.pop("amount"), **given
        ),
        said=lambda charge: f"The charge from {charge.first_day} is entered.",
        to=lambda _: f"{address(contract)}#charges",
    )


@page(Duty.TERMS, writes=True)
def charge_edit(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """State another amount for a period."""
    found = scoped.charges(scope).select_related("contract__vendor", "process")
    charge: Charge | None = found.filter(pk=number).first()
    if charge is None:
        raise Http404(f"charge {number} is unknown")
    contract = charge.contract
    if by_files(contract):
        return managed_page(request, contract, address(contract))
    places = MINOR_UNITS.get(contract.currency, 2)
    initial = {"amount": Decimal(charge.amount_minor).scaleb(-places)}
    what = charge.process.name if charge.process else "the whole contract"
    return form_page(
        request,
        AmountForm(posted(request), contract=contract, record=charge, initial=initial),
        _desk(contract, f"Change the charge for {what} from {charge.first_day}", "Save"),
        work=lambda given: charge_change(charge=charge, amount_minor=given["amount"]),
        said=lambda charge: f"The charge from {charge.first_day} is changed.",
        to=lambda _: f"{address(contract)}#charges",
    )


def _desk(contract: Contract, title: str, act: str) -> Desk:
    crumbs = (*way_to(contract), Crumb(title))
    return Desk(title, act, address(contract), "contracts", lede=contract.title, crumbs=crumbs)
