"""The engine against pandas, which computes the same figures in another way."""

from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.engine import Row
from tests.engine.making import figure, march

SCALE = 3
numbers = st.lists(st.integers(-(10**7), 10**7), min_size=1, max_size=60)
pairs = st.lists(
    st.tuples(st.integers(-(10**6), 10**6), st.integers(1, 10**6)), min_size=1, max_size=60
)


def computed(measure: str, unit: str, rows: list[Row], **parameters: object) -> Fraction:
    found = figure(measure, rows, unit, SCALE, parameters).value
    assert found is not None
    return found


def listed(values: list[int]) -> list[Row]:
    start = march().start_us
    return [Row(start + place, value=value) for place, value in enumerate(values)]


def compared(values: list[tuple[int, int]]) -> list[Row]:
    start = march().start_us
    return [Row(start + place, a=f, b=a) for place, (f, a) in enumerate(values)]


def natural(values: list[int]) -> "pd.Series[float]":
    return pd.Series(values, dtype="float64") / 10**SCALE


@given(numbers)
def test_a_mean_is_pandas_mean(values: list[int]) -> None:
    found = computed("mean", "points", listed(values))
    assert float(found) == pytest.approx(natural(values).mean(), abs=1e-9)


@given(numbers, st.sampled_from(["0.05", "0.25", "0.5", "0.9", "0.95", "1"]))
def test_an_interpolated_percentile_is_pandas_quantile(values: list[int], p: str) -> None:
    found = computed("percentile", "points", listed(values), p=p, method="interpolated")
    assert float(found) == pytest.approx(natural(values).quantile(float(p)), abs=1e-8)


@given(numbers, st.sampled_from(["0.05", "0.3", "0.5", "0.95", "1"]))
def test_a_nearest_rank_percentile_is_an_element_with_enough_at_or_below(
    values: list[int], p: str
) -> None:
    found = computed("percentile", "points", listed(values), p=p)
    stored = pd.Series(values)
    assert (stored == found * 10**SCALE).any()
    assert Fraction(int((stored <= found * 10**SCALE).sum()), len(values)) >= Fraction(p)


@given(pairs)
def test_a_wape_is_that_of_a_data_frame(values: list[tuple[int, int]]) -> None:
    frame = pd.DataFrame(values, columns=["forecast", "actual"])
    error = (frame.forecast - frame.actual).abs().sum() / frame.actual.abs().sum()
    found = computed("forecast_accuracy", "ratio", compared(values), method="wape")
    assert float(found) == pytest.approx(error, rel=1e-12)


@given(pairs)
def test_an_smape_is_that_of_a_data_frame(values: list[tuple[int, int]]) -> None:
    frame = pd.DataFrame(values, columns=["forecast", "actual"])
    size = frame.forecast.abs() + frame.actual.abs()
    error = (2 * (frame.forecast - frame.actual).abs() / size).mean()
    found = computed("forecast_accuracy", "ratio", compared(values), method="smape")
    assert float(found) == pytest.approx(error, rel=1e-12)
