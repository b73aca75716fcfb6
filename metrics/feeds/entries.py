"""Figures that people type in go the same way as files: stored bytes, mapping, observations."""

import io
import json
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from contracts.models import User
from contracts.selectors.duties import Duty
from contracts.services.approvals import may_second
from contracts.services.auditing import audit
from metrics.engine import Period
from metrics.feeds.digests import mapping_digest
from metrics.feeds.intake import delivery_receive, feed_take_turn
from metrics.models import Feed, FeedMapping, Kpi, KpiDefinition, ManualEntry
from metrics.models.timelines import timeline_of
from metrics.selectors.entries import roles_typed_in


class EntryError(Exception):
    """The entry cannot be taken; the message names the value, the rule and the way out."""


def entry_propose(
    *,
    kpi: Kpi,
    day: date,
    evidence: str,
    entered_by: str,
    value: Decimal | None = None,
    numerator: Decimal | None = None,
    denominator: Decimal | None = None,
    entered_by_user: User | None = None,
) -> ManualEntry:
    """Note a figure for the period that holds ``day``; it counts once somebody else approves.

    Raises EntryError for a KPI that is archived or that a feed measures, for numbers its measure does not take, for a
    day it is not measured on, and for a missing evidence.
    """
    _refuse_archived(kpi)
    if kpi.feed_kpis.exclude(feed__kind=Feed.Kind.MANUAL).exists():
        raise EntryError(f"KPI '{kpi}' is measured by a feed: correct its rows there")
    if not evidence.strip():
        raise EntryError(f"KPI '{kpi}': say where the figure comes from (evidence)")
    if (value is None) == (numerator is None or denominator is None):
        raise EntryError(f"KPI '{kpi}': give a value, or a numerator and a denominator")
    _roles(kpi, value is not None)
    _refuse_numbers(kpi, [n for n in (value, numerator, denominator) if n is not None])
    _period(kpi, day)
    entry = ManualEntry(
        kpi=kpi,
        day=day,
        value=value,
        numerator=numerator,
        denominator=denominator,
        evidence=evidence,
        entered_by=entered_by,
        entered_by_user=entered_by_user,
    )
    with transaction.atomic():
        entry.save()
        audit(action="entered", instance=entry, changes=_figure(entry))
    return entry


@transaction.atomic
def entry_approve(
    *,
    entry: ManualEntry,
    approved_by: str,
    received_at: datetime,
    decided_by: User | None = None,
) -> ManualEntry:
    """Approve an entry: it becomes a delivery of its KPI's own feed.

    It is the figure of its period, so that a later one corrects it, whichever day that names.
    Raises EntryError if it was decided already, if the approver typed it in, if its KPI is archived,
    or if its period lies ahead.
    """
    entry = ManualEntry.objects.select_for_update().get(pk=entry.pk)
    _refuse_decided(entry)
    if not _is_second(entry, approved_by, decided_by):
        raise EntryError(f"{entry}: '{approved_by}' entered it, so a second person must approve")
    _refuse_without_duty(entry, decided_by, received_at)
    _refuse_archived(entry.kpi)
    period = _period(entry.kpi, entry.day)
    if period.start > received_at and entry.kpi.time_field != Kpi.TimeField.DUE:
        raise EntryError(f"{entry}: {period.label} lies ahead, so nothing can be known of it yet")
    feed = _feed_of(entry.kpi, by_value=entry.value is not None)
    delivery = delivery_receive(
        feed=feed,
        stream=io.BytesIO(_body(entry, period)),
        filename=f"entry-{entry.pk}.ndjson",
        received_at=received_at,
        delivered_by=f"{entry.entered_by}, approved by {approved_by}",
    )
    entry.ingestion, entry.approved_by = delivery.ingestion, approved_by
    entry.state = ManualEntry.State.APPROVED
    entry.decided_by, entry.decided_at = decided_by, received_at
    entry.save()
    audit(action="approved", instance=entry, changes=_figure(entry))
    return entry


@transaction.atomic
def entry_refuse(
    *,
    entry: ManualEntry,
    refused_by: str,
    answer: str = "",
    decided_by: User | None = None,
    as_of: datetime | None = None,
) -> ManualEntry:
    """Refuse an entry for good; it stays on record with the ``answer``."""
    entry = ManualEntry.objects.select_for_update().get(pk=entry.pk)
    _refuse_decided(entry)
    entry.approved_by, entry.state = refused_by, ManualEntry.State.REFUSED
    entry.answer, entry.decided_by, entry.decided_at = answer.strip()[:400], decided_by, as_of
    entry.save()
    audit(action="refused", instance=entry, changes=_figure(entry), reason=answer.strip())
    return entry


def _is_second(entry: ManualEntry, name: str, user: User | None) -> bool:
    """Whether this is another person than who entered it, by name and by who signed in."""
    same_user = user is not None and user.pk == entry.entered_by_user_id
    return not same_user and _person(name) not in ("", _person(entry.entered_by))


