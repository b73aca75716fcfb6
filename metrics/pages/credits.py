"""Service credits: the ledger over all contracts, moved by bulk, and of one contract by period."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from contracts.pages.base import Crumb, paged
from contracts.pages.listing import FilterForm, choice_field
from contracts.selectors import scope as contracts_scope
from contracts.selectors.duties import Duty
from contracts.selectors.lookups import UnknownCodeError, contract_by_reference
from contracts.selectors.scope import Scope
from contracts.services.currencies import exact_amount, money_text
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.exports import export_response
from metrics.credits.estimating import credits_expected
from metrics.credits.moving import credit_move
from metrics.credits.notes import clause_of, state_of
from metrics.credits.portfolio import totals_of
from metrics.models import CreditEntry
from metrics.pages.base import page
from metrics.pages.credit_rows import by_period, entry_rows, waiting_rows
from metrics.scorecards.crediting import terms_lines
from metrics.selectors import scope as scoped
from metrics.selectors.credits import (
    amounts_by_currency,
    entries_list,
    ledgers_waiting,
    terms_of_contract,
)
from metrics.selectors.spans import SpanError, parse_span

_PER_PAGE = 100
_MOST = 200
_LONGEST_NUMBER = 18
State = CreditEntry.State
_MOVES: Final = {
    "notified": "Notify the vendor",
    "agreed": "Agree",
    "disputed": "Dispute",
    "on_invoice": "Put on an invoice",
    "closed": "Close",
    "lapsed": "Lapse",
}
_OF_VENDOR: Final = ("agreed", "disputed")
_COLUMNS = (
    *("Posting", "Vendor code", "Contract", "KPI", "Kind", "First day", "Last day", "Clause"),
    *("Amount", "Currency", "State", "How it came"),
)


class CreditFilters(FilterForm):
    """What narrows the ledger."""

    vendor = choice_field("Vendor", [], "All vendors")
    contract = choice_field("Contract", [], "All contracts")
    period = forms.CharField(
        label="Period of service",
        required=False,
        max_length=24,
        widget=forms.TextInput(attrs={"size": 10, "placeholder": "2026-03"}),
    )
    state = choice_field("State", list(State.choices), "Any state")
    quote = choice_field("Sum up in", [], "Each currency")

    def __init__(self, request: HttpRequest, scope: Scope) -> None:
        vendors = contracts_scope.vendors(scope).values_list("code", "name")
        contracts = contracts_scope.contracts(scope).values_list("reference", "title")
        choices = {
            "vendor": [("", "All vendors"), *vendors],
            "contract": [("", "All contracts"), *contracts],
            "quote": [("", "Each currency"), *_quotes(scope)],
        }
        without = () if scope.is_internal else ("vendor", "quote")
        kept = {name: found for name, found in choices.items() if name not in without}
        super().__init__(request, kept, without)

    def clean_period(self) -> Any:
        said = self.cleaned_data["period"]
        try:
            return parse_span(said) if said else ""
        except SpanError as error:
            raise forms.ValidationError(str(error)) from error


@page()
def credits(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The credit ledger, newest first, with its sums and what is awaited."""
    filters = CreditFilters(request, scope)
    found = _narrowed(filters.chosen, scope)
    if kind := request.GET.get("export"):
        return export_response(kind, "service-credits", _COLUMNS, map(_exported, found))
    everything = list(found)
    shown = paged(request, found.order_by("-id"), size=_PER_PAGE)
    context = {
        "page": shown,
        "rows": entry_rows(shown, scope),
        "count": len(everything),
        "totals": _totals(everything, filters.chosen.get("quote", "")),
        "waiting": waiting_rows(ledgers_waiting(scope=scope)),
        "moves": moves_for(scope),
        "filters": filters,
        "query": request.GET.urlencode(),
        "section": "credits",
    }
    return render(request, "metrics/credits.html", context)


