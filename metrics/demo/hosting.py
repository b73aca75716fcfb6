"""Stratus: an outage log, written out by hand because every second of it counts.

One outage crosses the turn of the year, one was still open when its month's log was sent,
two overlap, and June's log came after the month's figure was final.
"""

from datetime import UTC, date, datetime

import pyarrow as pa

from metrics.demo.files import Row, parquet_bytes
from metrics.demo.story import LAST_OF_HISTORY, Month, Parcel, arrival, months

SCHEMA = pa.schema(
    [
        ("outage", pa.string()),
        ("version", pa.int64()),
        ("started", pa.timestamp("us", tz="UTC")),
        ("restored", pa.timestamp("us", tz="UTC")),
        ("cause", pa.string()),
    ]
)
LATE = Month(2026, 6)
OPEN_OUTAGE = "OUT-0028"
# number, started, restored, cause; UTC
OUTAGES = (
    ("OUT-0001", "2024-10-09 03:10", "2024-10-09 03:24", "network"),
    ("OUT-0002", "2024-11-02 12:00", "2024-11-02 12:09", "deployment"),
    ("OUT-0003", "2024-11-21 19:40", "2024-11-21 19:58", "storage"),
    ("OUT-0004", "2025-01-15 08:05", "2025-01-15 08:16", "deployment"),
    ("OUT-0005", "2025-02-11 22:30", "2025-02-11 22:52", "network"),
    ("OUT-0006", "2025-03-04 06:15", "2025-03-04 06:31", "storage"),
    ("OUT-0007", "2025-05-14 10:00", "2025-05-14 10:30", "database"),
    ("OUT-0008", "2025-05-14 10:20", "2025-05-14 10:50", "network"),
    ("OUT-0009", "2025-06-18 15:00", "2025-06-18 15:12", "deployment"),
    ("OUT-0010", "2025-07-01 02:00", "2025-07-01 02:08", "network"),
    ("OUT-0011", "2025-07-09 11:30", "2025-07-09 11:36", "deployment"),
    ("OUT-0012", "2025-07-30 17:45", "2025-07-30 17:54", "deployment"),
    ("OUT-0013", "2025-09-05 04:20", "2025-09-05 04:41", "storage"),
    ("OUT-0014", "2025-10-22 13:10", "2025-10-22 13:22", "database"),
    ("OUT-0015", "2025-11-17 09:00", "2025-11-17 09:19", "network"),
    ("OUT-0016", "2025-12-31 22:10", "2026-01-01 04:10", "cooling"),
    ("OUT-0017", "2026-01-20 07:25", "2026-01-20 07:40", "deployment"),
    ("OUT-0018", "2026-02-13 16:00", "2026-02-13 16:13", "network"),
    ("OUT-0019", "2026-03-29 00:45", "2026-03-29 01:20", "database"),
    ("OUT-0020", "2026-04-08 05:30", "2026-04-08 05:47", "network"),
    ("OUT-0021", "2026-05-19 20:10", "2026-05-19 20:21", "deployment"),
    ("OUT-0022", "2026-06-11 09:00", "2026-06-11 10:30", "storage"),
    ("OUT-0023", "2026-06-23 14:00", "2026-06-23 14:06", "deployment"),
    ("OUT-0024", "2026-07-02 18:30", "2026-07-02 18:44", "network"),
    ("OUT-0025", "2026-07-08 03:00", "2026-07-08 03:09", "deployment"),
    ("OUT-0026", "2026-07-21 12:15", "2026-07-21 12:25", "deployment"),
    ("OUT-0027", "2026-08-12 06:40", "2026-08-12 06:52", "network"),
    (OPEN_OUTAGE, "2026-08-31 23:20", "2026-09-01 02:15", "database"),
    ("OUT-0029", "2026-10-06 08:00", "2026-10-06 08:18", "network"),
)
SENDER = "status@stratus.example"


def rows(month: Month) -> list[Row]:
    """What a month's log holds: the outages that began in it, and the open one's end."""
    begun = [_row(outage) for outage in OUTAGES if outage[1].startswith(str(month))]
    return [*_closed_since(month), *map(_as_known_then, begun)]


def _row(outage: tuple[str, str, str, str]) -> Row:
    name, started, restored, cause = outage
    return {
        "outage": name,
        "version": 1,
        "started": _instant(started),
        "restored": _instant(restored),
        "cause": cause,
    }


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _as_known_then(row: Row) -> Row:
    return {**row, "restored": None} if row["outage"] == OPEN_OUTAGE else row


def _closed_since(month: Month) -> list[Row]:
    if month != Month(2026, 9):
        return []
    return [{**_row(outage), "version": 2} for outage in OUTAGES if outage[0] == OPEN_OUTAGE]


def parcels() -> list[Parcel]:
    """History and a log per month; June's came on 24 July."""
    history = [row for month in months(last=LAST_OF_HISTORY) for row in rows(month)]
    received = datetime(2026, 6, 2, 11, 0, tzinfo=UTC)
    sent = [_parcel("history", LAST_OF_HISTORY.last_day, received, history)]
    for month in months(LAST_OF_HISTORY.next):
        days = 24 if month == LATE else 2
        received = arrival(month, days=days, hour=11)
        sent.append(_parcel(str(month), month.last_day, received, rows(month)))
    return sent


def _parcel(name: str, through: date, received: datetime, content: list[Row]) -> Parcel:
    return Parcel(
        feed="stratus-outage-log",
        filename=f"stratus-outages-{name}.parquet",
        received_at=received,
        complete_through=through,
        delivered_by=SENDER,
        content=parquet_bytes(content, SCHEMA),
    )
