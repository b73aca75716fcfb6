"""Lumen: clinical reviews timed in New York office hours, and a register of privacy incidents.

The register has a month in which nothing happened and one in which nothing arrived.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from metrics.demo.files import Row, csv_bytes, json_bytes
from metrics.demo.story import LAST_OF_HISTORY, Dice, Month, Parcel, arrival, months

NEW_YORK = ZoneInfo("America/New_York")
OPENING = time(8, 30)
ERRORS = {Month(2026, 6): 2, Month(2026, 8): 3, Month(2025, 9): 2}
SLOW = {Month(2025, 12): 14, Month(2026, 7): 22, Month(2026, 10): 11}
INCIDENT_COLUMNS = ("incident", "discovered", "kind", "hours_to_contain")
# month, day, hour of discovery, hours until it was contained
INCIDENTS = (
    (Month(2024, 12), 9, 11, 6),
    (Month(2025, 2), 20, 15, 19),
    (Month(2025, 6), 3, 10, 4),
    (Month(2025, 6), 24, 16, 8),
    (Month(2025, 11), 12, 9, 30),
    (Month(2026, 2), 4, 13, 12),
    (Month(2026, 5), 6, 17, 22),
    (Month(2026, 5), 28, 10, 41),
    (Month(2026, 7), 15, 14, 7),
    (Month(2026, 10), 8, 12, 9),
)
NOTHING_HAPPENED = Month(2026, 8)
NOTHING_ARRIVED = Month(2026, 9)
SENDER = "sftp lumen-export"


def cases(month: Month) -> list[Row]:
    """The cases concluded in a month, as the vendor's export nests them."""
    dice = Dice("lumen", month)
    size = dice.whole(225, 250)
    slow = dice.some(round(size * SLOW.get(month, dice.whole(4, 7)) / 100), size)
    sampled = sorted(dice.some(72, size))
    faulty = sampled[: ERRORS.get(month, dice.whole(0, 1))]
    triaged = dice.some(round(size * dice.between(0.35, 0.55)), size)
    return [
        {
            "id": f"LC-{month}-{number:04d}",
            "times": _times(dice, month, slow=number in slow),
            "qa": {
                "sampled": "yes" if number in sampled else "no",
                "error": "yes" if number in faulty else "no",
            },
            "triage": {"by": "model" if number in triaged else "nurse"},
        }
        for number in range(size)
    ]


def _times(dice: Dice, month: Month, *, slow: bool) -> Row:
    """Fast cases end a working day after receipt, slow ones two days and some hours after."""
    concluded_on = dice.pick(month.weekdays())
    received_after = dice.whole(0, 320)
    concluded_after = received_after + (
        dice.whole(195, 215) if slow else dice.whole(-received_after, 150)
    )
    received_on = _weekdays_before(concluded_on, 2 if slow else 1)
    return {
        "received": _instant(received_on, received_after),
        "concluded": _instant(concluded_on, concluded_after),
    }


def _weekdays_before(day: date, count: int) -> date:
    while count:
        day -= timedelta(days=1)
        count -= day.weekday() < 5
    return day


def _instant(day: date, minutes_after_opening: int) -> str:
    opening = datetime.combine(day, OPENING, NEW_YORK)
    return (opening + timedelta(minutes=minutes_after_opening)).isoformat()


def incidents(month: Month) -> list[Row]:
    """The privacy incidents discovered in a month; most months have none."""
    return [
        {
            "incident": f"PI-{happened}-{day:02d}",
            "discovered": f"{happened}-{day:02d} {hour:02d}:20",
            "kind": "misdirected mail" if hours < 24 else "lost device",
            "hours_to_contain": hours,
        }
        for happened, day, hour, hours in INCIDENTS
        if happened == month
    ]


def parcels() -> list[Parcel]:
    """Both feeds: history first, then month by month."""
    return [*_case_parcels(), *_incident_parcels()]


def _case_parcels() -> list[Parcel]:
    history = [case for month in months(last=LAST_OF_HISTORY) for case in cases(month)]
    sent = [_cases("history", LAST_OF_HISTORY, datetime(2026, 6, 2, 6, 0, tzinfo=UTC), history)]
    for month in months(LAST_OF_HISTORY.next):
        sent.append(_cases(str(month), month, arrival(month, days=2, hour=6), cases(month)))
    return sent


def _cases(name: str, through: Month, received: datetime, content: list[Row]) -> Parcel:
    document = {"export": {"produced": received.isoformat(), "cases": content}}
    return Parcel(
        feed="lumen-reviews",
        filename=f"lumen-cases-{name}.json",
        received_at=received,
        complete_through=through.last_day,
        delivered_by=SENDER,
        content=json_bytes(document),
    )


def _incident_parcels() -> list[Parcel]:
    """September's return never came, and October's came without an attestation."""
    history = [row for month in months(last=LAST_OF_HISTORY) for row in incidents(month)]
    received = datetime(2026, 6, 2, 13, 0, tzinfo=UTC)
    sent = [_incidents("history", LAST_OF_HISTORY.last_day, received, history)]
    for month in months(LAST_OF_HISTORY.next):
        if month != NOTHING_ARRIVED:
            attested = month.last_day if month < NOTHING_ARRIVED else None
            received = arrival(month, days=3, hour=13)
            sent.append(_incidents(str(month), attested, received, incidents(month)))
    return sent


def _incidents(name: str, through: date | None, received: datetime, content: list[Row]) -> Parcel:
    return Parcel(
        feed="lumen-incidents",
        filename=f"lumen-privacy-{name}.csv",
        received_at=received,
        complete_through=through,
        delivered_by="privacy@lumen.example",
        content=csv_bytes(content, INCIDENT_COLUMNS),
    )
