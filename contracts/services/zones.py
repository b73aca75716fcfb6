"""The time zones that contracts may name: those of the IANA database on this machine."""

from functools import cache
from zoneinfo import available_timezones


@cache
def zone_names() -> frozenset[str]:
    return frozenset(available_timezones())
