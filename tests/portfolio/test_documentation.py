"""docs/portfolio.md describes every key, and its example works."""

import re
from pathlib import Path
from typing import get_args

import pytest

from metrics.engine import MEASURES
from metrics.portfolio import apply
from metrics.portfolio.shapes import SECTIONS, Shape
from tests.portfolio.conftest import NOW
from tests.services import ROOT

DOCUMENT = (ROOT / "docs" / "portfolio.md").read_text(encoding="utf-8")
EXAMPLE = re.search(r"```yaml\n(.*?)```", DOCUMENT, re.DOTALL)


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
