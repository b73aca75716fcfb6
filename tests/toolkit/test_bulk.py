"""Bulk writing against the slow and certain ways: what goes in comes back, on both databases."""

import io
import struct
from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpotracker.toolkit.bulk import (
    Column,
    bulk_insert,
    columns_update,
    copy_body,
    models_insert,
)
from metrics.models import DirtyPeriod, FeedItem, Kpi, KpiPeriod, ResultRevision
from tests.factories import a_contract, a_kpi, a_period, a_revision, a_vendor

BYTES_TYPE = {"postgresql": "bytea", "sqlite": "blob"}
TYPES = {
    "int4": pa.int32(),
    "int8": pa.int64(),
    "bytes16": pa.binary(16),
    "bytes": pa.binary(),
    "text": pa.string(),
}
VALUES = {
    "int4": st.integers(-(2**31), 2**31 - 1),
    "int8": st.integers(-(2**63), 2**63 - 1),
    "bytes16": st.binary(min_size=16, max_size=16),
    "bytes": st.binary(max_size=40),
    "text": st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20),
}
ROWS = st.lists(st.tuples(*(st.none() | values for values in VALUES.values())), max_size=12)
UNHURRIED = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def columns_of(rows):
    found = list(zip(*rows, strict=True)) or [()] * len(TYPES)
    return [
        Column(f"c_{kind}", kind, pa.array(values, TYPES[kind]))
        for kind, values in zip(TYPES, found, strict=True)
    ]


def plain(row):
    return tuple(bytes(v) if isinstance(v, memoryview) else v for v in row)


