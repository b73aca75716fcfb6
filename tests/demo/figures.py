"""Every figure of the demonstration, worked out again from the delivered rows with Fractions."""

from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from metrics.demo.story import FIRST, LAST, Month, months
from metrics.demo.surveys import entries
from tests.demo import delivered
from tests.demo.arithmetic import (
    LONDON,
    NEW_YORK,
    closing_of,
    grouped,
    month_of,
    nearest_rank,
    percent,
    quarter_of,
    worked_minutes,
)
from tests.demo.delivered import Rows, in_zone

Figures = dict[tuple[str, str], Fraction]


def halcyon() -> Figures:
    def number(text: str) -> Fraction:
        return Fraction(text.replace(",", "."))

    found: Figures = {}
    by_month = grouped(
        delivered.forecasts(), lambda row: month_of(datetime.strptime(row["Monat"], "%d.%m.%Y"))
    )
    for label, rows in by_month.items():
        pairs = [(number(row["Prognose"]), number(row["Absatz"])) for row in rows]
        actual = sum(a for _, a in pairs)
        error = sum(abs(f - a) for f, a in pairs) / actual
        found["halcyon-accuracy", label] = max(Fraction(0), 1 - error) * 100
        found["halcyon-bias", label] = sum(f - a for f, a in pairs) / actual * 100
        found["halcyon-untouched", label] = percent(
            rows, lambda row: row["Manuell geändert"] == "nein"
        )
        found["halcyon-lead-time", label] = percent(rows, lambda row: int(row["Vorlauftage"]) >= 14)
    return found


def bluefin() -> Figures:
    found: Figures = {}
    for label, rows in grouped(
        delivered.filings(), lambda row: quarter_of(row["Filed on"])
    ).items():
        drafted = [row for row in rows if row["Drafted by"] == "software"]
        found["bluefin-errors", label] = Fraction(
            sum(int(row["Errors"]) for row in rows), len(rows)
        )
        found["bluefin-on-time", label] = percent(rows, lambda row: row["In time"] == "yes")
        found["bluefin-human-review", label] = percent(drafted, lambda row: row["Reviewer"] != "-")
    return found


def lumen() -> Figures:
    found: Figures = {}
    zone = ZoneInfo("America/New_York")

    def concluded(row: dict[str, Any]) -> str:
        return month_of(datetime.fromisoformat(row["times"]["concluded"]).astimezone(zone))

    for label, rows in grouped(delivered.cases(), concluded).items():
        sampled = [row for row in rows if row["qa"]["sampled"] == "yes"]
        found["lumen-error-rate", label] = percent(sampled, lambda row: row["qa"]["error"] == "yes")
        found["lumen-insight", label] = percent(rows, _within_twelve_hours)
        found["lumen-machine-triage", label] = percent(
            rows, lambda row: row["triage"]["by"] == "model"
        )
    return found | _lumen_incidents()


def _within_twelve_hours(row: dict[str, Any]) -> bool:
    minutes = worked_minutes(
        datetime.fromisoformat(row["times"]["received"]),
        datetime.fromisoformat(row["times"]["concluded"]),
        NEW_YORK,
    )
    return minutes <= 12 * 60


def _lumen_incidents() -> Figures:
    """Attested months without a row count 0; September 2026 was never reported."""
    found: Figures = {
        ("lumen-privacy-incidents", str(month)): Fraction(0)
        for month in months()
        if month != Month(2026, 9)
    }
    for label, rows in grouped(
        delivered.incidents(), lambda row: str(row["discovered"][:7])
    ).items():
        found["lumen-privacy-incidents", label] = Fraction(len(rows))
        found["lumen-containment", label] = percent(
            rows, lambda row: int(row["hours_to_contain"]) <= 24
        )
    return found


def saffron() -> Figures:
    found: Figures = {}
    by_month = grouped(
        delivered.batches(), lambda row: f"{row['finished'][6:10]}-{row['finished'][3:5]}"
    )
    for label, rows in by_month.items():
        records = sum(int(row["records"]) for row in rows)
        found["saffron-records", label] = Fraction(records)
        found["saffron-cost", label] = sum(Fraction(row["cost"]) for row in rows) / records
        found["saffron-pace", label] = records / sum(Fraction(row["hours"]) for row in rows)
        for site in ("Chennai", "Pune"):
            here = [row for row in rows if row["site"] == site]
            keyed, errors = (sum(int(row[name]) for row in here) for name in ("records", "errors"))
            found[f"saffron-{site.lower()}-accuracy", label] = Fraction(
                (keyed - errors) * 100, keyed
            )
    return found | _saffron_statements()


