"""How long a contract's vendor may dispute a failure and claim relief, dated."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from contracts.models import Amendment
from contracts.pages.base import Crumb
from contracts.selectors import scope as contracts_scope
from contracts.selectors.duties import Duty
from contracts.selectors.lookups import contract_by_reference
from contracts.selectors.scope import Scope
from kpotracker.toolkit.forms import PlainForm
from metrics.casework.terms import claim_terms_set
from metrics.models.relief import DISPUTE_DAYS, RELIEF_DAYS
from metrics.pages.base import page
from metrics.selectors import scope as scoped


class ClaimTermsForm(PlainForm):
    """A dated line of days for claims."""

    valid_from = forms.DateField(
        label="For periods from", help_text="Periods that began earlier keep their days."
    )
    dispute_days = forms.IntegerField(
        label="Days to dispute a failure", min_value=0, max_value=366, initial=DISPUTE_DAYS
    )
    relief_days = forms.IntegerField(
        label="Days to claim relief", min_value=0, max_value=366, initial=RELIEF_DAYS
    )
    amendment = forms.ModelChoiceField(
        Amendment.objects.none(),
        label="Agreed in",
        required=False,
        empty_label="The contract as signed",
    )

    def __init__(self, *args: Any, amendments: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amendment"].queryset = amendments  # type: ignore[attr-defined]


@page(writes=True)
def contract_claims(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """The days a contract states, and a form for those who keep its terms."""
    contract = contract_by_reference(reference, scope=scope)
    amendments = contracts_scope.amendments(scope).filter(contract=contract)
    may_change = scope.may(Duty.TERMS)
    form = ClaimTermsForm(
        request.POST if request.method == "POST" and may_change else None, amendments=amendments
    )
    if form.is_bound and form.is_valid():
        try:
            claim_terms_set(contract=contract, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, "The days are stated.")
            return redirect("contract-claims", reference=reference)
    context = {
        "contract": contract,
        "terms": scoped.claim_terms(scope)
        .filter(contract=contract)
        .select_related("amendment")
        .order_by("-valid_from"),
        "usual": (DISPUTE_DAYS, RELIEF_DAYS),
        "form": form if may_change else None,
        "crumbs": [
            Crumb(contract.title, reverse("contract", args=[reference])),
            Crumb("Days for claims"),
        ],
        "section": "contracts",
    }
    return render(request, "metrics/claims.html", context)
