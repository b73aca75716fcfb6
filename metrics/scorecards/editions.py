"""Published editions, newest first."""

from django.db.models import QuerySet

from contracts.models import Contract, Vendor
from contracts.selectors.scope import Scope
from metrics.models import Scorecard
from metrics.selectors import scope as scoped
from metrics.selectors.spans import Span


def editions_of(
    *, scope: Scope, contract: Contract | None = None, vendor: Vendor | None = None
) -> QuerySet[Scorecard]:
    """The editions of a contract's or a vendor's own card, without their bodies."""
    found = scoped.scorecards(scope).filter(contract=contract, vendor=vendor)
    return found.defer("body").order_by("-last_day", "-published_at", "-edition")


def newest_edition(editions: QuerySet[Scorecard], span: Span) -> Scorecard | None:
    """The edition of ``span`` that counts, without its body."""
    return editions.filter(label=span.label).order_by("-edition").first()


def edition_by_number(number: int, *, scope: Scope) -> Scorecard:
    """One edition with its body. Raises Scorecard.DoesNotExist, also outside ``scope``."""
    joined = scoped.scorecards(scope).select_related("vendor", "contract__vendor")
    return joined.get(pk=number)
