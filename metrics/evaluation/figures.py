"""From a period's terms and rows to the engine's inputs, and its result to a revision."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from fractions import Fraction
from functools import cache
from typing import Any

from metrics.engine import (
    Consequence,
    EngineError,
    Excuse,
    Inputs,
    Result,
    Row,
    Status,
    Totals,
    essence_of,
    evaluate,
)
from metrics.evaluation.circumstances import NOTHING
from metrics.evaluation.level_shares import WRITTEN, shares_written
from metrics.evaluation.references import training_series
from metrics.evaluation.reported import is_of_record
from metrics.evaluation.tasks import Task
from metrics.evaluation.terms import numbers_of
from metrics.models import ResultRevision
from metrics.selectors.reported import OURS

# Raised when what goes into a fingerprint, or how a revision explains itself, changes.
RECIPE = 1


@dataclass(frozen=True)
class Figure:
    """A computed result; ``core`` is the fingerprint of its lines, its rows and what they gave."""

    task: Task
    result: Result
    core: str
    attested: bool

    @property
    def fingerprint(self) -> str:
        """Of all that made the figure."""
        return _sealed(self.core, self.attested)

    def agrees_with(self, revision: ResultRevision) -> bool:
        """Whether the revision is this figure, apart from whether its rows were attested."""
        if is_of_earlier_recipe(revision):
            return not differences(revision, self)
        return revision.fingerprint in {_sealed(self.core, said) for said in (True, False)}


def figure_of(
    task: Task,
    data: Totals | Sequence[Row],
    *,
    attested_through: date | None,
) -> Figure:
    """Compute the period; ``data`` are its sums, or its rows where the measure needs them."""
    attested = attested_through is not None and attested_through >= task.period.last_day
    inputs = _inputs(task, data, attested)
    try:
        result = evaluate(replace(inputs, excuses=_excuses(task)) if task.excused else inputs)
    except EngineError as error:  # it shows on its own figure, and the others go on
        result = _unusable(inputs, error)
    return Figure(task, result, _core(task, inputs, result), attested)


def _inputs(task: Task, data: Totals | Sequence[Row], attested: bool) -> Inputs:
    """Everything but the excuses, which tell of rows by predicates of their own."""
    definition, beside = task.definition, task.circumstances or NOTHING
    return Inputs(
        measure=definition.measure,
        parameters=definition.parameters,
        unit=definition.unit,
        scale=task.terms.kpi.decimals,
        period=task.period,
        as_of=task.as_of,
        totals=data if isinstance(data, Totals) else None,
        rows=None if isinstance(data, Totals) else data,
        attested=attested,
        level=task.judged_by,
        calendar=task.terms.calendar_for(definition, task.calendar_versions),
        training=training_series(task.training, task.terms.kpi.decimals),
        zone=definition.zone,
        placed_by=task.terms.kpi.time_field,
        coverage=beside.coverage,
        late=beside.late,
        source=definition.source_of_record,
        reported=beside.reported,
    )


def _excuses(task: Task) -> list[Excuse]:
    """Raises EngineError for what this definition of the KPI does not understand."""
    return [event.excuse(task.definition, task.terms.kpi.decimals) for event in task.excused]


def _unusable(inputs: Inputs, error: EngineError) -> Result:
    return Result(
        status=Status.INVALID,
        value=None,
        numerator=None,
        denominator=None,
        n=inputs.totals.n if inputs.totals else len(inputs.rows or ()),
        volume=Fraction(0),
        band=None,
        shortfall=None,
        consequence=Consequence.NONE,
        attainment=None,
        failures=None,
        interval=None,
        details={"refused": str(error)},
        formula="",
        inputs=inputs,
        explain=lambda result: (str(error),),
    )


def _core(task: Task, inputs: Inputs, result: Result) -> str:
    """Equal for equal inputs and results, in any order of the rows."""
    data: Any = inputs.totals or sorted(_plain(row) for row in essence_of(inputs))
    circumstances = (task.circumstances or NOTHING).written
    said = [
        task.definition.pk,
        task.level.pk if task.level else None,
        inputs.level.enforced if inputs.level else None,
        [task.period.start_us, task.period.end_us],
        _plain(data) if isinstance(data, Totals) else data,
        str(result.status),
        str(result.value),
        str(result.consequence),
        *([circumstances] if circumstances else []),
        *[[share.level.pk, share.days] for share in task.shares],
    ]
    return hashlib.sha256(json.dumps(said, default=str).encode()).hexdigest()


def _sealed(core: str, attested: bool) -> str:
    return f"{RECIPE}-{hashlib.sha256(f'{core} {attested}'.encode()).hexdigest()}"


def is_of_earlier_recipe(revision: ResultRevision) -> bool:
    """Whether an earlier release sealed and explained the revision in its own way."""
    recipe, _, seal = revision.fingerprint.partition("-")
    return bool(seal) and recipe in {str(number) for number in range(1, RECIPE)}


def _plain(data: Row | Totals) -> list[str]:
    kind: Any = type(data)
    return [repr(getattr(data, name)) for name in _columns(kind)]


@cache
def _columns(kind: Any) -> list[str]:
    """What of the data makes a figure another one; what a row is called does not."""
    return [each.name for each in fields(kind) if each.name != "ref"]


def revision_fields(figure: Figure) -> dict[str, Any]:
    """The columns of a ResultRevision that come from the figure."""
    result = figure.result
    return {
        "definition": figure.task.definition,
        "level": figure.task.level,
        "status": str(result.status),
        "value": exact(result.value),
        "value_float": None if result.value is None else float(result.value),
        "numerator": exact(result.numerator),
        "denominator": exact(result.denominator),
        "rows": result.n,
        "volume": exact(result.volume),
        "band": result.band or "",
        "shortfall": exact(result.shortfall),
        "consequence": str(result.consequence),
        "attainment": exact(result.attainment),
        "attainment_float": None if result.attainment is None else float(result.attainment),
        "is_breach": result.is_breach,
        "attested": figure.attested,
        "body": _body(result) | _beside(figure.task) | _own(figure),
        "fingerprint": figure.fingerprint,
    }


def exact(value: Fraction | None) -> str:
    """A fraction as text, "p" or "p/q"; empty for None."""
    return "" if value is None else str(value)


def _beside(task: Task) -> dict[str, Any]:
    circumstances = (task.circumstances or NOTHING).written
    told: dict[str, Any] = {"circumstances": dict(circumstances)} if circumstances else {}
    if task.calendar_versions:
        told["calendar_versions"] = task.calendar_versions
    level = task.judged_by if task.shares else None
    if level is not None:
        told[WRITTEN] = shares_written(task.shares, numbers_of(level))
    return {"training": task.training, **told}


def _own(figure: Figure) -> dict[str, Any]:
    """Our own value, where the vendor's is judged."""
    return {OURS: exact(figure.result.ours)} if is_of_record(figure.task.definition) else {}


