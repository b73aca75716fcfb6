"""Whose scorecard a page is about: a contract or a vendor, under addresses of the same shape."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from contracts.models import Contract, Vendor
from contracts.pages.base import Crumb
from contracts.selectors.lookups import contract_by_reference, vendor_by_code
from contracts.selectors.scope import Scope
from metrics.pages.periods import Picker, chosen_span, picker_within
from metrics.scorecards.assemble import assemble, reach
from metrics.scorecards.cards import Card
from metrics.selectors.spans import Span, month_of


@dataclass(frozen=True, slots=True)
class Whose:
    """A contract or a vendor that the reader may see; one of the two is None."""

    contract: Contract | None
    vendor: Vendor | None

    @property
    def kind(self) -> str:
        return "contract" if self.contract else "vendor"

    @property
    def code(self) -> str:
        """Reference of the contract, or code of the vendor."""
        return self.contract.reference if self.contract else self.owner.code

    @property
    def name(self) -> str:
        return self.contract.title if self.contract else self.owner.name

    @property
    def owner(self) -> Vendor:
        """The vendor, also of a contract."""
        found = self.contract.vendor if self.contract else self.vendor
        assert found is not None  # a subject is one of the two
        return found

    @property
    def subject(self) -> dict[str, Any]:
        """What services take: the contract or the vendor by its name."""
        return {"contract": self.contract} if self.contract else {"vendor": self.vendor}

    def url(self, place: str = "", *more: Any, **query: Any) -> str:
        """The address of its card, or of one of the pages below it, such as ``publish``."""
        address = reverse(f"{self.kind}-{place}" if place else self.kind, args=[self.code, *more])
        return f"{address}?{urlencode(query)}" if query else address

    def crumbs(self, here: str, span: Span | None = None) -> list[Crumb]:
        """The way to a page below the card, which keeps the period."""
        way = [Crumb("Vendors", reverse("overview"))]
        if self.contract:
            way.append(Crumb(self.owner.name, reverse("vendor", args=[self.owner.code])))
        query = {"period": span.label} if span else {}
        return [*way, Crumb(self.name, self.url(**query)), Crumb(here)]


def whose(scope: Scope, *, reference: str = "", code: str = "") -> Whose:
    """The contract ``reference`` or else the vendor ``code``. Raises UnknownCodeError."""
    if reference:
        return Whose(contract_by_reference(reference, scope=scope), None)
    return Whose(None, vendor_by_code(code, scope=scope))


def card_shown(found: Whose, span: Span, scope: Scope) -> Card:
    """The running card of ``span``, with the commentary that ``scope`` may read."""
    return assemble(
        contract=found.contract,
        vendor=found.vendor,
        first_day=span.first_day,
        last_day=span.last_day,
        scope=scope,
    )


def shown_span(request: HttpRequest, found: Whose, today: date) -> tuple[Span, Picker]:
    """The period that the address names, or else the newest with results, and what to offer."""
    far = reach(**found.subject)
    span = chosen_span(request) or far.newest or month_of(today)
    return span, picker_within(far, span)
