"""Items with clocks for tests: tickets of a desk, their pauses, and what was agreed of them."""

from datetime import date
from typing import Any

from contracts.models import Calendar
from contracts.services.calendars import calendar_create
from metrics.models import Feed, Kpi
from tests.feeds.arriving import a_mapped_feed, a_share

OFFICE = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
TICKETS: dict[str, Any] = {
    "code": "tickets",
    "format": {"type": "csv"},
    "zone": "UTC",
    "identity": ["ticket"],
    "times": {"started": "opened", "finished": "closed"},
    "targets": [{"kpi": "sla", "from": "started", "to": "finished"}],
}
PAUSES = TICKETS | {
    "code": "pauses",
    "identity": ["ticket", "number"],
    "times": {"paused": "from", "resumed": "until"},
    "targets": [
        {"kpi": "sla", "pause_of": "ticket", "from": "paused", "to": "resumed", "set_by": "who"}
    ],
}
REOPENINGS = PAUSES | {
    "code": "reopenings",
    "targets": [{"kpi": "sla", "closed_of": "ticket", "from": "paused", "to": "resumed"}],
}
FILINGS = TICKETS | {
    "code": "filings",
    "times": {"due": "due", "finished": "filed"},
    "targets": [{"kpi": "sla", "due": "due", "done": "finished"}],
}


def a_calendar(code: str = "office", **fields: Any) -> Calendar:
    return calendar_create(code=code, **{"zone": "UTC", "weekdays": OFFICE} | fields)


def a_clocked_kpi(
    parameters: dict[str, Any], calendar: Calendar | None = None, **fields: Any
) -> Kpi:
    """A share of items within a limit, at least 95 %."""
    definition = {
        "measure": "share_within",
        "parameters": parameters,
        "calendar": calendar,
    } | fields.pop("definition", {})
    return a_share(definition=definition, **fields)


def feeds(*bodies: dict[str, Any], kpi: Kpi) -> list[Feed]:
    """The feeds of these mappings, each known to reach the KPI."""
    from metrics.feeds.catalogue import feed_link

    made = [a_mapped_feed(body) for body in bodies]
    for feed in made:
        feed_link(feed=feed, kpi_ids=[kpi.pk])
    return made


def tickets(*rows: str) -> str:
    return "\n".join(["ticket,opened,closed", *rows]) + "\n"


def pauses(*rows: str) -> str:
    return "\n".join(["ticket,number,from,until,who", *rows]) + "\n"


def filings(*rows: str) -> str:
    return "\n".join(["ticket,due,filed", *rows]) + "\n"


FIRST_DAY = date(2026, 1, 1)
