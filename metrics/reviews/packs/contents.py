"""What a pack says to one audience: plain JSON, which files and pages are made of afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metrics.models import ResultRevision
from metrics.reviews.packs.agreed import (
    closed_action_parts,
    decision_parts,
    note_parts,
    open_action_parts,
)
from metrics.reviews.packs.inside import notice_parts
from metrics.reviews.packs.scores import (
    Part,
    contract_cards,
    family_parts,
    revisions_of,
    vendor_card,
)
from metrics.reviews.packs.sources import source_parts
from metrics.reviews.packs.subject import Audience, PackSubject
from metrics.reviews.packs.work import (
    case_parts,
    commentary_parts,
    delivery_parts,
    missing_parts,
    plan_parts,
)
from metrics.scorecards.cards import Card
from metrics.scorecards.figures import score_text, share_text


@dataclass(frozen=True, slots=True)
class Scores:
    """The cards of a pack, assembled once for all its copies."""

    whole: Card | None
    contracts: Sequence[Card]
    revisions: Mapping[int, ResultRevision]


def scores_of(subject: PackSubject) -> Scores:
    """The vendor's card, unless the pack is narrowed to some contracts, and one per contract."""
    whole = None if subject.is_narrowed else vendor_card(subject)
    cards = contract_cards(subject)
    return Scores(whole, cards, revisions_of(cards))


def contents_of(subject: PackSubject, audience: Audience, scores: Scores) -> Part:
    """The body of the copy for ``audience``: nothing outside its scope is read for it."""
    body = {
        **_head(subject, audience),
        "summary": _summary(scores),
        "contracts": [_contract(card, scores) for card in scores.contracts],
        "missing": missing_parts(scores.contracts),
        "deliveries": delivery_parts(subject, audience),
        "agenda": note_parts(subject, audience),
        "commentary": commentary_parts(scores.revisions, audience),
        "cases": case_parts(subject, audience),
        "plans": plan_parts(subject, audience),
        "open_actions": open_action_parts(subject, audience),
        "closed_actions": closed_action_parts(subject, audience),
        "decisions": decision_parts(subject, audience),
        "sources": source_parts(scores.contracts, scores.revisions, audience),
    }
    return body | {"notices": notice_parts(subject)} if audience.is_internal else body


def _head(subject: PackSubject, audience: Audience) -> Part:
    vendor, span, review = subject.vendor, subject.span, subject.review
    marking = "Internal: not for the vendor" if audience.is_internal else ""
    return {
        "title": f"Review pack: {vendor.name}, {span.words}",
        "language": "en",
        "made_at": subject.built_at.isoformat(),
        "author": subject.built_by,
        "audience": str(audience.name),
        "marking": marking or f"Shared with {vendor.name}",
        "vendor": {"code": vendor.code, "name": vendor.name} | _inside(subject, audience),
        "period": {
            "label": span.label,
            "words": span.words,
            "first_day": span.first_day.isoformat(),
            "last_day": span.last_day.isoformat(),
        },
        "edition": subject.edition,
        "is_narrowed": subject.is_narrowed,
        "review": {
            "kind": review.get_kind_display(),
            "day": review.day.isoformat(),
            "chair": str(review.chair),
            "attendees": review.attendees,
        }
        if review
        else None,
    }


def _inside(subject: PackSubject, audience: Audience) -> Part:
    """How much depends on the vendor, which is not for its own people to read."""
    return {"tier": subject.vendor.get_tier_display()} if audience.is_internal else {}


def _summary(scores: Scores) -> dict[str, Any]:
    card = scores.whole
    if card is None:
        return {"families": [], "parts": [], "notes": []}
    return {
        "families": family_parts(card, scores.revisions, with_lines=False),
        "parts": [
            {
                "reference": part.reference,
                "title": part.title,
                "share_text": share_text(part.share),
                "scores": [
                    {"family": name, "text": "–" if score is None else score_text(score)}
                    for name, score in part.scores
                ],
            }
            for part in card.contracts
        ],
        "notes": list(card.notes),
    }


def _contract(card: Card, scores: Scores) -> Part:
    return {
        "reference": card.subject.code,
        "title": card.subject.name,
        "families": family_parts(card, scores.revisions, with_lines=True),
        "notes": list(card.notes),
        "unsettled": card.unsettled,
    }
