"""The trends of a workbook: their numbers on one sheet, native charts of them on another."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from xlsxwriter.workbook import Workbook

from metrics.reviews.packs.scores import Part
from metrics.reviews.packs.sheets import Book, Column, Kind

_DATA: Final = "Trend data"
_COLUMNS: Final = (
    Column("KPI", 34),
    Column("Contract", 14),
    Column("Period", 11),
    Column("Actual", 12, Kind.NUMBER),
    Column("Accepted from", 14, Kind.NUMBER),
    Column("Accepted up to", 14, Kind.NUMBER),
    Column("As shown", 14),
)
_PERIOD, _ACTUAL, _LOW, _HIGH = 2, 3, 4, 5
_ROWS_APART, _ACROSS, _COLUMNS_APART = 17, 2, 8
_INK, _LEVEL = "#1B232C", "#1F4E5F"


def add_trends(book: Book, body: Part) -> None:
    """A sheet of charts, two beside each other, and the sheet of their numbers."""
    charts = book.workbook.add_worksheet("Charts")
    charts.hide_gridlines(2)
    data = book.workbook.add_worksheet(_DATA)
    lines = list(_lines(body))
    rows = [_row(line, reference, point) for reference, line in lines for point in line["trend"]]
    book.fill(data, _COLUMNS, rows, first_row=0)
    data.freeze_panes(1, 0)
    first = 1
    for number, (_, line) in enumerate(lines):
        last = first + len(line["trend"]) - 1
        down, across = divmod(number, _ACROSS)
        charts.insert_chart(
            down * _ROWS_APART,
            across * _COLUMNS_APART,
            _chart(book.workbook, line, first, last),
            {"description": f"{line['name']}: actual values against the service level"},
        )
        first = last + 1


def _lines(body: Part) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for contract in body["contracts"]:
        for family in contract["families"]:
            for line in family["lines"]:
                if line["trend"]:
                    yield contract["reference"], line


def _row(line: Mapping[str, Any], reference: str, point: Mapping[str, Any]) -> tuple[Any, ...]:
    return (
        line["name"],
        reference,
        point["label"],
        point["value"],
        point["low"],
        point["high"],
        point["text"],
    )


def _chart(workbook: Workbook, line: Mapping[str, Any], first: int, last: int) -> Any:
    """A line chart; its title is a cell, as a title that begins with "=" would be a formula."""
    chart = workbook.add_chart({"type": "line"})
    periods = [_DATA, first, _PERIOD, last, _PERIOD]
    chart.add_series(
        {
            "name": "Actual",
            "categories": periods,
            "values": [_DATA, first, _ACTUAL, last, _ACTUAL],
            "line": {"color": _INK, "width": 1.75},
            "marker": {"type": "circle", "size": 5, "fill": {"color": _INK}},
        }
    )
    for name, column, bound in (("From", _LOW, "low"), ("Up to", _HIGH, "high")):
        if any(point[bound] is not None for point in line["trend"]):
            chart.add_series(
                {
                    "name": name,
                    "categories": periods,
                    "values": [_DATA, first, column, last, column],
                    "line": {"color": _LEVEL, "width": 1.25, "dash_type": "dash"},
                }
            )
    chart.set_title({"name": [_DATA, first, 0], "name_font": {"size": 11, "bold": True}})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 500, "height": 320})
    chart.show_blanks_as("gap")
    return chart
