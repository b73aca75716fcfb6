"""The database's clock: leases and stamps never trust the clock of a worker's machine."""

from django.db import connection, models
from django.db.models.expressions import Expression, Func
from django.db.models.functions import Now


class ClockTimestamp(Func):
    """The time of the call; ``Now()`` is the start of the transaction on PostgreSQL."""

    template = "clock_timestamp()"
    output_field = models.DateTimeField()


def clock() -> Expression:
    """An expression for the database's time at this moment."""
    return ClockTimestamp() if connection.vendor == "postgresql" else Now()
