"""The rows of one worksheet, streamed."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from xml.parsers import expat

from .cells import Styles, column_number, date_text, number_text
from .events import Limits
from .package import DAMAGED, Package, refuse_dtd
from .refusal import Refused


@dataclass(frozen=True, slots=True)
class Bad:
    """A cell that holds no value a person would agree on."""

    value: str
    message: str
    hint: str

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the sheet: its number as the sheet shows it, and its cells by column from 0."""

    number: int
    cells: dict[int, str | Bad]


def read_rows(
    package: Package,
    part: str,
    *,
    shared: list[str],
    styles: Styles,
    date1904: bool,
    decimal: str,
    limits: Limits,
    merged: list[str],
) -> Iterator[Row]:
    """Rows as they come; ranges of merged cells are added to `merged`, at the latest at the end."""
    reader = _Reader(shared, styles, date1904, decimal, limits, merged)
    parser = reader.parser()
    try:
        for piece in package.pieces(part):
            parser.Parse(piece, False)
            while reader.rows:
                yield reader.rows.popleft()
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise Refused("xlsx", f"part {part} is not sound XML: {error}", DAMAGED) from error
    yield from reader.rows


class _Reader:
    """Handlers for one worksheet part."""

    def __init__(
        self,
        shared: list[str],
        styles: Styles,
        date1904: bool,
        decimal: str,
        limits: Limits,
        merged: list[str],
    ) -> None:
        self.shared, self.styles, self.date1904 = shared, styles, date1904
        self.decimal, self.limits, self.merged = decimal, limits, merged
        self.rows: deque[Row] = deque()
        self.number = self.count = self.last = 0
        self.cells: dict[int, str | Bad] = {}
        self.pieces: list[str] = []
        self.attributes: dict[str, str] = {}
        self.listening = self.phonetic = self.has_formula = self.has_value = False
        self.place, self.size = -1, 0

    def parser(self) -> expat.XMLParserType:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = refuse_dtd
        parser.EntityDeclHandler = refuse_dtd
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.text
        return parser

    def start(self, full: str, attributes: dict[str, str]) -> None:
        tag = full.rpartition(" ")[2]
        if tag == "c":
            self._start_cell(attributes)
        elif tag in ("v", "t"):
            self.listening = not self.phonetic
            self.has_value = True
        elif tag == "f":
            self.has_formula = True
        elif tag == "row":
            self._start_row(attributes.get("r"))
        elif tag == "mergeCell":
            self.merged.append(attributes.get("ref", ""))
        elif tag == "rPh":
            self.phonetic = True

    def _start_row(self, number: str | None) -> None:
        self.number = int(number) if number and number.isdigit() else self.number + 1
        if self.number <= self.last:
            raise Refused("xlsx", f"row {self.number} stands twice or out of order", DAMAGED)
        self.last = self.number
        self.cells, self.place = {}, -1

    def _start_cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        self.place = column_number(reference) if reference else self.place + 1
        self.attributes = attributes
        self.pieces, self.size = [], 0
        self.has_formula = self.has_value = False
        self.count += 1
        if self.count > self.limits.cells:
            raise Refused("limits", f"more than {self.limits.cells} cells", "send CSV instead")

    def text(self, piece: str) -> None:
        if self.listening and self.size <= self.limits.cell:
            self.pieces.append(piece)
            self.size += len(piece)

    def end(self, full: str) -> None:
        tag = full.rpartition(" ")[2]
        if tag in ("v", "t"):
            self.listening = False
        elif tag == "rPh":
            self.phonetic = False
        elif tag == "c":
            self.cells[self.place] = self._value()
        elif tag == "row":
            self.rows.append(Row(self.number, self.cells))

    def _value(self) -> str | Bad:
        raw, sort = "".join(self.pieces), self.attributes.get("t", "n")
        if self.has_formula and not self.has_value:
            hint = "open the workbook, let it calculate, and save it"
            return Bad("", "the formula has no stored result", hint)
        if sort == "e":
            return Bad(raw, f"the cell shows the error {raw}", "mend the formula")
        if sort == "s":
            return self._shared(raw)
        if sort == "b":
            return "true" if raw == "1" else "false"
        if sort in ("str", "inlineStr", "d") or not raw:
            return raw
        if self.styles.is_date(self.attributes.get("s")):
            return date_text(raw, date1904=self.date1904)
        text = number_text(raw)
        return text.replace(".", self.decimal) if self.decimal != "." else text

    def _shared(self, raw: str) -> str | Bad:
        if not raw:
            return ""
        if not raw.isdigit() or int(raw) >= len(self.shared):
            return Bad(raw, f"there is no shared text {raw}", "save the workbook again")
        return self.shared[int(raw)]
