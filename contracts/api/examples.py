"""Examples for the OpenAPI document."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

_CHANGED = "2026-04-06T05:00:03.123456Z"


def example(value: dict[str, Any], *statuses: str) -> list[OpenApiExample]:
    """One example of an answer; ``statuses`` only when it is not 200."""
    return [
        OpenApiExample("example", value=value, response_only=True, status_codes=statuses or None)
    ]


def asked(value: dict[str, Any]) -> list[OpenApiExample]:
    """One example of a body that is sent."""
    return [OpenApiExample("example", value=value, request_only=True)]


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
VENDOR_NEW = {
    "code": "northwind",
    "name": "Northwind Analytics",
    "country": "IE",
    "tier": "strategic",
    "owner": "Dana Reyes",
}
VENDOR_CHANGED = {"tier": "important", "owner": "Ines Vogel"}
CONTRACT_NEW = {
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
}
CONTRACT_CHANGED = {"notice_length": 6, "notice_unit": "months"}
AMENDMENT = {
    "id": 7,
    "vendor": "northwind",
    "contract": "NW-2024-01",
    "number": 1,
    "title": "Higher accuracy",
    "signed_on": "2025-09-12",
    "effective_from": "2025-10-01",
    "updated_at": _CHANGED,
}
AMENDMENT_NEW = {
    "contract": "NW-2024-01",
    "number": 1,
    "title": "Higher accuracy",
    "signed_on": "2025-09-12",
    "effective_from": "2025-10-01",
}
AMENDMENT_CHANGED = {"signed_on": "2025-09-15"}
PROCESS = {
    "code": "demand-forecast",
    "name": "Demand forecast",
    "nature": "knowledge",
    "vendor": "northwind",
    "contract": "NW-2024-01",
    "archived_at": None,
    "updated_at": _CHANGED,
}
PROCESS_NEW = {
    "code": "demand-forecast",
    "name": "Demand forecast",
    "nature": "knowledge",
    "contract": "NW-2024-01",
}
PROCESS_CHANGED = {"name": "Weekly demand forecast"}
CONTACT = {
    "id": 12,
    "vendor": "northwind",
    "name": "Aoife Byrne",
    "role": "Account manager",
    "email": "aoife.byrne@example.test",
    "phone": "",
    "is_escalation": True,
    "archived_at": None,
    "updated_at": _CHANGED,
}
CONTACT_NEW = {
    "vendor": "northwind",
    "name": "Aoife Byrne",
    "role": "Account manager",
    "email": "aoife.byrne@example.test",
    "is_escalation": True,
}
CONTACT_CHANGED = {"phone": "+353 1 555 0100"}
CERTIFICATION = {
    "id": 5,
    "vendor": "northwind",
    "standard": "ISO/IEC 27001:2022",
    "scope": "Delivery centre Dublin",
    "issuer": "Example Certifiers",
    "issued_on": "2025-05-02",
    "expires_on": "2028-05-01",
    "evidence": None,
    "archived_at": None,
    "updated_at": _CHANGED,
}
CERTIFICATION_NEW = {
    "vendor": "northwind",
    "standard": "ISO/IEC 27001:2022",
    "scope": "Delivery centre Dublin",
    "issuer": "Example Certifiers",
    "issued_on": "2025-05-02",
    "expires_on": "2028-05-01",
}
CERTIFICATION_CHANGED = {"expires_on": "2028-05-31"}
CHARGE = {
    "id": 31,
    "vendor": "northwind",
    "contract": "NW-2024-01",
    "process": None,
    "first_day": "2026-03-01",
    "last_day": "2026-03-31",
    "amount": 42000.5,
    "amount_minor": 4200050,
    "currency": "EUR",
    "updated_at": _CHANGED,
}
CHARGE_NEW = {
    "contract": "NW-2024-01",
    "first_day": "2026-03-01",
    "last_day": "2026-03-31",
    "amount": 42000.5,
}
CHARGE_CHANGED = {"amount": 43000}
