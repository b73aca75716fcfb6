"""docs/portfolio.md describes every key, and its example works."""

import re
from pathlib import Path
from typing import get_args

import pytest

from metrics.engine import MEASURES
from metrics.models import Kpi
from metrics.portfolio import apply
from metrics.portfolio.shapes import SECTIONS, Shape
from tests.portfolio.conftest import NOW
from tests.services import ROOT

DOCUMENT = (ROOT / "docs" / "portfolio.md").read_text(encoding="utf-8")
EXAMPLE = re.search(r"```yaml\n(.*?)```", DOCUMENT, re.DOTALL)
EXAMPLES = re.findall(r"```yaml\n(.*?)```", DOCUMENT, re.DOTALL)


@pytest.mark.django_db
def test_the_example_applies_and_is_complete(tmp_path: Path) -> None:
    assert EXAMPLE is not None
    file = tmp_path / "example.yaml"
    file.write_text(EXAMPLE[1])
    plan = apply(paths=[file], as_of=NOW)
    assert {change.kind for change in plan.effective} == {
        "vendor",
        "calendar",
        "contract",
        "process",
        "KPI",
        "feed",
    }
    assert apply(paths=[file], as_of=NOW).effective == ()


@pytest.mark.django_db
def test_the_example_of_forecasts_applies_beside_it(tmp_path: Path) -> None:
    forecasts = next(each for each in EXAMPLES if "lead: 14 days" in each)
    for name, text in (("example", EXAMPLES[0]), ("forecasts", forecasts)):
        (tmp_path / f"{name}.yaml").write_text(text)
    apply(paths=[tmp_path], as_of=NOW)
    kpi = Kpi.objects.get(code="demand-accuracy")
    stated = {"lead": "14 days", "missing_forecast": "count_as_miss", "min_pairs": 90}
    assert kpi.definitions.get().parameters == stated
    assert apply(paths=[tmp_path], as_of=NOW).effective == ()


@pytest.mark.django_db
def test_the_example_of_clocks_applies_beside_it(tmp_path: Path) -> None:
    clocks = next(each for each in EXAMPLES if "pauses: subtract" in each)
    for name, text in (("example", EXAMPLES[0]), ("clocks", clocks)):
        (tmp_path / f"{name}.yaml").write_text(text)
    apply(paths=[tmp_path], as_of=NOW)
    assert Kpi.objects.get(code="tickets-in-time").definitions.get().parameters["limit"] == 8
    assert apply(paths=[tmp_path], as_of=NOW).effective == ()


def shapes_in(annotation: object) -> set[type[Shape]]:
    if isinstance(annotation, type) and issubclass(annotation, Shape):
        inner = (shapes_in(field.annotation) for field in annotation.model_fields.values())
        return {annotation}.union(*inner)
    return set().union(*(shapes_in(part) for part in get_args(annotation)))


ALL_SHAPES = set().union(*(shapes_in(shape) for shape in SECTIONS.values()))


@pytest.mark.parametrize("shape", sorted(ALL_SHAPES, key=lambda s: s.__name__))
def test_every_key_is_described(shape: type[Shape]) -> None:
    keys = {field.alias or name for name, field in shape.model_fields.items()}
    assert {key for key in keys if f"`{key}`" not in DOCUMENT} == set()


def test_every_measure_is_described() -> None:
    assert {name for name in MEASURES if f"`{name}`" not in DOCUMENT} == set()
