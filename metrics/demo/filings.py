"""Bluefin: regulatory filings by the quarter, in a workbook with a title above its header."""

from datetime import timedelta

from metrics.demo.files import Row, xlsx_bytes
from metrics.demo.story import LAST_OF_HISTORY, Dice, Month, Parcel, arrival, months

COLUMNS = (
    "Filing no",
    "Authority",
    "Statutory day",
    "Filed on",
    "In time",
    "Errors",
    "Drafted by",
    "Reviewer",
)
QUIET_SUMMER = (Month(2025, 7), Month(2025, 8), Month(2025, 9))
ERRORS = {Month(2026, n): 5 for n in (1, 2, 3)} | {Month(2026, n): 8 for n in (4, 5, 6)}
LATE = {Month(2025, 11): 2, Month(2025, 12): 1, Month(2026, 6): 1}
UNREVIEWED = {Month(2026, 8): 2}
AUTHORITIES = ("FCA", "PRA", "MHRA", "Ofcom", "ICO")
REVIEWERS = ("A. Marsh", "J. Oduya", "S. Lindqvist")
SENDER = "filing-desk@bluefin.example"


def rows(month: Month) -> list[Row]:
    """The filings lodged in a month."""
    dice = Dice("bluefin", month)
    size = 5 if month in QUIET_SUMMER else dice.whole(20, 24)
    faulty = dice.some(ERRORS.get(month, dice.whole(1, 2) if size > 5 else 1), size)
    late = dice.some(LATE.get(month, 0), size)
    drafted = sorted(dice.some(size // 2, size))
    unreviewed = drafted[: UNREVIEWED.get(month, 0)]
    return [
        _filing(dice, f"BF-{month.year}{month.number:02d}-{number:03d}", month)
        | {
            "Errors": 1 if number in faulty else 0,
            "In time": "no" if number in late else "yes",
            "Drafted by": "software" if number in drafted else "person",
            "Reviewer": "-" if number in unreviewed else dice.pick(REVIEWERS),
        }
        for number in range(size)
    ]


def _filing(dice: Dice, number: str, month: Month) -> Row:
    filed = dice.pick(month.weekdays())
    due = filed + timedelta(days=dice.whole(0, 9))
    return {
        "Filing no": number,
        "Authority": dice.pick(AUTHORITIES),
        "Statutory day": due,
        "Filed on": filed,
    }


def parcels() -> list[Parcel]:
    """History through May, the rest of the second quarter, the third, and October."""
    return [
        _parcel("register-to-2026-05", Month(2024, 10), LAST_OF_HISTORY, 2),
        _parcel("register-2026-06", Month(2026, 6), Month(2026, 6), 6),
        _parcel("register-2026-Q3", Month(2026, 7), Month(2026, 9), 5),
        _parcel("register-2026-10", Month(2026, 10), Month(2026, 10), 5),
    ]


def _parcel(name: str, first: Month, last: Month, days: int) -> Parcel:
    content = [row for month in months(first, last) for row in rows(month)]
    return Parcel(
        feed="bluefin-filings",
        filename=f"{name}.xlsx",
        received_at=arrival(last, days=days, hour=14),
        complete_through=last.last_day,
        delivered_by=SENDER,
        content=xlsx_bytes(content, COLUMNS, sheet="Filings", title="Bluefin filing register"),
    )
