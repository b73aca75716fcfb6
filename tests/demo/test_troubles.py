"""Each trouble that docs/examples.md tells of is really in the files."""

import json
from collections import Counter
from datetime import UTC, date, datetime
from fractions import Fraction
from gzip import decompress

from metrics.demo import forecasting, hosting, keying, reviews, support
from metrics.demo.story import Month, Parcel
from tests.demo import delivered
from tests.demo.delivered import parcels_of
from tests.demo.figures import every_figure


def _parcel(feed: str, part: str) -> Parcel:
    (found,) = [parcel for parcel in parcels_of(feed) if part in parcel.filename]
    return found


def test_the_first_july_file_is_worse_than_the_corrected_month() -> None:
    def accuracy(rows: delivered.Rows) -> Fraction:
        def number(text: str) -> Fraction:
            return Fraction(text.replace(",", "."))

        pairs = [(number(row["Prognose"]), number(row["Absatz"])) for row in rows]
        return 100 - sum(abs(f - a) for f, a in pairs) / sum(a for _, a in pairs) * 100

    true_rows = forecasting.rows(forecasting.CORRECTED)
    reported = forecasting.without_online_sales(true_rows)
    assert accuracy(reported) < 85 <= accuracy(true_rows) < 90
    correction = _parcel("halcyon-forecasts", "korrektur")
    first = _parcel("halcyon-forecasts", "2026-07.csv")
    assert 0 < (correction.received_at - first.received_at).days < 10
    assert every_figure()["halcyon-accuracy", "2026-07"] == accuracy(true_rows)


def test_the_june_log_comes_after_grace() -> None:
    parcel = _parcel("stratus-outage-log", "2026-06")
    assert parcel.received_at.date() == date(2026, 7, 24)
    assert len(hosting.rows(hosting.LATE)) == 2


def test_the_july_batches_hold_seven_broken_rows_and_one_duplicate_key() -> None:
    parcel = _parcel("saffron-batches", "2026-07")
    rows = delivered.table(decompress(parcel.content))
    assert [n for n, row in enumerate(rows) if delivered.is_broken(row)] == [
        3,
        11,
        17,
        24,
        40,
        58,
        90,
    ]
    keys = Counter((row["site"], row["batch"]) for row in rows)
    ((twice, count),) = [(key, n) for key, n in keys.items() if n > 1]
    assert count == 2
    assert len({row["errors"] for row in rows if (row["site"], row["batch"]) == twice}) == 2


def test_only_july_holds_broken_batches() -> None:
    others = [p for p in parcels_of("saffron-batches") if "2026-07" not in p.filename]
    rows = [row for p in others for row in delivered.table(decompress(p.content))]
    assert not any(map(delivered.is_broken, rows))
    assert len(rows) == 24 * 2 * keying.BATCHES_PER_SITE


def test_august_attests_that_nothing_happened_and_september_never_came() -> None:
    august = _parcel("lumen-incidents", "2026-08")
    assert delivered.table(august.content) == []
    assert august.complete_through == date(2026, 8, 31)
    assert not [p for p in parcels_of("lumen-incidents") if "2026-09" in p.filename]
    october = _parcel("lumen-incidents", "2026-10")
    assert october.complete_through is None
    assert len(delivered.table(october.content)) == 1
    assert Month(2026, 9) == reviews.NOTHING_ARRIVED


def test_an_outage_crosses_the_turn_of_the_year_and_another_was_still_open() -> None:
    crossing = [
        row
        for row in delivered.outages()
        if row["started"] < datetime(2026, 1, 1, tzinfo=UTC) < row["restored"]
    ]
    assert len(crossing) == 1
    assert [row["restored"] for row in hosting.rows(Month(2026, 8))][-1] is None
    (closed,) = [row for row in hosting.rows(Month(2026, 9)) if row["version"] == 2]
    assert closed["outage"] == hosting.OPEN_OUTAGE


def test_tickets_fall_into_the_hour_that_never_was_and_the_one_that_came_twice() -> None:
    closed = Counter(
        row["closed"][:13]
        for month in (Month(2026, 3), Month(2026, 10))
        for row in support.rows(month)
    )
    assert closed["2026-03-29T01"] == 1
    assert closed["2026-10-25T01"] == 5


def test_sixteen_tickets_move_to_the_technical_team_within_grace() -> None:
    moves = _parcel("cormorant-tickets", "moves")
    rows = [json.loads(line) for line in moves.content.splitlines()]
    assert len(rows) == 16
    assert {(row["team"], row["version"]) for row in rows} == {("Technical", 2)}
    august = _parcel("cormorant-tickets", "2026-08.ndjson")
    assert 0 < (moves.received_at - august.received_at).days < 10


def test_some_files_give_the_newer_version_of_a_ticket_first() -> None:
    rows = support.rows(Month(2026, 5))
    first_seen = {row["ticket"]: row["version"] for row in reversed(rows)}
    assert sum(version == 2 for version in first_seen.values()) == 5


def test_small_quarters_and_periods_are_small() -> None:
    filed = [
        row
        for row in delivered.filings()
        if date(2025, 7, 1) <= row["Filed on"] < date(2025, 10, 1)
    ]
    assert len(filed) == 15
    studies = [row for row in delivered.studies() if row["study"].startswith("KS-2026-01")]
    assert len(studies) == 5
    read_twice = [
        row
        for row in delivered.matters()
        if row["matter"][3:10] in {"2026-07", "2026-08", "2026-09"}
        and row["second_reader"] != "n/a"
    ]
    assert len(read_twice) == 21
