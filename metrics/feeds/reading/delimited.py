"""CSV and its relatives: structure by numpy, values by pyarrow, every column as text."""

import csv
import io
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from ..mapping.batch import Batch, RowFault
from ..mapping.calendar import Bools, Ints
from .events import Structure
from .header import HeaderRule, read_header
from .refusal import Refused
from .source import WHOLE, Request
from .stream import text_blocks
from .structure import Block, blocks

OTHER_DELIMITERS = (",", ";", "\t", "|")
BUDGET = 64 * 2**20
NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


class Delimited:
    """A delimited file. Bad rows (field count, NUL, over-long field) become row faults."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.names: list[str] = []

    def scan(self) -> Structure:
        """Look at the whole file: encoding, quotes, header, and the field count of every row."""
        counts: Counter[int] = Counter()
        blank = rows = 0
        for block in self._data():
            empty = int(block.blank.sum())
            blank += empty
            rows += len(block.fields) - empty
            values, times = np.unique(block.fields[~block.blank], return_counts=True)
            counts.update(dict(zip(values.tolist(), times.tolist(), strict=True)))
            if rows > self.request.limits.rows:
                limit = self.request.limits.rows
                raise Refused("limits", f"more than {limit} rows", "split the file")
        if not self.names:
            raise Refused("header", f"no line {self.request.format.header_row} for the header")
        self._check_counts(counts, rows)
        warnings = () if rows else ("the file has a header and no rows",)
        return Structure(rows, blank, warnings)

    def batches(self) -> Iterator[Batch]:
        """The rows, block by block."""
        ordinal = 0
        for block in self._data():
            batch = self._batch(block, ordinal)
            ordinal += batch.read
            yield batch

    def records(self, wanted: Collection[int] | None) -> Iterator[tuple[int, list[str]]]:
        """Line and cells, as they stand, of the rows on the `wanted` lines (all if None)."""
        csv.field_size_limit(self.request.limits.line)
        for block in self._data():
            for row in np.flatnonzero(~block.blank).tolist():
                line = int(block.lines[row])
                if wanted is None or line in wanted:
                    yield line, self._cells(block.data[block.starts[row] : block.ends[row]])

    def _cells(self, record: bytes) -> list[str]:
        text = record.decode("utf-8", "replace").replace("\0", "\\0").rstrip("\r\n")
        read = csv.reader(io.StringIO(text, newline=""), delimiter=self.request.format.delimiter)
        return next(read, [])

    def _check_counts(self, counts: Counter[int], rows: int) -> None:
        expected = len(self.names)
        wrong = rows - counts[expected]
        if wrong * 2 <= rows:
            return
        common = max((count for count in counts if count != expected), key=lambda c: counts[c])
        message = (
            f"{wrong} of {rows} rows do not have the header's {expected} fields;"
            f" most of those have {common}"
        )
        hint = "check the delimiter, the quoting of texts, and a missing or extra header name"
        raise Refused("fields", message, hint, value=str(common))

    def _data(self) -> Iterator[Block]:
        """Blocks of data rows; the header and what precedes it are taken off."""
        request, form = self.request, self.request.format
        texts = text_blocks(
            request.path,
            kind="csv",
            encoding=form.encoding,
            compression=form.compression,
            limits=request.limits,
            progress=request.progress,
        )
        to_skip = form.header_row
        for block in blocks(texts, form.delimiter, request.limits):
            if to_skip > len(block.starts):
                to_skip -= len(block.starts)
                continue
            if to_skip:
                self._take_header(block, to_skip - 1)
                block, to_skip = _without_first(block, to_skip), 0
            if len(block.starts):
                yield block

    def _take_header(self, block: Block, record: int) -> None:
        line = block.data[int(block.starts[record]) : int(block.ends[record])]
        delimiter = self.request.format.delimiter
        where = f"line {int(block.lines[record])}"
        if block.nul[record]:
            raise Refused("header", f"{where} holds a NUL byte", "send plain text")
        csv.field_size_limit(max(self.request.limits.line, len(line)))
        text = io.StringIO(line.decode("utf-8").rstrip("\r\n"), newline="")
        cells = next(csv.reader(text, delimiter=delimiter), [])
        rule = HeaderRule(
            self.request.required, where, self.request.most_columns, self._way_out(line)
        )
        self.names = read_header(cells, rule)

    def _way_out(self, line: bytes) -> str:
        declared = self.request.format.delimiter
        counts = {sign: line.count(sign.encode()) for sign in OTHER_DELIMITERS if sign != declared}
        likely = max(counts, key=lambda sign: counts[sign])
        if counts[likely] > line.count(declared.encode()):
            return f'the header looks separated by {NAMES[likely]}: declare delimiter: "{likely}"'
        return "declare format: {header_row: …} if lines precede the header"

    def _batch(self, block: Block, ordinal: int) -> Batch:
        limit, expected = self.request.limits.fld, len(self.names)
        long = block.longest > limit
        good = ~block.blank & (block.fields == expected) & ~block.nul & ~long
        ordinals = ordinal + np.cumsum(~block.blank) - 1
        faults = _faults(block, good, ordinals, expected, limit)
        columns = (self._lists if self.request.whole else self._columns)(block, good)
        return Batch(ordinals[good], block.lines[good], columns, faults)

    def _columns(self, block: Block, good: Bools) -> dict[str, Any]:
        names = self.request.required
        if not good.any():
            return {name: pa.array([], pa.string()) for name in names}
        whole = bool(good.all())
        begin, end = int(block.starts[0]), int(block.ends[-1])
        data = block.data[begin:end] if whole else _kept(block, good)
        offsets = np.cumsum((block.ends - block.starts)[good])
        # a column's builder reserves as many bytes as its whole input has
        pieces = [
            self._table(data[start:stop], block.quoted)
            for start, stop in _pieces(offsets, BUDGET // max(len(names), 1))
        ]
        table = pa.concat_tables(pieces)
        if table.num_rows != int(good.sum()):
            raise Refused("structure", f"rows were lost near line {int(block.lines[0])}")
        return {name: _solid(table.column(name)) for name in names}

    def _table(self, data: bytes, quoted: bool) -> Any:
        wanted = list(self.request.required)
        return arrow_csv.read_csv(
            pa.BufferReader(data),
            read_options=arrow_csv.ReadOptions(
                use_threads=False, block_size=len(data) + 16, column_names=self.names
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=self.request.format.delimiter,
                quote_char='"' if quoted else False,
                newlines_in_values=quoted,
            ),
            convert_options=arrow_csv.ConvertOptions(
                check_utf8=False,
                column_types=dict.fromkeys(wanted, pa.string()),
                include_columns=wanted,
                strings_can_be_null=False,
            ),
        )

    def _lists(self, block: Block, good: Bools) -> dict[str, Any]:
        """Every column of a wide table as one list of texts per row."""
        text = io.StringIO(_kept(block, good).decode("utf-8"), newline="")
        csv.field_size_limit(self.request.limits.line)
        rows = list(csv.reader(text, delimiter=self.request.format.delimiter))
        offsets = np.arange(len(rows) + 1, dtype=np.int32) * len(self.names)
        flat = pa.array([cell for row in rows for cell in row], pa.string())
        return {WHOLE: pa.ListArray.from_arrays(pa.array(offsets), flat)}


def _pieces(offsets: Ints, limit: int) -> Iterator[tuple[int, int]]:
    """Runs of whole records of about `limit` bytes; `offsets` are the records' ends."""
    start, size = 0, int(offsets[-1])
    while start < size:
        place = int(np.searchsorted(offsets, start + limit, side="right")) - 1
        stop = int(offsets[max(place, int(np.searchsorted(offsets, start, side="right")))])
        yield start, stop
        start = stop


