"""Examples of KPIs and their terms for the OpenAPI document."""

from typing import Any

_CHANGED = "2026-04-06T05:00:03.123456Z"
_OF_KPI = {
    "vendor": "northwind",
    "contract": "NW-2024-01",
    "kpi": "nw-forecast-accuracy",
    "family": "outcome",
}

LEVEL: dict[str, Any] = {
    "id": 311,
    **_OF_KPI,
    "valid_from": "2024-10-01",
    "valid_to": "2026-06-30",
    "amendment": None,
    "clause": "Schedule 3, 2.1",
    "wording": "",
    "kind": "critical",
    "operator": ">=",
    "expected": 95,
    "lower": None,
    "upper": None,
    "minimum": 90,
    "critical": None,
    "bands": [],
    "compare_places": None,
    "compare_rounding": "half_up",
    "weight": 60,
    "min_volume": None,
    "small_sample": "insufficient",
    "attainment": "",
    "floor": None,
    "enforced_from": None,
    "no_data_is": "none",
    "no_activity_is": "none",
    "updated_at": _CHANGED,
}
_NEXT_LEVEL = {
    **LEVEL,
    "id": None,
    "valid_from": "2026-07-01",
    "valid_to": None,
    "amendment": 2,
    "expected": 96,
}
LEVEL_NEW = {
    "new_amendment": {
        "number": 2,
        "title": "Higher accuracy",
        "signed_on": "2026-06-12",
        "effective_from": "2026-07-01",
    },
    "operator": ">=",
    "expected": 96,
    "minimum": 90,
    "weight": 60,
    "kind": "critical",
}
DEFINITION = {
    "id": 207,
    **_OF_KPI,
    "valid_from": "2024-10-01",
    "valid_to": None,
    "amendment": None,
    "measure": "forecast_accuracy",
    "parameters": {"method": "wape"},
    "unit": "percent",
    "places": 2,
    "period": "month",
    "anchor": None,
    "zone": "Europe/Dublin",
    "calendar": None,
    "stub": "evaluate",
    "grace_days": 5,
    "updated_at": _CHANGED,
}
DEFINITION_NEW = {"valid_from": "2026-07-01", "amendment": 2, "grace_days": 10}
_PERIODS = {
    "first_period": {"period": "2026-07", "first_day": "2026-07-01", "last_day": "2026-07-31"},
    "touched": 1,
    "periods": [
        {
            "period": "2026-07",
            "first_day": "2026-07-01",
            "last_day": "2026-07-31",
            "phase": "provisional",
            "is_frozen": False,
            "value_now": 95.5,
            "value_then": 95.5,
            "status_now": "MET",
            "status_then": "BELOW_EXPECTED",
            "changes": True,
        }
    ],
}
LEVEL_PREVIEW = {
    "dry_run": True,
    "before": LEVEL,
    "after": _NEXT_LEVEL,
    "differences": [
        {"member": "amendment", "before": None, "after": 2},
        {"member": "expected", "before": 95, "after": 96},
    ],
    **_PERIODS,
}
DEFINITION_PREVIEW = {
    "dry_run": True,
    "before": DEFINITION,
    "after": DEFINITION
    | {"id": None, "valid_from": "2026-07-01", "amendment": 2, "grace_days": 10},
    "differences": [
        {"member": "amendment", "before": None, "after": 2},
        {"member": "grace_days", "before": 5, "after": 10},
    ],
    **_PERIODS,
}
KPI_NEW = {
    "code": "nw-forecast-accuracy",
    "name": "Forecast accuracy",
    "contract": "NW-2024-01",
    "process": "demand-forecast",
    "family": "outcome",
    "direction": "higher",
    "clause": "Schedule 3, 2.1",
    "time_field": "due",
    "decimals": 2,
    "definition": {
        "measure": "forecast_accuracy",
        "parameters": {"method": "wape"},
        "unit": "percent",
        "period": "month",
    },
    "service_level": {"operator": ">=", "expected": 95, "minimum": 90, "kind": "critical"},
}
KPI_CHANGED = {"name": "Accuracy of the demand forecast", "last_day": None}
CALENDAR = {
    "code": "dublin-office",
    "zone": "Europe/Dublin",
    "weekdays": {
        "mon": ["09:00-17:30"],
        "tue": ["09:00-13:00", "14:00-18:00"],
        "wed": ["09:00-17:30"],
        "thu": ["09:00-17:30"],
        "fri": ["09:00-16:00"],
    },
    "holidays": ["*-12-25", "2026-04-06"],
    "managed_by": "person",
    "is_fixed": False,
    "archived_at": None,
    "updated_at": _CHANGED,
}
CALENDAR_NEW = {
    "code": "dublin-office",
    "zone": "Europe/Dublin",
    "weekdays": {"mon": ["09:00-17:30"], "tue": ["09:00-13:00", "14:00-18:00"]},
    "country_holidays": "IE",
    "years": [2026, 2028],
    "holidays": ["*-12-24"],
}
CALENDAR_CHANGED = {"holidays": ["*-12-24", "2026-04-07"]}
SCHEDULE = {
    "valid_from": "2026-01-01",
    "last_day": None,
    "every": "month",
    "due_days": 5,
    "due_time": "18:00",
    "zone": "Europe/Dublin",
    "grace_hours": 24,
}
MAPPING = {
    "feed": "service-desk",
    "version": 3,
    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "created_at": _CHANGED,
    "body": {
        "identity": ["number"],
        "times": {"finished": {"column": "closed_at", "format": "iso"}},
        "targets": [{"kpi": "desk-resolve", "value": "hours"}],
    },
}
