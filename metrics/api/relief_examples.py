"""Examples of relief, planned maintenance and volume forecasts for the OpenAPI document."""

from metrics.api import examples

BREACH = examples.BREACH | {
    "if_approved": {"value": 93.75, "status": "BELOW_EXPECTED", "status_text": "Expected missed"}
}
_COVER = {
    "intervals": [{"start": "2026-03-04T10:00:00+00:00", "end": "2026-03-04T12:30:00+00:00"}],
    "predicate": "",
    "whole_period": False,
    "treatment": "remove_both",
}
RELIEF = {
    "id": 5,
    "breach": 31,
    "result": 1207,
    "state": "partly",
    "origin": "",
    "reason": "The buyer's network was down",
    "rows": "",
    "asked": _COVER,
    "granted": _COVER
    | {"intervals": [{"start": "2026-03-04T10:00:00+00:00", "end": "2026-03-04T11:00:00+00:00"}]},
    "claim_by": "2026-04-20",
    "requested_by": "key ticket system (kpo_4f7q2m9x)",
    "requested_at": "2026-04-06T08:20:00Z",
    "decided_at": "2026-04-07T09:00:00Z",
    "answer": "The network was back at eleven",
    "updated_at": "2026-04-07T09:00:00.123456Z",
}
RELIEF_NEW = {
    "reason": "The buyer's network was down",
    "intervals": [{"start": "2026-03-04T10:00:00Z", "end": "2026-03-04T12:30:00Z"}],
    "treatment": "remove_both",
}
MAINTENANCE = {
    "id": 8,
    "vendor": "northwind",
    "contract": "NW-2024-01",
    "process": None,
    "kpi": None,
    "starts_at": "2026-05-09T22:00:00Z",
    "ends_at": "2026-05-10T04:00:00Z",
    "announced_at": "2026-04-27T09:00:00Z",
    "note": "New disks",
    "cancelled_at": None,
    "updated_at": "2026-04-27T09:00:00.123456Z",
}
MAINTENANCE_NEW = {
    "contract": "NW-2024-01",
    "starts_at": "2026-05-09T22:00:00Z",
    "ends_at": "2026-05-10T04:00:00Z",
    "note": "New disks",
}
FORECAST = {
    "id": 3,
    "vendor": "northwind",
    "kpi": "nw-forecast-accuracy",
    "first_day": "2026-05-01",
    "quantity": 1200,
    "locked_at": "2026-04-27T09:00:00Z",
    "updated_at": "2026-04-27T09:00:00.123456Z",
}
FORECAST_NEW = {"kpi": "nw-forecast-accuracy", "first_day": "2026-05-01", "quantity": 1200}
