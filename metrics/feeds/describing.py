"""A mapping in words: which column of a file means what."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from metrics.feeds.mapping import Mapping
from metrics.feeds.mapping.shape import Target, TimeSource
from metrics.feeds.mapping.tree import columns_of, to_text

_PATTERNS = {
    "iso": "ISO 8601",
    "epoch": "seconds since 1970",
    "epoch_ms": "milliseconds since 1970",
    "excel": "a day of a spreadsheet",
}
_EXAMPLE = datetime(2026, 3, 31, 14, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What ``columns`` of the file are read for: ``role`` at ``where`` (a KPI, or the row)."""

    columns: tuple[str, ...]
    role: str
    where: str
    rule: str = ""


def meanings(mapping: Mapping) -> list[Meaning]:
    """Every use of a column, what identifies a row first."""
    return list(_meanings(mapping))


def _meanings(mapping: Mapping) -> Iterator[Meaning]:
    if mapping.reference is not None:
        yield Meaning((mapping.reference.series,), "name of the series", "the row")
        return
    yield Meaning(mapping.identity, "tells one item from another", "the row")
    if mapping.revision.column:
        rule = "the higher one counts"
        yield Meaning((mapping.revision.column,), "version of the item", "the row", rule)
    for name, source in mapping.times.items():
        columns = (source.column,) if source.column else ()
        yield Meaning(columns, f"time: {name}", "the row", _time(source))
    if mapping.where is not None:
        rule = f"only where {to_text(mapping.where)}"
        yield Meaning(tuple(dict.fromkeys(columns_of(mapping.where))), "filter", "the row", rule)
    for target in mapping.targets:
        yield from _of_target(target)


def _of_target(target: Target) -> Iterator[Meaning]:
    where = target.kpi.text
    if target.kpi.columns:
        yield Meaning(target.kpi.columns, "picks the KPI", where)
    if target.when is not None:
        columns = tuple(dict.fromkeys(columns_of(target.when)))
        yield Meaning(columns, "condition", where, f"only where {to_text(target.when)}")
    for role, node in target.roles.items():
        yield Meaning(tuple(dict.fromkeys(columns_of(node))), role, where, to_text(node))
    for role, name in target.times.items():
        yield Meaning((), role, where, f"the time {name}")


def _time(source: TimeSource) -> str:
    if source.fixed_us is not None:
        return "the same for every row"
    zone = f", {source.zone} where it names no zone" if source.zone else ""
    return (_PATTERNS.get(source.pattern) or f"such as {_EXAMPLE:{source.pattern}}") + zone
