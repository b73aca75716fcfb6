"""Examples of a terms back-test for the OpenAPI document."""

TERMS = {
    "kpis": [
        {
            "code": "desk-resolve",
            "service_levels": [{"kind": "critical", "operator": ">=", "expected": 97}],
        }
    ]
}
_THEN = {
    "value": "385/4",
    "value_text": "96.25",
    "unit": "percent",
    "service_level": "≥ 95",
    "status": "MET",
    "status_text": "Met",
    "default_cause": "",
    "credit": "0.00",
    "awaits": "",
    "relief_proposed": False,
}
_NOW = _THEN | {
    "service_level": "≥ 97",
    "status": "BELOW_MINIMUM",
    "status_text": "Missed",
    "default_cause": "minimum",
    "credit": "2000.00",
}
_SUM = {
    "currency": "EUR",
    "then": "0.00",
    "now": "2000.00",
    "difference": "2000.00",
    "awaited": 0,
}
_TALLY = {"then": 0, "now": 1, "difference": 1}
RESULT = {
    "since": "2026-03-01",
    "until": "2026-03-31",
    "as_of": "2026-04-20T09:00:00Z",
    "failures": _TALLY,
    "causes": {"minimum": _TALLY},
    "statuses": {
        "BELOW_MINIMUM": _TALLY,
        "MET": {"then": 1, "now": 0, "difference": -1},
    },
    "totals": [_SUM],
    "estimates": [],
    "contracts": [
        {
            "contract": "NW-2024-01",
            "currency": "EUR",
            "failures": _TALLY,
            "credits": _SUM,
            "periods": [
                {
                    "kpi": "desk-resolve",
                    "period": "2026-03",
                    "first_day": "2026-03-01",
                    "last_day": "2026-03-31",
                    "is_final": True,
                    "then": _THEN,
                    "now": _NOW,
                    "credit_difference": "2000.00",
                    "changes": True,
                    "change": "Met → Missed, a failure more, more credit",
                }
            ],
            "lines": [
                {
                    "kind": "credit",
                    "kpi": "desk-resolve",
                    "period": "2026-03",
                    "then": "0.00",
                    "now": "2000.00",
                    "awaits": "",
                    "steps": ["10 % of 20,000.00 EUR = 2,000.00 EUR"],
                }
            ],
            "estimated_lines": [],
        }
    ],
    "notes": [],
}
