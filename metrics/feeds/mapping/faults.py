"""Rules a value can break, and where in a batch it does."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from .calendar import Bools, Ints
from .problems import shown
from .texts import Texts

# rule -> (what is wrong with {value}, the way out)
RULES: dict[str, tuple[str, str]] = {
    "number": (
        "is not a plain number",
        "send digits with the declared decimal sign and no grouping, exponent, sign + or blanks",
    ),
    "decimals": (
        "has more decimals than the KPI keeps",
        "send fewer decimals or raise the KPI's scale; nothing is rounded silently",
    ),
    "range": ("is too large", "a scaled value stays within 64 bits; send a larger unit"),
    "percent": ("has no percent sign", "percent() reads 99.9%; name the column alone otherwise"),
    "division": ("divides by zero", "guard it with when:, or give both sides as roles"),
    "time_format": (
        "does not match the declared time format",
        "write it as the feed reads that column, or declare another format under times:",
    ),
    "time_calendar": ("is not a time of the calendar", "send a day and a time that exist"),
    "time_zone": ("has no time zone and none is declared", "declare zone: or send an offset"),
    "time_gap": ("does not exist in its zone (clocks go forward)", "send UTC or an offset"),
    "time_twice": (
        "exists twice in its zone (clocks go back)",
        "send UTC or an offset, or declare ambiguous: earlier",
    ),
    "time_future": ("lies after the delivery", "send times that have happened, or check the zone"),
    "time_range": ("lies outside the time of the KPI", "check the year, or the KPI's dates"),
    "order": ("ends before it starts", "check that start and end are not swapped"),
    "share": ("is not a part of its whole", "0 <= part <= whole, from the same row"),
    "missing": ("has no value", "send one, or declare if_missing: skip on the target"),
    "identity": ("has no value, and it identifies the item", "send it in every row"),
    "length": ("is longer than 200 characters", "send a shorter id"),
    "series": ("is longer than 100 characters", "send a shorter name of the series"),
    "twice": ("is a series that stands in the file already", "send each series in one row"),
    "revision": ("is not a revision", "send a whole number, or declare the revision's format"),
    "kpi": ("leads to no KPI", "apply the KPI, add a code to codes:, or declare if_missing: skip"),
    "roles": ("leads to a KPI with other roles", "narrow the codes: table of the target"),
    "cell": ("is not a value", "repair the cell in the workbook"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One rule broken at the rows of a mask."""

    rows: Bools
    rule: str
    column: str
    texts: Texts | None = None
    note: str = ""

    def within(self, mask: Bools) -> "Fault":
        return Fault(self.rows & mask, self.rule, self.column, self.texts, self.note)


Faults = tuple[Fault, ...]


def within(faults: Iterable[Fault], mask: Bools) -> Faults:
    """`faults` restricted to `mask`; those left without rows are dropped."""
    kept = (fault.within(mask) for fault in faults)
    return tuple(fault for fault in kept if fault.rows.any())


def fault(
    rows: Bools, rule: str, column: str, texts: Texts | None = None, note: str = ""
) -> Faults:
    """A one-element tuple, or an empty one where no row breaks the rule."""
    return (Fault(rows, rule, column, texts, note),) if rows.any() else ()


def any_of(faults: Iterable[Fault], size: int) -> Bools:
    """Rows that break at least one of `faults`."""
    broken = np.zeros(size, dtype=np.bool_)
    for one in faults:
        broken |= one.rows
    return broken


def described(one: Fault) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row at fault with its quarantine record, the line left out."""
    rows = np.flatnonzero(one.rows)
    wrong, way_out = RULES[one.rule]
    where = f" in column {one.column!r}" if one.column else ""
    for row, raw in zip(rows.tolist(), _values(one, rows), strict=True):
        value = shown(raw or "")
        message = (
            one.note.replace("{value}", repr(value)[1:-1])
            if one.note
            else f"{value!r}{where} {wrong}"
        )
        yield (
            row,
            {
                "column": one.column,
                "value": value,
                "rule": one.rule,
                "message": message,
                "hint": way_out,
            },
        )


def _values(one: Fault, rows: Ints) -> list[str | None]:
    if one.texts is None:
        return [None] * len(rows)
    found: list[str | None] = one.texts.array.take(pa.array(rows)).to_pylist()
    return found
