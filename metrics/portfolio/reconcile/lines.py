"""Dated lines: later ones are added, one that a figure rests on is never rewritten or removed.

A line is open to correction while no result names it and no period that begins under it has
been computed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any

from contracts.models import Amendment, Calendar
from kpotracker.toolkit.fields import plain_decimal
from metrics.models import Kpi, KpiPeriod, ResultRevision
from metrics.portfolio.definitions import Definition, Steps
from metrics.portfolio.items import Item
from metrics.portfolio.plan import Action
from metrics.portfolio.reconcile.run import Run, compared, differences, shown, stated
from metrics.portfolio.services.kpis import (
    Line,
    definition_add,
    level_add,
    line_correct,
    line_withdraw,
)
from metrics.portfolio.shapes import KpiShape
from metrics.portfolio.shapes.kpis import LevelShape

_BOUNDARIES = ("period", "anchor", "zone")
LEVEL_COLUMNS = (  # of the same name and value in a file and in the table
    "kind",
    "operator",
    "expected",
    "lower",
    "upper",
    "minimum",
    "critical",
    "compare_places",
    "compare_rounding",
    "weight",
    "min_volume",
    "floor",
    "enforced_from",
    "no_data_is",
    "no_activity_is",
)


class Computed:
    """What was computed of a KPI, looked up once somebody asks."""

    def __init__(self, kpi: Kpi | None) -> None:
        self._kpi = kpi

    @cached_property
    def _days(self) -> list[tuple[date, date]]:
        days = KpiPeriod.objects.filter(kpi=self._kpi).order_by("first_day")
        return list(days.values_list("first_day", "last_day")) if self._kpi else []

    @cached_property
    def named(self) -> frozenset[tuple[str, int]]:
        """The lines that results name, as (kind, id)."""
        rows = ResultRevision.objects.filter(period__kpi=self._kpi) if self._kpi else None
        pairs = set(rows.values_list("definition", "level")) if rows is not None else set()
        named = {("definitions", definition) for definition, _ in pairs}
        return frozenset(named | {("levels", level) for _, level in pairs if level is not None})

    @property
    def first_days(self) -> list[date]:
        return [first for first, _ in self._days]

    @property
    def any(self) -> bool:
        return bool(self._days)

    def since(self, day: date, until: date | None = None) -> bool:
        """Whether a period beginning in [day, until) was computed."""
        return any(day <= d and (until is None or d < until) for d in self.first_days)

    @property
    def day_after(self) -> date:
        """The first day after everything computed."""
        return max(last for _, last in self._days) + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DatedLine:
    """A line as the files state it. ``values`` by model field; ``steps``: where it stands."""

    valid_from: date
    steps: Steps
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Lines:
    """One of a KPI's two rows of lines, and what it is called."""

    run: Run
    item: Item[KpiShape]
    kpi: Kpi
    computed: Computed
    kind: str
    noun: str
    section: str
    add: Callable[..., Line]

    def code(self, day: date) -> str:
        return f"{self.kpi.code} {self.noun} from {day}"

    def is_used(self, line: Line, after: date | None) -> bool:
        if (self.kind, line.pk) in self.computed.named:
            return True
        return self.computed.since(line.valid_from, after)

    def refuse(self, steps: Steps, message: str, hint: str) -> None:
        self.run.refuse(self.item, *steps, message=message, hint=hint)


def definition_values(
    line: Definition, calendars: Mapping[str, Calendar], amendments: Mapping[int, Amendment]
) -> dict[str, Any]:
    return {
        **_resolved("amendment", line.amendment, amendments),
        "measure": line.measure,
        "parameters": line.parameters,
        "unit": line.unit,
        "places": line.places,
        "period": line.period,
        "anchor": line.anchor,
        "zone": line.zone,
        **_resolved("calendar", line.calendar, calendars),
        "stub": line.stub,
        "grace_days": line.grace_days,
    }


def _resolved(name: str, key: Any, found: Mapping[Any, Any]) -> dict[str, Any]:
    """The object a line names; nothing at all where it is missing, which is said elsewhere."""
    if key is not None and key not in found:
        return {}
    return {name: found[key] if key is not None else None}


def level_values(level: LevelShape, amendments: Mapping[int, Amendment]) -> dict[str, Any]:
    return {
        **{name: getattr(level, name) for name in LEVEL_COLUMNS},
        **_resolved("amendment", level.amendment, amendments),
        "clause": level.clause or "",
        "wording": level.wording or "",
        "small_sample": level.min_volume_policy,
        "attainment": level.attainment or "",
        "bands": [_band(band) for band in level.bands],
    }


