"""One day to act on, as calendars show it."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta

LOOKS_BACK = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Entry:
    """One day to act on. ``uid`` stays the same when its day moves, and names nobody.

    ``path``: the page about it; ``changed_at``: when it last changed; ``alarms``: days before
    it on which a calendar reminds; ``is_busy``: it takes time, as a meeting does.
    """

    uid: str
    day: date
    title: str
    text: str
    path: str
    changed_at: datetime
    alarms: tuple[int, ...] = ()
    is_busy: bool = False


def uid(*parts: object) -> str:
    """A name that is the same in every feed and tells nothing about what it names."""
    digest = hashlib.sha256(":".join(map(str, parts)).encode()).hexdigest()
    return f"{digest[:32]}@kpotracker"
