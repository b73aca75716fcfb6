"""Taking time texts apart, whole columns at a time, without judging the calendar."""

from dataclasses import dataclass, field

import numpy as np

from .calendar import SECOND, Bools, Ints
from .patterns import parts
from .texts import Bytes

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MAX_DIGITS = {"d": 2, "m": 2, "Y": 4, "y": 2, "H": 2, "M": 2, "S": 2, "f": 6}
_MIN_DIGITS = {"Y": 4, "y": 2}


@dataclass
class TimeParts:
    """Parts of the times at the rows being read; `shape` is false where the text does not fit."""

    size: int
    shape: Bools
    values: dict[str, Ints] = field(default_factory=dict)
    offset: Ints | None = None
    has_offset: Bools | None = None

    def part(self, name: str, default: int = 0) -> Ints:
        found = self.values.get(name)
        return np.full(self.size, default, dtype=np.int64) if found is None else found


def iso(matrix: Bytes, lengths: Ints) -> TimeParts:
    """YYYY-MM-DD, optionally T or blank and HH:MM[:SS[.ffffff]] and Z or ±HH[[:]MM]."""
    size = len(lengths)
    padded = np.zeros((size, max(matrix.shape[1], 34) + 2), dtype=np.uint8)
    padded[:, : matrix.shape[1]] = matrix
    read = TimeParts(size, lengths >= 10)
    for name, start, width in (("Y", 0, 4), ("m", 5, 2), ("d", 8, 2)):
        _digits(read, padded, name, start, width)
    read.shape &= (padded[:, 4] == 45) & (padded[:, 7] == 45)
    timed = lengths > 10
    if timed.any():
        _iso_clock(read, padded, timed, lengths)
    return read


def _digits(read: TimeParts, padded: Bytes, name: str, start: int, width: int) -> None:
    value = np.zeros(read.size, dtype=np.int64)
    for place in range(start, start + width):
        digit = padded[:, place] - np.uint8(48)
        read.shape &= digit < 10
        value = value * 10 + digit
    read.values[name] = value


def _iso_clock(read: TimeParts, padded: Bytes, timed: Bools, lengths: Ints) -> None:
    shape = read.shape
    read.shape = np.ones(read.size, dtype=np.bool_)
    _digits(read, padded, "H", 11, 2)
    _digits(read, padded, "M", 14, 2)
    read.shape &= (padded[:, 13] == 58) & ((padded[:, 10] == 84) | (padded[:, 10] == 32))
    cursor = np.full(read.size, 16, dtype=np.int64)
    seconds = padded[:, 16] == 58
    if seconds.any():
        with_minutes = read.shape
        read.shape = np.ones(read.size, dtype=np.bool_)
        _digits(read, padded, "S", 17, 2)
        read.values["S"] = np.where(seconds, read.values["S"], 0)
        read.shape = with_minutes & (read.shape | ~seconds)
        cursor = np.where(seconds, 19, cursor)
        _iso_fraction(read, padded, seconds & (padded[:, 19] == 46), cursor)
    _zone(read, padded, cursor, optional=True)
    for name in ("H", "M", "S"):
        if name in read.values:
            read.values[name] = np.where(timed, read.values[name], 0)
    ended = read.shape & (cursor == lengths)
    read.shape = shape & (ended | ~timed)
    if read.has_offset is not None:
        read.has_offset &= timed


def _iso_fraction(read: TimeParts, padded: Bytes, dotted: Bools, cursor: Ints) -> None:
    if not dotted.any():
        return
    places = padded[:, 20:29] - np.uint8(48)
    run = np.logical_and.accumulate(places < 10, axis=1)
    count = run.sum(axis=1)
    micro = np.zeros(read.size, dtype=np.int64)
    for place in range(6):
        micro = micro * 10 + np.where(run[:, place], places[:, place], 0)
    finer = (np.where(run[:, 6:], places[:, 6:], 0) != 0).any(axis=1)
    read.shape &= ~dotted | ((count > 0) & ~finer)
    read.values["f"] = np.where(dotted, micro, 0)
    cursor[:] = np.where(dotted, 20 + count, cursor)


