"""Addresses of the pages below a scorecard: the same for contracts and for vendors."""

from collections.abc import Callable

from django.http import HttpResponseBase
from django.urls import URLPattern, path

from metrics.pages.cardfiles import card_file, edition_file
from metrics.pages.commentary import commentary, commentary_edit
from metrics.pages.comparing import peers, periods
from metrics.pages.mailings import mailing, mailings, unsubscribe
from metrics.pages.publishing import edition, editions, publishing
from metrics.pages.shares import link_end, links, shared

_FIGURE = "kpis/<str:code>/<day:first_day>/commentary/"
_BELOW: dict[str, Callable[..., HttpResponseBase]] = {
    "scorecards": editions,
    "publish": publishing,
    "compare": periods,
    "mailings": mailings,
}


def _below(kind: str, root: str) -> list[URLPattern]:
    """The pages below the card at ``root``: "contract-publish" and so on."""
    named = [path(f"{root}{name}/", view, name=f"{kind}-{name}") for name, view in _BELOW.items()]
    return [*named, path(f"{root}scorecard.<str:form>", card_file, name=f"{kind}-file")]


def card_urls() -> list[URLPattern]:
    """Made once the converters of the addresses are known."""
    return [
        *_below("contract", "contracts/<str:reference>/"),
        *_below("vendor", "vendors/<str:code>/"),
        path("scorecards/<int:number>/", edition, name="scorecard"),
        path("scorecards/<int:number>/links/", links, name="scorecard-links"),
        path("scorecards/<int:number>/edition.<str:form>", edition_file, name="scorecard-file"),
        path("scorecards/links/<int:number>/revoke/", link_end, name="scorecard-link-revoke"),
        path("scorecards/mailings/<int:number>/", mailing, name="mailing"),
        path("scorecards/unsubscribe/<str:token>/", unsubscribe, name="mailing-unsubscribe"),
        path("shared/<str:secret>/", shared, name="shared-scorecard"),
        path("compare/", peers, name="compare"),
        path(_FIGURE, commentary, name="commentary"),
        path(f"{_FIGURE}ours/", commentary_edit, {"audience": "both"}, name="commentary-edit"),
        path(
            f"{_FIGURE}internal/", commentary_edit, {"audience": "internal"}, name="commentary-note"
        ),
    ]
