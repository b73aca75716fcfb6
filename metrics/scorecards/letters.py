"""The mail that brings a published scorecard: summary, link and workbook."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from kpotracker.toolkit.exports import XLSX, xlsx_response
from metrics.scorecards.cards import Card
from metrics.scorecards.frozen import card_of
from metrics.scorecards.links import USUAL, NewLink, link_create
from metrics.scorecards.mailings import Post, unsubscribe_token
from metrics.scorecards.tabulating import COLUMNS, file_name, table_of


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as an outbox takes it; ``attachments``: name, content type and content of each."""

    key: str
    to: str
    subject: str
    text: str
    html: str
    attachments: tuple[tuple[str, str, bytes], ...]
    headers: dict[str, str]


def letter_write(*, post: Post, as_of: datetime) -> Letter:
    """The mail of ``post`` with a link of its own, made in the caller's transaction.

    The link also says that this edition went to this recipient: a second one is refused
    (ValidationError, or IntegrityError where two write at once).
    """
    made = link_create(
        scorecard=post.scorecard,
        made_for=post.recipient.email,
        expires_at=as_of + USUAL,
        as_of=as_of,
        recipient=post.recipient,
    )
    card = card_of(post.scorecard)
    ending = _absolute("mailing-unsubscribe", unsubscribe_token(post.recipient))
    context = _context(post, card, made, ending)
    name = file_name(card, post.scorecard.edition)
    book = xlsx_response(name, COLUMNS, table_of(card)).content
    return Letter(
        key=f"scorecard:{post.scorecard.pk}:{post.recipient.pk}",
        to=post.recipient.email,
        subject=_subject(post, card),
        text=render_to_string("metrics/mail_scorecard.txt", context),
        html=render_to_string("metrics/mail_scorecard.html", context),
        attachments=((f"{name}.xlsx", XLSX, book),),
        headers={
            "List-Unsubscribe": f"<{ending}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )


def _context(post: Post, card: Card, made: NewLink, ending: str) -> dict[str, object]:
    return {
        "card": card,
        "scorecard": post.scorecard,
        "red": [(line, f) for line in card.lines for f in line.figures if f.is_red],
        "address": _absolute("shared-scorecard", made.secret),
        "until": made.link.expires_at,
        "ending": ending,
    }


def _subject(post: Post, card: Card) -> str:
    kind = "Scorecard" if post.scorecard.edition == 1 else "Corrected scorecard"
    return f"{kind} {card.span.words}: {card.subject.name}"


def _absolute(name: str, argument: str) -> str:
    return f"{settings.PUBLIC_URL}{reverse(name, args=[argument])}"
