"""Cases, people and channels for tests of alerts, and the receivers they lead to."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from contracts.models import User
from kpotracker.toolkit.secrets import sealed
from metrics.models import (
    AlertChannel,
    AlertEvent,
    AlertSubscription,
    BreachCase,
    CaseTransition,
    Notice,
    NoticeDelivery,
)
from tests.factories import a_case, a_contract, a_figure, a_kpi, a_user, a_vendor

AT = datetime(2026, 4, 20, 9, 0, tzinfo=UTC)
KEY = "whsec_" + "A" * 43 + "="
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ANYTHING = ["breach", "escalation", "at_risk", "overdue", "entry", "approval", "close", "date"]


def a_breach(state: str = "open", severity: str = "major", code: str = "sla") -> BreachCase:
    """A case of March 2026 that took its first step at AT."""
    vendor = a_vendor(f"v-{code}", name=f"Vendor {code}")
    kpi = a_kpi(a_contract(vendor, f"C-{code}"), code, name=f"Timeliness {code}")
    head = a_figure(kpi, date(2026, 3, 1), "90", "BELOW_MINIMUM")
    case = a_case(head, state, severity=severity)
    case.transitions.update(at=AT)
    return case


def a_step(case: BreachCase, to: str, **fields: Any) -> CaseTransition:
    """The next step of ``case``, a moment after the others."""
    given = {"revision": case.period.current, "by": "Tom", "at": AT + timedelta(minutes=1)}
    step = CaseTransition.objects.create(
        case=case, from_state=case.state, to_state=to, **given | fields
    )
    case.state = to
    case.save()
    return step


def a_channel(owner: User | None = None, kind: str = "webhook", **fields: Any) -> AlertChannel:
    values = {"url": fields.pop("url", "http://127.0.0.1:9/hook"), "key": KEY}
    values |= {"address": fields.pop("address", "ana@example.test")}
    given = {"name": kind, "hint": "…", "secret": sealed(values)}
    return AlertChannel.objects.create(owner=owner, kind=kind, **given | fields)


def a_subscription(
    owner: User | None = None, channel: AlertChannel | None = None, **fields: Any
) -> AlertSubscription:
    given = {"kinds": ANYTHING, "timing": "now"}
    return AlertSubscription.objects.create(owner=owner, channel=channel, **given | fields)


def a_subscriber(name: str = "ana", role: str = User.Role.ANALYST, **fields: Any) -> User:
    """A person with one webhook who wants to be told of everything at once."""
    url = fields.pop("url", "http://127.0.0.1:9/hook")
    user = a_user(name, role)
    a_subscription(user, a_channel(user, url=url), **fields)
    return user


def log() -> list[tuple[str, str, str, str]]:
    """(event, recipient, channel, state) of every line of the delivery log, in order."""
    lines = NoticeDelivery.objects.select_related("event", "recipient", "channel")
    return sorted(
        (
            line.event.facts.get("state") or line.event.kind,
            line.recipient.username if line.recipient else "all",
            line.channel.kind if line.channel else "pages",
            line.state,
        )
        for line in lines
    )


def noticed() -> list[tuple[str, str]]:
    """(recipient, title) of every notice on the pages."""
    found = Notice.objects.select_related("recipient", "event")
    return sorted((each.recipient.username, each.event.facts["title"]) for each in found)


def an_event(key: str = "e:1", **fields: Any) -> AlertEvent:
    given = {"kind": "breach", "at": AT, "facts": {"title": "Something", "state": "open"}}
    return AlertEvent.objects.create(key=key, **given | fields)