def _refuse_without_duty(entry: ManualEntry, decided_by: User | None, at: datetime) -> None:
    """Whoever approves has the duty, and people do not name their own second person."""
    if decided_by is None or entry.entered_by_user_id is None:
        return
    duty, asked_by = Duty.APPROVE_FIGURES, entry.entered_by_user_id
    if not may_second(decided_by, duty=duty, asked_by=asked_by, today=at.date()):
        raise EntryError(
            f"{entry}: '{decided_by}' approves no figures, or only in place of whoever entered it: "
            "somebody else must approve"
        )


def _figure(entry: ManualEntry) -> dict[str, list[str]]:
    return {"figure": ["", entry.figure]}


def _person(name: str) -> str:
    """A name as people mean it: spaces around it and capitals make nobody a second person."""
    return " ".join(name.split()).casefold()


def _refuse_numbers(kpi: Kpi, numbers: Sequence[Decimal]) -> None:
    """What the reader would set aside is refused while there is somebody to tell."""
    for number in numbers:
        if not number.is_finite():
            raise EntryError(f"KPI '{kpi}': {number} is not a number")
        if number != round(number, kpi.decimals):
            raise EntryError(
                f"KPI '{kpi}' keeps {kpi.decimals} decimals, and {number} has more: round it "
                "as the contract says"
            )
    if _definition(kpi).measure == "ratio" and not 0 <= numbers[0] <= numbers[1]:
        raise EntryError(f"KPI '{kpi}' is a share: {numbers[0]} is no part of {numbers[1]}")


def _refuse_archived(kpi: Kpi) -> None:
    """Its rows would be rejected, after somebody was told that they count."""
    if kpi.archived_at:
        raise EntryError(f"KPI '{kpi}' is archived: bring it back into use first")


def _refuse_decided(entry: ManualEntry) -> None:
    if entry.state != ManualEntry.State.PROPOSED:
        raise EntryError(f"{entry} is {entry.get_state_display().lower()} already: enter a new one")


def _definition(kpi: Kpi) -> KpiDefinition:
    line = kpi.definitions.order_by("-valid_from").first()
    if line is None:
        raise EntryError(f"KPI '{kpi}' has no definition: declare how it is measured first")
    return line


def _roles(kpi: Kpi, by_value: bool) -> dict[str, str]:
    """Role of the KPI's measure → field of the entry."""
    line = _definition(kpi)
    wanted = {"value": "value"} if by_value else {"a": "numerator", "b": "denominator"}
    for roles in roles_typed_in(line):
        if set(roles.values()) == set(wanted):
            return {role: wanted[column] for role, column in roles.items()}
    given = "a single value" if by_value else "a numerator and a denominator"
    raise EntryError(f"KPI '{kpi}' is a {line.measure}, which {given} cannot give")


def _feed_of(kpi: Kpi, *, by_value: bool) -> Feed:
    """The KPI's own feed for typed-in figures, with a mapping that fits them."""
    kind = "value" if by_value else "parts"
    feed, _ = Feed.objects.get_or_create(
        code=f"manual-{kpi.code}-{kind}",
        defaults={"name": f"Manual entries of {kpi.name}", "kind": Feed.Kind.MANUAL},
    )
    feed_take_turn(feed)  # two approvals at once would make the same version of its mapping
    body = _mapping(feed, kpi, _roles(kpi, by_value))
    digest = mapping_digest(body)
    last = feed.mappings.order_by("-version").first()
    if last is None or last.digest != digest:
        version = last.version + 1 if last else 1
        FeedMapping.objects.create(feed=feed, version=version, body=body, digest=digest)
    return feed


def _mapping(feed: Feed, kpi: Kpi, roles: dict[str, str]) -> dict[str, Any]:
    return {
        "code": feed.code,
        "name": feed.name,
        "format": {"type": "ndjson"},
        "identity": ["day"],
        "times": {kpi.time_field: {"column": "at", "format": "iso"}},
        "targets": [{"kpi": kpi.code, **roles}],
    }


def _period(kpi: Kpi, day: date) -> Period:
    """The period that holds the beginning of ``day`` in the KPI's zone."""
    lines = list(kpi.definitions.all())
    start = datetime.combine(day, time(), ZoneInfo(_definition(kpi).zone))
    period = timeline_of(kpi, lines).containing(start)
    if period is None:
        through = f"through {kpi.last_day}" if kpi.last_day else "on"
        raise EntryError(f"KPI '{kpi}' is measured from {kpi.first_day} {through}, not on {day}")
    return period


def _body(entry: ManualEntry, period: Period) -> bytes:
    """One line of NDJSON, known by the first day of its period."""
    numbers = {
        name: str(number)
        for name in ("value", "numerator", "denominator")
        if (number := getattr(entry, name)) is not None
    }
    day, at = period.first_day.isoformat(), period.start.isoformat()
    said = {"entry": entry.pk, "day": day, "at": at, **numbers}
    return json.dumps(said).encode() + b"\n"
