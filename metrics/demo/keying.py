"""Saffron: batches keyed at two sites, a festival month, and a July file full of mistakes."""

from datetime import UTC, datetime

from metrics.demo.files import Row, csv_bytes, gz_bytes
from metrics.demo.story import LAST_OF_HISTORY, Dice, Month, Parcel, arrival, months

COLUMNS = ("site", "batch", "finished", "records", "errors", "hours", "cost")
MONTH_END_COLUMNS = ("month_end", "headcount", "leavers", "open_records")
SITES = ("Chennai", "Pune")
BATCHES_PER_SITE = 75
RECORDS = {Month(2024, 11): 146_000, Month(2025, 10): 131_000, Month(2026, 6): 147_000}
PACE = {Month(2025, 10): 96.0, Month(2026, 7): 97.0}
UNIT_COST = {Month(2026, 7): 3.52, Month(2026, 8): 3.55, Month(2026, 9): 3.86}
# errors per thousand records
PUNE_ERRORS = {Month(2026, 6): 7.5, Month(2026, 7): 8.0, Month(2026, 8): 12.5, Month(2026, 9): 8.5}
LEAVERS = {Month(2026, n): 5 for n in (4, 5, 6)}
BACKLOG = {Month(2026, 9): 7_240, Month(2025, 12): 9_480}
STAFFING_FROM = Month(2025, 1)
DIRTY = Month(2026, 7)
SENDER = "sftp saffron"


def rows(month: Month) -> list[Row]:
    """The batches finished in a month, both sites."""
    return [row for site in SITES for row in _of_site(site, month)]


def _of_site(site: str, month: Month) -> list[Row]:
    dice = Dice("saffron", site, month)
    mean = RECORDS.get(month, dice.whole(153_000, 162_000)) / 2 / BATCHES_PER_SITE
    faults = PUNE_ERRORS.get(month, 3.0) if site == "Pune" else 2.4
    pace = PACE.get(month, dice.between(104, 109))
    unit_cost = UNIT_COST.get(month, dice.between(3.15, 3.30))
    return [
        _batch(dice, site, month, number, mean=mean, faults=faults, pace=pace, unit_cost=unit_cost)
        for number in range(1, BATCHES_PER_SITE + 1)
    ]


def _batch(
    dice: Dice,
    site: str,
    month: Month,
    number: int,
    *,
    mean: float,
    faults: float,
    pace: float,
    unit_cost: float,
) -> Row:
    records = round(mean * dice.between(0.9, 1.1))
    day = dice.pick([day for day in month.days() if day.weekday() < 6])
    return {
        "site": site,
        "batch": f"{site[:2].upper()}-{month}-{number:03d}",
        "finished": f"{day:%d/%m/%Y} {dice.whole(9, 21):02d}:{dice.whole(0, 59):02d}",
        "records": str(records),
        "errors": str(round(records * faults / 1000 * dice.between(0.7, 1.3))),
        "hours": f"{records / pace * dice.between(0.97, 1.03):.2f}",
        "cost": f"{records * unit_cost * dice.between(0.97, 1.03):.2f}",
    }


def spoiled(clean: list[Row]) -> list[Row]:
    """July as it was sent: seven batches that cannot be read, and one given twice, differently."""
    sent = [dict(row) for row in clean]
    sent[3]["finished"] = "31/06/2026 14:10"
    sent[11]["finished"] = "2026-07-14 09:30"
    sent[17]["errors"] = "NA"
    sent[24]["records"] = "1,034"
    sent[40]["site"] = "Nagpur"
    sent[58]["hours"] = ""
    sent[90]["errors"] = str(int(sent[90]["records"]) + 5)
    again = {**sent[70], "errors": str(int(sent[70]["errors"]) + 9)}
    return [*sent, again]


def month_end(month: Month) -> Row:
    """The statement of a month's end: staff and what is left to key."""
    dice = Dice("saffron-month-end", month)
    return {
        "month_end": f"{month.last_day} 18:00",
        "headcount": dice.whole(156, 164),
        "leavers": LEAVERS.get(month, dice.whole(2, 4)),
        "open_records": BACKLOG.get(month, dice.whole(3_200, 5_600)),
    }


def parcels() -> list[Parcel]:
    """Batches month by month after the history, statements by the quarter."""
    return [*_batch_parcels(), *_statement_parcels()]


def _batch_parcels() -> list[Parcel]:
    history = [row for month in months(last=LAST_OF_HISTORY) for row in rows(month)]
    received = datetime(2026, 6, 2, 4, 45, tzinfo=UTC)
    sent = [_batches("history", LAST_OF_HISTORY, received, history)]
    for month in months(LAST_OF_HISTORY.next):
        content = spoiled(rows(month)) if month == DIRTY else rows(month)
        sent.append(_batches(str(month), month, arrival(month, days=3, hour=4), content))
    return sent


def _batches(name: str, through: Month, received: datetime, content: list[Row]) -> Parcel:
    return Parcel(
        feed="saffron-batches",
        filename=f"saffron-batches-{name}.csv.gz",
        received_at=received,
        complete_through=through.last_day,
        delivered_by=SENDER,
        content=gz_bytes(csv_bytes(content, COLUMNS)),
    )


def _statement_parcels() -> list[Parcel]:
    return [
        _statement("to-2026-05", STAFFING_FROM, LAST_OF_HISTORY),
        _statement("2026-06", Month(2026, 6), Month(2026, 6)),
        _statement("2026-Q3", Month(2026, 7), Month(2026, 9)),
        _statement("2026-10", Month(2026, 10), Month(2026, 10)),
    ]


def _statement(name: str, first: Month, last: Month) -> Parcel:
    content = [month_end(month) for month in months(first, last)]
    return Parcel(
        feed="saffron-month-end",
        filename=f"saffron-month-end-{name}.tsv",
        received_at=arrival(last, days=2, hour=5),
        complete_through=last.last_day,
        delivered_by=SENDER,
        content=csv_bytes(content, MONTH_END_COLUMNS, delimiter="\t"),
    )
