"""The law of paging: every row exactly once, in order, whatever the stamps and the page size."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F, Q, Value
from django.db.models.functions import Now
from django.db.models.lookups import GreaterThan
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.models import Vendor
from kpotracker.toolkit import keyset
from kpotracker.toolkit.filters import UnreadableError
from kpotracker.toolkit.keyset import Cursor, read_cursor
from kpotracker.toolkit.pagination import read_limit
from tests.api.world import Program

pytestmark = pytest.mark.django_db
VENDORS = "/api/v1/vendors"
# Forms in which SQLite may hold a stamp: written by Django, and made by the database.
STAMPS = [
    "2026-03-01 10:00:00",
    "2026-03-01 10:00:00.000",
    "2026-03-01 10:00:00.123",
    "2026-03-01 10:00:00.123000",
    "2026-03-01 10:00:00.123001",
    "2026-03-01 10:00:00.124",
    "2026-03-02 00:00:00",
]


def some_vendors(count: int) -> list[int]:
    made = Vendor.objects.bulk_create(
        Vendor(code=f"v{number}", name=f"V {number}") for number in range(count)
    )
    return [vendor.pk for vendor in made]


def stamp_as(texts: list[str]) -> None:
    """Give the vendors these stamps, exactly as written."""
    zone = "+00" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        pks = Vendor.objects.order_by("id").values_list("pk", flat=True)
        for pk, text in zip(list(pks), texts, strict=True):
            cursor.execute(
                "UPDATE contracts_vendor SET updated_at = %s WHERE id = %s", [text + zone, pk]
            )


def pages(program: Program, path: str = VENDORS, **query: Any) -> Iterator[dict[str, Any]]:
    """Pages by bare token, as a client without URLs reads them; at most 200."""
    for _ in range(200):
        page = program.get(path, **query).json()
        yield page
        if page["next_cursor"] is None:
            return
        query["cursor"] = page["next_cursor"]
    raise AssertionError("paging does not end")


def codes(program: Program, **query: Any) -> list[str]:
    return [row["code"] for page in pages(program, **query) for row in page["results"]]


def test_three_thousand_rows_with_one_stamp_are_paged_exactly_once(reader: Program) -> None:
    some_vendors(3_000)
    Vendor.objects.update(updated_at=Now())
    assert Vendor.objects.values("updated_at").distinct().count() == 1
    found = codes(reader, limit=700)
    assert len(found) == 3_000
    assert len(set(found)) == 3_000


def test_without_the_id_beside_the_stamp_rows_are_lost(
    reader: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    some_vendors(30)
    Vendor.objects.update(updated_at=Now())

    def by_stamp_alone(self: keyset.Keyset, cursor: Cursor) -> Q:
        return Q(GreaterThan(*keyset._sides(self.stamp, cursor.instant)))

    monkeypatch.setattr(keyset.Keyset, "_beyond", by_stamp_alone)
    assert len(codes(reader, limit=7)) < 30


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite keeps stamps as text")
def test_compared_as_datetimes_stamps_of_the_database_would_be_lost(
    reader: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    some_vendors(30)
    stamp_as([STAMPS[2]] * 30)

    def as_datetimes(field: str, stored: str) -> tuple[Any, Any]:
        return F(field), Value(datetime.fromisoformat(stored).replace(tzinfo=UTC))

    monkeypatch.setattr(keyset, "_sides", as_datetimes)
    assert len(codes(reader, limit=7)) < 30


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(stamps=st.lists(st.sampled_from(STAMPS), min_size=1, max_size=25), limit=st.integers(1, 9))
def test_any_stamps_and_any_page_size(reader: Program, stamps: list[str], limit: int) -> None:
    Vendor.objects.all().delete()
    some_vendors(len(stamps))
    stamp_as(stamps)
    expected = [vendor.code for vendor in Vendor.objects.all().order_by("updated_at", "id")]
    forward = list(pages(reader, limit=limit))
    assert [row["code"] for page in forward for row in page["results"]] == expected
    assert [page["results"] for page in back_from(reader, forward[-1])] == [
        page["results"] for page in reversed(forward)
    ]


def back_from(program: Program, page: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield page
    while page["previous"]:
        page = program.get(page["previous"]).json()
        yield page


@pytest.mark.parametrize("stamp", STAMPS)
def test_updated_since_includes_and_updated_before_excludes_the_instant(
    reader: Program, stamp: str
) -> None:
    some_vendors(len(STAMPS))
    stamp_as(STAMPS)
    bound = datetime.fromisoformat(stamp).replace(tzinfo=UTC)
    stamps = {one.code: one.updated_at for one in Vendor.objects.all()}
    since = {code for code, at in stamps.items() if at >= bound}
    assert set(codes(reader, updated_since=bound.isoformat())) == since
    assert set(codes(reader, updated_before=bound.isoformat())) == set(stamps) - since


def test_a_reader_that_returns_with_the_last_stamp_misses_nothing(reader: Program) -> None:
    some_vendors(3)
    stamp_as([STAMPS[0], STAMPS[0], STAMPS[2]])
    last = reader.get(VENDORS).json()["results"][-1]
    stamp_as([STAMPS[0], STAMPS[2], STAMPS[2]])
    assert codes(reader, updated_since=last["updated_at"]) == ["v1", "v2"]


@pytest.mark.parametrize(
    ("bound", "count"),
    [
        ("2026-03-02", 1),
        ("2026-03-01T11:00:00%2B01:00", 7),
        ("1772359200123", 5),
        ("2026-03-01T10:00:00.124Z", 2),
    ],
)
def test_instants_are_days_iso_or_epoch_milliseconds(
    reader: Program, bound: str, count: int
) -> None:
    some_vendors(len(STAMPS))
    stamp_as(STAMPS)
    answer = reader.get(f"{VENDORS}?updated_since={bound}")
    assert len(answer.json()["results"]) == count


@pytest.mark.parametrize(
    ("text", "rows"),
    [("1", 1), ("100", 100), ("5000", 5000), ("5001", 5000), ("1" + "0" * 9, 5000), ("007", 7)],
)
def test_limit_is_clamped(text: str, rows: int) -> None:
    assert read_limit(text) == rows


@pytest.mark.parametrize("text", ["0", "000", "-1", "1.5", "ten", "٣", "1e3", " 1"])
def test_limit_is_a_number_of_rows(text: str) -> None:
    with pytest.raises(UnreadableError, match="is not a number of rows"):
        read_limit(text)


def test_links_are_the_same_in_the_body_and_the_header(reader: Program) -> None:
    some_vendors(5)
    first = reader.get(VENDORS, limit=2, tier="standard")
    body = first.json()
    assert first.headers["Link"] == f'<{body["next"]}>; rel="next"'
    assert body["previous"] is None
    second = reader.get(body["next"])
    assert "tier=standard" in body["next"]
    assert f'<{second.json()["previous"]}>; rel="prev"' in second.headers["Link"]
    assert len(second.json()["results"]) == 2
    last = reader.get(second.json()["next"])
    assert last.json()["next"] is last.json()["next_cursor"] is None


def test_an_empty_list_has_no_links(reader: Program) -> None:
    answer = reader.get(VENDORS)
    assert answer.json() == {"results": [], "next": None, "previous": None, "next_cursor": None}
    assert "Link" not in answer.headers


@given(
    forward=st.booleans(),
    at=st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)),
    row=st.integers(0, 2**63 - 1),
)
def test_cursors_survive_their_token(forward: bool, at: datetime, row: int) -> None:
    cursor = Cursor(forward, at.isoformat(" "), (row,))
    assert read_cursor(cursor.token()) == cursor


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: raw.hex()))
def test_a_forged_cursor_is_refused(text: str) -> None:
    with pytest.raises(UnreadableError, match="is not a cursor"):
        read_cursor(text)


def test_a_cursor_beyond_the_database_is_refused() -> None:
    for forged in (Cursor(True, "2026-02-30 00:00:00", (1,)), Cursor(True, "", (2**63,))):
        with pytest.raises(UnreadableError):
            read_cursor(forged.token())


def test_rows_changed_while_reading_come_again_at_the_end(reader: Program) -> None:
    some_vendors(6)
    stamp_as(["2026-03-01 10:00:00"] * 6)
    first = reader.get(VENDORS, limit=3).json()
    later = datetime(2026, 3, 1, 10, tzinfo=UTC) + timedelta(hours=1)
    Vendor.objects.filter(code="v0").update(updated_at=later)
    rest = reader.get(VENDORS, limit=9, cursor=first["next_cursor"]).json()
    assert [row["code"] for row in rest["results"]] == ["v3", "v4", "v5", "v0"]