def _band(band: Any) -> list[Any]:
    """[name, lower edge, upper edge], and attainment and severity where the clause gives them."""
    written = [band.name, _text(band.lower), _text(band.upper)]
    if band.attainment is not None or band.severity is not None:
        written += [_text(band.attainment), band.severity]
    return written


def _text(number: Any) -> str | None:
    return None if number is None else plain_decimal(number)


def reconcile_definitions(
    run: Run, item: Item[KpiShape], kpi: Kpi, computed: Computed, wanted: Sequence[DatedLine]
) -> None:
    """Bring a KPI's definitions to what the files state."""
    lines = _Lines(
        run, item, kpi, computed, "definitions", "definition", "definitions", definition_add
    )
    existing = list(kpi.definitions.all())
    if not _moves_computed_periods(lines, existing, wanted):
        _reconcile(lines, existing, wanted)


def reconcile_levels(
    run: Run, item: Item[KpiShape], kpi: Kpi, computed: Computed, wanted: Sequence[DatedLine]
) -> None:
    """Bring a KPI's service levels to what the files state."""
    lines = _Lines(run, item, kpi, computed, "levels", "service level", "service_levels", level_add)
    _reconcile(lines, list(kpi.levels.all()), wanted)


def _reconcile(lines: _Lines, existing: Sequence[Line], wanted: Sequence[DatedLine]) -> None:
    by_day = {line.valid_from: line for line in existing}
    stated_days = {line.valid_from for line in wanted}
    days = sorted(by_day)
    following = dict(pairwise(days))
    for day in days:
        if day not in stated_days:
            _remove(lines, by_day[day], following.get(day))
    for line in wanted:
        found = by_day.get(line.valid_from)
        if found is None:
            _add(lines, line, [day for day in days if day > line.valid_from])
        else:
            _compare(lines, found, line, following.get(line.valid_from))


def _remove(lines: _Lines, line: Line, after: date | None) -> None:
    day = line.valid_from
    if lines.is_used(line, after):
        message = f"the {lines.noun} from {day} is not in the file any more, and figures rest on it"
        hint = f"put the line with valid_from {day} back; to change terms add a later line"
        lines.refuse((lines.section,), message, hint)
        return
    lines.run.note(Action.CHANGE, "kpis", f"{lines.code(day)} withdrawn")
    line_withdraw(line=line, as_of=lines.run.as_of)


def _add(lines: _Lines, wanted: DatedLine, later: Sequence[date]) -> None:
    day = wanted.valid_from
    if later and lines.computed.since(day):
        message = f"a new {lines.noun} from {day} lies before the one from {later[0]}"
        hint = f"figures rest on what holds then: add a line with valid_from after {later[-1]}"
        lines.refuse((*wanted.steps, "valid_from"), message, hint)
        return
    lines.run.note(Action.ADD_VERSION, "kpis", lines.code(day), stated(wanted.values))
    lines.run.attempt(
        lines.item,
        lambda: lines.add(
            kpi=lines.kpi, valid_from=day, as_of=lines.run.as_of, values=wanted.values
        ),
    )


def _compare(lines: _Lines, line: Line, wanted: DatedLine, after: date | None) -> None:
    differing = differences(line, wanted.values)
    if not differing:
        return
    if lines.is_used(line, after):
        for name, value in differing.items():
            _refuse_rewriting(lines, line, wanted, name, value)
        return
    code = lines.code(line.valid_from)
    lines.run.note(Action.CHANGE, "kpis", code, compared(line, differing))
    lines.run.attempt(
        lines.item,
        lambda: line_correct(line=line, as_of=lines.run.as_of, values=differing),
    )


def _refuse_rewriting(
    lines: _Lines, line: Line, wanted: DatedLine, name: str, value: object
) -> None:
    old, new = shown(getattr(line, name)) or "nothing", shown(value) or "nothing"
    message = (
        f"{name} of the {lines.noun} from {line.valid_from} is {old}, not {new}, "
        "and figures rest on it"
    )
    hint = (
        f"put {old} back, and add a line to `{lines.section}` with a new valid_from "
        "(and its amendment)"
    )
    lines.refuse((*wanted.steps, name), message, hint)


def _moves_computed_periods(
    lines: _Lines, existing: Iterable[Line], wanted: Sequence[DatedLine]
) -> bool:
    """Refuse a new line that would cut periods anew which have a figure already."""
    days = {line.valid_from for line in existing}
    refused = False
    for before, line in pairwise(wanted):
        moved = [n for n in _BOUNDARIES if before.values[n] != line.values[n]]
        if line.valid_from in days or not moved or not lines.computed.since(line.valid_from):
            continue
        message = f"{moved[0]} changes from {line.valid_from}, when periods have figures already"
        hint = f"let the line begin on {lines.computed.day_after} or later"
        lines.refuse((*line.steps, "valid_from"), message, hint)
        refused = True
    return refused
