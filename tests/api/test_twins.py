"""The files of collections hold what their lists hold: the same rows, order, filters and scope."""

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zipfile import ZipFile

import pytest

from contracts.models import User
from contracts.selectors.scope import EVERYTHING
from kpotracker.toolkit.tabular import xlsxfile
from kpotracker.toolkit.tabular.columns import Kind
from kpotracker.toolkit.tabular.extract import Extract
from metrics.bi.catalogue import COLLECTIONS
from metrics.models import Kpi, ResultRevision
from tests import factories
from tests.api.test_scopes import Session
from tests.api.twins import ENDINGS, NAMES, answered, columns, csv_table, table
from tests.api.world import PROBLEM, Holding, Program, a_program, found, whole

pytestmark = pytest.mark.django_db
FILES = [f"{name}.{ending}" for name in NAMES for ending in ENDINGS]
AWKWARD = 'Größe "90 %", ja\nneue Zeile,\r\n✓'
FORMULAS = ["=1+1", "+353 1", "-2", "@sum", "\tx", "\rx"]


def as_text(value: Any) -> str:
    """A value of JSON as a cell of CSV."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return "" if value is None else str(value)


@pytest.mark.parametrize("name", NAMES)
def test_a_csv_file_is_its_list(name: str, acme: Holding, zeta: Holding, reader: Program) -> None:
    listed = found(reader, name)
    texts = [{column: as_text(value) for column, value in row.items()} for row in listed]
    assert table(reader, f"{name}.csv") == texts


@pytest.mark.parametrize("name", NAMES)
def test_a_parquet_file_is_its_list_with_types(
    name: str, acme: Holding, zeta: Holding, reader: Program
) -> None:
    def as_json(value: Any) -> Any:
        if isinstance(value, datetime):
            assert value.utcoffset() == timedelta(0)
            return value.replace(tzinfo=None).isoformat() + "Z"
        return value.isoformat() if isinstance(value, date) else value

    rows = [
        {column: as_json(value) for column, value in row.items()}
        for row in table(reader, f"{name}.parquet")
    ]
    assert rows == found(reader, name)


@pytest.mark.parametrize("name", NAMES)
def test_a_workbook_is_its_list_with_types(
    name: str, acme: Holding, zeta: Holding, reader: Program
) -> None:
    (collection,) = [one for one in COLLECTIONS if one.name == name]
    rows, listed = table(reader, f"{name}.xlsx"), found(reader, name)
    assert len(rows) == len(listed)
    for row, expected in zip(rows, listed, strict=True):
        for column in collection.columns:
            cell, wanted = row[column.name], expected[column.name]
            if wanted is None:
                assert cell == "", column
            elif column.kind is Kind.INSTANT:
                assert near(cell, datetime.fromisoformat(wanted)), column
            else:
                assert cell == (date.fromisoformat(wanted) if column.kind is Kind.DAY else wanted)


def near(cell: date, moment: datetime) -> bool:
    """Whether a cell is ``moment`` to a millisecond; midnights are read as days."""
    read = cell if isinstance(cell, datetime) else datetime(cell.year, cell.month, cell.day)
    return abs(read.replace(tzinfo=UTC) - moment) <= timedelta(milliseconds=1)


@pytest.mark.parametrize("file", FILES)
def test_columns_come_in_their_declared_order_also_without_rows(file: str, reader: Program) -> None:
    (collection,) = [one for one in COLLECTIONS if one.name == file.partition(".")[0]]
    assert columns(answered(reader, file).content, file) == collection.names


@pytest.mark.parametrize("file", FILES)
def test_a_file_is_called_as_its_collection(file: str, acme: Holding, reader: Program) -> None:
    for method in ("GET", "HEAD"):
        answer = reader.call(method, f"/api/v1/{file}")
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{file}"'
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert bool(answer.content) == (method == "GET")


@pytest.mark.parametrize("side", ["key", "session"])
@pytest.mark.parametrize("file", FILES)
def test_a_vendor_gets_its_own_rows_alone(
    file: str, side: str, acme: Holding, zeta: Holding, reader: Program
) -> None:
    whole_file = table(reader, file)
    owner: Any = a_program("read", vendor=zeta.vendor)
    if side == "session":
        person = factories.a_user("zed", User.Role.VENDOR, (zeta.vendor,))
        owner = Session(person)
    body = whole(owner.get(f"/api/v1/{file}")).content
    assert b"acme" not in body
    rows = table(owner, file) if side == "key" else None
    if rows is not None:
        ours = [row for row in whole_file if "acme" not in str(row)]
        kept = {"tier", "owner"} if file.startswith("dim_vendor") else set()
        if not file.startswith("deletions"):  # which name nobody
            assert [one["id"] for one in rows] == [one["id"] for one in ours]
        assert rows
        assert len(rows) < len(whole_file) or file.startswith("dim_period")
        assert not any(row[column] for row in rows for column in kept)


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_scope_is_what_hides_the_others(
    ending: str, acme: Holding, zeta: Holding, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = a_program("read", vendor=zeta.vendor)
    monkeypatch.setattr("contracts.api.base.scope_of", lambda request: EVERYTHING)
    assert len(table(owner, f"dim_vendor.{ending}")) == 2


@pytest.mark.parametrize("file", FILES)
def test_a_person_without_vendors_gets_a_file_without_rows(file: str, acme: Holding) -> None:
    lost = Session(factories.a_user("lost", User.Role.VENDOR))
    answer = whole(lost.get(f"/api/v1/{file}"))
    assert answer.status_code == 200
    assert b"acme" not in answer.content
    if file.endswith("csv"):
        assert csv_table(answer.content) == []


@pytest.mark.parametrize("ending", ENDINGS)
def test_filters_are_those_of_the_list(
    ending: str, acme: Holding, zeta: Holding, reader: Program
) -> None:
    assert [one["vendor"] for one in table(reader, f"results.{ending}", vendor="zeta")] == ["zeta"]
    assert table(reader, f"results.{ending}", vendor="nobody") == []
    refused = reader.get(f"/api/v1/results.{ending}", vendr="zeta", limit="none")
    assert refused.status_code == 400
    assert refused.headers["Content-Type"] == PROBLEM
    assert [one["parameter"] for one in refused.json()["errors"]] == ["vendr", "limit"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_limit_and_cursor_cut_a_file_only_where_they_are_stated(
    ending: str, reader: Program
) -> None:
    for place in range(7):
        factories.a_vendor(f"v{place}")
    codes = [f"v{place}" for place in range(7)]

    def vendors(**query: Any) -> list[Any]:
        return [one["vendor"] for one in table(reader, f"dim_vendor.{ending}", **query)]

    page = reader.get("/api/v1/dim_vendor", limit=3).json()
    second = reader.get("/api/v1/dim_vendor", limit=3, cursor=page["next_cursor"]).json()
    back = second["previous"].partition("cursor=")[2].partition("&")[0]
    assert vendors() == codes
    assert vendors(limit=2) == codes[:2]
    assert vendors(cursor=page["next_cursor"]) == codes[3:]
    assert vendors(limit=2, cursor=page["next_cursor"]) == codes[3:5]
    assert vendors(cursor=back) == codes[:3]
    assert vendors(limit=2, cursor=back) == codes[1:3]


def test_a_cursor_of_another_list_is_refused(acme: Holding, reader: Program) -> None:
    factories.a_figure(acme.kpi, date(2026, 4, 1))
    cursor = reader.get("/api/v1/fact_result", limit=1).json()["next_cursor"]
    answer = reader.get("/api/v1/dim_vendor.csv", cursor=cursor)
    assert answer.status_code == 400


@pytest.mark.parametrize("accepted", ["text/csv", "*/*", "application/json", "image/png"])
def test_any_accept_header_gets_the_file(accepted: str, acme: Holding, reader: Program) -> None:
    asking = Program({**reader.headers, "Accept": accepted})
    answer = asking.get("/api/v1/dim_vendor.csv")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"


@pytest.mark.parametrize("text", [*FORMULAS, AWKWARD, "", "  spaces ", '"', "\\.", "00123", "NULL"])
def test_texts_come_as_they_are_and_formulas_are_disarmed_for_spreadsheets(
    text: str, acme: Holding, reader: Program
) -> None:
    Kpi.objects.update(name=text)
    (plain,) = table(reader, "dim_kpi.parquet")
    (cells,) = table(reader, "dim_kpi.csv")
    assert plain["name"] == text
    assert cells["name"] == (f"'{text}" if text in FORMULAS else text)
    workbook = answered(reader, "dim_kpi.xlsx").content
    (cell,) = [one["name"] for one in table(reader, "dim_kpi.xlsx")]
    assert cell == text or "\r" in text  # which the reader of workbooks turns into a line feed
    assert b"<f>" not in unzipped(workbook)


def unzipped(body: bytes) -> bytes:
    return ZipFile(io.BytesIO(body)).read("xl/worksheets/sheet1.xml")


NUMBERS = [0.1 + 0.2, 1e15, 123456789012345.6, 1234567890123456.5, 1e22, 5e-324, -1.5, -0.0, 1e-5]
NUMBERS += [0.0001, 100.0, 2.0**53, 1.7976931348623157e308, 1 / 3]


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers_are_exact(number: float, acme: Holding, reader: Program) -> None:
    ResultRevision.objects.update(value_float=number)
    (cells,) = table(reader, "results.csv")
    (typed,) = table(reader, "results.parquet")
    assert float(cells["value"]) == number
    assert not cells["value"].startswith("'")
    assert typed["value"] == number


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (datetime(2026, 4, 6, 5, 0, 3, 123456, UTC), "2026-04-06T05:00:03.123456Z"),
        (datetime(2026, 4, 6, 5, 0, 3, 120000, UTC), "2026-04-06T05:00:03.120000Z"),
        (datetime(2026, 4, 6, 5, 0, 3, 0, UTC), "2026-04-06T05:00:03Z"),
    ],
)
def test_instants_are_written_as_json_writes_them(
    moment: datetime, written: str, acme: Holding, reader: Program
) -> None:
    ResultRevision.objects.update(computed_at=moment)
    assert found(reader, "fact_result")[0]["computed_at"] == written
    assert table(reader, "fact_result.csv")[0]["computed_at"] == written
    assert table(reader, "fact_result.parquet")[0]["computed_at"] == moment
    assert near(table(reader, "fact_result.xlsx")[0]["computed_at"], moment)


def test_null_and_an_empty_text_stay_apart(acme: Holding, reader: Program) -> None:
    Kpi.objects.update(name="")
    body = answered(reader, "dim_kpi.csv").content.decode().splitlines()[1]
    cells = body.split(",")
    assert cells[2] == '""'
    assert cells[5] == ""
    (row,) = table(reader, "dim_kpi.parquet")
    assert (row["name"], row["process"]) == ("", None)


def test_more_rows_than_a_sheet_holds_are_refused_with_the_way_out(
    reader: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsxfile, "MOST_ROWS", 3)
    for place in range(4):
        factories.a_vendor(f"v{place}")
    for method in ("GET", "HEAD"):
        assert reader.call(method, "/api/v1/dim_vendor.xlsx").status_code == 400
    problem = reader.get("/api/v1/dim_vendor.xlsx").json()
    assert "4 rows" in problem["detail"]
    assert ".parquet" in problem["detail"]
    assert len(table(reader, "dim_vendor.xlsx", limit=3)) == 3
    assert len(table(reader, "dim_vendor.csv")) == 4


def test_rows_that_come_while_a_sheet_is_written_do_not_overflow_it(
    reader: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in range(4):
        factories.a_vendor(f"v{place}")
    counts = iter([3, 4])
    monkeypatch.setattr(xlsxfile, "MOST_ROWS", 3)
    monkeypatch.setattr(Extract, "count", lambda _: next(counts))
    assert "4 rows" in reader.get("/api/v1/dim_vendor.xlsx").json()["detail"]
