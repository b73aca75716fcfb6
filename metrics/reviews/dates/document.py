"""Dates as an iCalendar document (RFC 5545), as calendar programs read it."""

from datetime import UTC, date, datetime, timedelta

from icalendar import Alarm, Calendar, Event

from contracts.models import User
from metrics.reviews.dates.entries import Entry, entries_of

_DAY = timedelta(days=1)
_REFRESH = timedelta(hours=4)


def calendar_document(*, owner: User, as_of: datetime, root: str) -> bytes:
    """What ``owner`` has to act on, as they may see it at ``as_of``; ``root``: where our pages live."""
    calendar = Calendar()
    calendar.add("prodid", "-//kpotracker//dates to act on//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", "kpotracker: dates to act on")
    calendar.add("refresh-interval", _REFRESH, parameters={"value": "DURATION"})
    for entry in entries_of(owner, as_of):
        calendar.add_component(_event(entry, root))
    document: bytes = calendar.to_ical()
    return document


def _event(entry: Entry, root: str) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", entry.changed_at.astimezone(UTC))
    event.add("last-modified", entry.changed_at.astimezone(UTC))
    event.add("dtstart", entry.day)
    if entry.day < date.max:  # without an end an event lasts its day all the same
        event.add("dtend", entry.day + _DAY)
    event.add("summary", entry.title)
    event.add("description", f"{entry.text}\n{root}{entry.path}")
    event.add("url", f"{root}{entry.path}")
    event.add("transp", "OPAQUE" if entry.is_busy else "TRANSPARENT")
    for days in entry.alarms:
        event.add_component(_alarm(entry, days))
    return event


def _alarm(entry: Entry, days: int) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", entry.title)
    alarm.add("trigger", -timedelta(days=days))
    return alarm
