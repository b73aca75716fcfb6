"""An extract as a workbook with one sheet: texts stay texts, days and instants (UTC) are typed."""

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from kpotracker.toolkit.exports import LONGEST, formats_of, opened_book, sheet_begin
from kpotracker.toolkit.tabular.columns import Kind
from kpotracker.toolkit.tabular.csvfile import instant_text
from kpotracker.toolkit.tabular.extract import Extract

MOST_ROWS = 1_048_575  # of a sheet, below its header
_FIRST_YEAR = 1900  # of what a workbook can hold as a date
_EXACT = 10**15  # whole numbers beyond it would be rounded

Formats = dict[str, Any]
Cell = Callable[[Any, int, int, Any, Formats], None]


class TooManyRowsError(ValueError):
    """A sheet cannot hold the extract."""


def xlsx_write(extract: Extract, target: IO[bytes], folder: Path) -> None:
    """Write the rows of ``extract`` to ``target``; ``folder`` holds them meanwhile. Raises
    TooManyRowsError above MOST_ROWS."""
    with opened_book(target, folder) as book, closing(extract.rows()) as rows:
        formats = formats_of(book)
        sheet = book.add_worksheet(extract.collection.name[:31])
        sheet_begin(sheet, extract.collection.names, formats)
        cells = [_CELLS[column.kind] for column in extract.collection.columns]
        for line, row in enumerate(rows, start=1):
            if line > MOST_ROWS:
                raise TooManyRowsError
            for place, (write, value) in enumerate(zip(cells, row, strict=False)):
                if value is not None:
                    write(sheet, line, place, value, formats)


def _text(sheet: Any, line: int, place: int, text: str, formats: Formats) -> None:
    sheet.write_string(line, place, text[:LONGEST])


def _integer(sheet: Any, line: int, place: int, number: int, formats: Formats) -> None:
    if abs(number) < _EXACT:
        sheet.write_number(line, place, number)
    else:
        sheet.write_string(line, place, str(number))


def _number(sheet: Any, line: int, place: int, number: float, formats: Formats) -> None:
    sheet.write_number(line, place, number)


def _boolean(sheet: Any, line: int, place: int, value: bool, formats: Formats) -> None:
    sheet.write_boolean(line, place, value)


def _day(sheet: Any, line: int, place: int, day: Any, formats: Formats) -> None:
    if day.year < _FIRST_YEAR:
        sheet.write_string(line, place, day.isoformat())
    else:
        sheet.write_datetime(line, place, day, formats["day"])


def _instant(sheet: Any, line: int, place: int, moment: datetime, formats: Formats) -> None:
    if moment.year < _FIRST_YEAR:
        sheet.write_string(line, place, instant_text(moment))
    else:
        plain = moment.astimezone(UTC).replace(tzinfo=None)
        sheet.write_datetime(line, place, plain, formats["instant"])


_CELLS: dict[Kind, Cell] = {
    Kind.TEXT: _text,
    Kind.INTEGER: _integer,
    Kind.NUMBER: _number,
    Kind.BOOLEAN: _boolean,
    Kind.DAY: _day,
    Kind.INSTANT: _instant,
}
