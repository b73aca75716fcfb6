"""XLSX: hostile packages refused, the traps of spreadsheets named, values exact."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import xlsxwriter

from metrics.feeds.mapping.calendar import microseconds
from metrics.feeds.reading import Limits
from metrics.feeds.reading.cells import number_text

from .reports import MAPPING, Report, read_bytes, read_here
from .workbooks import MAIN, parts, row, saved, sheet

XLSX = {"type": "xlsx"}
DTD = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
EXTERNAL = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
DATES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="170" formatCode="dd/mm/yyyy hh:mm"/>'
    '<numFmt numFmtId="171" formatCode="[h]:mm"/><numFmt numFmtId="172" formatCode="0.0 &quot;days&quot;"/>'
    '</numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/>'
    '<xf numFmtId="171"/><xf numFmtId="172"/></cellXfs></styleSheet>'
)


def read(tmp_path: Path, content: dict[str, str], **form: object) -> Report:
    return read_here(saved(tmp_path / "feed.xlsx", content), format=XLSX | form)


@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        (parts(sheet(row(2))), "OK"),
        (parts(sheet()), "OK"),
        (parts(sheet(row(2), row(3, "A2", n="<f>A1</f>"))), "ROW cell"),
        (parts(sheet(row(2), row(3, "A2", n="<f>A1</f><v>2</v>"))), "OK"),
        (parts(sheet(row(2, n="<v>#DIV/0!</v>", kind="e"))), "ROW cell"),
        (parts(sheet(row(2, n="<v>1 234,5</v>", kind="str"))), "ROW number"),
        (parts(sheet(row(2, n="<v>1E+309</v>"))), "ROW number"),
        (parts(sheet(row(2, n="<v>true</v>", kind="str"))), "ROW number"),
        (parts(sheet(row(2, n="<v>1</v>", kind="b"))), "ROW number"),
        (parts(sheet(row(2, n=""))), "ROW missing"),
        (parts(sheet(row(2, n="<v>9</v>", kind="s"))), "ROW cell"),
        (parts(sheet(row(2, at="45000"))), "ROW time_format"),
        (parts(sheet(row(2, at="-1"))), "ROW time_format"),
        (parts(sheet(row(2, id_="x" * 40_000))), "ROW length"),
        (parts(sheet(row(2).replace("</row>", '<c t="str"><v>note</v></c></row>'), row(3, "A2"), row(4, "A3"))), "ROW fields"),
        (parts(sheet(row(2).replace("</row>", '<c t="str"><v>note</v></c></row>'))), "FILE fields"),
        (parts(sheet(row(2), row(3, "A2"), after='<mergeCells><mergeCell ref="A3:A4"/></mergeCells>')), "ROW merged"),
        (parts(sheet(row(2), after='<mergeCells><mergeCell ref="D2:F9"/></mergeCells>')), "OK"),
        (parts(sheet(before=DTD)), "FILE xlsx"),
        (parts(sheet(before=EXTERNAL)), "FILE xlsx"),
        (parts(sheet(row(2), row(2))), "FILE xlsx"),
        (parts(sheet(row(2)) + "<"), "FILE xlsx"),
        (parts(sheet(row(1, "x", "y", "<v>z</v>", "str"), row(2), head="")), "FILE columns"),
        (parts(sheet(row(2), head="")), "FILE header"),
        (parts(sheet(head="")), "FILE header"),
        (parts(), "FILE xlsx"),
        (parts(sheet(row(2))) | {"xl/vbaProject.bin": "x"}, "FILE xlsx"),
        ({"data.csv": "id,at,n"}, "FILE xlsx"),
        (parts(sheet(row(2)), sheet(row(2))), "FILE sheet"),
        (parts(sheet(row(2)), sheet(row(2)), states="2"), "OK"),
    ],
)  # fmt: skip
def test_each_workbook_gets_its_verdict(
    tmp_path: Path, content: dict[str, str], verdict: str
) -> None:
    assert read(tmp_path, content).verdict == verdict


@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        (b"", "FILE empty"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 600, "FILE xlsx"),
        (b"id,at,n\nA,2026-03-01,1\n", "FILE xlsx"),
        (b"<html>log in</html>", "FILE kind"),
        (b"PK\x03\x04" + b"\0" * 600, "FILE xlsx"),
    ],
)
def test_what_is_no_workbook_is_refused(tmp_path: Path, content: bytes, verdict: str) -> None:
    assert read_bytes(tmp_path, content, format=XLSX).verdict == verdict


def test_a_damaged_part_is_refused_though_the_package_opens(tmp_path: Path) -> None:
    path = saved(tmp_path / "feed.xlsx", parts(sheet(*(row(n, f"A{n}") for n in range(2, 400)))))
    whole = bytearray(path.read_bytes())
    middle = whole.index(b"xl/worksheets/sheet1.xml") + 200
    whole[middle : middle + 8] = b"\xff" * 8
    path.write_bytes(whole)
    assert read_here(path, format=XLSX).verdict == "FILE xlsx"


def test_a_part_that_unpacks_too_far_is_refused_and_read_without_that_guard(
    tmp_path: Path,
) -> None:
    content = parts(sheet(row(2, id_="x" * 3_000_000)))
    path = saved(tmp_path / "feed.xlsx", content)
    for limits in (Limits(unzipped=1_000_000), Limits(ratio=50, ratio_free=1_000_000)):
        assert read_here(path, format=XLSX, limits=limits).verdict == "FILE limits"
    assert read_here(path, format=XLSX).verdict == "ROW length"


def test_more_cells_than_the_cap_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "feed.xlsx", parts(sheet(row(2), row(3, "A2"))))
    assert read_here(path, format=XLSX, limits=Limits(cells=8)).verdict == "FILE limits"


def dated(serial: str, style: int) -> str:
    return row(2).replace('<c t="str"><v>2026-03-01</v></c>', f'<c s="{style}"><v>{serial}</v></c>')


@pytest.mark.parametrize(
    ("serial", "style", "date1904", "expected"),
    [
        ("45000", 1, False, datetime(2023, 3, 15, tzinfo=UTC)),
        ("45000.4375", 2, False, datetime(2023, 3, 15, 10, 30, tzinfo=UTC)),
        ("43538.4375", 2, True, datetime(2023, 3, 15, 10, 30, tzinfo=UTC)),
        ("45000", 0, False, "time_format"),
        ("45000", 3, False, "time_format"),
        ("45000", 4, False, "time_format"),
        ("-1", 1, False, "time_format"),
        ("60", 1, False, "time_format"),
    ],
)
def test_only_date_cells_are_dates(
    tmp_path: Path, serial: str, style: int, date1904: bool, expected: datetime | str
) -> None:
    content = parts(sheet(dated(serial, style)), date1904=date1904, styles=DATES)
    report = read(tmp_path, content)
    if isinstance(expected, str):
        assert report.rules == {2: expected}
    else:
        assert report.column("t0_at") == [microseconds(expected)]


@pytest.mark.parametrize("date1904", [False, True])
def test_a_bare_serial_is_a_date_where_that_is_declared(tmp_path: Path, date1904: bool) -> None:
    serial = "43538" if date1904 else "45000"
    path = saved(tmp_path / "a.xlsx", parts(sheet(row(2, at=serial)), date1904=date1904))
    times = {"finished": {"column": "at", "format": "excel"}}
    report = read_here(path, mapping=MAPPING | {"times": times}, format=XLSX)
    assert report.column("t0_at") == [microseconds(datetime(2023, 3, 15, tzinfo=UTC))]


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("1", "1"),
        ("1.5", "1.5"),
        ("0.10000000000000001", "0.1"),
        ("1.1499999999999999", "1.15"),
        ("1.0000000000000001E-5", "0.00001"),
        ("1E+15", "1000000000000000"),
        ("123456789012345680", "123456789012345680"),
        ("0.30000000000000004", "0.30000000000000004"),
        ("1E+309", "1E+309"),
        ("abc", "abc"),
    ],
)
def test_a_stored_double_is_the_decimal_that_was_typed(stored: str, typed: str) -> None:
    assert number_text(stored) == typed


def test_the_declared_sheet_and_header_row_are_used_and_no_other(tmp_path: Path) -> None:
    shifted = sheet(row(1, "Report"), row(3, "id", "at", "<v>n</v>", "str"), row(4), head="")
    content = parts(sheet(row(2, "wrong")), shifted, states="2")
    report = read(tmp_path, content, sheet="Data2", header_row=3)
    assert report.column("ref") == ["A1"]
    assert report.column("line") == [4]
    absent = read(tmp_path, content, sheet="Data3")
    assert absent.rejected is not None
    assert "sheets: 'Data', 'Data2'" in absent.rejected.message


def test_a_spreadsheet_program_s_file_is_read_with_shared_strings_and_dates(tmp_path: Path) -> None:
    path = tmp_path / "feed.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page, date = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        page.write_row(0, 0, ["id", "at", "n"])
        for place in range(1, 101):
            page.write_string(place, 0, f"T{place}")
            page.write_datetime(place, 1, datetime(2026, 3, 1, 10, 30), date)
            page.write_number(place, 2, place / 10)
        page.write_row(101, 0, ["", "", ""])
    report = read_here(path, format=XLSX)
    assert report.verdict == "OK"
    assert report.column("t0_value") == [place * 10 for place in range(1, 101)]
    assert set(report.column("t0_at")) == {microseconds(datetime(2026, 3, 1, 10, 30, tzinfo=UTC))}


def test_a_sheet_of_several_header_rows_is_refused_with_what_was_seen(
    tmp_path: Path, shared: Path
) -> None:
    path = tmp_path / "feed.xlsx"
    path.write_bytes((shared / "data/workbook/SubmissionInfo.xlsx").read_bytes())
    report = read_here(path, format=XLSX)
    assert report.rejected is not None
    assert report.rejected.rule == "columns"
    assert (
        "not found in row 1 of sheet 'Φύλλο1'; columns seen: 'ID', 'Type'"
        in report.rejected.message
    )
    assert "declare format: {sheet: …, header_row: …}" in report.rejected.hint


def test_merged_cells_set_rows_aside_only_where_their_columns_are_read(
    tmp_path: Path, shared: Path
) -> None:
    path = tmp_path / "feed.xlsx"
    path.write_bytes((shared / "data/workbook/SubmissionInfo.xlsx").read_bytes())
    mapping = MAPPING | {
        "identity": ["ID"],
        "times": {"finished": {"fixed": "2020-01-01T00:00:00Z"}},
        "targets": [{"kpi": "hours", "value": "`Rank (OWA)`", "if_missing": "skip"}],
    }
    narrow = read_here(path, mapping=mapping, format=XLSX)
    assert (len(narrow.rows), narrow.rules) == (61, {})
    wide = read_here(path, mapping=mapping | {"identity": ["ID", "Affiliation"]}, format=XLSX)
    assert wide.rules[19] == "merged"
    assert "C19:D19" in wide.aside[0]["message"]