@pytest.fixture
def _anything(db):
    blob = BYTES_TYPE[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE anything (c_int4 integer, c_int8 bigint, "
            f"c_bytes16 {blob}, c_bytes {blob}, c_text text, n integer)"
        )


def stored():
    with connection.cursor() as cursor:
        cursor.execute("SELECT c_int4, c_int8, c_bytes16, c_bytes, c_text FROM anything ORDER BY n")
        return [plain(row) for row in cursor.fetchall()]


@pytest.mark.usefixtures("_anything")
class TestColumns:
    @UNHURRIED
    @given(rows=ROWS)
    def test_come_back_as_they_were(self, rows):
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM anything")
        order = Column("n", "int4", pa.array(range(len(rows)), pa.int32()))

        bulk_insert("anything", [*columns_of(rows), order])

        assert stored() == rows

    @UNHURRIED
    @given(rows=ROWS, skip=st.integers(0, 12))
    def test_come_back_from_the_middle_of_larger_arrays(self, rows, skip):
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM anything")
        order = Column("n", "int4", pa.array(range(len(rows)), pa.int32()))
        sliced = [Column(c.name, c.kind, c.values.slice(skip)) for c in [*columns_of(rows), order]]

        bulk_insert("anything", sliced)

        assert stored() == rows[skip:]


def tuples_of(body, kinds):
    """A binary COPY read back by the book: field count, then length and bytes of each field."""
    stream, found = io.BytesIO(bytes(body)), []
    while head := stream.read(2):
        assert struct.unpack(">h", head) == (len(kinds),)
        row = []
        for kind in kinds:
            (length,) = struct.unpack(">i", stream.read(4))
            raw = None if length == -1 else stream.read(length)
            row.append(None if raw is None else DECODE.get(kind, bytes)(raw))
        found.append(tuple(row))
    return found


DECODE = {
    "int4": lambda raw: struct.unpack(">i", raw)[0],
    "int8": lambda raw: struct.unpack(">q", raw)[0],
    "text": lambda raw: raw.decode(),
}


@UNHURRIED
@given(rows=ROWS.filter(bool))
def test_a_binary_copy_holds_every_field_of_every_row(rows):
    assert tuples_of(copy_body(columns_of(rows)), list(TYPES)) == rows


@pytest.mark.django_db
class TestModels:
    def test_inserted_ones_are_what_bulk_create_makes(self):
        kpi = a_kpi(a_contract(a_vendor()), "speed")
        made = [a_head(kpi, month) for month in range(1, 7)]
        models_insert(made[:3])
        KpiPeriod.objects.bulk_create(made[3:])

        first, last = KpiPeriod.objects.get(label="2026-01"), KpiPeriod.objects.get(label="2026-06")
        assert [head.pk for head in made[:3]] == [first.pk, first.pk + 1, first.pk + 2]
        assert [head._state.adding for head in made] == [False] * 6
        assert columns(first) | {"id": last.pk, "starts_at": last.starts_at} == columns(last) | {
            "ends_at": first.ends_at,
            "first_day": first.first_day,
            "last_day": first.last_day,
            "label": first.label,
            "updated_at": first.updated_at,
        }
        assert first.updated_at is not None

    def test_json_text_numbers_and_odd_characters_come_back(self):
        head = a_period(a_kpi(a_contract(a_vendor()), "speed"), date(2026, 3, 1))
        template = a_revision(head, "96")
        odd = 'tab\t back\\slash "quote" \\N new\nline ü 漢 \\x00'
        body = {"steps": [odd, "\\."], "number": 1.5, "none": None, "deep": {"a": [True]}}
        made = ResultRevision(
            **{f.attname: getattr(template, f.attname) for f in ResultRevision._meta.fields}
            | {"id": None, "number": 2, "body": body, "reason": odd, "value": "1/3"}
        )

        models_insert([made])

        found = ResultRevision.objects.get(number=2)
        assert (found.body, found.reason, found.value) == (body, odd, "1/3")
        assert found.pk == made.pk

    def test_ids_go_on_after_deletions(self):
        models_insert([DirtyPeriod(kpi_id=1, at=1), DirtyPeriod(kpi_id=1, at=2)])
        last = DirtyPeriod.objects.latest("pk").pk
        DirtyPeriod.objects.all().delete()

        models_insert([again := DirtyPeriod(kpi_id=1, at=3)])
        later = DirtyPeriod.objects.create(kpi_id=1, at=4)

        assert again.pk == last + 1
        assert later.pk > again.pk

    def test_updated_columns_are_what_bulk_update_writes(self):
        contract = a_contract(a_vendor())
        kpis = [a_kpi(contract, f"kpi-{n}") for n in range(3)]
        for kpi in kpis:
            kpi.visited_until = datetime(2026, 3, 1, 0, 0, 0, 123456, tzinfo=UTC)
            kpi.name, kpi.last_day, kpi.decimals = f"{kpi.code}: 10", date(2026, 3, 31), 7
        untouched = a_kpi(contract, "other")

        columns_update(kpis[:2], ["visited_until", "name", "last_day", "decimals"])
        Kpi.objects.bulk_update(kpis[2:], ["visited_until", "name", "last_day", "decimals"])

        fresh = [columns(Kpi.objects.get(pk=kpi.pk)) for kpi in kpis]
        told = ("visited_until", "last_day", "decimals")
        assert [[row[name] for name in told] for row in fresh] == [
            [getattr(kpi, name) for name in told] for kpi in kpis
        ]
        assert [row["name"] for row in fresh] == ["kpi-0: 10", "kpi-1: 10", "kpi-2: 10"]
        assert Kpi.objects.get(pk=untouched.pk).name == "Other"

    def test_a_column_can_be_emptied_and_a_reference_set(self):
        head = a_period(a_kpi(a_contract(a_vendor()), "speed"), date(2026, 3, 1))
        revision = a_revision(head, "96")
        head.current, head.final_due_at, head.is_breach = None, None, True
        columns_update([head], ["current_id", "final_due_at", "is_breach"])
        assert columns(KpiPeriod.objects.get())["current_id"] is None

        head.current = revision
        columns_update([head], ["current_id"])

        found = KpiPeriod.objects.get()
        assert (found.current, found.is_breach) == (revision, True)

    def test_nothing_to_write_writes_nothing(self, django_assert_num_queries):
        with django_assert_num_queries(0):
            models_insert([])
            columns_update([], ["name"])
            bulk_insert("anything", [Column("n", "int4", pa.array([], pa.int32()))])


@pytest.mark.django_db
def test_a_collision_is_an_integrity_error_and_a_savepoint_takes_it_back():
    key = pa.array([b"k" * 16], pa.binary(16))
    one = pa.array([1], pa.int64())

    def insert(*keys):
        count = len(keys)
        bulk_insert(
            FeedItem._meta.db_table,
            [
                Column("feed_id", "int4", pa.array([1] * count, pa.int32())),
                Column("key", "bytes16", pa.array(keys, pa.binary(16))),
                Column("revision", "int8", pa.array([1] * count, pa.int64())),
                Column("digest", "bytes16", pa.array([b"d" * 16] * count, pa.binary(16))),
                Column("targets", "bytes", pa.array([b""] * count, pa.binary())),
            ],
        )

    insert(key[0].as_py())
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(b"a" * 16, key[0].as_py())

    assert FeedItem.objects.count() == len(one)


def a_head(kpi, month):
    return KpiPeriod(
        kpi=kpi,
        starts_at=datetime(2026, month, 1, tzinfo=UTC),
        ends_at=datetime(2026, month + 1, 1, tzinfo=UTC),
        first_day=date(2026, month, 1),
        last_day=date(2026, month, 28),
        label=f"2026-{month:02d}",
        phase=KpiPeriod.Phase.RUNNING,
        status="NO_DATA",
    )


def columns(instance):
    return {f.attname: getattr(instance, f.attname) for f in type(instance)._meta.concrete_fields}
