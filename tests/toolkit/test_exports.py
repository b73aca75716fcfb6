import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.http import Http404
from python_calamine import CalamineWorkbook

from kpotracker.toolkit import exports
from kpotracker.toolkit.exports import csv_response, export_response, xlsx_response

COLUMNS = ["Name", "Value"]
AT = datetime(2026, 3, 1, 10, 30, tzinfo=UTC)


def csv_lines(*rows) -> list[str]:
    content = csv_response("rows", COLUMNS, rows).getvalue()
    return content.decode("utf-8-sig").split("\r\n")[:-1]


def xlsx_rows(*rows) -> list[list]:
    content = xlsx_response("rows", COLUMNS, rows).content
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("plain", "plain"),
        ("=1+1", "'=1+1"),
        ("+353 1", "'+353 1"),
        ("-x", "'-x"),
        ("@sum", "'@sum"),
        ("\t=1", "'\t=1"),
        ("a,b", '"a,b"'),
        (-5, "-5"),
        (Decimal("-0.50"), "-0.50"),
        (Decimal("1E+3"), "1000"),
        (None, ""),
        (True, "yes"),
        (date(2026, 3, 1), "2026-03-01"),
        (AT, "2026-03-01T10:30:00Z"),
    ],
)
def test_a_cell_of_a_csv_file(cell, written):
    assert csv_lines(["x", cell]) == ["Name,Value", f"x,{written}"]


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("=1+1", "=1+1"),
        ("00123", "00123"),
        ("https://example.com", "https://example.com"),
        (-5, -5.0),
        (Decimal("0.5"), 0.5),
        (Decimal("1234567890.1234567890"), "1234567890.1234567890"),
        (date(2026, 3, 1), date(2026, 3, 1)),
        (date(1899, 12, 31), "1899-12-31"),
        (AT, "2026-03-01T10:30:00Z"),
        (True, "yes"),
        ("x" * 40_000, "x" * 32_767),
    ],
)
def test_a_cell_of_a_workbook(cell, read):
    assert xlsx_rows(["x", cell]) == [COLUMNS, ["x", read]]


def test_a_formula_is_text_in_the_workbook_itself():
    from zipfile import ZipFile

    content = xlsx_response("rows", COLUMNS, [["x", "=1+1"]]).content
    sheet = ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")

    assert b"<f>" not in sheet


def test_without_the_guard_a_formula_would_run(monkeypatch):
    monkeypatch.setattr(exports, "FORMULA_STARTS", ())

    assert csv_lines(["x", "=1+1"])[1] == "x,=1+1"


def test_the_download_has_its_name_and_kind():
    answer = csv_response("März", COLUMNS, [])

    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''M%C3%A4rz.csv"
    assert answer["Content-Type"] == "text/csv; charset=utf-8"


@pytest.mark.parametrize("kind", ["pdf", "", "CSV"])
def test_another_kind_does_not_exist(kind):
    with pytest.raises(Http404):
        export_response(kind, "rows", COLUMNS, [])
