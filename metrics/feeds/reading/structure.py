"""The structure of delimited text, found by numpy on raw bytes: records, fields, quotes, lines.

pyarrow's reader swallows the rest of a file after an unclosed quote and stops at a row of another
length, so that both are settled here first. Quotes follow RFC 4180: a field that begins with a
quote ends at the next single quote, doubled quotes stand for one; a quote inside an unquoted
field is a plain character.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..mapping.calendar import Bools, Ints
from .events import Limits
from .refusal import Refused

LF, CR, QUOTE, NUL = 10, 13, 34, 0


@dataclass(frozen=True)
class Block:
    """Whole records of text. Offsets index `data`; a record ends behind its line break.

    `lines` are the physical lines on which records start; `fields` counts their fields; `longest`
    is the longest field in bytes (an upper bound with quotes); `blank` are empty lines.
    """

    data: bytes
    starts: Ints
    ends: Ints
    lines: Ints
    fields: Ints
    longest: Ints
    blank: Bools
    nul: Bools
    quoted: bool


@dataclass
class _State:
    line: int = 1


def blocks(texts: Iterator[bytes], delimiter: str, limits: Limits) -> Iterator[Block]:
    """The text cut at record ends and measured."""
    state, rest = _State(), b""
    sign = ord(delimiter)
    for text in texts:
        data = rest + text if rest else text
        block, rest = _measured(data, sign, state, final=False)
        if len(rest) > limits.line:
            raise _long_line(rest, state.line, limits)
        if block is not None:
            yield block
    if rest:
        block, rest = _measured(rest, sign, state, final=True)
        assert block is not None
        assert not rest
        yield block


def _long_line(rest: bytes, line: int, limits: Limits) -> Refused:
    if rest.count(b'"') and b"\n" in rest:
        return _unclosed(line, rest)
    return Refused(
        "line",
        f"line {line} is longer than {limits.line} bytes",
        "check the line ends: LF or CRLF",
        line=line,
    )


def _unclosed(line: int, data: bytes) -> Refused:
    return Refused(
        "quote",
        f"the quoted field that begins in line {line} is not closed",
        'close it, and write quotes inside a quoted field twice ("")',
        value=data[:80].decode("utf-8", "replace"),
        line=line,
    )


def _measured(
    data: bytes, delimiter: int, state: _State, *, final: bool
) -> tuple[Block | None, bytes]:
    if final and not data.endswith(b"\n"):
        data += b"\n"
    raw = np.frombuffer(data, dtype=np.uint8)
    marks = np.flatnonzero((raw == delimiter) | (raw == LF))
    is_end = raw[marks] == LF
    breaks = marks[is_end]
    quotes = _quotes(data, raw, delimiter, state.line) if b'"' in data else None
    if quotes is not None and len(quotes):
        outside = np.searchsorted(quotes, marks) % 2 == 0
        if final and not outside[-1]:
            raise _unclosed(state.line + _line_of(breaks, quotes[-1]), data[int(quotes[-1]) :])
        marks, is_end = marks[outside], is_end[outside]
    last = np.flatnonzero(is_end)
    if not len(last):
        return None, data
    end = int(marks[last[-1]]) + 1
    block = _block(data[:end], raw[:end], marks[: last[-1] + 1], last, breaks, state)
    state.line += int(np.searchsorted(breaks, end))
    return block, data[end:]


def _line_of(breaks: Ints, place: int) -> int:
    return int(np.searchsorted(breaks, place))


def _block(
    data: bytes,
    raw: "np.typing.NDArray[np.uint8]",
    marks: Ints,
    last: Ints,
    breaks: Ints,
    state: _State,
) -> Block:
    ends = marks[last] + 1
    starts = np.concatenate(([0], ends[:-1]))
    widths = np.diff(marks, prepend=-1) - 1
    firsts = np.concatenate(([0], last[:-1] + 1))
    longest = np.maximum.reduceat(widths, firsts)
    fields = np.diff(last, prepend=-1)
    lengths = ends - starts - 1
    if b"\r" in data:
        _refuse_lone_returns(data, raw, marks, starts, state)
        lengths = lengths - ((lengths > 0) & (raw[np.maximum(ends - 2, 0)] == CR))
    lines = state.line + np.searchsorted(breaks, starts)
    nul = np.zeros(len(ends), dtype=np.bool_)
    if b"\0" in data:
        nul[np.searchsorted(ends, np.flatnonzero(raw == NUL), side="right")] = True
    quoted = b'"' in data
    return Block(data, starts, ends, lines, fields, longest, lengths == 0, nul, quoted)


def _refuse_lone_returns(
    data: bytes, raw: "np.typing.NDArray[np.uint8]", marks: Ints, starts: Ints, state: _State
) -> None:
    """A carriage return alone would be a line end to one reader and a character to another."""
    returns = np.flatnonzero(raw == CR)
    followed = raw[np.minimum(returns + 1, len(raw) - 1)] == LF
    if followed.all():
        return
    lone = returns[~followed]
    if b'"' in data:
        quotes = np.flatnonzero(raw == QUOTE)
        # an odd count of quotes since the record's start means inside a quoted field
        begin = starts[np.searchsorted(starts, lone, side="right") - 1]
        odd = (np.searchsorted(quotes, lone) - np.searchsorted(quotes, begin)) % 2 == 1
        lone = lone[~odd]
    if len(lone):
        line = state.line + data.count(b"\n", 0, int(lone[0]))
        hint = "end lines with LF or CRLF, and quote fields that hold a carriage return"
        raise Refused("line", f"a lone carriage return in line {line}", hint, line=line)


def _quotes(data: bytes, raw: "np.typing.NDArray[np.uint8]", delimiter: int, line: int) -> Ints:
    """Offsets of the quotes that open and close fields; the block starts outside of quotes."""
    quotes = np.flatnonzero(raw == QUOTE)
    before = raw[np.maximum(quotes - 1, 0)]
    after = raw[np.minimum(quotes + 1, len(raw) - 1)]
    opening = np.arange(len(quotes)) % 2 == 0
    starts_field = (quotes == 0) | (before == delimiter) | (before == LF)
    ends_field = (after == delimiter) | (after == LF) | (after == CR) | (quotes == len(raw) - 1)
    right = np.where(opening, starts_field | (before == QUOTE), ends_field | (after == QUOTE))
    if right.all():
        return quotes
    return _quotes_one_by_one(data, quotes.tolist(), delimiter, line)


def _quotes_one_by_one(data: bytes, quotes: list[int], delimiter: int, line: int) -> Ints:
    """The same where plain quotes stand inside unquoted fields."""
    kept: list[int] = []
    inside, skip, size = False, -1, len(data)
    for place in quotes:
        if place == skip:
            continue
        if not inside:
            if place == 0 or data[place - 1] in (delimiter, LF):
                inside = True
                kept.append(place)
        elif place + 1 < size and data[place + 1] == QUOTE:
            skip = place + 1
        elif place + 1 >= size or data[place + 1] in (delimiter, LF, CR):
            inside = False
            kept.append(place)
        else:
            begin = kept[-1]
            raise _unclosed(line + data.count(b"\n", 0, begin), data[begin:])
    return np.array(kept, dtype=np.int64)
