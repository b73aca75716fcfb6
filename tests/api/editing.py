"""Changing records over the API: bodies as JSON, and a body that each kind of record takes."""

import json
from typing import Any

from django.http import HttpResponse
from django.test import Client

from tests.api.world import Program

# Per kind: what registers one of acme's, what changes it, and a member of the answer that tells.
NEW: dict[str, dict[str, Any]] = {
    "vendors": {"code": "nova", "name": "Nova Services"},
    "contracts": {
        "reference": "NO-1",
        "title": "Claims",
        "vendor": "acme",
        "kind": "order",
        "zone": "Europe/Dublin",
        "currency": "EUR",
        "pricing": "per_item",
        "first_day": "2026-01-01",
    },
    "amendments": {
        "contract": "acme-1",
        "number": 2,
        "title": "More",
        "effective_from": "2026-02-01",
    },
    "processes": {"code": "invoices", "name": "Invoices", "nature": "volume", "contract": "acme-1"},
    "contacts": {"vendor": "acme", "name": "Aoife Byrne", "email": "aoife@example.test"},
    "certifications": {
        "vendor": "acme",
        "standard": "ISO/IEC 27001:2022",
        "issued_on": "2026-01-05",
    },
    "charges": {
        "contract": "acme-1",
        "first_day": "2026-02-01",
        "last_day": "2026-02-28",
        "amount": 42000.5,
    },
}
CHANGE: dict[str, dict[str, Any]] = {
    "vendors": {"name": "Nova Group"},
    "contracts": {"title": "Claims and appeals"},
    "amendments": {"title": "More still"},
    "processes": {"name": "Supplier invoices"},
    "contacts": {"phone": "+353 1 555 0100"},
    "certifications": {"issuer": "Example Certifiers"},
    "charges": {"amount": 43000},
}
KINDS = tuple(NEW)
ARCHIVED = tuple(kind for kind in KINDS if kind not in ("amendments", "charges"))


def send(
    program: Program, method: str, path: str, body: Any = None, **headers: str
) -> HttpResponse:
    """``body`` as JSON, or as it is where it is bytes. ``headers``: If_Match is If-Match."""
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    stated = {name.replace("_", "-"): value for name, value in headers.items()}
    where = path if path.startswith(("/", "http")) else f"/api/v1/{path}"
    return Client(raise_request_exception=False).generic(
        method, where, raw, content_type="application/json", headers={**program.headers, **stated}
    )


def registered(program: Program, kind: str, **members: Any) -> str:
    """Register one of ``kind``; its address."""
    answer = send(program, "POST", kind, NEW[kind] | members)
    assert answer.status_code == 201, answer.content
    return str(answer.headers["Location"])


def errors_of(answer: HttpResponse) -> dict[str, str]:
    """{pointer: detail} of a 400."""
    assert answer.status_code == 400, (answer.status_code, answer.content)
    assert answer.headers["Content-Type"] == "application/problem+json"
    return {one["pointer"]: one["detail"] for one in answer.json()["errors"]}


def conflict_of(answer: HttpResponse) -> str:
    """Why the state of a record refuses what was asked; the answer has to be a 409."""
    assert answer.status_code == 409, (answer.status_code, answer.content)
    told: str = answer.json()["detail"]
    return told
