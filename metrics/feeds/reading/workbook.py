"""XLSX: one declared sheet, row by row, with the traps of spreadsheets named instead of guessed.

A cell whose formula has no stored result, an error such as #DIV/0!, and merged cells among the
data make their row unusable; the libraries at hand would show them as empty.
"""

import posixpath
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from ..mapping.batch import Batch, RowFault
from .cells import Styles, read_shared_strings, read_styles
from .events import Structure
from .header import HeaderRule, read_header, seen
from .package import DAMAGED, Package
from .refusal import Refused
from .sheet import Bad, Row, read_rows
from .source import Request
from .spool import Spool

_RANGE = re.compile(r"([A-Z]+)(\d+):([A-Z]+)(\d+)")


@dataclass(frozen=True, slots=True)
class Sheet:
    name: str
    part: str
    hidden: bool


class Workbook:
    """One sheet of a workbook; lines are the sheet's own row numbers."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.names: list[str] = []
        self.spool: Spool | None = None
        self.merged: list[str] = []
        self.date1904 = False
        self.wrong = self.blank = 0

    def scan(self) -> Structure:
        sheet, rows = self._opened()
        for row in rows:
            self._take(row, sheet)
        return self._finished(sheet)

    def records(self, wanted: Collection[int] | None) -> Iterator[tuple[int, list[str]]]:
        """Row number and cells, as texts, of the `wanted` rows (all if None)."""
        sheet, rows = self._opened()
        header_row = self.request.format.header_row
        for row in rows:
            if row.number == header_row:
                self._take_header(row.cells, sheet)
            elif row.number > header_row and (wanted is None or row.number in wanted):
                width = max(len(self.names), *(place + 1 for place in row.cells), 0)
                yield row.number, [_shown(row.cells.get(place, "")) for place in range(width)]

    def _opened(self) -> tuple[Sheet, Iterator[Row]]:
        package = Package(self.request.path, self.request.limits)
        self.request.progress.total = package.size
        links = _links(package)
        sheets, self.date1904 = _sheets(package, links)
        sheet = _chosen(sheets, self.request.format.sheet)
        shared = read_shared_strings(package, _part(package, links, "sharedStrings"))
        styles = read_styles(package, _part(package, links, "styles"))
        return sheet, self._rows(package, sheet, shared, styles)

    def _rows(
        self, package: Package, sheet: Sheet, shared: list[str], styles: Styles
    ) -> Iterator[Row]:
        yield from read_rows(
            package,
            sheet.part,
            shared=shared,
            styles=styles,
            date1904=self.date1904,
            decimal=self.request.format.decimal,
            limits=self.request.limits,
            merged=self.merged,
        )

    def _take(self, row: Row, sheet: Sheet) -> None:
        header_row = self.request.format.header_row
        if row.number < header_row:
            return
        if self.spool is None:
            # rows without any cell may be left out of the file
            cells = row.cells if row.number == header_row else {}
            self._take_header(cells, sheet)
            if row.number == header_row:
                return
        if all(cell == "" for cell in row.cells.values()):
            self.blank += 1
            return
        self._take_row(row)

    def _take_header(self, cells: dict[int, str | Bad], sheet: Sheet) -> None:
        number = self.request.format.header_row
        texts = {place: str(cell) for place, cell in cells.items()}
        width = max((place for place, text in texts.items() if text.strip()), default=-1) + 1
        rule = HeaderRule(
            self.request.required,
            f"row {number} of sheet {sheet.name!r}",
            self.request.most_columns,
            "declare format: {sheet: …, header_row: …} where the names stand in another row",
        )
        self.names = read_header([texts.get(place, "") for place in range(width)], rule)
        self.places = [self.names.index(name) for name in self.request.required]
        self.spool = Spool(self.request.out_dir, self.request.required, self.request.limits)

    def _take_row(self, row: Row) -> None:
        assert self.spool is not None
        beyond = [place for place in row.cells if place >= len(self.names)]
        if any(row.cells[place] != "" for place in beyond):
            self.wrong += 1
            message = "the row has values beyond the last column with a name"
            hint = "name the column, or clear the cells"
            self.spool.refuse(row.number, "", "", "fields", message, hint)
            return
        values: list[str | None] = []
        for name, place in zip(self.request.required, self.places, strict=True):
            cell = row.cells.get(place, "")
            if isinstance(cell, Bad):
                self.spool.refuse(row.number, name, cell.value, "cell", cell.message, cell.hint)
                return
            values.append(cell)
        self.spool.add(row.number, values)

    def _finished(self, sheet: Sheet) -> Structure:
        if self.spool is None:
            self._take_header({}, sheet)
        assert self.spool is not None
        self.spool.close()
        rows = self.spool.rows
        if self.wrong * 2 > rows:
            message = f"{self.wrong} of {rows} rows have values beyond the named columns"
            raise Refused("fields", message, "declare the header_row, or name every column")
        warnings = () if rows else ("the sheet has a header and no rows",)
        return Structure(rows, self.blank, warnings)

    def batches(self) -> Iterator[Batch]:
        assert self.spool is not None
        spans = self._merged_spans()
        for batch in self.spool.batches(date1904=self.date1904):
            yield _without_merged(batch, spans) if spans else batch

    def _merged_spans(self) -> list[tuple[int, int, str]]:
        """(first row, last row, range) of merged cells over columns that are read."""
        found = []
        for text in self.merged:
            match = _RANGE.fullmatch(text)
            if match is None:
                continue
            left, right = (_column(match.group(group)) for group in (1, 3))
            if any(left <= place <= right for place in self.places):
                found.append((int(match.group(2)), int(match.group(4)), text))
        return found


def _shown(cell: str | Bad) -> str:
    return cell.value if isinstance(cell, Bad) else cell


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _without_merged(batch: Batch, spans: list[tuple[int, int, str]]) -> Batch:
    bad: dict[int, str] = {}
    for first, last, text in spans:
        start, stop = np.searchsorted(batch.lines, [first, last + 1]).tolist()
        bad.update(dict.fromkeys(range(start, stop), text))
    if not bad:
        return batch
    good = np.ones(len(batch.lines), dtype=np.bool_)
    good[list(bad)] = False
    faults = [_merged_fault(batch, row, text) for row, text in bad.items()]
    columns = {name: array.filter(pa.array(good)) for name, array in batch.columns.items()}
    return replace(
        batch,
        ordinals=batch.ordinals[good],
        lines=batch.lines[good],
        columns=columns,
        faults=sorted([*batch.faults, *faults], key=lambda fault: fault.ordinal),
    )


def _merged_fault(batch: Batch, row: int, text: str) -> RowFault:
    return RowFault(
        ordinal=int(batch.ordinals[row]),
        line=int(batch.lines[row]),
        column="",
        value=text,
        rule="merged",
        message=f"the cells {text} are merged: which row a value belongs to is not said",
        hint="unmerge the cells and fill every one",
    )


def _links(package: Package) -> dict[str, tuple[str, str]]:
    """Relationship id -> (type, part) of the workbook."""
    found: dict[str, tuple[str, str]] = {}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship" and attributes.get("TargetMode") != "External":
            target = attributes.get("Target", "")
            part = target[1:] if target.startswith("/") else posixpath.join("xl", target)
            kind = attributes.get("Type", "").rpartition("/")[2]
            found[attributes.get("Id", "")] = (kind, posixpath.normpath(part))

    package.parse("xl/_rels/workbook.xml.rels", start=start)
    return found


def _part(package: Package, links: dict[str, tuple[str, str]], kind: str) -> str:
    return next((part for type_, part in links.values() if type_ == kind), "")


def _sheets(package: Package, links: dict[str, tuple[str, str]]) -> tuple[list[Sheet], bool]:
    found: list[Sheet] = []
    date1904 = False

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal date1904
        if tag == "workbookPr":
            date1904 = attributes.get("date1904", "0") in ("1", "true")
        if tag == "sheet":
            link = next((v for k, v in attributes.items() if k.rpartition(" ")[2] == "id"), "")
            kind, part = links.get(link, ("", ""))
            if kind == "worksheet":
                hidden = attributes.get("state", "visible") != "visible"
                found.append(Sheet(attributes.get("name", ""), part, hidden))

    package.parse("xl/workbook.xml", start=start)
    if not found:
        raise Refused("xlsx", "the workbook has no worksheet", DAMAGED)
    return found, date1904


def _chosen(sheets: list[Sheet], declared: str | None) -> Sheet:
    listed = seen([sheet.name for sheet in sheets])
    if declared is not None:
        for sheet in sheets:
            if sheet.name == declared:
                return sheet
        message = f"there is no sheet {declared!r}; sheets: {listed}"
        raise Refused("sheet", message, "declare format: {sheet: …}", value=declared)
    visible = [sheet for sheet in sheets if not sheet.hidden]
    if len(visible) != 1:
        message = f"the workbook has {len(visible)} visible sheets and none is declared: {listed}"
        raise Refused("sheet", message, "declare format: {sheet: …}")
    return visible[0]
