"""Publishing: a scorecard frozen as it was shown, edition by edition."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db.models import Max

from contracts.models import Contract, Vendor
from contracts.selectors.scope import Scope
from contracts.services.auditing import audit
from contracts.services.writing import touch, writing
from kpotracker.toolkit.bulk import columns_update
from metrics.models import KpiPeriod, ResultRevision, Scorecard
from metrics.scorecards.assemble import assemble
from metrics.scorecards.cards import Card
from metrics.scorecards.frozen import body_of
from metrics.scorecards.gaps import Gap, gaps_of
from metrics.selectors.spans import Span

_NAMED = 5


def card_to_publish(
    *, span: Span, contract: Contract | None = None, vendor: Vendor | None = None
) -> Card:
    """The card as its vendor will read it: with what both sides said, and nothing internal."""
    owner = contract.vendor if contract else vendor
    shared = Scope(frozenset({owner.pk} if owner else ()))
    days = {"first_day": span.first_day, "last_day": span.last_day}
    return assemble(contract=contract, vendor=vendor, scope=shared, **days)


def publish(*, card: Card, by: str, as_of: datetime, reason: str = "") -> Scorecard:
    """Store ``card`` as the next edition of its subject and period.

    Earlier editions stay as they are. ``by``: who answers for it; ``as_of``: when. Raises
    ValidationError without a ``reason`` where data is missing or may still change.
    """
    refuse_silence(gaps_of(card), reason)
    with writing():
        subject = _subject(card)
        earlier = Scorecard.objects.filter(**subject, label=card.span.label)
        scorecard = Scorecard(
            **subject,
            first_day=card.span.first_day,
            last_day=card.span.last_day,
            label=card.span.label,
            edition=(earlier.aggregate(last=Max("edition"))["last"] or 0) + 1,
            body=body_of(card),
            reason=reason.strip(),
            published_at=as_of,
            published_by=by,
        )
        scorecard.full_clean()
        scorecard.save()
        _note_shown(card)
        audit(action="published", instance=scorecard, reason=reason)
    return scorecard


def refuse_silence(gaps: Sequence[Gap], reason: str) -> None:
    """Raises ValidationError where something is missing and nobody says why it is published."""
    if gaps and not reason.strip():
        raise ValidationError({"reason": silence_text(gaps)})


def silence_text(gaps: Sequence[Gap]) -> str:
    """What is said to those who would publish ``gaps`` without a word about them."""
    named = [f"{gap.name} {gap.period}".strip() for gap in gaps]
    told = ", ".join(dict.fromkeys(named[:_NAMED]))
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return f"Missing or not final: {told}{more}. Say why it is published all the same."


def digest_of(card: Card) -> str:
    """Tells whether a card is still the one that somebody looked at, whenever data last arrived."""
    body = body_of(card)
    for family in body["families"]:
        for line in family["lines"]:
            del line["fresh_at"]
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:32]


def _note_shown(card: Card) -> None:
    """Have each figure tell which revision of it was published last."""
    shown = {each.period_id: each.revision for each in card.figures if each.revision is not None}
    numbers = ResultRevision.objects.filter(period__in=shown).values_list("period", "number", "pk")
    revisions = {(period, number): pk for period, number, pk in numbers}
    heads = list(KpiPeriod.objects.select_for_update().filter(pk__in=shown).order_by("pk"))
    changed = []
    for head in heads:
        published = revisions[head.pk, shown[head.pk]]
        if head.published_id != published:
            head.published_id = published
            changed.append(head)
    columns_update(changed, ["published_id"])
    for head in changed:
        touch(head)


def _subject(card: Card) -> dict[str, Vendor | Contract]:
    """The row whose editions are counted, locked so that two publishers take turns."""
    code = card.subject.code
    if card.subject.kind == "vendor":
        return {"vendor": Vendor.objects.select_for_update().get(code=code)}
    found = Contract.objects.select_related("vendor").select_for_update(of=("self",))
    return {"contract": found.get(reference=code)}
