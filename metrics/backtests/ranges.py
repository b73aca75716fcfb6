"""The range of a back-test as people write it."""

from datetime import date

from metrics.backtests.past import Range
from metrics.selectors.spans import SpanError, parse_span


def range_of(since: str, until: str | None, *, today: date) -> Range:
    """From the first day of ``since`` to the last day of ``until``, each a month, quarter, year or
    day; without ``until`` to today. Raises SpanError."""
    first = parse_span(since).first_day
    last = parse_span(until).last_day if until else today
    if last < first:
        raise SpanError(f"the range ends on {last}, before it begins on {first}: swap the two")
    return Range(first, last)
