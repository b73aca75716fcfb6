"""The card of a page as a file: CSV or XLSX of exactly what is shown."""

from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import timezone

from contracts.selectors.scope import Scope
from kpotracker.toolkit.exports import export_response
from metrics.models import Scorecard
from metrics.pages.base import page
from metrics.pages.subjects import card_shown, shown_span, whose
from metrics.scorecards.editions import edition_by_number
from metrics.scorecards.frozen import card_of
from metrics.scorecards.tabulating import COLUMNS, file_name, table_of


@page()
def card_file(request: HttpRequest, scope: Scope, /, form: str, **address: str) -> HttpResponseBase:
    """The running card of a contract or a vendor in the period that the address names."""
    found = whose(scope, **address)
    span, _ = shown_span(request, found, timezone.now().date())
    card = card_shown(found, span, scope)
    return export_response(form, file_name(card), COLUMNS, table_of(card))


@page()
def edition_file(request: HttpRequest, scope: Scope, number: int, form: str) -> HttpResponseBase:
    """A published edition, from its frozen body."""
    try:
        scorecard = edition_by_number(number, scope=scope)
    except Scorecard.DoesNotExist as error:
        raise Http404(f"no edition {number}") from error
    card = card_of(scorecard)
    return export_response(form, file_name(card, scorecard.edition), COLUMNS, table_of(card))
