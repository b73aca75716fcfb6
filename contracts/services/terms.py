"""What the terms of a contract break together, before they are stored.

Portfolio files have rules of their own, which are told by line: what they state is not judged
here again.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from contracts.models import Contract
from contracts.models.contracts import LONGEST_NOTICE, LONGEST_RENEWAL, MOST_RENEWALS

EARLIEST, LATEST = date(1950, 1, 1), date(2199, 12, 31)
_BOUNDS = {
    "renewal_months": LONGEST_RENEWAL,
    "renewal_limit": MOST_RENEWALS,
    "notice_length": LONGEST_NOTICE,
}
Faults = Iterator[tuple[str, str]]


def term_faults(given: Mapping[str, Any]) -> Faults:
    """(field, what is wrong with it) of the terms in ``given``; what is missing is not judged."""
    yield from _days(given)
    yield from _bounds(given)
    yield from _renewal(given)
    yield from _notice(given)
    yield from _parent(given)


def _days(given: Mapping[str, Any]) -> Faults:
    first, last = given.get("first_day"), given.get("last_day")
    if first and last and last < first:
        yield "last_day", f"It would end before it begins: the first day is {first}."
    for name, day in (("first_day", first), ("last_day", last)):
        if day and not EARLIEST <= day <= LATEST:
            yield name, f"{day} cannot be meant: state a day from {EARLIEST} to {LATEST}."


def _bounds(given: Mapping[str, Any]) -> Faults:
    for name, most in _BOUNDS.items():
        if not 0 <= (given.get(name) or 0) <= most:
            yield name, f"{given[name]} cannot be meant: state 0 to {most}."


def _renewal(given: Mapping[str, Any]) -> Faults:
    renewal, months = given.get("renewal"), given.get("renewal_months")
    if renewal == Contract.Renewal.AUTO:
        if not months:
            yield "renewal_months", "It renews unless stopped: say for how many months each time."
        if not given.get("last_day"):
            yield "last_day", "It renews at the end of a term: say when the first one ends."
    elif months and renewal in {Contract.Renewal.NONE, Contract.Renewal.EVERGREEN}:
        yield "renewal_months", "It does not renew: leave this empty, or choose how it renews."


def _notice(given: Mapping[str, Any]) -> Faults:
    length, unit = given.get("notice_length"), given.get("notice_unit")
    if length is not None and not unit:
        yield "notice_unit", "Say whether these are days, weeks or months."
    if unit and length is None:
        yield "notice_length", f"Say how many {unit}."


def _parent(given: Mapping[str, Any]) -> Faults:
    vendor, parent = given.get("vendor"), given.get("parent")
    if vendor and parent and parent.vendor_id != vendor.pk:
        yield "parent", f"{parent} is a contract with {parent.vendor}, not with {vendor}."
