"""Every measure of the registry is documented and has its table of cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

import pytest

from metrics.engine import MEASURES, Measure
from metrics.engine.measures.base import Given, Outcome

COLUMNS = {"at", "ends_at", "a", "b", "value", "series"}
PROMISED = {
    "count", "sum", "mean", "ratio", "quotient", "level", "share_within", "percentile", "rate_per",
    "turnover", "availability", "forecast_accuracy", "forecast_bias", "change_from_baseline",
    "assessed",
}  # fmt: skip


def what_is_missing(registry: Mapping[str, Measure]) -> Iterator[str]:
    """One line for each thing a measure owes and does not have."""
    for name, measure in registry.items():
        if measure.name != name:
            yield f"{name}: is registered under another name"
        for part in ("formula", "unit", "source"):
            if not getattr(measure.documentation, part):
                yield f"{name}: no {part}"
        if len(cases_of(name)) < 3:
            yield f"{name}: no table of cases"


def cases_of(name: str) -> tuple[object, ...]:
    try:
        found = import_module(f"tests.engine.measures.test_{name}")
    except ModuleNotFoundError:
        return ()
    return tuple(found.CASES)


def test_every_measure_is_documented_and_has_its_table_of_cases() -> None:
    assert list(what_is_missing(MEASURES)) == []


class Undocumented(Measure):
    """Something without a word about where it comes from.

    Unit: none.
    """

    name = "undocumented"
    dimension = "amount"

    def compute(self, given: Given) -> Outcome:
        return self.nothing(given)


def test_a_measure_without_them_would_be_found() -> None:
    assert list(what_is_missing({"undocumented": Undocumented()})) == [
        "undocumented: no formula",
        "undocumented: no source",
        "undocumented: no table of cases",
    ]


def test_the_registry_is_closed() -> None:
    assert set(MEASURES) == PROMISED


@pytest.mark.parametrize("name", sorted(MEASURES))
def test_roles_lead_to_columns_of_a_row(name: str) -> None:
    measure = MEASURES[name]
    options = ({}, {"weighted": True}, {"of": "quotient"}, {"hours": "scheduled"})
    for roles in (*(r for o in options for r in measure.roles_for(o)), measure.optional_roles):
        assert set(roles.values()) <= COLUMNS
    assert measure.roles == measure.role_sets[0]


ALTERNATIVES = (
    ("mean", {}, [{"value": "value"}, {"from": "a", "to": "b"}]),
    ("mean", {"weighted": True}, [{"value": "value", "weight": "b"}]),
    ("rate_per", {}, [{"volume": "a", "hours": "b"}]),
    ("rate_per", {"hours": "scheduled"}, [{"volume": "a"}]),
    ("assessed", {}, [{"value": "value"}]),
    ("assessed", {"of": "quotient"}, [{"numerator": "a", "denominator": "b"}]),
    ("count", {}, [{}]),
)


@pytest.mark.parametrize(("name", "parameters", "wanted"), ALTERNATIVES)
def test_parameters_choose_the_roles(
    name: str, parameters: dict[str, object], wanted: list[dict[str, str]]
) -> None:
    assert [dict(roles) for roles in MEASURES[name].roles_for(parameters)] == wanted


def test_a_base_measure_computes_nothing() -> None:
    with pytest.raises(NotImplementedError):
        Measure().compute(None)  # type: ignore[arg-type]
