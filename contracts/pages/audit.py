"""Who changed what across the installation, as a list and as a file."""

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from contracts.models import User, Vendor
from contracts.pages.base import page, paged
from contracts.pages.listing import FilterForm, choice_field, search_field
from contracts.selectors.audit import COLUMNS, PROGRAMS, audit_kinds, audit_list, audit_rows
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from contracts.selectors.telling import told
from contracts.selectors.visibility import visible
from kpotracker.toolkit.exports import export_response

_PER_PAGE = 50


class AuditFilters(FilterForm):
    """What narrows the trail; choices come from the reader's scope."""

    record = search_field("Record")
    action = search_field("Action")
    first_day = forms.DateField(label="From", required=False)
    last_day = forms.DateField(label="To", required=False)

    def __init__(self, request: HttpRequest, scope: Scope) -> None:
        people = visible(User, scope).order_by("first_name", "last_name", "username")
        named = [(PROGRAMS, "Programs and the installation")]
        named += [(str(each.pk), str(each)) for each in people]
        vendors = list(visible(Vendor, scope).values_list("code", "name"))
        self.base_fields = {  # type: ignore[misc]
            "person": choice_field("Person", named, "Everybody"),
            "kind": choice_field("Kind of record", audit_kinds(), "Every kind"),
            "vendor": choice_field("Vendor", vendors, "Every vendor"),
            **type(self).base_fields,
        }
        super().__init__(request)


@page(Duty.AUDIT)
def audit(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The trail, newest first; ``?export=csv`` or ``xlsx`` gives what is filtered as a file."""
    filters = AuditFilters(request, scope)
    found = audit_list(scope=scope, **filters.chosen)
    if kind := request.GET.get("export"):
        return export_response(kind, "audit-trail", COLUMNS, audit_rows(found))
    events = paged(request, found, size=_PER_PAGE)
    context = {
        "events": events,
        "rows": [(event, told(event)) for event in events],
        "filters": filters,
        "section": "audit",
    }
    return render(request, "contracts/audit.html", context)
