"""What arrived, what became of its rows, and which of them did not fit."""

from dataclasses import dataclass

from django.db.models import Count, Min, QuerySet

from contracts.selectors.scope import Scope
from metrics.models import Delivery
from metrics.selectors import scope as scoped


@dataclass(frozen=True, slots=True)
class SameError:
    """``rows`` rows that failed one rule in one column; ``first_line`` is the earliest of them."""

    column: str
    rule: str
    message: str
    hint: str
    rows: int
    first_line: int
    example: str


def deliveries_list(
    *, scope: Scope, feed: str | None = None, vendor: str | None = None, status: str | None = None
) -> QuerySet[Delivery]:
    """Deliveries with their ingestion and feed, newest first: one query when read."""
    found = scoped.deliveries(scope).select_related("ingestion__feed__vendor", "ingestion__mapping")
    if feed:
        found = found.filter(ingestion__feed__code=feed)
    if vendor:
        found = found.filter(ingestion__feed__vendor__code=vendor)
    if status:
        found = found.filter(ingestion__status=status)
    return found.order_by("-id")


def same_errors(delivery: Delivery, *, scope: Scope) -> list[SameError]:
    """The quarantined rows of a delivery grouped by rule and column, the largest group first.

    Two queries: the groups, and one row of each to show.
    """
    rejects = scoped.rejects(scope).filter(ingestion=delivery.ingestion_id)
    groups = rejects.values("column", "rule").annotate(rows=Count("id"), first=Min("line"))
    found = {group["first"]: group for group in groups}
    shown = rejects.filter(line__in=list(found)).values_list("line", "message", "hint", "value")
    errors = [
        SameError(
            column=found[line]["column"],
            rule=found[line]["rule"],
            message=message,
            hint=hint,
            rows=found[line]["rows"],
            first_line=line,
            example=value,
        )
        for line, message, hint, value in shown
    ]
    return sorted(errors, key=lambda error: (-error.rows, error.first_line))
