"""The form of a contract, in plain language, and what its term and notice come to."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.forms.boundfield import BoundField

from contracts.models import Contract, Vendor
from contracts.models.contracts import LONGEST_NOTICE, LONGEST_RENEWAL, MOST_RENEWALS
from contracts.models.managed import code_validator
from contracts.pages.editing import MeanwhileForm, SuggestInput
from contracts.selectors import scope as scoped
from contracts.selectors.notice import Notice, Term, current_term, next_notice
from contracts.selectors.scope import Scope
from contracts.services.contracts import TERMS
from contracts.services.currencies import MINOR_UNITS
from contracts.services.terms import term_faults
from contracts.services.zones import zone_names

_GROUPS = (
    ("What it is", ("reference", "title", "vendor", "kind", "parent")),
    (
        "How long it runs",
        ("first_day", "last_day", "renewal", "renewal_months", "renewal_limit"),
    ),
    ("Notice", ("notice_length", "notice_unit")),
    ("Money and time", ("pricing", "currency", "zone")),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the dates of a contract come to on a day, before anything is saved."""

    term: Term
    notice: Notice | None
    days_left: int | None


def outcome(contract: Contract, *, today: date) -> Outcome:
    """The term that runs on ``today`` and the last day to act on it."""
    notice = next_notice(contract, today=today)
    left = notice.days_left(today) if notice else None
    return Outcome(current_term(contract, today=today), notice, left)


class ContractForm(MeanwhileForm):
    """What was signed. The reference and the vendor are what a contract is, and stay."""

    reference = forms.CharField(
        label="Reference",
        max_length=63,
        validators=[code_validator],
        help_text="Short and lasting, such as NW-2026-01: files and addresses use it.",
    )
    title = forms.CharField(
        label="Title", max_length=200, help_text="What it is about, in a few words."
    )
    vendor = forms.ModelChoiceField(
        label="Vendor",
        queryset=Vendor.objects.none(),
        to_field_name="code",
        empty_label="Choose a vendor",
    )
    kind = forms.ChoiceField(label="Kind", choices=Contract.Kind.choices)
    parent = forms.ModelChoiceField(
        label="Stands under",
        queryset=Contract.objects.none(),
        required=False,
        to_field_name="reference",
        empty_label="No other contract",
        help_text="The master agreement whose terms it takes over.",
    )
    first_day = forms.DateField(label="First day")
    last_day = forms.DateField(
        label="Last day of the first term",
        required=False,
        help_text="Left empty, it runs without an end.",
    )
    renewal = forms.ChoiceField(label="At the end of a term", choices=Contract.Renewal.choices)
    renewal_months = forms.IntegerField(
        label="Renews for how many months",
        min_value=0,
        max_value=LONGEST_RENEWAL,
        required=False,
        help_text="Each time. 0 or empty: it does not renew.",
    )
    renewal_limit = forms.IntegerField(
        label="How many times at most",
        min_value=0,
        max_value=MOST_RENEWALS,
        required=False,
        help_text="Left empty, without a bound.",
    )
    notice_length = forms.IntegerField(
        label="How long before the end of a term",
        min_value=0,
        max_value=LONGEST_NOTICE,
        required=False,
        help_text="Counted back from the last day of the term. Vendor users do not see it.",
    )
    notice_unit = forms.ChoiceField(
        label="Days, weeks or months",
        choices=[("", "no notice is stated"), *Contract.NoticeUnit.choices],
        required=False,
    )
    pricing = forms.ChoiceField(label="Priced by", choices=Contract.Pricing.choices)
    currency = forms.ChoiceField(
        label="Currency",
        choices=[(code, code) for code in sorted(MINOR_UNITS)],
        initial="EUR",
        help_text="All its amounts are in it.",
    )
    zone = forms.CharField(
        label="Time zone",
        max_length=64,
        initial="UTC",
        widget=SuggestInput(lambda: sorted(zone_names())),
        help_text="Where its months begin and end, such as Europe/Dublin.",
    )

    def __init__(
        self, *args: Any, scope: Scope, record: Contract | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, record=record, **kwargs)
        usable = Q(archived_at__isnull=True) | Q(pk=record.parent_id if record else None)
        above = scoped.contracts(scope).filter(usable).order_by("reference")
        if record is not None:
            del self.fields["reference"], self.fields["vendor"]
            above = above.filter(vendor=record.vendor).exclude(pk=record.pk)
        else:
            vendors = scoped.vendors(scope).filter(archived_at__isnull=True)
            self._choice("vendor").queryset = vendors
        self._choice("parent").queryset = above
        self._choice("parent").label_from_instance = _named  # type: ignore[assignment]
        self.record = record

    @property
    def groups(self) -> Iterator[tuple[str, list[BoundField]]]:
        """The fields under their headings."""
        for heading, names in _GROUPS:
            yield heading, [self[name] for name in names if name in self.fields]

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        given["renewal_months"] = given.get("renewal_months") or 0
        for name, message in term_faults(given):
            self.add_error(name, message)
        return given

    def clean_zone(self) -> str:
        zone = str(self.cleaned_data["zone"])
        if zone not in zone_names():
            raise ValidationError(f"'{zone}' is not a time zone: write one such as Europe/Dublin.")
        return zone

    def contract(self) -> Contract:
        """An unsaved contract with what the form holds, to look at what it comes to."""
        values = {name: self.cleaned_data[name] for name in TERMS if name != "parent"}
        return Contract(**values)

    def _choice(self, name: str) -> "forms.ModelChoiceField[Any]":
        return cast("forms.ModelChoiceField[Any]", self.fields[name])


def _named(contract: Contract) -> str:
    return f"{contract.reference} – {contract.title}"
