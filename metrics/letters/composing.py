"""A letter put together: the body that is frozen, and the plain text of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from contracts.models import Vendor
from kpotracker.toolkit.typesetting import printable
from metrics.letters.filling import day_text, filling_of
from metrics.letters.subjects import Subject
from metrics.letters.wording import filled, one_line, paragraphs, wording_of
from metrics.models.letters import LetterKind

Body = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What its author says: the free paragraph, from whom and to whom, an answer by when.

    ``recipient`` and ``sender``: lines of an address; empty, the vendor and its escalation
    contact, and the author.
    """

    kind: str
    subject: Subject
    by: str
    paragraph: str = ""
    recipient: str = ""
    sender: str = ""
    answer_by: date | None = None


def letter_compose(request: Request, *, as_of: datetime) -> Body:
    """The body of the letter as of now: plain JSON values, the same for each of its files."""
    today = as_of.date()
    subject, kind = request.subject, request.kind
    filling = filling_of(kind, subject, today=today)
    wording = wording_of(kind, on=today)
    fields = dict(filling.fields)
    fields["answer_by"] = day_text(request.answer_by) if request.answer_by else ""
    fields["paragraph"] = request.paragraph.strip()
    body: Body = printable(
        {
            "kind": kind,
            "language": "en",
            "made_at": as_of.isoformat(),
            "day": day_text(today),
            "title": one_line(filled(wording.subject, fields)),
            "sender": _lines(request.sender) or [request.by],
            "recipient": _lines(request.recipient) or recipient_of(subject.contract.vendor),
            "reference": subject.contract.reference,
            "what": LetterKind(kind).label,
            "paragraphs": paragraphs(filled(wording.body, fields)),
            "facts": [list(fact) for fact in filling.facts],
            "signature": one_line(request.by),
        }
    )
    return body


def recipient_of(vendor: Vendor) -> list[str]:
    """The vendor, and whom to turn to there first."""
    known = vendor.contacts.filter(archived_at__isnull=True)
    contact = known.order_by("-is_escalation", "name").first()
    return [vendor.name, *([str(contact)] if contact else [])]


def text_of(body: Body) -> str:
    """The letter as plain text."""
    return "\n".join(_text_lines(body)).strip() + "\n"


def _text_lines(body: Body) -> Iterator[str]:
    yield from (*body["sender"], "", *body["recipient"], "", body["day"], "", body["title"], "")
    for paragraph in body["paragraphs"]:
        yield from (paragraph, "")
    yield from ("Yours faithfully", body["signature"], "")
    yield from (f"{name}: {said}" for name, said in body["facts"])


def _lines(text: str) -> list[str]:
    return [one_line(line) for line in text.splitlines() if line.strip()]
