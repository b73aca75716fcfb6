"""Slack, by the address of an incoming webhook."""

from metrics.alerts.channels.base import Parcel, post_json
from metrics.alerts.rendering import Item, foot

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_MOST = 40  # blocks of one message, of the 50 that Slack takes
_LONGEST = 2900


def send(parcel: Parcel) -> str:
    """POST one message: a block for each notice, and the subject for the notification."""
    items = parcel.content.items
    blocks = [_block(_line(item)) for item in items[:_MOST]]
    left = len(items) - _MOST
    blocks.append(_block(f"and {left} more. {foot()}" if left > 0 else foot()))
    body = {"text": parcel.content.subject.translate(_ESCAPES), "blocks": blocks}
    return post_json(parcel.secret["url"], body)


def _line(item: Item) -> str:
    title, text = (each.translate(_ESCAPES) for each in (item.title, item.text))
    return f"*{title}*\n{text}\n<{item.url}|Open it>"


def _block(text: str) -> dict[str, object]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:_LONGEST]}}
