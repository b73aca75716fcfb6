"""People at a vendor's: whom to write to, and whom to turn to when nobody answers."""

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from contracts.models import Contact, Vendor
from contracts.pages.archiving import archive_page
from contracts.pages.base import Crumb, page
from contracts.pages.editing import Desk, MeanwhileForm, form_page, posted
from contracts.selectors import scope as scoped
from contracts.selectors.duties import Duty
from contracts.selectors.lookups import vendor_by_code
from contracts.selectors.scope import Scope
from contracts.services.archiving import contact_archive
from contracts.services.contacts import contact_change, contact_create
from kpotracker.toolkit.dbclock import now

_FIELDS = ("name", "role", "email", "phone", "is_escalation")


class ContactForm(MeanwhileForm):
    """One person; the vendor's own users see it too."""

    name = forms.CharField(label="Name", max_length=200)
    role = forms.CharField(
        label="Role", max_length=200, required=False, help_text="Such as account manager."
    )
    email = forms.EmailField(label="E-mail", required=False)
    phone = forms.CharField(label="Telephone", max_length=40, required=False)
    is_escalation = forms.BooleanField(
        label="Escalation contact",
        required=False,
        help_text="Turned to when others do not answer in time.",
    )


@page(Duty.TERMS, Duty.COMPLIANCE, writes=True)
def contact_new(request: HttpRequest, scope: Scope, code: str) -> HttpResponse:
    """Add somebody at a vendor's."""
    vendor = vendor_by_code(code, scope=scope)
    return form_page(
        request,
        ContactForm(posted(request)),
        _desk(vendor, f"Add a contact at {vendor}", "Add"),
        work=lambda given: contact_create(vendor=vendor, **given),
        said=lambda contact: f"{contact} is added.",
        to=lambda _: _address(vendor),
    )


@page(Duty.TERMS, Duty.COMPLIANCE, writes=True)
def contact_edit(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Change what is noted about a contact."""
    contact = _contact(number, scope)
    initial = {name: getattr(contact, name) for name in _FIELDS}
    return form_page(
        request,
        ContactForm(posted(request), record=contact, initial=initial),
        _desk(contact.vendor, f"Change {contact}", "Save"),
        work=lambda given: contact_change(contact=contact, **given),
        said=lambda contact: f"{contact} is changed.",
        to=lambda contact: _address(contact.vendor),
    )


@page(Duty.TERMS, Duty.COMPLIANCE, writes=True)
def contact_put_away(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Take a contact off the vendor's page."""
    contact = _contact(number, scope)
    back = _address(contact.vendor)
    return archive_page(
        request,
        contact,
        lambda reason: contact_archive(contact=contact, as_of=now(), reason=reason),
        back=back,
        to=back,
        section="overview",
    )


def _contact(number: int, scope: Scope) -> Contact:
    found = scoped.contacts(scope).filter(archived_at__isnull=True).select_related("vendor")
    contact = found.filter(pk=number).first()
    if contact is None:
        raise Http404(f"contact {number} is unknown")
    return contact


def _desk(vendor: Vendor, title: str, act: str) -> Desk:
    way = (Crumb("Vendors", reverse("overview")), Crumb(vendor.name, _address(vendor)))
    return Desk(title, act, _address(vendor), "overview", crumbs=(*way, Crumb("Contact")))


def _address(vendor: Vendor) -> str:
    return f"{reverse('vendor-record', args=[vendor.code])}#contacts"
