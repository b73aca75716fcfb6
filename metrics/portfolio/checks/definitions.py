"""Numbers that a definition agrees on beside its measure: tolerance, maintenance, volume."""

from collections.abc import Iterator

from metrics.portfolio.definitions import Definition
from metrics.portfolio.items import Item
from metrics.portfolio.problems import Problem
from metrics.portfolio.shapes import KpiShape


def agreed_problems(item: Item[KpiShape], line: Definition) -> Iterator[Problem]:
    """A tolerance, an allowance or a threshold that lies out of its range."""
    if line.tolerance is not None and line.tolerance < 0:
        message = f"tolerance {line.tolerance} is out of range"
        yield item.problem(*line.steps, "tolerance", message=message, hint="state 0 or more")
    if line.maintenance is not None and line.maintenance.hours <= 0:
        message = f"hours {line.maintenance.hours} is out of range"
        hint = "state the hours of one period, more than 0, or leave the allowance out"
        yield item.problem(*line.steps, "maintenance", "hours", message=message, hint=hint)
    if line.volume_relief is not None and line.volume_relief.above < 100:
        message = f"above {line.volume_relief.above} is out of range"
        hint = "state percent of the locked forecast, 100 or more, such as 110"
        yield item.problem(*line.steps, "volume_relief", "above", message=message, hint=hint)
