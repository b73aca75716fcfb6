"""A filter keeps exactly the rows it means, nulls included, on every database."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import BooleanField, Case, F, Value, When
from django.db.models.functions import NullIf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.selectors.scope import EVERYTHING
from kpotracker.toolkit.keyset import Keyset
from kpotracker.toolkit.odata import conditions, pages
from kpotracker.toolkit.odata.options import Order, options_of_set
from kpotracker.toolkit.odata.parsing import read_filter
from kpotracker.toolkit.odata.tree import Node
from kpotracker.toolkit.tabular.collection import Collection
from kpotracker.toolkit.tabular.columns import Column, Kind
from metrics.models import ResultRevision
from tests import factories
from tests.api.odata_model import TEXTS, Row, nodes, truth, written

pytestmark = pytest.mark.django_db
# As Django writes them, and as SQLite's clock does.
STAMPS = [
    "2026-03-01 10:00:00",
    "2026-03-01 10:00:00.100",
    "2026-03-01 10:00:00.123",
    "2026-03-01 10:00:00.123000",
    "2026-03-01 10:00:00.123001",
    "2026-03-01 10:00:10.000",
    "2026-03-01 10:10:00",
    "2026-03-02 00:00:00",
]
_IS_HIGH = Case(
    When(value_float__gte=90, then=Value(True)),
    When(value_float__lt=90, then=Value(False)),
    output_field=BooleanField(),
)
THINGS = Collection(
    name="things",
    row="A row with a column of every kind, with and without nulls.",
    rows_of=lambda scope: ResultRevision.objects.all(),
    insider=EVERYTHING,
    keyset=Keyset("", ("id",)),
    columns=(
        Column("id", Kind.INTEGER, "pk", ""),
        Column("text", Kind.TEXT, "reason", ""),
        Column("text_or_null", Kind.TEXT, NullIf(F("approved_by"), Value("")), "", True),
        Column("whole", Kind.INTEGER, "rows", ""),
        Column("whole_or_null", Kind.INTEGER, Case(When(rows__gt=2, then=F("rows"))), "", True),
        Column("number_or_null", Kind.NUMBER, "value_float", "", True),
        Column("flag", Kind.BOOLEAN, "is_breach", ""),
        Column("flag_or_null", Kind.BOOLEAN, _IS_HIGH, "", True),
        Column("day", Kind.DAY, "period__first_day", ""),
        Column(
            "day_or_null",
            Kind.DAY,
            Case(When(is_breach=False, then=F("period__first_day"))),
            "",
            True,
        ),
        Column("instant", Kind.INSTANT, "updated_at", ""),
        Column(
            "instant_or_null",
            Kind.INSTANT,
            Case(When(is_breach=True, then=F("updated_at"))),
            "",
            True,
        ),
        Column("kept", Kind.TEXT, "fingerprint", "", inside=True),
    ),
)
TEN_PAST_TEN = datetime(2026, 3, 1, 10, 10, tzinfo=UTC)
KINDS = {column.name: column.kind for column in THINGS.columns if column.name != "kept"}
TOKEN = next(one for one in options_of_set(THINGS) if one.name == "$skiptoken")
LASTING = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def rows(db: None) -> list[Row]:
    """Sixteen rows, in which every column has repeated and, where it may, missing values."""
    kpi = factories.a_kpi(factories.a_contract(factories.a_vendor()), "k")
    values = ["89.5", None, "90", "200", "95.25", "0"]
    for number in range(16):
        head = factories.a_period(kpi, date(2025 + (number + 11) // 12, (number + 11) % 12 + 1, 1))
        factories.a_revision(
            head,
            values[number % 6],
            "BELOW_MINIMUM" if number % 3 else "MET",
            reason=TEXTS[number % len(TEXTS)],
            approved_by=TEXTS[number * 7 % len(TEXTS)],
            rows=[0, 1, 2, 3, 12, 100, 2026][number % 7],
        )
    _stamp()
    selected = THINGS.selected(THINGS.rows_of(EVERYTHING), EVERYTHING).order_by("pk")
    return [THINGS.record(row) for row in selected]


def _stamp() -> None:
    zone = "+00" if connection.vendor == "postgresql" else ""
    statement = f"UPDATE {ResultRevision._meta.db_table} SET updated_at = %s WHERE id = %s"
    with connection.cursor() as cursor:
        for number, pk in enumerate(ResultRevision.objects.values_list("pk", flat=True)):
            cursor.execute(statement, [STAMPS[number % len(STAMPS)] + zone, pk])


def kept(node: Node) -> list[int]:
    with transaction.atomic():  # what one example breaks is not told of the next
        found = pages.page(THINGS, EVERYTHING, {"$filter": node})
    return [row["id"] for row in found.rows]


@LASTING
@given(node=nodes(KINDS))
def test_any_filter_keeps_the_rows_it_means(node: Node, rows: list[Row]) -> None:
    assert read_filter(written(node), KINDS) == node
    assert kept(node) == [row["id"] for row in rows if truth(node, row) is True], written(node)


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("number_or_null eq null", lambda row: row["number_or_null"] is None),
        ("number_or_null ne null", lambda row: row["number_or_null"] is not None),
        ("number_or_null ne 90", lambda row: row["number_or_null"] != 90),
        ("not (number_or_null lt 90)", lambda row: not _is_below(row["number_or_null"], 90)),
        ("null lt 5", lambda row: False),
        ("not (null lt 5)", lambda row: True),
        ("null eq null", lambda row: True),
        ("not contains(text_or_null,'a')", lambda row: "a" not in (row["text_or_null"] or "a")),
        ("contains(text,'%')", lambda row: "%" in row["text"]),
        ("startswith(text,'A')", lambda row: row["text"].startswith("A")),
        ("text gt 'Z'", lambda row: row["text"] > "Z"),
        ("instant eq 2026-03-01T10:00:00.123Z", lambda row: row["instant"].microsecond == 123_000),
        ("instant ge 2026-03-01T11:10:00+01:00", lambda row: row["instant"] >= TEN_PAST_TEN),
        ("(text) in ('a', 'z')", lambda row: row["text"] in "az" and row["text"]),
    ],
)
def test_what_people_trip_over(text: str, means: Any, rows: list[Row]) -> None:
    assert kept(read_filter(text, KINDS)) == [row["id"] for row in rows if means(row)]


def _is_below(number: float | None, bound: float) -> bool:
    return number is not None and number < bound


@LASTING
@given(
    orders=st.lists(
        st.tuples(st.sampled_from(sorted(KINDS)), st.booleans()), min_size=1, max_size=3
    ),
    size=st.integers(1, 20),
)
def test_any_order_is_paged_exactly_once(
    orders: list[tuple[str, bool]], size: int, rows: list[Row]
) -> None:
    asked = tuple(Order(THINGS.column(name), descending) for name, descending in orders)  # type: ignore[arg-type]
    expected = sorted(rows, key=lambda row: row["id"])
    for name, descending in reversed(orders):
        expected.sort(key=lambda row, of=name: _rank(row[of]), reverse=descending)
    query: dict[str, Any] = {"$orderby": asked}
    assert followed(query, size) == [row["id"] for row in expected]


def followed(query: dict[str, Any], size: int) -> list[int]:
    """The ids of all pages, as a client that follows the links reads them."""
    found: list[int] = []
    for _ in range(100):
        page = pages.page(THINGS, EVERYTHING, query, size)
        found += [row["id"] for row in page.rows]
        if page.token is None:
            return found
        query = query | {"$skiptoken": TOKEN.read(page.token)}
    raise AssertionError("paging does not end")


def _rank(value: Any) -> Any:
    """Nulls before everything."""
    return (False,) if value is None else (True, value)


def test_without_the_guard_against_nulls_a_negated_comparison_loses_rows(
    rows: list[Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    node = read_filter("not (number_or_null lt 90)", KINDS)
    whole = kept(node)
    monkeypatch.setattr(conditions, "_may_be_null", lambda node, sources: False)
    assert len(kept(node)) < len(whole)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite keeps stamps as text")
def test_compared_as_they_are_stored_equal_instants_would_differ(
    rows: list[Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    node = read_filter("instant eq 2026-03-01T10:00:00.123Z", KINDS)
    whole = kept(node)
    monkeypatch.delattr(conditions._ByInstant, "as_sqlite")
    assert len(kept(node)) < len(whole)
