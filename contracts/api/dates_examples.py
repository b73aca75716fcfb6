"""Examples of contract dates, options and obligations for the OpenAPI document."""

_CHANGED = "2026-04-06T05:00:03.123456Z"
DATES = {
    "contract": "NW-2024-01",
    "as_of": "2026-04-20",
    "term": {"first_day": "2024-10-01", "last_day": "2027-09-30", "renewals": 0},
    "has_ended": False,
    "renewal": "auto",
    "purpose": "Last day to stop the renewal",
    "act_by": "2027-06-30",
    "decide_by": "2027-05-31",
    "earliest_end": None,
    "option": None,
}
OPTION_NEW = {
    "contract": "NW-2024-01",
    "number": 1,
    "description": "First extension",
    "extends_months": 12,
    "exercise_by": "2027-06-30",
}
OPTION_CHANGED = {"exercise_by": "2027-05-31"}
OPTION = {
    "id": 7,
    "vendor": "northwind",
    "contract": "NW-2024-01",
    "number": 1,
    "description": "First extension",
    "extends_months": 12,
    "extends_to": None,
    "exercise_by": "2027-06-30",
    "notice_length": None,
    "notice_unit": None,
    "exercised_on": None,
    "declined_on": None,
    "decided_by": None,
    "updated_at": _CHANGED,
}
DECIDED = {"day": "2027-05-12", "reason": "The work goes on as it is."}
OBLIGATION_NEW = {
    "code": "nw-soc2",
    "contract": "NW-2024-01",
    "title": "SOC 2 type II report",
    "kind": "report",
    "owed_by": "vendor",
    "owner": "Dana Reyes",
    "first_due": "2026-01-31",
    "every": 1,
    "every_unit": "years",
    "lead_days": 30,
    "needs_evidence": True,
}
OBLIGATION_CHANGED = {"lead_days": 60}
OBLIGATION = {
    "code": "nw-soc2",
    "title": "SOC 2 type II report",
    "kind": "report",
    "vendor": "northwind",
    "contract": "NW-2024-01",
    "process": None,
    "clause": "",
    "owed_by": "vendor",
    "owner": "Dana Reyes",
    "first_due": "2026-01-31",
    "event": None,
    "offset": 0,
    "offset_unit": "days",
    "every": 1,
    "every_unit": "years",
    "last_due": None,
    "followed_from": None,
    "lead_days": 30,
    "needs_evidence": True,
    "is_internal": False,
    "archived_at": None,
    "updated_at": _CHANGED,
}
DUE = {
    "obligation": "nw-soc2",
    "due_on": "2027-01-31",
    "standing": "ahead",
    "days_left": 286,
    "done_on": None,
    "by": None,
    "note": None,
    "evidence": None,
}
DONE = {
    "obligation": "nw-soc2",
    "due_on": "2026-01-31",
    "standing": "fulfilled",
    "days_left": -79,
    "done_on": "2026-01-20",
    "by": "Monthly report",
    "note": "",
    "evidence": 31,
}
FULFIL = {"due_on": "2026-01-31", "done_on": "2026-01-20", "evidence": 31}
WAIVE = {"due_on": "2026-01-31", "reason": "Covered by the certificate of the parent company."}
