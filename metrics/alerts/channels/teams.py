"""Microsoft Teams, by the address of a workflow ("When a Teams webhook request is received")."""

from typing import Any

from metrics.alerts.channels.base import Parcel, post_json
from metrics.alerts.rendering import Item, foot

_MOST = 20  # notices on one card, which may have 28 kB
_LONGEST = 600


def send(parcel: Parcel) -> str:
    """POST one adaptive card with all notices."""
    items = parcel.content.items
    body = [_text(parcel.content.subject, weight="Bolder", size="Medium")]
    for item in items[:_MOST]:
        body += _notice(item)
    left = len(items) - _MOST
    body.append(_text(f"and {left} more. {foot()}" if left > 0 else foot(), isSubtle=True))
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return post_json(parcel.secret["url"], {"type": "message", "attachments": [attachment]})


def _notice(item: Item) -> list[dict[str, Any]]:
    return [
        _text(item.title, weight="Bolder", separator=True, spacing="Medium"),
        _text(item.text),
        _text(f"[Open it]({item.url})"),
    ]


def _text(text: str, **style: object) -> dict[str, Any]:
    return {"type": "TextBlock", "text": text[:_LONGEST], "wrap": True, **style}
