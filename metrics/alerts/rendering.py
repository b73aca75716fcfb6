"""What a message says: the same words for every try of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import NoReverseMatch, reverse

from metrics.models import AlertEvent

Kind = AlertEvent.Kind


@dataclass(frozen=True, slots=True)
class Item:
    """One notice as it is read."""

    key: str
    kind: str
    severity: str
    title: str
    text: str
    url: str
    at: str

    @property
    def plain(self) -> str:
        return "\n".join(part for part in (self.title, self.text, self.url) if part)


@dataclass(frozen=True, slots=True)
class Content:
    """A message of notices; ``subject`` is that of a mail and the head of a card."""

    subject: str
    items: tuple[Item, ...]

    @property
    def text(self) -> str:
        return "\n\n".join([*(item.plain for item in self.items), foot()])


def content_of(events: Sequence[AlertEvent]) -> Content:
    """The message that tells of ``events``, the gravest first."""
    order = {"critical": 0, "major": 1, "minor": 2}
    ranked = sorted(events, key=lambda event: (order.get(event.severity, 3), event.at, event.pk))
    items = tuple(item_of(event) for event in ranked)
    others = f" and {len(items) - 1} more" if len(items) > 1 else ""
    return Content(f"{items[0].title}{others}", items)


def item_of(event: AlertEvent) -> Item:
    return Item(
        key=event.key,
        kind=event.kind,
        severity=event.severity,
        title=title_of(event),
        text=str(event.facts.get("text", "")),
        url=f"{settings.PUBLIC_URL}{path_of(event)}",
        at=event.at.isoformat(timespec="seconds"),
    )


def title_of(event: AlertEvent) -> str:
    return str(event.facts.get("title", event.get_kind_display()))


def path_of(event: AlertEvent) -> str:
    """Where on the pages the event is dealt with."""
    if path := event.facts.get("path"):
        return str(path)
    if event.case_id:
        return address("case", event.case_id) or _figure(event)
    if event.contract_id and event.kind == Kind.DATE and event.contract:
        return address("contract-terms", event.contract.reference)
    if event.kpi_id and event.kpi:
        return address("kpi", event.kpi.code)
    return address("notices")


def _figure(event: AlertEvent) -> str:
    assert event.case is not None
    period = event.case.period
    return address("figure", period.kpi.code, period.first_day)


def address(name: str, *parts: Any) -> str:
    """The path of a page; the first one where an installation has no such page."""
    try:
        return reverse(name, args=parts)
    except NoReverseMatch:
        return "/"


def foot() -> str:
    """The last line of every message that people read."""
    return f"Change what you are told of: {settings.PUBLIC_URL}{address('subscriptions')}"
