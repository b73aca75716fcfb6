"""The level that continuous improvement suggests, in words and for programs."""

from typing import Any

from metrics.evaluation.improvement import Suggestion, improvement_of
from metrics.models import Kpi
from metrics.scorecards.figures import actual_text, target_of, target_text


def improvement_text(kpi: Kpi) -> str:
    """What a year beyond the level suggests; empty where there is nothing to suggest."""
    found = improvement_of(kpi)
    if found is None:
        return ""
    target = target_of(found.level)
    return (
        f"Each of the last twelve months was beyond {target_text(target, found.unit)}. Half the "
        f"way to their mean of {actual_text(found.mean, target, found.unit, found.places)} is "
        f"{actual_text(found.proposed, target, found.unit, found.places)}: a level to propose. "
        "Nothing is set."
    )


def improvement_said(found: Suggestion) -> dict[str, Any]:
    """The suggestion for programs, in the KPI's unit."""
    return {
        "target": float(found.target),
        "mean": float(found.mean),
        "proposed": float(found.proposed),
        "operator": found.level.operator,
    }