def _zone(read: TimeParts, padded: Bytes, cursor: Ints, *, optional: bool) -> None:
    """Z, ±HH, ±HHMM or ±HH:MM at the cursor, which moves behind it."""
    rows, last = np.arange(read.size), padded.shape[1] - 1

    def at(step: Ints | int) -> Bytes:
        found: Bytes = padded[rows, np.minimum(cursor + step, last)]
        return found

    first = at(0)
    zulu, signed = first == 90, (first == 43) | (first == 45)
    offset = np.zeros(read.size, dtype=np.int64)
    length = zulu.astype(np.int64)
    if signed.any():
        colon = at(3) == 58
        tens, ones = at(1) - np.uint8(48), at(2) - np.uint8(48)
        step = np.where(colon, 4, 3)
        minute_tens, minute_ones = at(step) - np.uint8(48), at(step + 1) - np.uint8(48)
        minutes = (minute_tens < 6) & (minute_ones < 10)
        hours = tens.astype(np.int64) * 10 + ones
        right = (tens < 10) & (ones < 10) & (hours < 24) & (minutes | ~colon)
        extra = np.where(minutes, minute_tens.astype(np.int64) * 10 + minute_ones, 0)
        sign = np.where(first == 45, -1, 1)
        offset = np.where(signed & right, sign * (hours * 60 + extra) * 60 * SECOND, 0)
        length = np.where(signed, np.where(minutes, step + 2, 3), length)
        read.shape &= ~signed | right
    read.offset, read.has_offset = offset, zulu | signed
    if not optional:
        read.shape &= read.has_offset
    cursor += length


def strptime(matrix: Bytes, lengths: Ints, pattern: str) -> TimeParts:
    """The parts of texts in a strptime pattern; days, months and hours need no leading zero."""
    size, width = matrix.shape
    padded = np.zeros((size, width + 12), dtype=np.uint8)
    padded[:, :width] = matrix
    flat, base, last = padded.ravel(), np.arange(size) * padded.shape[1], padded.shape[1] - 1
    read = TimeParts(size, np.ones(size, dtype=np.bool_))
    cursor = np.zeros(size, dtype=np.int64)

    def at(step: int) -> Bytes:
        found: Bytes = flat[base + np.minimum(cursor + step, last)]
        return found

    for directive, literal in parts(pattern):
        if literal:
            for step, letter in enumerate(literal.encode()):
                read.shape &= at(step) == letter
            cursor += len(literal)
        elif directive == "z":
            _zone(read, padded, cursor, optional=False)
        elif directive == "b":
            read.values["m"] = _month(np.stack([at(step) for step in range(3)]), read)
            cursor += 3
        else:
            most = _MAX_DIGITS[directive]
            value, count = _number(np.stack([at(step) for step in range(most)]))
            read.shape &= count >= _MIN_DIGITS.get(directive, 1)
            read.values[directive] = value * 10 ** (6 - count) if directive == "f" else value
            cursor += count
    read.shape &= cursor == lengths
    if "y" in read.values:
        short = read.values["y"]
        read.values["Y"] = np.where(short < 69, 2000 + short, 1900 + short)
    return read


def _number(letters: Bytes) -> tuple[Ints, Ints]:
    """Value and length of the run of digits at the start; letters is (places, rows)."""
    digits = letters - np.uint8(48)
    value, count = np.zeros(letters.shape[1], dtype=np.int64), np.zeros(letters.shape[1], np.int64)
    running = np.ones(letters.shape[1], dtype=np.bool_)
    for digit in digits:
        running = running & (digit < 10)
        value = np.where(running, value * 10 + digit, value)
        count += running
    return value, count


def _month(letters: Bytes, read: TimeParts) -> Ints:
    """1..12 of an English month's first three letters in any case."""
    lowered = (letters | 32).astype(np.int64)
    code = (lowered[0] << 16) | (lowered[1] << 8) | lowered[2]
    names = np.array([int.from_bytes(name.encode()) for name in MONTHS], dtype=np.int64)
    order = np.argsort(names)
    place = np.minimum(np.searchsorted(names[order], code), 11)
    read.shape &= names[order][place] == code
    found: Ints = order[place] + 1
    return found
