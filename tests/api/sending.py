"""Sending a delivery over the API, as a form or as the body itself."""

from pathlib import Path
from typing import Any

from django.http import HttpResponse
from django.test import Client

from metrics.feeds import storage
from tests.api.world import Program

PATH = "/api/v1/feeds/acme-desk/deliveries"
CSV = b"number,closed,ok\nINC1,2026-04-02T10:00:00Z,yes\nINC2,2026-04-03T10:00:00Z,no\n"


def send(program: Program, body: bytes = CSV, path: str = PATH, **extra: Any) -> HttpResponse:
    headers = {**program.headers, **extra.pop("headers", {})}
    content_type = extra.pop("content_type", "text/csv")
    return Client().post(path, body, content_type=content_type, headers=headers, **extra)


def send_form(program: Program, **fields: Any) -> HttpResponse:
    return Client().post(PATH, fields, headers=dict(program.headers))


def stored_files() -> set[Path]:
    return {one for one in storage.absolute("deliveries").rglob("*") if one.is_file()}
