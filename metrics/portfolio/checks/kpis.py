"""A KPI's references, days and definitions."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from metrics.engine import EngineError, PeriodRule, Timeline
from metrics.engine.measures import validate_parameters
from metrics.portfolio.definitions import (
    Definition,
    definitions_of,
    first_day_of,
    last_day_of,
)
from metrics.portfolio.items import Item
from metrics.portfolio.known import Known, Terms
from metrics.portfolio.problems import Problem
from metrics.portfolio.shapes import KpiShape

_TOP_LEVEL = frozenset({"measure", "unit"})


def kpi_problems(item: Item[KpiShape], known: Known) -> Iterator[Problem]:
    """What is wrong with a KPI, its service levels apart."""
    shape, place = item.shape, item.place
    yield from known.refuse_unknown(place, "contracts", shape.contract, "contract")
    yield from known.refuse_unknown(place, "processes", shape.process, "process")
    yield from known.refuse_unknown(place, "calendars", shape.calendar, "calendar")
    for number, line in enumerate(shape.definitions):
        steps = ("definitions", number, "calendar")
        yield from known.refuse_unknown(place, "calendars", line.calendar, *steps)
    yield from _foreign(item, known)
    terms = known.terms(shape.contract)
    if shape.contract is None or terms is not None:
        yield from _days(item, terms)
        yield from _lines(item, terms)
    else:
        yield from _measures_alone(item)


def _measures_alone(item: Item[KpiShape]) -> Iterator[Problem]:
    """What needs no contract, of a KPI whose contract is wrong or not there."""
    shape = item.shape
    stated = {"first_day": shape.first_day or date.min, "zone": shape.zone or "UTC"}
    for line in definitions_of(shape.model_copy(update=stated), None):
        yield from _measured(item, line)


def _foreign(item: Item[KpiShape], known: Known) -> Iterator[Problem]:
    shape = item.shape
    owner = known.contract_of_process(shape.process) if shape.process else None
    if shape.contract and owner and known.are_unrelated(shape.contract, owner):
        message = f"process '{shape.process}' belongs to contract '{owner}'"
        hint = (
            f"state contract '{owner}', or a process of '{shape.contract}' "
            "or of its parent or child contracts"
        )
        yield item.problem("contract", message=message, hint=hint)


def _days(item: Item[KpiShape], terms: Terms | None) -> Iterator[Problem]:
    shape = item.shape
    for key, stated in (("first_day", shape.first_day), ("zone", shape.zone)):
        if terms is None and stated is None:
            message = f"'{key}' is missing"
            hint = f"a KPI without a contract states its own: add `{key}: ...`"
            yield item.problem(message=message, hint=hint)
    first, last = first_day_of(shape, terms), last_day_of(shape, terms)
    if first and last and last < first:
        message = f"the last day {last} lies before the first day {first}"
        yield item.problem("first_day", message=message, hint="correct one of the days")


def _lines(item: Item[KpiShape], terms: Terms | None) -> Iterator[Problem]:
    lines = definitions_of(item.shape, terms)
    for line in lines:
        yield from _measured(item, line)
        yield from _direction(item, line)
        yield from amendment_problems(item, line.steps, line.valid_from, line.amendment, terms)
    for before, line in pairwise(lines):
        if line.valid_from <= before.valid_from:
            message = f"valid_from {line.valid_from} is not after {before.valid_from}"
            hint = "let each line begin after the one before, and after the KPI's first day"
            yield item.problem(*line.steps, "valid_from", message=message, hint=hint)
    yield from _timeline(item, lines, terms)


def _measured(item: Item[KpiShape], line: Definition) -> Iterator[Problem]:
    found = validate_parameters(line.measure, line.parameters, line.unit, line.calendar is not None)
    for problem in found:
        steps = _steps_to(item, line, problem.where)
        said = f" {problem.value!r}" if problem.value is not None else ""
        message = f"{problem.where}{said} {problem.rule}"
        yield item.problem(*steps, message=message, hint=problem.way_out)


def _direction(item: Item[KpiShape], line: Definition) -> Iterator[Problem]:
    """A forecast's error that is better the higher, or its accuracy the lower: a slip."""
    method = line.parameters.get("method", "accuracy")
    wrong = "lower" if method == "accuracy" else "higher"
    if line.measure != "forecast_accuracy" or item.shape.direction != wrong:
        return
    right = "higher" if wrong == "lower" else "lower"
    said = "how near forecasts came" if method == "accuracy" else "the error of forecasts"
    instead = "" if method == "accuracy" else ", or method: accuracy"
    message = f"method '{method}' reports {said}, which is better the {right}, not the {wrong}"
    steps = _steps_to(item, line, "method")
    yield item.problem(*steps, message=message, hint=f"write direction: {right}{instead}")


def _steps_to(item: Item[KpiShape], line: Definition, where: str) -> tuple[str | int, ...]:
    if where in _TOP_LEVEL:
        return (*line.steps, where)
    below = (*line.steps, "parameters", where)
    stated = (*item.place.path, *below) in item.place.document.lines
    return below if stated else (*line.steps, "parameters")


def _timeline(
    item: Item[KpiShape], lines: list[Definition], terms: Terms | None
) -> Iterator[Problem]:
    """Whatever the engine refuses about the periods is said here rather than at the first row."""
    first, last = first_day_of(item.shape, terms), last_day_of(item.shape, terms)
    if not lines or first is None or (last and last < first):
        return
    days = [line.valid_from for line in lines]
    if days != sorted(set(days)):
        return
    try:
        rules = tuple(
            (line.valid_from, PeriodRule(line.period, line.zone, line.anchor)) for line in lines
        )
        Timeline(versions=rules, first_day=first, last_day=last, stub=item.shape.stub)
    except EngineError as error:
        for problem in error.problems:
            yield item.problem("period", message=str(problem), hint=problem.way_out)


def amendment_problems(
    item: Item[KpiShape],
    steps: tuple[str | int, ...],
    valid_from: object,
    number: int | None,
    terms: Terms | None,
) -> Iterator[Problem]:
    """An amendment that the contract does not have, or that takes effect after the line."""
    if number is None:
        return
    effective = terms.amendments.get(number) if terms else None
    if effective is None:
        message = f"the contract has no amendment {number}"
        hint = "add it under the contract's `amendments`, or correct the number"
        yield item.problem(*steps, "amendment", message=message, hint=hint)
    elif str(valid_from) < effective.isoformat():
        message = f"the line begins {valid_from}, amendment {number} takes effect {effective}"
        hint = f"let the line begin on {effective} or later"
        yield item.problem(*steps, "valid_from", message=message, hint=hint)
