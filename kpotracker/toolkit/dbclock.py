"""The database's clock: leases and stamps never trust the clock of a worker's machine."""

from datetime import datetime

from django.db import connection, models
from django.db.models.expressions import Expression, Func
from django.db.models.functions import Now
from django.utils import timezone


class ClockTimestamp(Func):
    """The time of the call; ``Now()`` is the start of the transaction on PostgreSQL."""

    template = "clock_timestamp()"
    output_field = models.DateTimeField()


def now() -> datetime:
    """The database's time at this moment: workers whose clocks differ agree on it."""
    if connection.vendor != "postgresql":
        return timezone.now()  # SQLite has no clock but the machine's
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
        return moment


def clock() -> Expression:
    """An expression for the database's time at this moment."""
    return ClockTimestamp() if connection.vendor == "postgresql" else Now()
