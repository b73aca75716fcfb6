"""Pushing rows over the API to the feed of acme, whose mapping is a CSV's."""

import json
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.http import HttpResponse
from django.test import Client

from metrics.models import Observation
from tests.api.world import Holding, Program

PATH = "/api/v1/feeds/acme-desk/observations:batch"
JSON, LINES = "application/json", "application/x-ndjson"
EVENT, EVENTS = "application/cloudevents+json", "application/cloudevents-batch+json"
MAPPING: dict[str, Any] = {
    "code": "acme-desk",
    "name": "Desk",
    "format": {"type": "csv"},
    "zone": "UTC",
    "identity": ["number"],
    "times": {"finished": {"column": "closed", "format": "iso"}},
    "targets": [{"kpi": "acme-accuracy", "good": "hours <= 24", "valid": "1"}],
}


def row(number: str = "INC1", **fields: Any) -> dict[str, Any]:
    return {"number": number, "closed": "2026-03-02T10:00:00Z", "hours": 6} | fields


def event(data: Any, **attributes: Any) -> dict[str, Any]:
    named = {"specversion": "1.0", "id": "e1", "source": "/desk", "type": "incident.closed"}
    return named | attributes | {"data": data}


def remap(holding: Holding, **changes: Any) -> None:
    holding.feed.mappings.update(body=MAPPING | changes)


def push(
    program: Program, body: Any, kind: str = JSON, query: str = "", **headers: str
) -> HttpResponse:
    """Push ``body``: bytes as they are, texts as UTF-8, anything else as JSON."""
    raw = body if isinstance(body, bytes) else _text(body).encode()
    stated = {**program.headers, **{name.replace("_", "-"): text for name, text in headers.items()}}
    path = f"{PATH}?{query}" if query else PATH
    return Client().post(path, raw, content_type=kind, headers=stated)


def _text(body: Any) -> str:
    return body if isinstance(body, str) else json.dumps(body)


def pushed() -> QuerySet[Observation]:
    """The rows that were pushed, without those that the world has anyway."""
    return Observation.objects.exclude(ref__endswith="-INC-1")


def verdicts(answer: HttpResponse) -> list[str]:
    return [item["verdict"] for item in answer.json()["items"]]


def everything() -> dict[str, list[Any]]:
    """Every row of every table, but for when the API key was used."""
    found: dict[str, list[Any]] = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table != "contracts_apikey":
                cursor.execute(f'SELECT * FROM "{table}"')
                found[table] = sorted(map(repr, cursor.fetchall()))
    return found
