"""Stating what a feed owes and when."""

from datetime import date, time

from django.core.exceptions import ValidationError

from contracts.models.managed import ManagedBy
from contracts.services.writing import lock, save, touch, writing
from metrics.feeds.mapping.zones import known_zone
from metrics.models import Feed, FeedSchedule


def schedule_set(
    *,
    feed: Feed,
    valid_from: date,
    every: str,
    due_days: int = 1,
    due_time: time = time(12),
    zone: str = "UTC",
    grace_hours: int = 0,
    last_day: date | None = None,
    managed_by: str = ManagedBy.PERSON,
) -> FeedSchedule:
    """What ``feed`` owes from ``valid_from`` on; the line that held before ends there.

    A line of the same day is changed, an earlier one than the newest is refused: what was owed
    stays on record. Raises ValidationError, also for a feed that another one manages.
    """
    _refuse(feed, managed_by)
    with writing():
        lock(feed)  # two people state it one after the other
        line = _line_of(feed, valid_from)
        line.last_day, line.every = last_day, every
        line.due_days, line.due_time = due_days, due_time
        line.zone, line.grace_hours = zone, grace_hours
        _refuse_zone(line)
        save(line)
        touch(feed)
    return line


def _line_of(feed: Feed, valid_from: date) -> FeedSchedule:
    """The line that begins on this day, or a new one after all others."""
    last = feed.schedules.order_by("-valid_from").first()
    if last and valid_from < last.valid_from:
        said = f"What it owes is stated from {last.valid_from} on: begin then or later."
        raise ValidationError({"valid_from": said})
    if last and valid_from == last.valid_from:
        return last
    return FeedSchedule(feed=feed, valid_from=valid_from)


def _refuse(feed: Feed, managed_by: str) -> None:
    if feed.kind != Feed.Kind.DATA:
        raise ValidationError(f"Feed {feed} holds {feed.get_kind_display().lower()}: it owes none.")
    if feed.managed_by != managed_by:
        raise ValidationError(
            f"Feed {feed} is managed by {feed.get_managed_by_display()}: state what it owes there."
        )


def _refuse_zone(line: FeedSchedule) -> None:
    if not known_zone(line.zone):
        hint = "write the name of an IANA zone, such as Europe/Dublin."
        raise ValidationError({"zone": f"{line.zone!r} is not a time zone: {hint}"})
