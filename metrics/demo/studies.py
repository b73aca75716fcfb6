"""Kestrel: pricing studies in periods that close on the 20th, the first six in bedding-in."""

from datetime import UTC, date, datetime, timedelta

from metrics.demo.files import Row, csv_bytes
from metrics.demo.story import LAST_OF_HISTORY, Dice, Month, Parcel, months

COLUMNS = ("study", "client", "delivered", "days", "adopted", "documented")
FIRST_CLOSING = Month(2024, 11)
BEDDING_IN = tuple(months(FIRST_CLOSING, Month(2025, 4)))
NEW_YEAR = Month(2026, 1)
SLOW = {Month(2026, 8): 18.4, Month(2026, 9): 16.9}
REJECTED = {Month(2026, 6): 5, Month(2026, 9): 7}
UNDOCUMENTED = {Month(2025, 10): 2}
CLIENTS = ("関東小売", "西日本流通", "北海食品", "東海薬局", "九州百貨")
SENDER = "佐藤 (Kestrel)"


def rows(closing: Month) -> list[Row]:
    """The studies of the period that closes on the 20th of ``closing``."""
    dice = Dice("kestrel", closing)
    size = 5 if closing == NEW_YEAR else dice.whole(9, 12)
    rejected = dice.some(REJECTED.get(closing, dice.whole(1, 3)), size)
    bare = dice.some(UNDOCUMENTED.get(closing, 0), size)
    mean = SLOW.get(closing, 18.2 if closing in BEDDING_IN else dice.between(13, 15))
    days = _period(closing)
    return [
        {
            "study": f"KS-{closing}-{number:02d}",
            "client": dice.pick(CLIENTS),
            "delivered": dice.pick(days).strftime("%Y/%m/%d"),
            "days": f"{mean * dice.between(0.9, 1.1):.1f}",
            "adopted": "no" if number in rejected else "yes",
            "documented": "no" if number in bare else "yes",
        }
        for number in range(size)
    ]


def _period(closing: Month) -> list[date]:
    """Its weekdays: the 21st of the month before to the 20th."""
    last = closing.first_day.replace(day=20)
    first = (closing.first_day - timedelta(days=1)).replace(day=21)
    every = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [day for day in every if day.weekday() < 5]


def parcels() -> list[Parcel]:
    """History, then a list four days after each closing."""
    history = [row for closing in months(FIRST_CLOSING, LAST_OF_HISTORY) for row in rows(closing)]
    received = datetime(2026, 6, 2, 2, 0, tzinfo=UTC)
    sent = [_parcel("history", LAST_OF_HISTORY, received, history)]
    for closing in months(LAST_OF_HISTORY.next):
        received = datetime(closing.year, closing.number, 24, 2, 30, tzinfo=UTC)
        sent.append(_parcel(str(closing), closing, received, rows(closing)))
    return sent


def _parcel(name: str, closing: Month, received: datetime, content: list[Row]) -> Parcel:
    return Parcel(
        feed="kestrel-study-list",
        filename=f"kestrel-studies-{name}.csv",
        received_at=received,
        complete_through=closing.first_day.replace(day=20),
        delivered_by=SENDER,
        content=csv_bytes(content, COLUMNS),
    )
