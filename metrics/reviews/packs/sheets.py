"""Sheets of a workbook: heads that stay, columns as wide as they need, texts that stay texts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Final

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

_LONGEST: Final = 32_767  # what a cell can hold
Value = str | int | Fraction | float | date | None


class Kind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Column:
    """A column's head, its width in characters and what its cells hold."""

    head: str
    width: int = 16
    kind: Kind = Kind.TEXT


class Book:
    """A workbook being written, with the formats that its sheets share."""

    def __init__(self, workbook: Workbook) -> None:
        self.workbook = workbook
        self.title = workbook.add_format({"bold": True, "font_size": 16, "font_color": "#1F4E5F"})
        self.strong = workbook.add_format({"bold": True})
        self.head = workbook.add_format(
            {"bold": True, "bg_color": "#E7EFF1", "bottom": 1, "text_wrap": True, "valign": "top"}
        )
        self._formats: dict[Kind, Format] = {
            Kind.TEXT: workbook.add_format({"valign": "top", "text_wrap": True}),
            Kind.NUMBER: workbook.add_format({"valign": "top", "num_format": "#,##0.######"}),
            Kind.DAY: workbook.add_format({"valign": "top", "num_format": "yyyy-mm-dd"}),
        }

    def table(self, name: str, columns: Sequence[Column], rows: Iterable[Sequence[Value]]) -> None:
        """A sheet that holds one table."""
        sheet = self.workbook.add_worksheet(name)
        last = self.fill(sheet, columns, rows, first_row=0)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(last, 0), len(columns) - 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)

    def fill(
        self,
        sheet: Worksheet,
        columns: Sequence[Column],
        rows: Iterable[Sequence[Value]],
        *,
        first_row: int,
    ) -> int:
        """Write a head and ``rows`` below it; the number of the last row."""
        at = first_row
        for index, column in enumerate(columns):
            sheet.set_column(index, index, column.width)
            sheet.write_string(at, index, column.head, self.head)
        for row in rows:
            at += 1
            for index, (column, value) in enumerate(zip(columns, row, strict=True)):
                self.put(sheet, at, index, value, column.kind)
        return at

    def put(self, sheet: Worksheet, row: int, column: int, value: Value, kind: Kind) -> None:
        """One cell. A text is a text whatever it begins with; what is missing stays empty."""
        form = self._formats[kind]
        if value is None or value == "":
            sheet.write_blank(row, column, None, form)
        elif kind is Kind.NUMBER and not isinstance(value, str | date):
            sheet.write_number(row, column, float(value), form)
        elif kind is Kind.DAY and isinstance(value, date):
            sheet.write_datetime(row, column, value, form)
        else:
            sheet.write_string(row, column, str(value)[:_LONGEST], form)
