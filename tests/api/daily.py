"""What a day's work leaves behind: one record of each kind for the addresses of daily work."""

from datetime import UTC, date, datetime
from typing import Any

from contracts.models import User
from metrics.engine import to_us
from metrics.models import (
    AlertChannel,
    AlertSubscription,
    BreachCase,
    CaseComment,
    Deletion,
    Delivery,
    Kpi,
    Observation,
    Review,
    ReviewAction,
)
from metrics.scorecards.publish import card_to_publish, publish
from metrics.selectors.spans import month_of
from tests import factories

MARCH = date(2026, 3, 1)
NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)

# Lists that no vendor reads, and that nobody at the buyer's reads without the right to manage.
KEPT_INSIDE = frozenset(
    {
        "calendars",
        "calendars/<code:code>",
        "audit",
        "channels",
        "subscriptions",
        "subscriptions/<number:pk>",
    }
)


# Rows of every reader's own that no vendor's name is written in.
UNNAMED = frozenset({"dim_period", "deletions"})


def is_file(route: str) -> bool:
    """Whether the address answers with a file and not with JSON."""
    return route.endswith((".csv", ".xlsx"))


def daily_papers(kpi: Kpi, case: BreachCase, delivery: Delivery, code: str) -> dict[str, Any]:
    """{part of an address: what fills the place behind it}."""
    contract = kpi.contract
    assert contract is not None
    vendor, dana = contract.vendor, _dana()
    comment = CaseComment.objects.create(
        case=case, author=dana, body=f"{code} sent no file", is_internal=False
    )
    card = card_to_publish(span=month_of(MARCH), vendor=vendor)
    review = Review.objects.create(vendor=vendor, kind="monthly", planned_on=MARCH, chair=dana)
    action = ReviewAction.objects.create(
        review=review,
        vendor=vendor,
        text=f"{code} sends the file",
        side="vendor",
        owner_name=f"{code} desk",
        agreed_on=MARCH,
        due_on=MARCH,
    )
    Deletion.objects.create(
        collection="service-levels", row=1, vendor=delivery.ingestion.feed.vendor
    )
    an_observation(kpi, delivery, f"{code}-INC-1")
    return {
        "comments": comment.pk,
        "scorecards": publish(card=card, by="Dana", as_of=NOON).pk,
        "reviews": review.pk,
        "actions": action.pk,
        "subscriptions": _subscription().pk,
    }


def an_observation(
    kpi: Kpi, delivery: Delivery, ref: str, at: datetime = NOON, **fields: Any
) -> Observation:
    """A row in force: one good unit of one, unless ``fields`` say otherwise."""
    given = {"a": 1, "b": 1, "revision": delivery.ingestion_id, "digest": b"d" * 16}
    return Observation.objects.create(
        kpi_id=kpi.pk,
        key=ref.encode()[-16:].rjust(16, b"0"),
        at=to_us(at),
        ref=ref,
        load_id=delivery.ingestion_id,
        **given | fields,
    )


def _dana() -> User:
    found = User.objects.filter(username="dana").first()
    return found or factories.a_user("dana", User.Role.OPERATIONS)


def _subscription() -> AlertSubscription:
    channel = AlertChannel.objects.create(
        kind="slack", name="Room", secret="sealed", hint="hooks.example.test/…"
    )
    return AlertSubscription.objects.create(
        role=User.Role.OPERATIONS, kinds=["breach"], channel=channel
    )
