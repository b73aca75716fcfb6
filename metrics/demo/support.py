"""Cormorant: tickets in Lisbon's wall-clock time, with versions that move between teams.

Two nights are special: on 29 March 2026 the hour after one o'clock does not exist, on
25 October 2026 it comes twice.
"""

from datetime import UTC, datetime, timedelta

from metrics.demo.files import Row, ndjson_bytes
from metrics.demo.story import LAST_OF_HISTORY, Dice, Month, Parcel, arrival, months

BILLING_LATE = {Month(2025, 12): 8.5, Month(2026, 4): 6.0}
TECHNICAL_LATE = {Month(2025, 8): 16.0, Month(2026, 6): 9.5}
HANDLE_MINUTES = {Month(2025, 8): 11.5, Month(2026, 5): 9.6, Month(2026, 10): 9.3}
SLOW_REPLIES = {Month(2025, 8): 14, Month(2026, 6): 13}
MISROUTED = Month(2026, 8)
MISROUTED_TICKETS = 16
SHORT_NIGHT = Month(2026, 3)
LONG_NIGHT = Month(2026, 10)
SENDER = "api cormorant-desk"


def rows(month: Month) -> list[Row]:
    """Every version a month's file holds; newer versions of a ticket may stand before older."""
    dice = Dice("cormorant", month)
    billing = _team(dice, month, "Billing", 206, BILLING_LATE.get(month, dice.between(2.5, 4)))
    technical = _team(
        dice, month, "Technical", 180, TECHNICAL_LATE.get(month, dice.between(4.5, 7))
    )
    misrouted = _misrouted(dice, month) if month == MISROUTED else []
    return [*_moved(billing[:5]), *billing, *technical, *misrouted, *_special(month)]


def _team(dice: Dice, month: Month, team: str, size: int, late_percent: float) -> list[Row]:
    late = dice.some(round(size * late_percent / 100), size)
    slow = dice.some(round(size * SLOW_REPLIES.get(month, 6) / 100), size)
    return [
        _ticket(dice, f"{team[0]}{month}-{number:03d}", month, slow=number in slow)
        | {"team": team, "in_time": "no" if number in late else "yes"}
        for number in range(size)
    ]


def _ticket(dice: Dice, name: str, month: Month, *, slow: bool) -> Row:
    """Opened and closed on one day between seven and half past eleven in the evening."""
    day = dice.pick(month.days())
    opened = datetime(day.year, day.month, day.day, 7) + timedelta(minutes=dice.whole(0, 600))
    replied = opened + timedelta(minutes=dice.whole(50, 58) if slow else dice.whole(3, 43))
    closed = replied + timedelta(minutes=dice.whole(10, 320))
    mean = HANDLE_MINUTES.get(month, 8.2)
    return _version(name, opened, replied, closed) | {
        "handle_minutes": round(mean * dice.between(0.5, 1.5), 1),
    }


def _version(name: str, opened: datetime, replied: datetime, closed: datetime) -> Row:
    return {
        "ticket": f"CT-{name}",
        "version": 1,
        "opened": opened.isoformat(),
        "replied": replied.isoformat(),
        "closed": closed.isoformat(),
    }


def _moved(tickets: list[Row]) -> list[Row]:
    """Second versions: the technical team took the ticket over."""
    return [{**ticket, "version": 2, "team": "Technical"} for ticket in tickets]


def _misrouted(dice: Dice, month: Month) -> list[Row]:
    return [
        _ticket(dice, f"M{month}-{number:03d}", month, slow=False)
        | {"team": "Billing", "in_time": "no"}
        for number in range(MISROUTED_TICKETS)
    ]


def moved_later() -> list[Row]:
    """The misrouted tickets of August as the vendor moved them five days after its report."""
    return _moved([row for row in rows(MISROUTED) if row["ticket"].startswith("CT-M")])


def _special(month: Month) -> list[Row]:
    if month == SHORT_NIGHT:
        return [
            _night("2026-03-29T00:50:00", "2026-03-29T02:10:00", "2026-03-29T03:00:00", 1),
            _night("2026-03-29T00:20:00", "2026-03-29T00:40:00", "2026-03-29T01:30:00", 2),
        ]
    if month == LONG_NIGHT:
        return [
            _night("2026-10-25T00:10:00", "2026-10-25T00:30:00", f"2026-10-25T01:{n}0:00", n)
            for n in range(1, 6)
        ]
    return []


def _night(opened: str, replied: str, closed: str, number: int) -> Row:
    times = (datetime.fromisoformat(text) for text in (opened, replied, closed))
    return _version(f"N{opened[:7]}-{number:03d}", *times) | {
        "handle_minutes": 6.5,
        "team": "Technical",
        "in_time": "yes",
    }


def parcels() -> list[Parcel]:
    """History, a file per month, and the moves of August."""
    history = [row for month in months(last=LAST_OF_HISTORY) for row in rows(month)]
    received = datetime(2026, 6, 2, 5, 20, tzinfo=UTC)
    sent = [_parcel("history", LAST_OF_HISTORY, received, history)]
    for month in months(LAST_OF_HISTORY.next):
        sent.append(_parcel(str(month), month, arrival(month, days=1, hour=5), rows(month)))
    moves = arrival(MISROUTED, days=6, hour=15)
    return [*sent, _parcel(f"{MISROUTED}-moves", MISROUTED, moves, moved_later())]


def _parcel(name: str, through: Month, received: datetime, content: list[Row]) -> Parcel:
    return Parcel(
        feed="cormorant-tickets",
        filename=f"cormorant-tickets-{name}.ndjson",
        received_at=received,
        complete_through=through.last_day,
        delivered_by=SENDER,
        content=ndjson_bytes(content),
    )
