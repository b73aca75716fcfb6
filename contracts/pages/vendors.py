"""Vendors: registered, changed, archived; and what is kept about one besides its figures."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from contracts.models import Contact, User, Vendor
from contracts.models.managed import code_validator
from contracts.pages.archiving import archive_page, restore_page
from contracts.pages.base import Crumb, page
from contracts.pages.certifications import CertificationRow
from contracts.pages.documents import documents_panel
from contracts.pages.editing import (
    Desk,
    MeanwhileForm,
    SuggestInput,
    by_files,
    form_page,
    managed_page,
    posted,
)
from contracts.selectors import scope as scoped
from contracts.selectors.certifications import certifications_list
from contracts.selectors.duties import Duty
from contracts.selectors.lookups import vendor_by_code
from contracts.selectors.scope import Scope
from contracts.selectors.timeline import timeline_of
from contracts.services.archiving import vendor_archive, vendor_restore
from contracts.services.vendors import country_validator, vendor_change, vendor_create
from kpotracker.toolkit.dbclock import now


class VendorForm(MeanwhileForm):
    """What we note about a vendor. ``code`` is what files and addresses call it, for ever."""

    code = forms.CharField(
        label="Code",
        max_length=63,
        validators=[code_validator],
        help_text="Short and lasting, such as northwind: addresses, files and programs use it.",
    )
    name = forms.CharField(label="Name", max_length=200)
    country = forms.CharField(
        label="Country",
        required=False,
        validators=[country_validator],
        help_text="Two letters, such as IE or IN.",
    )
    tier = forms.ChoiceField(
        label="Tier",
        choices=Vendor.Tier.choices,
        initial=Vendor.Tier.STANDARD,
        help_text="How much depends on it. Vendor users do not see it.",
    )
    owner = forms.CharField(
        label="Owner",
        required=False,
        max_length=200,
        help_text="Who answers for it on our side. Vendor users do not see it.",
    )

    def __init__(self, *args: Any, scope: Scope, record: Vendor | None = None, **kw: Any) -> None:
        super().__init__(*args, record=record, **kw)
        attrs = self.fields["owner"].widget.attrs
        self.fields["owner"].widget = SuggestInput(lambda: _people(scope), attrs=attrs)
        if record is not None:
            del self.fields["code"]


@page(Duty.TERMS, writes=True)
def vendor_new(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Register a vendor."""
    desk = Desk(
        title="Register a vendor",
        act="Register",
        back=reverse("overview"),
        section="overview",
        crumbs=(Crumb("Vendors", reverse("overview")), Crumb("Register a vendor")),
    )
    return form_page(
        request,
        VendorForm(posted(request), scope=scope),
        desk,
        work=lambda given: vendor_create(**given),
        said=lambda vendor: f"{vendor} is registered.",
        to=_address,
    )


@page(Duty.TERMS, writes=True)
def vendor_edit(request: HttpRequest, scope: Scope, code: str) -> HttpResponse:
    """Change what we note about a vendor."""
    vendor = vendor_by_code(code, scope=scope)
    if by_files(vendor):
        return managed_page(request, vendor, _address(vendor))
    initial = {name: getattr(vendor, name) for name in ("name", "country", "tier", "owner")}
    desk = Desk(
        title=f"Change {vendor}",
        act="Save",
        back=_address(vendor),
        section="overview",
        crumbs=(*_way_to(vendor), Crumb("Change")),
    )
    return form_page(
        request,
        VendorForm(posted(request), scope=scope, record=vendor, initial=initial),
        desk,
        work=lambda given: vendor_change(vendor=vendor, **given),
        said=lambda vendor: f"{vendor} is changed.",
        to=_address,
    )


@page(Duty.TERMS, writes=True)
def vendor_put_away(request: HttpRequest, scope: Scope, code: str) -> HttpResponse:
    """Take a vendor out of use."""
    vendor = vendor_by_code(code, scope=scope)
    return archive_page(
        request,
        vendor,
        lambda reason: vendor_archive(vendor=vendor, as_of=now(), reason=reason),
        back=_address(vendor),
        to=reverse("overview"),
        section="overview",
    )


@page(Duty.TERMS, writes=True)
def vendor_bring_back(request: HttpRequest, scope: Scope, code: str) -> HttpResponse:
    """Take an archived vendor back into use."""
    vendor = vendor_by_code(code, scope=scope)
    return restore_page(
        request,
        vendor,
        lambda: vendor_restore(vendor=vendor),
        back=_address(vendor),
        section="overview",
    )


@page()
def vendor_record(request: HttpRequest, scope: Scope, code: str) -> HttpResponse:
    """Contacts, certifications and documents of a vendor, and to buyers what happened."""
    vendor = vendor_by_code(code, scope=scope)
    contacts = list(_contacts(vendor, scope))
    certified = list(certifications_list(scope).filter(vendor=vendor))
    context = {
        "vendor": vendor,
        "contacts": contacts,
        "rows": CertificationRow.of(certified, scope, now().date()),
        "documents": documents_panel(vendor, scope),
        "timeline": timeline_of(vendor, scope, *contacts, *certified),
        "may_edit": scope.may(Duty.TERMS),
        "may_certify": scope.may(Duty.TERMS, Duty.COMPLIANCE),
        "by_files": by_files(vendor),
        "scope": scope,
        "section": "overview",
        "crumbs": _way_to(vendor)[:1],
    }
    return render(request, "contracts/vendor_record.html", context)


def _contacts(vendor: Vendor, scope: Scope) -> QuerySet[Contact]:
    return scoped.contacts(scope).filter(vendor=vendor, archived_at__isnull=True)


def _people(scope: Scope) -> list[str]:
    """Names of colleagues, to choose an owner from."""
    own = scoped.users(scope).filter(is_active=True).exclude(role=User.Role.VENDOR)
    return sorted({str(user) for user in own})


def _address(vendor: Vendor) -> str:
    return reverse("vendor-record", args=[vendor.code])


def _way_to(vendor: Vendor) -> tuple[Crumb, ...]:
    return Crumb("Vendors", reverse("overview")), Crumb(vendor.name, _address(vendor))
