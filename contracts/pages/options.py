"""Options to extend a contract: noted, and exercised or declined."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse

from contracts.models import Contract, ContractOption
from contracts.models.contracts import LONGEST_NOTICE, LONGEST_RENEWAL
from contracts.pages.base import Crumb, page
from contracts.pages.contracts import address, way_to
from contracts.pages.editing import Desk, MeanwhileForm, by_files, form_page, managed_page, posted
from contracts.selectors import scope as scoped
from contracts.selectors.duties import Duty
from contracts.selectors.lookups import contract_by_reference
from contracts.selectors.notice import current_term, exercise_days
from contracts.selectors.scope import Scope
from contracts.services.options import (
    option_change,
    option_create,
    option_decline,
    option_exercise,
)
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.forms import PlainForm

_FIELDS = (
    "description",
    "extends_months",
    "extends_to",
    "exercise_by",
    "notice_length",
    "notice_unit",
)


@dataclass(frozen=True, slots=True)
class OptionRow:
    """An option and the last day to exercise it; ``standing`` in words."""

    option: ContractOption
    exercise_by: date | None
    standing: str


class OptionForm(MeanwhileForm):
    """What the option lets us do, and until when."""

    description = forms.CharField(
        label="What it is", max_length=200, help_text="Such as: first extension by a year."
    )
    extends_months = forms.IntegerField(
        label="Extends by how many months",
        min_value=1,
        max_value=LONGEST_RENEWAL,
        required=False,
    )
    extends_to = forms.DateField(
        label="Or to which last day", required=False, help_text="As the contract states it."
    )
    exercise_by = forms.DateField(
        label="Last day to exercise it",
        required=False,
        help_text="As the contract states it. Left empty, it is counted back from the end of the "
        "term, by what follows or else by the contract's own notice.",
    )
    notice_length = forms.IntegerField(
        label="How long before the end of the term",
        min_value=0,
        max_value=LONGEST_NOTICE,
        required=False,
    )
    notice_unit = forms.ChoiceField(
        label="Days, weeks or months",
        choices=[("", "as the contract's notice"), *Contract.NoticeUnit.choices],
        required=False,
    )


class DecisionForm(PlainForm):
    """The day on which an option was exercised or declined."""

    day = forms.DateField(label="On", help_text="The day on which the vendor was told.")
    reason = forms.CharField(label="Why", max_length=400, required=False)


def option_rows(contract: Contract, scope: Scope, today: date) -> list[OptionRow]:
    """The options by number; none for the vendor, whom our intentions do not concern."""
    if not scope.is_internal:
        return []
    return [_row(option, contract, today) for option in contract.options.order_by("number")]


def _row(option: ContractOption, contract: Contract, today: date) -> OptionRow:
    ends = current_term(contract, today=today).last_day
    by = exercise_days(option, contract, ends)[0] if ends and option.is_open else None
    return OptionRow(option, by, _standing(option, by, today))


def _standing(option: ContractOption, by: date | None, today: date) -> str:
    if option.exercised_on:
        return f"exercised on {option.exercised_on:%-d %B %Y}"
    if option.declined_on:
        return f"declined on {option.declined_on:%-d %B %Y}"
    return "lapsed" if by is not None and by < today else "open"


@page(Duty.TERMS, writes=True)
def option_new(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Note an option of a contract."""
    contract = contract_by_reference(reference, scope=scope)
    if by_files(contract):
        return managed_page(request, contract, address(contract))
    return form_page(
        request,
        OptionForm(posted(request)),
        _desk(contract, "Note an option", "Note it"),
        work=lambda given: option_create(contract=contract, **given),
        said=lambda option: f"Option {option.number} is noted.",
        to=lambda _: address(contract),
    )


@page(Duty.TERMS, writes=True)
def option_edit(request: HttpRequest, scope: Scope, reference: str, number: int) -> HttpResponse:
    """Correct what is noted of an option on which nobody decided."""
    option = _option(reference, number, scope)
    contract = option.contract
    if by_files(contract):
        return managed_page(request, contract, address(contract))
    initial = {name: getattr(option, name) for name in _FIELDS}
    return form_page(
        request,
        OptionForm(posted(request), record=option, initial=initial),
        _desk(contract, f"Change option {number}", "Save"),
        work=lambda given: option_change(option=option, **given),
        said=lambda option: f"Option {option.number} is changed.",
        to=lambda _: address(contract),
    )


@page(Duty.TERMS, writes=True)
def option_use(request: HttpRequest, scope: Scope, reference: str, number: int) -> HttpResponse:
    """Note that an option was exercised: the term is extended."""
    option, as_of = _option(reference, number, scope), now()
    return form_page(
        request,
        DecisionForm(posted(request), initial={"day": as_of.date()}),
        _desk(option.contract, f"Exercise option {number}", "Note that it is exercised"),
        work=lambda given: option_exercise(
            option=option, exercised_on=given["day"], as_of=as_of, reason=given["reason"]
        ),
        said=lambda option: f"Option {option.number} is exercised: the term is extended.",
        to=lambda option: address(option.contract),
    )


@page(Duty.TERMS, writes=True)
def option_leave(request: HttpRequest, scope: Scope, reference: str, number: int) -> HttpResponse:
    """Note that an option is not used."""
    option, as_of = _option(reference, number, scope), now()
    return form_page(
        request,
        DecisionForm(posted(request), initial={"day": as_of.date()}),
        _desk(option.contract, f"Decline option {number}", "Note that it is declined"),
        work=lambda given: option_decline(
            option=option, declined_on=given["day"], as_of=as_of, reason=given["reason"]
        ),
        said=lambda option: f"Option {option.number} is declined.",
        to=lambda option: address(option.contract),
    )


def _option(reference: str, number: int, scope: Scope) -> ContractOption:
    contract = contract_by_reference(reference, scope=scope)
    found: Any = scoped.contract_options(scope).filter(contract=contract, number=number).first()
    if found is None:
        raise Http404(f"{contract} has no option {number}")
    option: ContractOption = found
    return option


def _desk(contract: Contract, title: str, act: str) -> Desk:
    crumbs = (*way_to(contract), Crumb("Option"))
    return Desk(title, act, address(contract), "contracts", crumbs=crumbs)
