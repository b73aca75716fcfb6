"""Examples for the OpenAPI document."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

_CHANGED = "2026-04-06T05:00:03.123456Z"


def example(value: dict[str, Any], *statuses: str) -> list[OpenApiExample]:
    """One example of an answer; ``statuses`` only when it is not 200."""
    return [
        OpenApiExample("example", value=value, response_only=True, status_codes=statuses or None)
    ]


VENDOR = {
    "code": "northwind",
    "name": "Northwind Analytics",
    "country": "IE",
    "tier": "strategic",
    "owner": "Dana Reyes",
    "archived_at": None,
    "updated_at": _CHANGED,
}
CONTRACT = {
    "reference": "NW-2024-01",
    "title": "Demand forecasting",
    "vendor": "northwind",
    "kind": "statement_of_work",
    "parent": "NW-MSA",
    "zone": "Europe/Dublin",
    "currency": "EUR",
    "pricing": "per_outcome",
    "first_day": "2024-10-01",
    "last_day": "2027-09-30",
    "renewal": "auto",
    "renewal_months": 12,
    "renewal_limit": 2,
    "notice_length": 3,
    "notice_unit": "months",
    "amendments": [
        {
            "number": 1,
            "title": "Higher accuracy",
            "signed_on": "2025-09-12",
            "effective_from": "2025-10-01",
        }
    ],
    "archived_at": None,
    "updated_at": _CHANGED,
}
