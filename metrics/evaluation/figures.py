"""From a period's terms and rows to the engine's inputs, and its result to a revision."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from metrics.engine import (
    MEASURES,
    Consequence,
    EngineError,
    Inputs,
    Period,
    Result,
    Row,
    Status,
    Totals,
    evaluate,
)
from metrics.evaluation.references import training_series, training_set
from metrics.evaluation.terms import Terms, engine_level
from metrics.models import KpiDefinition, ResultRevision, ServiceLevel

# Raised when what goes into a fingerprint, or how a revision explains itself, changes.
RECIPE = 1


@dataclass(frozen=True)
class Task:
    """A period of a KPI that is to be computed as of an instant, and the lines that hold in it.

    ``training``: the set of reference series that its definition names, None if there is none.
    """

    terms: Terms
    period: Period
    definition: KpiDefinition
    level: ServiceLevel | None
    as_of: datetime
    training: int | None = None

    @classmethod
    def of(cls, terms: Terms, period: Period, as_of: datetime) -> "Task":
        """The lines in force now. A KPI never goes back in time: history that is loaded after
        its last visit is computed as of that visit, or a period that ended would run again."""
        moment = max(as_of, terms.kpi.visited_until or as_of)
        definition = terms.definition_for(period)
        training = training_set(definition.parameters)
        return cls(terms, period, definition, terms.level_for(period), moment, training)

    @property
    def measure(self) -> Any:
        return MEASURES[self.definition.measure]

    @property
    def needs_rows(self) -> bool:
        has_calendar = self.definition.calendar_id is not None
        return bool(self.measure.needs_rows(self.definition.parameters, has_calendar))


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
    definition, level = task.definition, task.level
    inputs = Inputs(
        measure=definition.measure,
        parameters=definition.parameters,
        unit=definition.unit,
        scale=task.terms.kpi.decimals,
        period=task.period,
        as_of=task.as_of,
        totals=data if isinstance(data, Totals) else None,
        rows=None if isinstance(data, Totals) else data,
        attested=attested,
        level=engine_level(level, task.period.first_day) if level else None,
        calendar=task.terms.calendar_for(definition),
        training=training_series(task.training, task.terms.kpi.decimals),
    )
    try:
        result = evaluate(inputs)
    except EngineError as error:  # it shows on its own figure, and the others go on
        result = _unusable(inputs, error)
    return Figure(task, result, _core(task, inputs, result), attested)


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
    data: Any = inputs.totals or sorted(_plain(row) for row in inputs.rows or ())
    said = [
        task.definition.pk,
        task.level.pk if task.level else None,
        inputs.level.enforced if inputs.level else None,
        [task.period.start_us, task.period.end_us],
        _plain(data) if isinstance(data, Totals) else data,
        str(result.status),
        str(result.value),
        str(result.consequence),
    ]
    return hashlib.sha256(json.dumps(said, default=str).encode()).hexdigest()


def _sealed(core: str, attested: bool) -> str:
    return f"{RECIPE}-{hashlib.sha256(f'{core} {attested}'.encode()).hexdigest()}"


def is_of_earlier_recipe(revision: ResultRevision) -> bool:
    """Whether an earlier release sealed and explained the revision in its own way."""
    recipe, _, seal = revision.fingerprint.partition("-")
    return bool(seal) and recipe in {str(number) for number in range(1, RECIPE)}


def _plain(data: Row | Totals) -> list[str]:
    return [repr(getattr(data, name)) for name in data.__slots__]


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
        "body": _body(result) | {"training": figure.task.training},
        "fingerprint": figure.fingerprint,
    }


def exact(value: Fraction | None) -> str:
    """A fraction as text, "p" or "p/q"; empty for None."""
    return "" if value is None else str(value)


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
    }


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
