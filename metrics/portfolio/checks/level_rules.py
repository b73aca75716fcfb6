"""Rules of a service level that can never hold, or that nothing is counted by."""

from collections.abc import Iterator

from metrics.engine import MEASURES, EngineError, RepetitionRule
from metrics.portfolio.definitions import Steps
from metrics.portfolio.items import Item
from metrics.portfolio.problems import Problem
from metrics.portfolio.shapes import KpiShape
from metrics.portfolio.shapes.levels import LevelShape, RepetitionShape


def repetition_problems(item: Item[KpiShape], steps: Steps, level: LevelShape) -> Iterator[Problem]:
    """A default by repetition that no sequence of figures could ever bring about."""
    stated = level.default
    if stated is None:
        return
    try:
        RepetitionRule.parse(stated.rule, stated.after, stated.gap)
    except EngineError as error:
        for problem in error.problems:
            message = f"default '{stated.rule}' {problem.rule}"
            yield item.problem(*steps, "default", message=message, hint=problem.way_out)
    if level.operator == "within" or level.expected is None or level.minimum is None:
        message = "default by repetition counts misses of the expected level alone"
        hint = "add a minimum; where there is one level, every miss of it is a default already"
        yield item.problem(*steps, "default", message=message, hint=hint)
    yield from _gap_without_run(item, steps, stated)


def _gap_without_run(
    item: Item[KpiShape], steps: Steps, stated: RepetitionShape
) -> Iterator[Problem]:
    if stated.gap != "breaks" and "consecutive" not in stated.rule:
        message = f"gap {stated.gap} says what ends a run, and '{stated.rule}' counts in a window"
        hint = "leave the gap out, or write '3 consecutive'"
        yield item.problem(*steps, "default", "gap", message=message, hint=hint)


def sample_problems(item: Item[KpiShape], steps: Steps, level: LevelShape) -> Iterator[Problem]:
    """What a clause says of small samples and of completeness, and nothing counts by."""
    yield from _allowed(item, steps, level)
    measures = _measures(item.shape)
    if level.interval_decides and not all(MEASURES[name].counts_items for name in measures):
        message = f"{' and '.join(measures)} is no share of items, whose interval could decide"
        hint = "leave interval_decides out, or measure a ratio or share_within"
        yield item.problem(*steps, "interval_decides", message=message, hint=hint)
    if level.min_coverage is not None and not 0 <= level.min_coverage <= 100:
        message = f"min_coverage {level.min_coverage} is out of range"
        hint = "state percent, 0 to 100"
        yield item.problem(*steps, "min_coverage", message=message, hint=hint)


def _allowed(item: Item[KpiShape], steps: Steps, level: LevelShape) -> Iterator[Problem]:
    allows = level.min_volume_policy == "allow_k_failures"
    if allows and level.allow_failures == 0:
        message = "min_volume_policy allow_k_failures stands without a number of failures"
        yield item.problem(
            *steps, "min_volume_policy", message=message, hint="add allow_failures: 1"
        )
    if level.allow_failures and not allows:
        message = f"allow_failures {level.allow_failures} stands without its policy"
        hint = "add `min_volume_policy: allow_k_failures`, or leave it out"
        yield item.problem(*steps, "allow_failures", message=message, hint=hint)
    counted = all(MEASURES[name].counts_failures for name in _measures(item.shape))
    if allows and (level.operator == "within" or not counted):
        message = f"{' and '.join(_measures(item.shape))} under this level counts no failures"
        hint = "use insufficient or evaluate_anyway"
        yield item.problem(*steps, "min_volume_policy", message=message, hint=hint)


def _measures(shape: KpiShape) -> list[str]:
    """The known measures of a KPI, through all its definitions."""
    stated = [shape.measure, *(line.measure or "" for line in shape.definitions)]
    return [name for name in dict.fromkeys(stated) if name in MEASURES]
