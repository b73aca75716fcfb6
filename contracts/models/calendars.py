from django.db import models

from contracts.models.managed import Managed, code_validator


class Calendar(Managed):
    """Working hours of a service: weekday segments, closed days and the zone they are told in.

    ``weekdays``: {"mon": [["09:00", "17:30"], ...], ...}, ends up to "24:00".
    ``holidays``: ["2026-04-06", "*-12-25", ...]; a star means every year.
    """

    code = models.CharField(max_length=63, validators=[code_validator])
    zone = models.CharField(max_length=64)
    weekdays = models.JSONField()
    holidays = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["code"], name="calendar_code_unique"),
        ]

    def __str__(self) -> str:
        return self.code
