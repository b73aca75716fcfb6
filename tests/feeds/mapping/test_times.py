"""Times: declared formats only, real days only, zones by their transitions."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.feeds.mapping.calendar import EPOCH, microseconds
from metrics.feeds.mapping.shape import Ambiguous, TimeSource
from metrics.feeds.mapping.texts import texts_of
from metrics.feeds.mapping.times import parse
from metrics.feeds.mapping.zones import to_utc

DMY = "%d/%m/%Y %H:%M"


def read(
    value: str,
    pattern: str = "iso",
    zone: str | None = "UTC",
    ambiguous: Ambiguous = "earlier",
    *,
    date1904: bool = False,
) -> datetime | str:
    """The instant a text names, or the rule it breaks."""
    source = TimeSource("t", pattern, zone, ambiguous)
    times = parse(texts_of(pa.array([value])), source, date1904=date1904)
    if times.ok[0]:
        assert times.faults == ()
        return EPOCH + timedelta(microseconds=int(times.us[0]))
    return times.faults[0].rule


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("value", "pattern", "expected"),
    [
        ("2013-01-01T10:00:00Z", "iso", utc(2013, 1, 1, 10)),
        ("2013-01-01 10:00:00", "iso", utc(2013, 1, 1, 10)),
        ("2013-01-01T10:00", "iso", utc(2013, 1, 1, 10)),
        ("2013-01-01", "iso", utc(2013, 1, 1)),
        ("2013-01-01T10:00:00.5Z", "iso", utc(2013, 1, 1, 10, 0, 0, 500_000)),
        ("2013-01-01T10:00:00.123456", "iso", utc(2013, 1, 1, 10, 0, 0, 123_456)),
        ("2013-01-01T10:00:00.123456000Z", "iso", utc(2013, 1, 1, 10, 0, 0, 123_456)),
        ("2013-01-01T10:00:00.1234567Z", "iso", "time_format"),
        ("2013-01-01T10:00:00+02:00", "iso", utc(2013, 1, 1, 8)),
        ("2013-01-01T10:00:00-0530", "iso", utc(2013, 1, 1, 15, 30)),
        ("2013-01-01T10:00:00+01", "iso", utc(2013, 1, 1, 9)),
        ("2013-01-01T10:00+01:00", "iso", utc(2013, 1, 1, 9)),
        ("2013-01-01T10:00:00+24:00", "iso", "time_format"),
        ("2013-01-01T10:00:00+1:00", "iso", "time_format"),
        ("2013-01-01T10:00:00ZZ", "iso", "time_format"),
        ("2013-01-01T10", "iso", "time_format"),
        ("2013-1-1", "iso", "time_format"),
        ("2013-01-01Z", "iso", "time_format"),
        ("03/04/2026", "iso", "time_format"),
        ("1700000000", "iso", "time_format"),
        ("45000", "iso", "time_format"),
        ("148108-01-01T00:00:00Z", "iso", "time_format"),
        ("9999-12-31T00:00:00Z", "iso", "time_calendar"),
        ("0001-01-01T00:00:00Z", "iso", "time_calendar"),
        ("2026-02-29T00:00:00Z", "iso", "time_calendar"),
        ("2024-02-29T00:00:00Z", "iso", utc(2024, 2, 29)),
        ("1900-02-29T00:00:00Z", "iso", "time_calendar"),
        ("2026-13-01T00:00:00Z", "iso", "time_calendar"),
        ("2026-00-01T00:00:00Z", "iso", "time_calendar"),
        ("2026-01-00T00:00:00Z", "iso", "time_calendar"),
        ("2026-01-01T24:00:00Z", "iso", "time_calendar"),
        ("2026-01-01T10:60:00Z", "iso", "time_calendar"),
        ("2026-01-01T10:59:60Z", "iso", "time_calendar"),
        ("2０26-01-01T10:00:00Z", "iso", "time_format"),
        ("29/2/2016 01:16", DMY, utc(2016, 2, 29, 1, 16)),
        ("5/3/2016 9:05", DMY, utc(2016, 3, 5, 9, 5)),
        ("30/02/2026 10:00", DMY, "time_calendar"),
        ("29/02/2026 10:00", DMY, "time_calendar"),
        ("5/3/16 9:05", DMY, "time_format"),
        ("5/3/2016", DMY, "time_format"),
        ("5/3/2016 09:05:00", DMY, "time_format"),
        ("05/03/2016  09:05", DMY, "time_format"),
        ("005/03/2016 09:05", DMY, "time_format"),
        ("/03/2016 09:05", DMY, "time_format"),
        ("20160305", "%Y%m%d", utc(2016, 3, 5)),
        ("05-Mar-26", "%d-%b-%y", utc(2026, 3, 5)),
        ("05-MAR-68", "%d-%b-%y", utc(2068, 3, 5)),
        ("05-mar-69", "%d-%b-%y", utc(1969, 3, 5)),
        ("05-Mrz-26", "%d-%b-%y", "time_format"),
        ("2016-03-05 09:05:07.25", "%Y-%m-%d %H:%M:%S.%f", utc(2016, 3, 5, 9, 5, 7, 250_000)),
        ("2016-03-05 09:05 +0100", "%Y-%m-%d %H:%M %z", utc(2016, 3, 5, 8, 5)),
        ("2016-03-05 09:05 Z", "%Y-%m-%d %H:%M %z", utc(2016, 3, 5, 9, 5)),
        ("2016-03-05 09:05 ", "%Y-%m-%d %H:%M %z", "time_format"),
        ("1700000000", "epoch", utc(2023, 11, 14, 22, 13, 20)),
        ("1700000000.25", "epoch", utc(2023, 11, 14, 22, 13, 20, 250_000)),
        ("1700000000000", "epoch", "time_calendar"),
        ("1700000000000", "epoch_ms", utc(2023, 11, 14, 22, 13, 20)),
        ("1e9", "epoch", "time_format"),
        ("2023-11-14", "epoch", "time_format"),
        ("45000", "excel", utc(2023, 3, 15)),
        ("45000.5", "excel", utc(2023, 3, 15, 12)),
        ("45000.4375", "excel", utc(2023, 3, 15, 10, 30)),
        ("2023-03-15T10:30:00", "excel", utc(2023, 3, 15, 10, 30)),
        ("-1", "excel", "time_calendar"),
        ("59", "excel", "time_calendar"),
        ("soon", "excel", "time_format"),
    ],
)
def test_a_text_is_the_time_its_format_says_or_names_the_rule_it_breaks(
    value: str, pattern: str, expected: datetime | str
) -> None:
    assert read(value, pattern) == expected


def test_a_workbook_of_1904_counts_its_days_from_there() -> None:
    assert read("43538", "excel", date1904=True) == utc(2023, 3, 15)


@pytest.mark.parametrize(
    ("value", "zone", "ambiguous", "expected"),
    [
        ("2026-03-29T02:30:00", "Europe/Paris", "earlier", "time_gap"),
        ("2026-03-29T02:00:00", "Europe/Paris", "earlier", "time_gap"),
        ("2026-03-29T01:59:59", "Europe/Paris", "earlier", utc(2026, 3, 29, 0, 59, 59)),
        ("2026-03-29T03:00:00", "Europe/Paris", "earlier", utc(2026, 3, 29, 1)),
        ("2026-10-25T02:30:00", "Europe/Paris", "earlier", utc(2026, 10, 25, 0, 30)),
        ("2026-10-25T02:30:00", "Europe/Paris", "later", utc(2026, 10, 25, 1, 30)),
        ("2026-10-25T02:30:00", "Europe/Paris", "reject", "time_twice"),
        ("2026-10-25T02:30:00+01:00", "Europe/Paris", "reject", utc(2026, 10, 25, 1, 30)),
        ("2026-03-29T02:30:00Z", "Europe/Paris", "earlier", utc(2026, 3, 29, 2, 30)),
        ("2026-01-01T12:00:00", "Asia/Kolkata", "earlier", utc(2026, 1, 1, 6, 30)),
        ("2026-04-05T01:45:00", "Australia/Lord_Howe", "later", utc(2026, 4, 4, 15, 15)),
        ("2011-12-30T12:00:00", "Pacific/Apia", "earlier", "time_gap"),
        ("2026-01-01T12:00:00", None, "earlier", "time_zone"),
        ("2026-01-01T12:00:00Z", None, "earlier", utc(2026, 1, 1, 12)),
    ],
)
def test_local_times_are_resolved_by_their_zone(
    value: str, zone: str | None, ambiguous: Ambiguous, expected: datetime | str
) -> None:
    assert read(value, "iso", zone, ambiguous) == expected


ZONES = [
    "UTC", "Europe/Paris", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe",
    "America/Sao_Paulo", "Africa/Casablanca", "Pacific/Apia", "Asia/Tehran",
]  # fmt: skip
moments = st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0)
)


@settings(deadline=None)
@given(st.lists(moments, min_size=1, max_size=20), st.sampled_from(ZONES), st.booleans())
def test_zones_resolve_as_zoneinfo_does(local: list[datetime], zone: str, later: bool) -> None:
    import numpy as np

    info = ZoneInfo(zone)
    wall = np.array([microseconds(moment.replace(tzinfo=UTC)) for moment in local])
    resolved = to_utc(wall, zone, later=later)
    for row, moment in enumerate(local):
        aware = moment.replace(tzinfo=info, fold=int(later))
        back = aware.astimezone(UTC).astimezone(info).replace(tzinfo=None)
        assert bool(resolved.gap[row]) == (back != moment)
        if back == moment:
            assert int(resolved.utc[row]) == microseconds(aware.astimezone(UTC))
            other = moment.replace(tzinfo=info, fold=1 - int(later)).utcoffset()
            assert bool(resolved.ambiguous[row]) == (other != aware.utcoffset())


PATTERNS = ["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f", "%d %b %Y", "%Y%m%d%H%M"]


@settings(deadline=None)
@given(st.lists(moments, min_size=1, max_size=20), st.sampled_from(PATTERNS), st.booleans())
def test_patterns_read_as_strptime_does(values: list[datetime], pattern: str, padded: bool) -> None:
    loose = padded or "b" in pattern or "%Y%m" in pattern or "T" in pattern
    texts = [value.strftime(pattern if loose else pattern.replace("%", "%-")) for value in values]
    times = parse(texts_of(pa.array(texts)), TimeSource("t", pattern, "UTC"))
    assert times.faults == ()
    expected = [datetime.strptime(text, pattern).replace(tzinfo=UTC) for text in texts]
    assert times.us.tolist() == [microseconds(moment) for moment in expected]


@settings(deadline=None)
@given(st.lists(st.text("0123456789-:TZ. +/", min_size=1, max_size=26), min_size=1, max_size=20))
def test_what_iso_reads_python_reads_alike(values: list[str]) -> None:
    times = parse(texts_of(pa.array(values)), TimeSource("t", "iso", "UTC"))
    for row, value in enumerate(values):
        if times.ok[row]:
            moment = datetime.fromisoformat(value)
            aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            assert int(times.us[row]) == microseconds(aware)


@settings(deadline=None)
@given(st.lists(moments, min_size=1, max_size=20), st.sampled_from(["", "Z", "+05:30", "-08:00"]))
def test_iso_texts_of_python_are_read(values: list[datetime], offset: str) -> None:
    texts = [value.isoformat() + offset for value in values]
    times = parse(texts_of(pa.array(texts)), TimeSource("t", "iso", "UTC"))
    expected = [datetime.fromisoformat(text) for text in texts]
    aware = [moment if moment.tzinfo else moment.replace(tzinfo=UTC) for moment in expected]
    assert times.us.tolist() == [microseconds(moment) for moment in aware]
