"""Halcyon: a forecaster that slips through 2026, and a July whose sales came in wrong at first."""

from datetime import UTC, datetime

from metrics.demo.files import Row, csv_bytes
from metrics.demo.story import LAST_OF_HISTORY, Dice, Month, Parcel, arrival, months

COLUMNS = ("Monat", "Warengruppe", "Prognose", "Absatz", "Manuell geändert", "Vorlauftage")
GROUPS = tuple(
    f"{kind} {line}"
    for kind in ("Käse", "Öle", "Süßwaren", "Getränke", "Frühstück", "Gewürze", "Müsli", "Tee")
    for line in ("Bio", "Eigenmarke", "Großpackung", "Klassik", "Saison")
)
SLIPPING = {
    Month(2024, 12): (0.13, 0.55),
    Month(2026, 2): (0.085, 0.55),
    Month(2026, 3): (0.092, 0.6),
    Month(2026, 4): (0.108, 0.65),
    Month(2026, 5): (0.125, 0.7),
    Month(2026, 6): (0.135, 0.75),
    Month(2026, 7): (0.125, 0.7),
    Month(2026, 8): (0.175, 0.8),
    Month(2026, 9): (0.185, 0.8),
    Month(2026, 10): (0.115, 0.6),
}
SHORT_NOTICE = Month(2025, 5)
CORRECTED = Month(2026, 7)
SENDER = "Jonas Weber, Halcyon"


def rows(month: Month) -> list[Row]:
    """The true rows of a month: one per article group."""
    dice = Dice("halcyon", month)
    error, share_over = SLIPPING.get(month, (dice.between(0.055, 0.075), 0.5))
    over = dice.some(round(share_over * len(GROUPS)), len(GROUPS))
    touched = dice.some(dice.whole(7, 10), len(GROUPS))
    rushed = dice.some(5 if month == SHORT_NOTICE else 0, len(GROUPS))
    return [
        {
            "Monat": month.first_day.strftime("%d.%m.%Y"),
            "Warengruppe": group,
            **_quantities(dice, error if number in over else -error),
            "Manuell geändert": "ja" if number in touched else "nein",
            "Vorlauftage": 9 if number in rushed else dice.whole(15, 24),
        }
        for number, group in enumerate(GROUPS)
    ]


def _quantities(dice: Dice, error: float) -> Row:
    actual = round(dice.between(600, 2400), 1)
    forecast = actual * (1 + error * dice.between(0.6, 1.4))
    return {"Prognose": _german(forecast), "Absatz": _german(actual)}


def _german(number: float) -> str:
    return f"{number:.1f}".replace(".", ",")


def without_online_sales(true_rows: list[Row]) -> list[Row]:
    """The July sales as first reported: every third group lacked a fifth, its online sales."""
    return [
        {**row, "Absatz": _german(float(row["Absatz"].replace(",", ".")) * 0.8)}
        if number % 3 == 0
        else row
        for number, row in enumerate(true_rows)
    ]


def parcels() -> list[Parcel]:
    """History, a file per month, and the correction of July four days later."""
    history = [row for month in months(last=LAST_OF_HISTORY) for row in rows(month)]
    received = datetime(2026, 6, 2, 7, 30, tzinfo=UTC)
    sent = [_parcel("historie", LAST_OF_HISTORY, received, history)]
    for month in months(LAST_OF_HISTORY.next):
        reported = without_online_sales(rows(month)) if month == CORRECTED else rows(month)
        sent.append(_parcel(str(month), month, arrival(month, days=4), reported))
    mended = rows(CORRECTED)[::3]
    later = arrival(CORRECTED, days=8)
    return [*sent, _parcel(f"{CORRECTED}-korrektur", CORRECTED, later, mended)]


def _parcel(name: str, through: Month, received: datetime, content: list[Row]) -> Parcel:
    return Parcel(
        feed="halcyon-forecasts",
        filename=f"halcyon-prognose-{name}.csv",
        received_at=received,
        complete_through=through.last_day,
        delivered_by=SENDER,
        content=csv_bytes(content, COLUMNS, delimiter=";", encoding="iso-8859-1"),
    )
