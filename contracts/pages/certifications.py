"""Certifications of vendors: what runs out first, and keeping them up to date."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from contracts.models import Certification, Document, Vendor
from contracts.models.certifications import SOON_DAYS, Standing
from contracts.pages.archiving import archive_page
from contracts.pages.base import Crumb, page, paged
from contracts.pages.editing import Desk, MeanwhileForm, form_page, posted
from contracts.pages.listing import FilterForm, choice_field, list_context, search_field
from contracts.pages.saved_views import list_register
from contracts.selectors import scope as scoped
from contracts.selectors.certifications import certifications_list, evidence_of, standing_condition
from contracts.selectors.documents import documents_of
from contracts.selectors.duties import Duty
from contracts.selectors.lookups import vendor_by_code
from contracts.selectors.scope import Scope
from contracts.services.archiving import certification_archive
from contracts.services.certifications import certification_change, certification_create
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.exports import Row, export_response

_PER_PAGE = 50
_FIELDS = ("standard", "scope_words", "issuer", "issued_on", "expires_on", "evidence")
_COLUMNS = (
    "Vendor code",
    "Vendor",
    "Standard",
    "Scope",
    "Issuer",
    "Issued on",
    "Expires on",
    "Days left",
    "Standing",
)
_TONES = {
    Standing.VALID: ("good", "✓"),
    Standing.RUNNING_OUT: ("warn", "▲"),
    Standing.EXPIRED: ("bad", "■"),
    Standing.FUTURE: ("quiet", "○"),
}
list_register("certifications", "Certifications")


@dataclass(frozen=True, slots=True)
class CertificationRow:
    """A certification of a list; ``evidence`` None where the reader may not see it, or
    it was put away."""

    certification: Certification
    days_left: int | None
    standing: Standing
    evidence: Document | None

    @property
    def tone(self) -> str:
        return _TONES[self.standing][0]

    @property
    def icon(self) -> str:
        return _TONES[self.standing][1]

    @classmethod
    def of(
        cls, found: Iterable[Certification], scope: Scope, today: date
    ) -> list["CertificationRow"]:
        """Rows for what ``certifications_list`` found."""
        return [
            cls(each, each.days_left(today), each.standing(today), evidence_of(each, scope))
            for each in found
        ]


class CertificationFilters(FilterForm):
    """What narrows the list of certifications."""

    q = search_field("Standard, scope or issuer")
    standing = choice_field("Standing", [(s.value, s.value.capitalize()) for s in Standing], "Any")
    vendor = forms.ChoiceField(label="Vendor", required=False)

    def __init__(self, request: HttpRequest, scope: Scope) -> None:
        vendors = scoped.vendors(scope).filter(archived_at__isnull=True)
        known = vendors.values_list("code", "name")
        super().__init__(request, choices={"vendor": [("", "All vendors"), *known]})


class CertificationForm(MeanwhileForm):
    """What was attested, for what, by whom, and until when."""

    standard = forms.CharField(
        label="Standard", max_length=100, help_text="Such as ISO/IEC 27001:2022 or SOC 2 type II."
    )
    scope_words = forms.CharField(
        label="What it covers",
        max_length=400,
        required=False,
        help_text="As the certificate says it: sites, services, legal entities.",
    )
    issuer = forms.CharField(label="Issued by", max_length=200, required=False)
    issued_on = forms.DateField(label="Issued on")
    expires_on = forms.DateField(
        label="Last day it is valid",
        required=False,
        help_text=f"Left empty, it does not expire. It is shown as running out {SOON_DAYS} days "
        "before.",
    )
    evidence = forms.ModelChoiceField(
        label="Evidence",
        queryset=Document.objects.none(),
        required=False,
        empty_label="No document yet",
        help_text="A document attached to the vendor, such as the certificate itself.",
    )

    def __init__(self, *args: Any, vendor: Vendor, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["evidence"].queryset = documents_of(vendor, scope)  # type: ignore[attr-defined]


@page()
def certification_list(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Every certification in use, what runs out first at the top."""
    today = now().date()
    filters = CertificationFilters(request, scope)
    found = certifications_list(scope).filter(_condition(filters.chosen, today))
    if kind := request.GET.get("export"):
        rows = CertificationRow.of(found, scope, today)
        return export_response(kind, "certifications", _COLUMNS, map(_exported, rows))
    shown = paged(request, found, size=_PER_PAGE)
    context = {
        "page": shown,
        "rows": CertificationRow.of(shown, scope, today),
        "may_certify": scope.may(Duty.TERMS, Duty.COMPLIANCE),
        "scope": scope,
        "section": "certifications",
    }
    return render(
        request,
        "contracts/certifications.html",
        context | list_context(request, scope, filters, "certifications"),
    )


@page(Duty.TERMS, Duty.COMPLIANCE, writes=True)
def certification_new(request: HttpRequest, scope: Scope, code: str) -> HttpResponse:
    """Register a certification of a vendor."""
    vendor = vendor_by_code(code, scope=scope)
    return form_page(
        request,
        CertificationForm(posted(request), vendor=vendor, scope=scope),
        _desk(vendor, f"Register a certification of {vendor}", "Register"),
        work=lambda given: certification_create(vendor=vendor, **given),
        said=lambda certification: f"{certification} is registered.",
        to=lambda _: _address(vendor),
    )


@page(Duty.TERMS, Duty.COMPLIANCE, writes=True)
def certification_edit(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Correct a certification, or attach its evidence."""
    found = _certification(number, scope)
    initial = {name: getattr(found, name) for name in _FIELDS}
    form = CertificationForm(
        posted(request), vendor=found.vendor, scope=scope, record=found, initial=initial
    )
    return form_page(
        request,
        form,
        _desk(found.vendor, f"Change {found}", "Save"),
        work=lambda given: certification_change(certification=found, **given),
        said=lambda certification: f"{certification} is changed.",
        to=lambda certification: _address(certification.vendor),
    )


@page(Duty.TERMS, Duty.COMPLIANCE, writes=True)
def certification_put_away(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Take a certification off the lists, such as one that a newer one replaced."""
    found = _certification(number, scope)
    back = _address(found.vendor)
    return archive_page(
        request,
        found,
        lambda reason: certification_archive(certification=found, as_of=now(), reason=reason),
        back=back,
        to=back,
        section="certifications",
    )


def _condition(chosen: dict[str, Any], today: date) -> Q:
    condition = Q()
    if text := chosen.get("q"):
        columns = ("standard", "scope_words", "issuer")
        for word in (Q(**{f"{column}__icontains": text}) for column in columns):
            condition |= word
    if code := chosen.get("vendor"):
        condition &= Q(vendor__code=code)
    if standing := chosen.get("standing"):
        condition &= standing_condition(standing, today=today)
    return condition


def _exported(row: CertificationRow) -> Row:
    it = row.certification
    return (
        it.vendor.code,
        it.vendor.name,
        it.standard,
        it.scope_words,
        it.issuer,
        it.issued_on,
        it.expires_on,
        row.days_left,
        row.standing.value,
    )


def _certification(number: int, scope: Scope) -> Certification:
    certification = certifications_list(scope).filter(pk=number).first()
    if certification is None:
        raise Http404(f"certification {number} is unknown")
    return certification


def _desk(vendor: Vendor, title: str, act: str) -> Desk:
    way = (Crumb("Vendors", reverse("overview")), Crumb(vendor.name, _address(vendor)))
    return Desk(title, act, _address(vendor), "overview", crumbs=(*way, Crumb("Certification")))


def _address(vendor: Vendor) -> str:
    return f"{reverse('vendor-record', args=[vendor.code])}#certifications"
