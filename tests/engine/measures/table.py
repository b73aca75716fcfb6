"""One line of a measure's table of cases, and how it is checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import pytest

from metrics.engine import Result, Row, Status, Totals
from tests.engine.making import figure, number


@dataclass(frozen=True)
class Case:
    """What a period held, and the value or state it must give.

    `value` is a number as text, compared exactly; `near` one compared to 1e-12.
    """

    says: str
    data: Totals | Sequence[Row]
    value: str | None = None
    state: Status | None = None
    near: float | None = None
    unit: str = ""
    scale: int = 0
    parameters: dict[str, Any] = field(default_factory=dict)
    details: Mapping[str, str] = field(default_factory=dict)
    step: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)


def check(measure: str, case: Case) -> None:
    """The case through the one door: value, state, published details and a step."""
    result = figure(measure, case.data, case.unit, case.scale, case.parameters, **case.more)
    assert result.status is (case.state or Status.NO_TARGET)
    _check_value(result, case)
    for key, value in case.details.items():
        assert result.details[key] == value
    assert any(case.step in step for step in result.steps), result.steps
    assert result.formula == result.steps[0]


def _check_value(result: Result, case: Case) -> None:
    if case.near is not None:
        assert result.value == pytest.approx(case.near, abs=1e-12)
        assert isinstance(result.value, Fraction)
    else:
        assert result.value == (None if case.value is None else number(case.value))
