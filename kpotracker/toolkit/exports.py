"""Tables as files for people: CSV and XLSX of exactly the rows that are given.

A text that a spreadsheet would take for a formula is neutralised; a number stays a number.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Final, TypeVar

import xlsxwriter
from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header

Cell = str | int | Decimal | date | bool | None
Row = Sequence[Cell]
_Answer = TypeVar("_Answer", bound=HttpResponseBase)

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# The full-width ones are formulas to some spreadsheets in Asia.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
LONGEST = 32_767  # characters of a cell; a longer text would be dropped, not cut
_DIGITS = 15  # what a spreadsheet's binary number keeps
_WIDEST = 60


def export_response(
    kind: str, name: str, columns: Sequence[str], rows: Iterable[Row]
) -> HttpResponseBase:
    """``kind`` "csv" or "xlsx", as an address states it; another one does not exist (404).

    ``name``: of the file, without its ending.
    """
    if kind == "csv":
        return csv_response(name, columns, rows)
    if kind == "xlsx":
        return xlsx_response(name, columns, rows)
    raise Http404(f"{kind!r} is no kind of export: use csv or xlsx")


def csv_response(name: str, columns: Sequence[str], rows: Iterable[Row]) -> StreamingHttpResponse:
    """A download of comma-separated UTF-8 text, sent while it is written."""
    answer = StreamingHttpResponse(_lines(columns, rows), content_type="text/csv; charset=utf-8")
    return as_download(answer, f"{name}.csv")


def xlsx_response(name: str, columns: Sequence[str], rows: Iterable[Row]) -> HttpResponse:
    """A download of a workbook with one sheet."""
    return workbook_response(name, {name: (columns, rows)})


def workbook_response(
    name: str, sheets: dict[str, tuple[Sequence[str], Iterable[Row]]]
) -> HttpResponse:
    """A download of a workbook: {name of the sheet: (columns, rows)}."""
    target = io.BytesIO()
    with opened_book(target, settings.FILE_UPLOAD_TEMP_DIR) as book:
        formats = formats_of(book)
        for title, (columns, rows) in sheets.items():
            _fill(book.add_worksheet(title[:31]), columns, rows, formats)
    return as_download(HttpResponse(target.getvalue(), content_type=XLSX), f"{name}.xlsx")


def opened_book(target: IO[bytes], folder: Path) -> Any:
    """A workbook to write into ``target``, row by row; ``folder`` holds its rows meanwhile.

    No text becomes a formula, a number or a link.
    """
    options = {
        "constant_memory": True,
        "tmpdir": str(folder),
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    return xlsxwriter.Workbook(target, options)


def formats_of(book: Any) -> dict[str, Any]:
    """The formats "head", "day" and "instant"."""
    return {
        "head": book.add_format({"bold": True, "bottom": 1}),
        "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        "instant": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss.000"}),
    }


def sheet_begin(sheet: Any, columns: Sequence[str], formats: dict[str, Any]) -> None:
    """The header, which stays in sight."""
    sheet.freeze_panes(1, 0)
    for number, column in enumerate(columns):
        sheet.set_column(number, number, min(max(len(column) + 2, 14), _WIDEST))
        sheet.write_string(0, number, column, formats["head"])


def neutral(text: str) -> str:
    """``text`` so that no spreadsheet runs it as a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


class _Echo:
    """What csv writes, line by line."""

    def write(self, line: str) -> str:
        return line


def _lines(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff"  # Excel reads UTF-8 only with it
    yield writer.writerow([neutral(column) for column in columns])
    for row in rows:
        yield writer.writerow([_csv_cell(cell) for cell in row])


def _csv_cell(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "yes" if cell else "no"
        case datetime():
            return _instant(cell)
        case date():
            return cell.isoformat()
        case Decimal():
            return format(cell, "f")
        case int():
            return str(cell)
        case _:
            return neutral(cell)


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _fill(sheet: Any, columns: Sequence[str], rows: Iterable[Row], formats: dict[str, Any]) -> None:
    sheet_begin(sheet, columns, formats)
    for line, row in enumerate(rows, start=1):
        for number, cell in enumerate(row):
            _write(sheet, line, number, cell, formats)


def _write(sheet: Any, line: int, number: int, cell: Cell, formats: dict[str, Any]) -> None:
    if cell is None:
        return
    if isinstance(cell, date) and not isinstance(cell, datetime) and cell.year >= 1900:
        sheet.write_datetime(line, number, cell, formats["day"])
    elif _is_number(cell):
        sheet.write_number(line, number, cell)
    else:
        text = cell if isinstance(cell, str) else _csv_cell(cell)
        sheet.write_string(line, number, text[:LONGEST])


def _is_number(cell: Cell) -> bool:
    if isinstance(cell, bool) or not isinstance(cell, int | Decimal):
        return False
    return len(Decimal(cell).as_tuple().digits) <= _DIGITS


def as_download(answer: _Answer, name: str) -> _Answer:
    """``answer`` as a file called ``name``, with its ending."""
    disposition = content_disposition_header(as_attachment=True, filename=name)
    answer["Content-Disposition"] = disposition or "attachment"
    return answer
