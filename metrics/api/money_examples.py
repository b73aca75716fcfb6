"""Examples for the OpenAPI document: credits, letters, credit notes and checks of invoices."""

_CHANGED = "2026-04-09T07:30:00.123456Z"
ENTRY = {
    "id": 41,
    "vendor": "northwind",
    "contract": "NW-2024-01",
    "kpi": "nw-forecast-accuracy",
    "period": "2026-03",
    "kind": "credit",
    "corrects": None,
    "first_day": "2026-03-01",
    "last_day": "2026-03-31",
    "counted_in": "2026-03-01",
    "amount": "1500.00",
    "amount_minor": 150000,
    "currency": "EUR",
    "clause": "9.2",
    "state": "notified",
    "state_at": "2026-04-09T07:30:00Z",
    "steps": ["10 % of 15,000.00 EUR = 1,500.00 EUR"],
    "posted_at": "2026-04-08T05:00:03Z",
    "updated_at": _CHANGED,
}
RATE = {
    "id": 7,
    "base": "USD",
    "quote": "EUR",
    "day": "2026-03-31",
    "rate": "0.92",
    "source": "European Central Bank",
    "updated_at": _CHANGED,
}
RATE_NEW = {
    "base": "USD",
    "quote": "EUR",
    "day": "2026-03-31",
    "rate": "0.92",
    "source": "European Central Bank",
}
LETTER = {
    "id": 12,
    "kind": "plan_demand",
    "vendor": "northwind",
    "contract": "NW-2024-01",
    "breach": 31,
    "subject": "Corrective action plan for Forecast accuracy, 2026-03 (NW-2024-01)",
    "text": "Northwind Analytics\n\nIn 2026-03 the service level was missed.\n",
    "digest": "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
    "state": "served",
    "answer_by": "2026-04-30",
    "made_by": "Dana Reyes",
    "made_at": "2026-04-09T07:30:00Z",
    "served_on": "2026-04-10",
    "served_by": "courier",
    "served_reference": "DHL 123",
    "received_on": "2026-04-11",
    "pdf_url": "https://kpo.example/api/v1/letters/12/letter.pdf",
    "docx_url": "https://kpo.example/api/v1/letters/12/letter.docx",
    "updated_at": _CHANGED,
}
LETTER_NEW = {
    "kind": "plan_demand",
    "breach": 31,
    "paragraph": "Please call us before you send it.",
    "answer_by": "2026-04-30",
}
SERVICE = {"served_on": "2026-04-10", "way": "courier", "reference": "DHL 123"}
NOTE = {
    "id": 3,
    "reference": "NW-2024-01-CN-0003",
    "number": 3,
    "vendor": "northwind",
    "contract": "NW-2024-01",
    "corrects": "NW-2024-01-CN-0001",
    "first_day": "2026-03-01",
    "last_day": "2026-03-31",
    "currency": "EUR",
    "total": "-500.00",
    "lines": [],
    "digest": "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
    "issued_at": "2026-04-12T07:30:00Z",
    "updated_at": _CHANGED,
}
NOTE_NEW = {"contract": "NW-2024-01", "period": "2026-03"}
CHECK = {
    "id": 5,
    "contract": "NW-2024-01",
    "invoice": "R-2026-117",
    "invoice_day": "2026-04-30",
    "state": "checked",
    "found": [
        {
            "ref": "4",
            "kpi": "nw-forecast-accuracy",
            "period": "2026-03",
            "given_minor": 150000,
            "owed_minor": 150000,
            "outcome": "matched",
            "why": "",
            "entries": [41],
        }
    ],
    "made_by": "Dana Reyes",
    "made_at": "2026-05-02T07:30:00Z",
    "confirmed_by": "",
    "confirmed_at": None,
    "updated_at": _CHANGED,
}
CHECK_NEW = {
    "contract": "NW-2024-01",
    "invoice": "R-2026-117",
    "invoice_day": "2026-04-30",
    "lines": [
        {"line": "4", "kpi": "nw-forecast-accuracy", "period": "2026-03", "amount": "1500.00"}
    ],
}
TERMS_NEW = {
    "valid_from": "2026-07-01",
    "amendment": 2,
    "clause": "9.1",
    "at_risk": {"percent": 10},
    "annual_cap": {"amount": 60000},
    "earn_back": {"kind": "met_for", "periods": 6, "share": 50},
}
TERMS = {
    "contract": "NW-2024-01",
    "currency": "EUR",
    "valid_from": "2026-07-01",
    "amendment": 2,
    "clause": "9.1",
    "every": "month",
    "base": "this",
    "at_risk": {"percent": 10},
    "pool": 100,
    "same_cause": "all",
    "critical_replaces": False,
    "period_cap": None,
    "annual_cap": {"amount": 60000},
    "excess": "lost",
    "rounding": "half_up",
    "points": {},
    "earn_back": {"kind": "met_for", "periods": 6, "share": 50},
}
RULE_NEW = {
    "valid_from": "2026-07-01",
    "amendment": 2,
    "clause": "9.2",
    "kind": "tiers",
    "parameters": {
        "tiers": [{"lower": 93, "upper": 95, "percent": 5}, {"upper": 93, "percent": 10}]
    },
}
RULE = {"kpi": "nw-forecast-accuracy", **RULE_NEW}
