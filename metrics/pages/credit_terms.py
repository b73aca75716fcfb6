"""Pages that state by hand what was agreed about credits, where no portfolio file does."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from contracts.models import Contract
from contracts.pages.base import Crumb
from contracts.pages.editing import Desk, by_files, form_page, managed_page, posted
from contracts.selectors.duties import Duty
from contracts.selectors.lookups import contract_by_reference
from contracts.selectors.scope import Scope
from kpotracker.toolkit.forms import PlainForm
from metrics.credits.stating import credit_rule_state, credit_terms_state
from metrics.models import CreditRule, CreditTerms, Kpi
from metrics.pages.base import page
from metrics.pages.credit_term_forms import RULES, CreditRuleForm, CreditTermsForm
from metrics.pages.kpi_edit import way_to
from metrics.selectors.credits import rules_of_kpi, terms_of_contract
from metrics.selectors.kpis import kpi_by_code

_KINDS = dict(RULES)


@page(Duty.TERMS, writes=True)
def credit_terms_new(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """State a contract's credit terms from a day on."""
    contract = contract_by_reference(reference, scope=scope)
    back = reverse("contract-credits", args=[contract.reference])
    if by_files(contract):
        return managed_page(request, contract, back)
    usual = {"valid_from": contract.first_day, "pool": 100}
    form = CreditTermsForm(posted(request), contract=contract, initial=usual)
    desk = Desk(
        title=f"Credit terms of {contract.title}",
        act="State them",
        back=back,
        section="credits",
        lede=f"Amounts are in {contract.currency}. Terms that credits were posted under stand "
        "still: later ones begin on a later day.",
        crumbs=(
            Crumb("Service credits", reverse("credits")),
            Crumb(contract.title, back),
            Crumb("Credit terms"),
        ),
        template="metrics/credit_terms.html",
        extra={"contract": contract, "lines": terms_of_contract(contract.pk)},
    )

    def work(said: dict[str, Any]) -> CreditTerms:
        stated = form.stated()
        return credit_terms_state(contract=contract, valid_from=said["valid_from"], stated=stated)

    return form_page(
        request,
        form,
        desk,
        work=work,
        said=lambda line: f"The credit terms from {line.valid_from:%-d %B %Y} on are stated.",
        to=lambda _: back,
    )


@page(Duty.TERMS, writes=True)
def credit_rule_new(request: HttpRequest, scope: Scope, code: str) -> HttpResponse:
    """State what a failure of a KPI gives, from a day on; the kind of rule is chosen first."""
    kpi = kpi_by_code(code, scope=scope)
    back = reverse("kpi", args=[kpi.code])
    contract = kpi.governing_contract
    if by_files(kpi):
        return managed_page(request, kpi, back)
    kind = request.POST.get("kind", request.GET.get("kind", ""))
    desk = _rule_desk(kpi, contract, kind if kind in _KINDS else "", back)
    if contract is None or kind not in _KINDS:
        return form_page(
            request, PlainForm(), desk, work=lambda _: kpi, said=str, to=lambda _: back
        )
    usual = {"valid_from": kpi.first_day}
    form = CreditRuleForm(posted(request), contract=contract, kind=kind, initial=usual)

    def work(said: dict[str, Any]) -> CreditRule:
        return credit_rule_state(kpi=kpi, valid_from=said["valid_from"], stated=form.stated())

    return form_page(
        request,
        form,
        desk,
        work=work,
        said=lambda line: f"The credit rule from {line.valid_from:%-d %B %Y} on is stated.",
        to=lambda _: back,
    )


def _rule_desk(kpi: Kpi, contract: Contract | None, kind: str, back: str) -> Desk:
    return Desk(
        title=f"Credit rule of {kpi.name}",
        act="State it",
        back=back,
        section="kpis",
        lede="What a failure gives. Only a critical service level carries credits, and the "
        "contract has to state credit terms.",
        crumbs=(*way_to(kpi), Crumb("Credit rule")),
        template="metrics/credit_rule.html",
        extra={
            "kpi": kpi,
            "contract": contract,
            "kind": kind,
            "kind_text": _KINDS.get(kind, ""),
            "kinds": RULES,
            "lines": rules_of_kpi(kpi.pk),
        },
    )