def _saffron_statements() -> Figures:
    found: Figures = {}
    for label, rows in grouped(
        delivered.statements(), lambda row: quarter_of(date.fromisoformat(row["month_end"][:10]))
    ).items():
        last = max(rows, key=lambda row: str(row["month_end"]))
        headcount = Fraction(sum(int(row["headcount"]) for row in rows), len(rows))
        leavers = sum(int(row["leavers"]) for row in rows)
        found["saffron-backlog", label] = Fraction(int(last["open_records"]))
        found["saffron-turnover", label] = leavers / headcount * 4 * 100
    return found


def cormorant() -> Figures:
    found: Figures = {}
    lisbon = ZoneInfo("Europe/Lisbon")

    def instant(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=lisbon).astimezone(UTC)

    for label, rows in grouped(delivered.tickets(), lambda row: str(row["closed"][:7])).items():
        for team in ("Billing", "Technical"):
            here = [row for row in rows if row["team"] == team]
            found[f"cormorant-{team.lower()}-sla", label] = percent(
                here, lambda row: row["in_time"] == "yes"
            )
        minutes = sum(Fraction(str(row["handle_minutes"])) for row in rows)
        found["cormorant-handle-time", label] = minutes / len(rows)
        waits = [instant(row["replied"]) - instant(row["opened"]) for row in rows]
        found["cormorant-first-reply", label] = nearest_rank(
            (Fraction(wait // timedelta(seconds=1), 60) for wait in waits), Fraction(9, 10)
        )
    return found


def stratus() -> Figures:
    found: Figures = {}
    rows = delivered.outages()
    for month in months(FIRST, LAST):
        start = datetime.combine(month.first_day, time(), UTC)
        end = datetime.combine(month.next.first_day, time(), UTC)
        seconds = (end - start) // timedelta(seconds=1)
        down = _minutes_down(rows, start, end) * 60
        found["stratus-availability", str(month)] = Fraction((seconds - down) * 100, seconds)
        begun = [row for row in rows if start <= row["started"] < end]
        found["stratus-outages", str(month)] = Fraction(len(begun))
        ended = [row for row in rows if start <= row["restored"] < end]
        if ended:
            spent = sum((row["restored"] - row["started"] for row in ended), timedelta())
            found["stratus-restore", str(month)] = Fraction(
                spent // timedelta(seconds=1), 60 * len(ended)
            )
    return found


def _minutes_down(rows: Rows, start: datetime, end: datetime) -> int:
    """Minutes of the period in which at least one outage was on."""
    down: set[datetime] = set()
    for row in rows:
        minute = max(row["started"], start)
        while minute < min(row["restored"], end):
            down.add(minute)
            minute += timedelta(minutes=1)
    return len(down)


def kestrel() -> Figures:
    found: Figures = {}
    by_closing = grouped(
        delivered.studies(),
        lambda row: closing_of(datetime.strptime(row["delivered"], "%Y/%m/%d").date()),
    )
    for label, rows in by_closing.items():
        mean = sum(Fraction(row["days"]) for row in rows) / len(rows)
        found["kestrel-cycle-time", label] = (20 - mean) / 20 * 100
        found["kestrel-adoption", label] = percent(rows, lambda row: row["adopted"] == "yes")
        found["kestrel-studies", label] = Fraction(len(rows))
        found["kestrel-documentation", label] = percent(
            rows, lambda row: row["documented"] == "yes"
        )
    return found


def ashdown() -> Figures:
    found: Figures = {}
    pattern = "%d %b %Y %H:%M"
    for label, rows in grouped(
        delivered.matters(), lambda row: quarter_of(datetime.strptime(row["returned"], pattern))
    ).items():
        read_twice = [row for row in rows if row["second_reader"] != "n/a"]
        found["ashdown-agreement", label] = percent(read_twice, lambda row: row["agreed"] == "yes")
        worked = [
            worked_minutes(
                in_zone(row["received"], pattern, "Europe/London"),
                in_zone(row["returned"], pattern, "Europe/London"),
                LONDON,
            )
            for row in rows
        ]
        found["ashdown-turnaround", label] = nearest_rank(
            (Fraction(minutes, 60) for minutes in worked), Fraction(9, 10)
        )
    return found


def typed_in() -> Figures:
    found: Figures = {}
    for entry in entries():
        if entry.value is not None:
            value = Fraction(entry.value)
        else:
            assert entry.numerator is not None
            assert entry.denominator is not None
            value = Fraction(entry.numerator) / Fraction(entry.denominator) * 100
        found[entry.kpi, quarter_of(entry.day)] = value
    return found


@cache
def every_figure() -> Figures:
    """All figures of the story by KPI and period label, also of the months nobody delivered."""
    found: Figures = {}
    for of_vendor in (
        halcyon,
        bluefin,
        lumen,
        saffron,
        cormorant,
        stratus,
        kestrel,
        ashdown,
        typed_in,
    ):
        found |= of_vendor()
    return found
