"""Webhooks signed by the rules of Standard Webhooks, which receivers verify by any of its libraries.

``webhook-id`` is the message's key, the same for every try: a receiver that keeps it takes a
second delivery for what it is.
"""

import json
from typing import Any

from standardwebhooks import Webhook

from metrics.alerts.channels.base import Parcel, post

KIND = "kpotracker.notices"


def send(parcel: Parcel) -> str:
    """POST the notices with the three headers of the standard."""
    body = json.dumps(payload(parcel), ensure_ascii=False, separators=(",", ":"))
    signature = Webhook(parcel.secret["key"]).sign(parcel.key, parcel.now, body)
    headers = {
        "webhook-id": parcel.key,
        "webhook-timestamp": str(int(parcel.now.timestamp())),
        "webhook-signature": signature,
    }
    return post(parcel.secret["url"], body.encode(), headers)


def payload(parcel: Parcel) -> dict[str, Any]:
    """``timestamp`` is when the latest of them happened, so that a second try is the same."""
    items = parcel.content.items
    return {
        "type": KIND,
        "timestamp": max(item.at for item in items),
        "data": {
            "notices": [
                {
                    "id": item.key,
                    "kind": item.kind,
                    "severity": item.severity,
                    "title": item.title,
                    "text": item.text,
                    "url": item.url,
                    "at": item.at,
                }
                for item in items
            ]
        },
    }
