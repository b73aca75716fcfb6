"""Rows that did not fit, as a file to mend."""

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from contracts.selectors.scope import Scope
from kpotracker.toolkit.exports import export_response
from metrics.feeds.rejects import rejects_table
from metrics.pages.base import page
from metrics.selectors.deliveries import delivery_by_number


@page()
def rejects(request: HttpRequest, scope: Scope, number: int, kind: str) -> HttpResponseBase:
    """The rows that were set aside and are not mended yet."""
    found = delivery_by_number(number, scope=scope)
    table = rejects_table(found.ingestion, scope=scope)
    if table is None:
        raise Http404("no rows of this delivery are set aside")
    return export_response(kind, f"rejects-{found.pk}", *table)
