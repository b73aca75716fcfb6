from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Q

from metrics.engine import Period, PeriodRule
from metrics.models.deliveries import Feed


class FeedSchedule(models.Model):
    """What a feed owes from a day on: one delivery for every period, and when it is due.

    Due ``due_days`` days after the period's last day at ``due_time`` in ``zone``; overdue once
    ``grace_hours`` more have gone by. A later line takes over from its ``valid_from`` on.
    """

    class Every(models.TextChoices):
        DAY = "day", "Every day"
        WEEK = "week", "Every week"
        MONTH = "month", "Every month"
        QUARTER = "quarter", "Every quarter"

    feed = models.ForeignKey(Feed, on_delete=models.PROTECT, related_name="schedules")
    valid_from = models.DateField(help_text="the first day that is owed")
    last_day = models.DateField(null=True, blank=True, help_text="the last day that is owed")
    every = models.CharField(max_length=8, choices=Every.choices)
    due_days = models.PositiveSmallIntegerField(default=1)
    due_time = models.TimeField(default=time(12))
    zone = models.CharField(max_length=64, default="UTC")
    grace_hours = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["feed", "valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["feed", "valid_from"], name="schedule_one_per_feed_and_day"
            ),
            models.CheckConstraint(
                condition=Q(last_day=None) | Q(last_day__gte=F("valid_from")),
                name="schedule_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.feed} from {self.valid_from}"

    @property
    def rule(self) -> PeriodRule:
        return PeriodRule(self.every, self.zone)

    def due_at(self, period: Period) -> datetime:
        """When the delivery for ``period`` is due."""
        day = period.last_day + timedelta(days=self.due_days)
        return datetime.combine(day, self.due_time, ZoneInfo(self.zone))

    def overdue_at(self, period: Period) -> datetime:
        """From when on it is overdue: hours are counted as they pass, also over a change of clocks."""
        due = self.due_at(period)
        return (due.astimezone(UTC) + timedelta(hours=self.grace_hours)).astimezone(due.tzinfo)
