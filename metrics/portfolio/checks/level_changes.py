"""Service levels that change inside a period, which only some pairs of versions can do."""

from collections.abc import Iterator
from itertools import pairwise

from metrics.engine import EngineError, weighting_problems
from metrics.portfolio.checks.level_numbers import engine_level_of, refusal_problem
from metrics.portfolio.definitions import Steps, definitions_of, levels_of
from metrics.portfolio.items import Item
from metrics.portfolio.known import Terms
from metrics.portfolio.problems import Problem
from metrics.portfolio.shapes import KpiShape
from metrics.portfolio.shapes.levels import LevelShape


def change_problems(item: Item[KpiShape], terms: Terms | None) -> Iterator[Problem]:
    """Versions that are to be weighted by days, and cannot be."""
    for (_, before), (steps, level) in pairwise(levels_of(item.shape)):
        if level.change_inside == "time_weighted":
            yield from _units(item, steps, level, terms)
            yield from _weighting(item, steps, before, level)


def _units(
    item: Item[KpiShape], steps: Steps, level: LevelShape, terms: Terms | None
) -> Iterator[Problem]:
    lines = definitions_of(item.shape, terms)
    before = [line.unit for line in lines if line.valid_from < level.valid_from][-1:]
    after = [line.unit for line in lines if line.valid_from <= level.valid_from][-1:]
    if before and before != after:
        message = f"time_weighted cannot mix {before[0]} with {after[0]}"
        hint = "state at_start or at_end"
        yield item.problem(*steps, "change_inside", message=message, hint=hint)


def _weighting(
    item: Item[KpiShape], steps: Steps, before: LevelShape, level: LevelShape
) -> Iterator[Problem]:
    try:
        versions = [engine_level_of(before), engine_level_of(level)]
    except EngineError:  # said of the level itself
        return
    for problem in weighting_problems(versions):
        yield refusal_problem(item, steps, problem)
