"""Numbers by one strict rule, exactly, whole columns at a time.

The rule: an optional minus, ASCII digits, and optionally the declared decimal sign and more digits.
No grouping, exponent, plus, blanks, hex, nan or inf. `parse_one` states it for a single text and is
what the vectorised `parse` must equal.
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np

from .calendar import Bools, Ints
from .faults import Fault, Faults, any_of, fault
from .texts import Bytes, Texts

LONGEST = 64
SAFE_DIGITS = 18
LIMIT = 2**63 - 1
MOST_DECIMALS = 10


@dataclass(frozen=True)
class Numbers:
    """Exact numbers: `data` / 10**`decimals` row by row, or Fractions where `decimals` is None.

    `ok` is false where there is no number: missing, or listed in `faults`.
    """

    data: Any
    decimals: Ints | None
    ok: Bools
    faults: Faults = ()
    texts: Texts | None = None
    column: str = ""

    def __len__(self) -> int:
        return len(self.ok)

    def fractions(self) -> Any:
        """The numbers as an object array of Fractions; 0 where there is none."""
        if self.decimals is None:
            return self.data
        made = np.empty(len(self), dtype=object)
        pairs = zip(self.data.tolist(), self.decimals.tolist(), strict=True)
        made[:] = [Fraction(value, 10**places) for value, places in pairs]
        return made


@cache
def _plain(decimal: str) -> re.Pattern[str]:
    return re.compile(rf"(-?)([0-9]+)(?:{re.escape(decimal)}([0-9]+))?")


def parse_one(text: str, decimal: str = ".") -> tuple[int, int] | None:
    """(mantissa, decimals) with trailing zeros of the decimals dropped; None if not a number."""
    match = _plain(decimal).fullmatch(text) if len(text) <= LONGEST else None
    if match is None:
        return None
    sign, whole, part = match.group(1), match.group(2), (match.group(3) or "").rstrip("0")
    return int(sign + whole + part), len(part)


def parse(texts: Texts, decimal: str = ".", column: str = "") -> Numbers:
    """Every present text as a number; others are faults `number`, `range` or `decimals`."""
    size = len(texts)
    data, decimals = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    good = np.zeros(size, dtype=np.bool_)
    lengths = np.where(texts.present, texts.lengths, 0)
    rows = np.flatnonzero((lengths > 0) & (lengths <= LONGEST))
    if len(rows):
        width = int(lengths[rows].max())
        matrix = texts.matrix(rows, width)
        _read(matrix, lengths[rows], ord(decimal), rows, (data, decimals, good))
    long = good & (lengths > SAFE_DIGITS)
    faults = fault(texts.present & ~good, "number", column, texts)
    if long.any():
        faults += _read_long(texts, decimal, column, long, data, decimals)
    ok = good & ~any_of(faults, size)
    return Numbers(data, decimals, ok, faults, texts, column)


def _read(
    matrix: Bytes, lengths: Ints, point: int, rows: Ints, out: tuple[Ints, Ints, Bools]
) -> None:
    size, width = matrix.shape
    places = np.arange(width)
    digits = matrix - np.uint8(48)
    is_digit = digits < 10
    count = is_digit.sum(axis=1)
    minus = matrix[:, 0] == 45
    if int(count.sum()) + int(minus.sum()) == int(lengths.sum()):
        points, decimals = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    else:
        is_point = matrix == point
        points = is_point.sum(axis=1)
        decimals = np.where(points == 1, lengths - 1 - (is_point * places).sum(axis=1), 0)
    before = lengths - minus - points - decimals
    good = (count + minus + points == lengths) & (points <= 1) & (before > 0)
    good &= (points == 0) | (decimals > 0)
    value = np.zeros(size, dtype=np.int64)
    for place in range(min(width, SAFE_DIGITS + 2)):
        here = is_digit[:, place]
        value = np.where(here, value * 10 + digits[:, place], value)
    out[0][rows] = np.where(minus, -value, value)
    out[1][rows] = decimals
    out[2][rows] = good


def _read_long(
    texts: Texts, decimal: str, column: str, rows: Bools, data: Ints, decimals: Ints
) -> Faults:
    """Texts whose digits may pass 64 bits, one by one."""
    large, fine = np.zeros(len(rows), dtype=np.bool_), np.zeros(len(rows), dtype=np.bool_)
    for row in np.flatnonzero(rows).tolist():
        parsed = parse_one(texts.text(row) or "", decimal)
        assert parsed is not None
        mantissa, places = parsed
        if abs(mantissa) <= LIMIT:
            data[row], decimals[row] = parsed
        else:
            data[row], decimals[row] = 0, 0
            (fine if places > MOST_DECIMALS else large)[row] = True
    return fault(large, "range", column, texts) + fault(fine, "decimals", column, texts)


def constant(text: str, size: int) -> Numbers:
    """A literal, the same in every row."""
    parsed = parse_one(text)
    assert parsed is not None
    return Numbers(
        np.full(size, parsed[0], dtype=np.int64),
        np.full(size, parsed[1], dtype=np.int64),
        np.ones(size, dtype=np.bool_),
    )


def scaled(numbers: Numbers, scale: int) -> Numbers:
    """The numbers times 10**`scale` as whole int64.

    More decimals than that are a fault `decimals` (trailing zeros are none), too large is `range`.
    """
    if numbers.decimals is None:
        return _scaled_fractions(numbers, scale)
    gap = scale - numbers.decimals
    data = numbers.data
    excess = np.zeros(len(numbers), dtype=np.bool_)
    if (gap < 0).any():
        divisor = 10 ** np.minimum(np.maximum(-gap, 0), SAFE_DIGITS)
        excess = numbers.ok & ((data % divisor != 0) | ((-gap > SAFE_DIGITS) & (data != 0)))
        data = data // divisor
    factor = 10 ** np.clip(gap, 0, SAFE_DIGITS)
    large = numbers.ok & ~excess & (np.abs(data) > LIMIT // factor)
    faults = numbers.faults + fault(excess, "decimals", numbers.column, numbers.texts)
    faults += fault(large, "range", numbers.column, numbers.texts)
    ok = numbers.ok & ~excess & ~large
    whole = np.where(ok, data, 0) * factor
    return Numbers(whole, np.full(len(data), scale), ok, faults, numbers.texts, numbers.column)


def _scaled_fractions(numbers: Numbers, scale: int) -> Numbers:
    size = len(numbers)
    excess, large = np.zeros(size, dtype=np.bool_), np.zeros(size, dtype=np.bool_)
    whole = np.zeros(size, dtype=np.int64)
    for row in np.flatnonzero(numbers.ok).tolist():
        value = numbers.data[row] * 10**scale
        if value.denominator != 1:
            excess[row] = True
        elif abs(value) > LIMIT:
            large[row] = True
        else:
            whole[row] = int(value)
    note = "the computed value has more decimals than the KPI keeps"
    faults = numbers.faults + fault(excess, "decimals", numbers.column, numbers.texts, note)
    faults += fault(
        large, "range", numbers.column, numbers.texts, "the computed value is too large"
    )
    ok = numbers.ok & ~excess & ~large
    return Numbers(whole, np.full(size, scale), ok, faults, numbers.texts, numbers.column)


def aligned(left: Numbers, right: Numbers) -> tuple[Any, Any, int | None]:
    """Both sides as plain arrays in one unit of 10**-places; places None: they are Fractions."""
    if left.decimals is not None and right.decimals is not None:
        places = max(_most(left), _most(right))
        if max(_reach(left, places), _reach(right, places)) < 2**62:
            return _raised(left, places), _raised(right, places), places
    return left.fractions(), right.fractions(), None


def _most(numbers: Numbers) -> int:
    assert numbers.decimals is not None
    return int(numbers.decimals[numbers.ok].max(initial=0))


def _reach(numbers: Numbers, places: int) -> int:
    """At least the largest magnitude once in units of 10**-places."""
    assert numbers.decimals is not None
    values = numbers.data[numbers.ok]
    if not len(values):
        return 0
    largest = max(abs(int(values.max())), abs(int(values.min())))
    return largest * int(10 ** (places - int(numbers.decimals[numbers.ok].min())))


def _raised(numbers: Numbers, places: int) -> Ints:
    assert numbers.decimals is not None
    factor = 10 ** np.clip(places - numbers.decimals, 0, SAFE_DIGITS)
    made: Ints = np.where(numbers.ok, numbers.data, 0) * factor
    return made


def computed(operator: str, left: Numbers, right: Numbers) -> Numbers:
    """left + right, left - right, left * right or left / right, exactly."""
    ok, faults = left.ok & right.ok, left.faults + right.faults
    texts, column = left.texts or right.texts, left.column or right.column
    if operator == "/":
        zero = right.ok & (np.asarray(right.data == 0, dtype=np.bool_))
        faults += fault(zero & left.ok, "division", right.column, right.texts)
        ok = ok & ~zero
        return Numbers(_divided(left, right, ok), None, ok, faults, texts, column)
    first, second, places = aligned(left, right)
    if operator == "*":
        return _multiplied(left, right, ok, faults)
    result = first + second if operator == "+" else first - second
    decimals = None if places is None else np.full(len(ok), places, dtype=np.int64)
    return Numbers(result, decimals, ok, faults, texts, column)


def _divided(left: Numbers, right: Numbers, ok: Bools) -> Any:
    made = np.full(len(ok), Fraction(0), dtype=object)
    rows = np.flatnonzero(ok)
    made[rows] = left.fractions()[rows] / right.fractions()[rows]
    return made


def _multiplied(left: Numbers, right: Numbers, ok: Bools, faults: Faults) -> Numbers:
    texts, column = left.texts or right.texts, left.column or right.column
    whole = left.decimals is not None and right.decimals is not None
    if whole and _reach(left, _most(left)) * _reach(right, _most(right)) < 2**62:
        assert left.decimals is not None
        assert right.decimals is not None
        first, second = np.where(left.ok, left.data, 0), np.where(right.ok, right.data, 0)
        return Numbers(first * second, left.decimals + right.decimals, ok, faults, texts, column)
    return Numbers(left.fractions() * right.fractions(), None, ok, faults, texts, column)


def percents(texts: Texts, decimal: str, column: str) -> Numbers:
    """Texts such as 99.9% as 99.9; a text without its sign is a fault `percent`."""
    import pyarrow.compute as pc

    signed = np.asarray(pc.ends_with(texts.array, "%").fill_null(False))
    bare = pc.replace_substring_regex(texts.array, pattern="%$", replacement="")
    inner = parse(Texts(bare, texts.present & signed), decimal, column)
    unsigned = fault(texts.present & ~signed, "percent", column, texts)
    shown = tuple(Fault(f.rows, f.rule, f.column, texts, f.note) for f in inner.faults)
    return Numbers(inner.data, inner.decimals, inner.ok, shown + unsigned, texts, column)