def _body(result: Result) -> dict[str, Any]:
    failures = result.failures
    return {
        "formula": result.formula,
        "steps": list(result.steps),
        "details": dict(result.details),
        "interval": list(result.interval) if result.interval else None,
        "failures": None
        if failures is None
        else {
            name: _number(getattr(failures, name))
            for name in ("allowed", "used", "left", "consumed", "burn")
        },
    } | _open_work(result)


def _open_work(result: Result) -> dict[str, Any]:
    """What was open and overdue beside the figure; the age of the oldest in seconds."""
    work = result.open_work
    if work is None:
        return {}
    oldest = work.oldest // 1_000_000
    return {"open": {"items": work.open, "overdue": work.overdue, "oldest_seconds": oldest}}


def _number(value: Fraction | float) -> str:
    return "infinite" if isinstance(value, float) else str(value)


def differences(revision: ResultRevision, figure: Figure) -> Mapping[str, tuple[Any, Any]]:
    """Columns in which a stored revision is not what its inputs give: name → (stored, computed).

    Of a revision from an earlier release the figure must be the same, not how it was explained.
    """
    words = ("body", "fingerprint") if is_of_earlier_recipe(revision) else ()
    return {
        name: (getattr(revision, name), computed)
        for name, computed in revision_fields(figure).items()
        if name not in words and getattr(revision, name) != computed
    }
