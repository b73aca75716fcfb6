"""Writing down what may be told of: each event once, whoever finds it and however often."""

from collections.abc import Iterable

from metrics.models import AlertEvent


def events_note(events: Iterable[AlertEvent]) -> int:
    """Append the events whose key is new; returns how many were given.

    Two workers that find the same one leave one row: the key is unique.
    """
    fresh = list(events)
    AlertEvent.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=500)
    return len(fresh)


def unknown_keys(keys: Iterable[str]) -> set[str]:
    """Those of ``keys`` that no event has yet."""
    wanted = list(dict.fromkeys(keys))
    found: set[str] = set()
    for first in range(0, len(wanted), 500):
        known = AlertEvent.objects.filter(key__in=wanted[first : first + 500])
        found |= set(known.values_list("key", flat=True))
    return set(wanted) - found
