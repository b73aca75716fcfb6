"""Publishing: a scorecard frozen as it was shown, edition by edition."""

from dataclasses import fields, is_dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from django.db import transaction
from django.db.models import Max

from contracts.models import Contract, Vendor
from metrics.models import Scorecard
from metrics.scorecards.cards import Card


@transaction.atomic
def publish(*, card: Card, by: str, as_of: datetime) -> Scorecard:
    """Store ``card`` as the next edition of its subject and period.

    Earlier editions stay as they are. ``by``: who answers for it; ``as_of``: when.
    """
    subject = _subject(card)
    earlier = Scorecard.objects.filter(**subject, label=_label(card))
    edition = (earlier.aggregate(last=Max("edition"))["last"] or 0) + 1
    return Scorecard.objects.create(
        **subject,
        first_day=card.span.first_day,
        last_day=card.span.last_day,
        label=_label(card),
        edition=edition,
        body=body_of(card),
        published_at=as_of,
        published_by=by,
    )


def body_of(value: Any) -> Any:
    """``value`` as JSON: exact numbers as "p/q" text, days and instants in ISO 8601."""
    if is_dataclass(value):
        return {field.name: body_of(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple | list):
        return [body_of(item) for item in value]
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    return value


def _subject(card: Card) -> dict[str, Vendor | Contract]:
    """The row whose editions are counted, locked so that two publishers take turns."""
    code = card.subject.code
    if card.subject.kind == "vendor":
        return {"vendor": Vendor.objects.select_for_update().get(code=code)}
    return {"contract": Contract.objects.select_for_update(of=("self",)).get(reference=code)}


def _label(card: Card) -> str:
    label = card.span.label
    longest = Scorecard._meta.get_field("label").max_length or 0
    return label if len(label) <= longest else card.span.first_day.isoformat()