@page()
def contract_credits(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """The credits of one contract: by period with their steps, expected, awaited, noted."""
    contract = contract_by_reference(reference, scope=scope)
    entries = list(entries_list(scope=scope, contract=contract.reference))
    ledgers = ledgers_waiting(scope=scope).filter(contract=contract)
    context = {
        "contract": contract,
        "periods": by_period(entry_rows(entries, scope, contract.reference)),
        "totals": _totals(entries, ""),
        "expected": expected_rows(contract.pk, scope),
        "waiting": waiting_rows(ledgers),
        "terms": terms_lines(terms_of_contract(contract.pk)),
        "notes": scoped.credit_notes(scope).filter(contract=contract).select_related("corrects"),
        "letters": scoped.letters(scope).filter(contract=contract)[:_PER_PAGE],
        "checks": scoped.invoice_checks(scope).filter(contract=contract)[:_PER_PAGE],
        "moves": moves_for(scope),
        "may_work": scope.is_internal and scope.may(Duty.CASES),
        "may_charge": scope.may(Duty.TERMS),
        "query": "",
        "back": reverse("contract-credits", args=[contract.reference]),
        "crumbs": (
            Crumb("Service credits", reverse("credits")),
            Crumb(contract.title, reverse("contract", args=[contract.reference])),
            Crumb("Credits"),
        ),
        "section": "credits",
    }
    return render(request, "metrics/contract_credits.html", context)


@page(Duty.CASES, Duty.CONTEST, writes=True)
def credits_move(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Move the chosen postings to a state: each one wholly or not at all."""
    back = _back(request)
    to = request.POST.get("to", "")
    chosen = _chosen(request, scope)
    if to not in dict(moves_for(scope)) or not chosen:
        if request.method == "POST":
            messages.warning(request, "Choose some credits first, and what to do with them.")
        return redirect(back)
    reason = request.POST.get("reason", "").strip()
    if to == State.ON_INVOICE and not reason:
        messages.warning(request, "State the number of the invoice they are on.")
        return redirect(back)
    done, left = _moved(chosen, to, reason, scope)
    if done:
        messages.success(request, f"{done} credit{'s' * (done > 1)}: {State(to).label.lower()}.")
    for why, count in left.items():
        messages.warning(request, f"Not done for {count} of them. {why}")
    return redirect(back)


def moves_for(scope: Scope) -> list[tuple[str, str]]:
    """(state, what the button says) of the moves that this side makes."""
    if not scope.may(Duty.CASES, Duty.CONTEST):
        return []
    return [(to, text) for to, text in _MOVES.items() if scope.is_internal or to in _OF_VENDOR]


def expected_rows(contract_id: int, scope: Scope) -> list[dict[str, Any]]:
    """Estimates for provisional failures; they stay inside."""
    if not scope.is_internal:
        return []
    return [
        {
            "head": each.period,
            "amount": ""
            if each.amount_minor is None
            else money_text(each.amount_minor, each.currency),
            "why": each.why,
            "steps": each.steps,
        }
        for each in credits_expected(contract_id=contract_id, as_of=now())
    ]


def _moved(chosen: Sequence[int], to: str, reason: str, scope: Scope) -> tuple[int, dict[str, int]]:
    done, left = 0, dict[str, int]()
    for number in chosen:
        try:
            credit_move(entry_id=number, to=to, scope=scope, as_of=now(), reason=reason)
        except ValidationError as error:
            why = " ".join(error.messages)
            left[why] = left.get(why, 0) + 1
        except UnknownCodeError:
            left["It is not there any more."] = left.get("It is not there any more.", 0) + 1
        else:
            done += 1
    return done, left


def _chosen(request: HttpRequest, scope: Scope) -> list[int]:
    """The postings that were ticked and that the reader sees."""
    texts = request.POST.getlist("entry")[:_MOST]
    plain = (each for each in texts if each.isascii() and each.isdigit())
    numbers = [int(each) for each in plain if len(each) <= _LONGEST_NUMBER]
    seen = scoped.credit_entries(scope).filter(pk__in=numbers).order_by("pk")
    return list(seen.values_list("pk", flat=True))


def _back(request: HttpRequest) -> str:
    """Where the move came from: the list as it was narrowed, or the page of a contract."""
    reference = request.POST.get("contract", "")
    if reference and "/" not in reference:
        return reverse("contract-credits", args=[reference])
    query = request.POST.get("query", "")
    return f"{reverse('credits')}?{query}" if query else reverse("credits")


def _narrowed(chosen: dict[str, Any], scope: Scope) -> QuerySet[CreditEntry]:
    return entries_list(
        scope=scope,
        vendor=chosen.get("vendor"),
        contract=chosen.get("contract"),
        span=chosen.get("period"),
        state=chosen.get("state"),
    )


def _totals(entries: Sequence[CreditEntry], quote: str) -> Any:
    """What is still owed or credited: what was dropped counts no more."""
    counted = [entry for entry in entries if state_of(entry) != State.LAPSED]
    return totals_of(amounts_by_currency(counted), quote=quote, day=_today())


def _today() -> date:
    return now().date()


def _quotes(scope: Scope) -> list[tuple[str, str]]:
    known = scoped.currency_rates(scope).values_list("base", "quote").distinct()
    codes = sorted({code for pair in known for code in pair})
    return [(code, code) for code in codes]


def _exported(entry: CreditEntry) -> tuple[Any, ...]:
    head = entry.kpi_period
    return (
        entry.pk,
        entry.contract.vendor.code,
        entry.contract.reference,
        head.kpi.code if head else "",
        entry.get_kind_display(),
        entry.first_day,
        entry.last_day,
        clause_of(entry),
        exact_amount(entry.amount_minor, entry.currency),
        entry.currency,
        State(state_of(entry)).label,
        "; ".join(map(str, entry.steps)),
    )
