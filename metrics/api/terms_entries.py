"""Between the bodies of KPIs and their terms and the entries of a portfolio file, both ways.

Portfolio files and the API share shapes, checks and services; here their names are told apart.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from kpotracker.toolkit.fields import plain_decimal
from kpotracker.toolkit.pointers import pointer
from kpotracker.toolkit.problems import InputError
from metrics.portfolio.editing import Entry, Finding, NewAmendment
from metrics.portfolio.editing.entries import without_nothing

PATH = tuple[str | int, ...]
_MARKED = re.compile(r"`(\w+): ?(?:\.\.\.)?`")
_RENAMED = {"time": "time_field", "min_volume_policy": "small_sample"}
_NUMBERS = (
    "expected",
    "lower",
    "upper",
    "minimum",
    "critical",
    "weight",
    "min_volume",
    "floor",
    "min_coverage",
)


def amendment_of(said: Mapping[str, Any]) -> NewAmendment | None:
    """The amendment that is registered with the terms, if any."""
    stated = said.get("new_amendment")
    return NewAmendment(**stated) if stated else None


def level_entry_of(said: Mapping[str, Any]) -> Entry:
    """A service level as a file states it."""
    entry = {name: value for name, value in said.items() if name not in _APART}
    entry |= {"min_volume_policy": entry.pop("small_sample", None)}
    entry |= {name: value for name in _NUMBERS if (value := _plain(entry.get(name))) is not None}
    entry["bands"] = [_band(band) for band in said.get("bands", ())]
    entry["default"] = _repetition(entry)
    return without_nothing(entry)


def _repetition(entry: Entry) -> Entry | None:
    """Taken out of ``entry``: a file states the rule and what belongs to it together."""
    named = {key: entry.pop(name, None) for key, name in _REPETITION.items()}
    stated = without_nothing(named)
    return None if stated.items() <= _USUAL.items() else stated


def definition_entry_of(said: Mapping[str, Any]) -> Entry:
    """How it is measured as a file states it: what is not said is not stated."""
    apart = (*_APART, "anchor", *_AGREED.values())
    entry = {name: value for name, value in said.items() if name not in apart}
    if "period" in said:
        entry["period"] = without_nothing({"every": said["period"], "anchor": said.get("anchor")})
    stated = without_nothing(entry)
    if "calendar" in said:
        stated["calendar"] = said["calendar"].code if said["calendar"] else None
    return stated | _agreed(said)


def _agreed(said: Mapping[str, Any]) -> Entry:
    """Tolerance, maintenance and volume relief; null ends what was agreed before."""
    stated: Entry = {}
    for path, name in _AGREED.items():
        if name not in said:
            continue
        value = _plain(said[name])
        if len(path) == 1:
            stated[path[0]] = value
        elif value is not None:
            stated[path[0]] = (stated.get(path[0]) or {}) | {path[1]: value}
        else:
            stated.setdefault(path[0], None)
    return stated


_APART = ("new_amendment",)
_REPETITION = {
    "rule": "repetition",
    "after": "repetition_after",
    "gap": "repetition_gap",
}
_USUAL = {"after": "each_further", "gap": "breaks"}  # which say nothing without a rule
_AGREED: Mapping[tuple[str, ...], str] = {
    ("tolerance",): "tolerance",
    ("maintenance", "hours"): "maintenance_hours",
    ("maintenance", "notice_days"): "maintenance_notice_days",
    ("volume_relief", "above"): "volume_relief_above",
}


def _band(band: Mapping[str, Any]) -> Entry:
    return without_nothing({name: _plain(value) for name, value in band.items()})


def _plain(value: Any) -> Any:
    return Decimal(plain_decimal(value)) if isinstance(value, Decimal) else value


def errors_of(
    findings: Iterable[Finding], place: Callable[[PATH], PATH] = lambda path: path
) -> Iterator[InputError]:
    """Findings as errors of a body; ``place`` leads from an entry's path to the body's member."""
    for finding in findings:
        where = pointer(renamed(place(finding.path)))
        yield InputError(_MARKED.sub(r"`\1`", str(finding)), pointer=f"#{where}")


def renamed(path: Sequence[str | int]) -> PATH:
    """An entry's path in the names of the API."""
    flat = [step for step in _unfolded(path) if step != "every"]
    if flat[-1:] == ["anchor"]:
        flat = [*flat[:-2], "anchor"]
    return tuple(_RENAMED.get(str(step), step) for step in flat)


def _unfolded(path: Sequence[str | int]) -> Sequence[str | int]:
    """A path to what a file states together, and the API by members of their own."""
    for at, step in enumerate(path):
        if step == "default":
            return (*path[:at], _REPETITION[str((*path, "rule")[at + 1])])
        inner = tuple(str(each) for each in path[at : at + 2])
        if step in _FOLDED:
            return (*path[:at], _AGREED.get(inner, _FOLDED[str(step)]))
    return path


_FOLDED = {"maintenance": "maintenance_hours", "volume_relief": "volume_relief_above"}