def _solid(column: Any) -> Any:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)


def _without_first(block: Block, count: int) -> Block:
    return replace(
        block,
        starts=block.starts[count:],
        ends=block.ends[count:],
        lines=block.lines[count:],
        fields=block.fields[count:],
        longest=block.longest[count:],
        blank=block.blank[count:],
        nul=block.nul[count:],
    )


def _kept(block: Block, good: Bools) -> bytes:
    """The bytes of the good records, run by run."""
    edges = np.flatnonzero(np.diff(good.astype(np.int8), prepend=0, append=0))
    runs = zip(edges[0::2].tolist(), edges[1::2].tolist(), strict=True)
    return b"".join(
        block.data[int(block.starts[first]) : int(block.ends[last - 1])] for first, last in runs
    )


def _faults(block: Block, good: Bools, ordinals: Ints, expected: int, limit: int) -> list[RowFault]:
    bad = np.flatnonzero(~good & ~block.blank)
    return [_fault(block, row, int(ordinals[row]), expected, limit) for row in bad.tolist()]


def _fault(block: Block, row: int, ordinal: int, expected: int, limit: int) -> RowFault:
    start, end = int(block.starts[row]), int(block.ends[row])
    value = block.data[start : min(end, start + 800)].decode("utf-8", "ignore").rstrip("\r\n")[:200]
    line, fields = int(block.lines[row]), int(block.fields[row])
    if block.nul[row]:
        message, rule, hint = "the row holds a NUL byte", "nul", "send plain text"
    elif fields != expected:
        rule, message = "fields", f"{fields} fields where the header has {expected}"
        hint = "quote texts that hold the delimiter, and write empty fields as nothing"
    else:
        rule, message = "length", f"a field is longer than {limit} bytes"
        hint = "shorten it at the source"
    return RowFault(ordinal, line, "", value.replace("\0", "\\0"), rule, message, hint)
