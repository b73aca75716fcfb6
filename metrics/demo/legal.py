"""Ashdown: legal reviews in small numbers; a third quarter with too few second readings."""

from datetime import date, datetime, time, timedelta

from metrics.demo.files import Row, csv_bytes
from metrics.demo.story import LAST_OF_HISTORY, Dice, Month, Parcel, arrival, months

COLUMNS = ("matter", "received", "returned", "second_reader", "agreed")
SECOND_READINGS = {Month(2026, n): 7 for n in (7, 8, 9)}
DISAGREED = {Month(2026, 4): 1, Month(2026, 5): 1, Month(2026, 6): 2, Month(2025, 2): 1}
SLOW = {Month(2026, n): 4 for n in (4, 5, 6)}
READERS = ("H. Voss", "L. Adeyemi", "C. Brandt")
SENDER = "ops@ashdown.example"


def rows(month: Month) -> list[Row]:
    """The reviews returned in a month."""
    dice = Dice("ashdown", month)
    size = dice.whole(19, 23)
    read_twice = sorted(dice.some(SECOND_READINGS.get(month, 13), size))
    disagreed = read_twice[: DISAGREED.get(month, 0)]
    slow = dice.some(SLOW.get(month, 1), size)
    return [
        {
            "matter": f"AL-{month}-{number:03d}",
            **_times(dice, month, slow=number in slow),
            "second_reader": dice.pick(READERS) if number in read_twice else "n/a",
            "agreed": "no" if number in disagreed else "yes",
        }
        for number in range(size)
    ]


def _times(dice: Dice, month: Month, *, slow: bool) -> Row:
    """Returned the next working day, a slow one four working days after receipt."""
    returned_on = dice.pick(month.weekdays())
    received_on = _weekdays_before(returned_on, 4 if slow else 1)
    return {
        "received": _moment(received_on, dice.whole(0, 480)),
        "returned": _moment(returned_on, dice.whole(20, 430)),
    }


def _weekdays_before(day: date, count: int) -> date:
    while count:
        day -= timedelta(days=1)
        count -= day.weekday() < 5
    return day


def _moment(day: date, minutes_after_nine: int) -> str:
    moment = datetime.combine(day, time(9)) + timedelta(minutes=minutes_after_nine)
    return moment.strftime("%d %b %Y %H:%M")


def parcels() -> list[Parcel]:
    """History through May, the rest of the second quarter, the third, and October."""
    return [
        _parcel("to-2026-05", Month(2024, 10), LAST_OF_HISTORY),
        _parcel("2026-06", Month(2026, 6), Month(2026, 6)),
        _parcel("2026-Q3", Month(2026, 7), Month(2026, 9)),
        _parcel("2026-10", Month(2026, 10), Month(2026, 10)),
    ]


def _parcel(name: str, first: Month, last: Month) -> Parcel:
    content = [row for month in months(first, last) for row in rows(month)]
    return Parcel(
        feed="ashdown-reviews",
        filename=f"ashdown-reviews-{name}.csv",
        received_at=arrival(last, days=2, hour=16),
        complete_through=last.last_day,
        delivered_by=SENDER,
        content=csv_bytes(content, COLUMNS),
    )
