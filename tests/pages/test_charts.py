import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpotracker.toolkit.charts import Point, level_chart, sparkline, ticks

NUMBERS = st.none() | st.floats(-1e9, 1e9)
POINTS = st.builds(
    Point,
    label=st.text("2026-W&<0", max_size=8),
    value=NUMBERS,
    text=st.text("9.4 %<", max_size=8),
    tone=st.sampled_from(["good", "warn", "bad", "quiet"]),
    low=NUMBERS,
    high=NUMBERS,
)
SVG_ATTRIBUTES = {"style", "onload", "onclick", "href"}


def drawn(points: list[Point]) -> list[ET.Element]:
    return [ET.fromstring(chart(points)) for chart in (sparkline, level_chart)]


def marks(svg: ET.Element, css: str) -> list[ET.Element]:
    return [each for each in svg.iter() if css in each.get("class", "").split()]


def points(*values: float | None, **fields) -> list[Point]:
    return [Point(f"p{at}", value, **fields) for at, value in enumerate(values)]


@given(st.lists(POINTS, min_size=1, max_size=20))
def test_any_figures_make_a_picture_that_is_whole_and_needs_no_inline_style(given_points):
    for svg in drawn(given_points):
        names = {name for each in svg.iter() for name in each.attrib}
        assert not names & SVG_ATTRIBUTES
        assert svg.get("aria-label", "").startswith(f"{len(given_points)} periods: ")


@given(st.lists(POINTS, min_size=1, max_size=20))
def test_nothing_is_drawn_outside_the_canvas(given_points):
    for svg in drawn(given_points):
        _, _, width, height = map(float, svg.get("viewBox").split())
        for each in marks(svg, "chart-gap") + [m for m in marks(svg, "chart-mark") if m.get("cx")]:
            assert 0 <= float(each.get("cx")) <= width
            assert 0 <= float(each.get("cy")) <= height


def test_without_figures_there_is_no_chart():
    assert sparkline([]) == level_chart([]) == ""


def test_a_missing_value_breaks_the_line_and_is_marked():
    for svg in drawn(points(1, 2, None, 4, 5)):
        assert len(marks(svg, "chart-line")) == 2
        assert len(marks(svg, "chart-gap")) == 1
        assert "p2 missing" in svg.get("aria-label")


def test_a_missing_value_is_not_drawn_as_zero():
    whole, gap = (ET.fromstring(sparkline(points(*v))) for v in ((9, 0, 9), (9, None, 9)))

    assert len(marks(whole, "chart-line")) == 1
    assert len(marks(gap, "chart-line")) == 0


@pytest.mark.parametrize(
    ("tone", "shape"),
    [("good", "circle"), ("warn", "polygon"), ("bad", "rect"), ("quiet", "circle")],
)
def test_a_verdict_is_told_by_shape_and_not_by_colour_alone(tone, shape):
    svg = ET.fromstring(level_chart(points(5, tone=tone)))

    assert [mark.tag for mark in marks(svg, "chart-mark")] == [shape]


def test_the_level_line_steps_where_the_level_changed():
    changed = [Point("a", 1, low=1), Point("b", 1, low=1), Point("c", 1, low=2)]

    level = marks(ET.fromstring(level_chart(changed)), "chart-level")[0].get("d")

    heights = [corner.split()[1] for corner in level[1:].split(" L")]
    assert heights[0] == heights[3] != heights[4] == heights[5]


def test_a_range_has_two_lines():
    svg = ET.fromstring(level_chart(points(0, 1, low=-5, high=5)))

    assert len(marks(svg, "chart-level")) == 2
    assert len(marks(svg, "chart-accepted")) == 2


@pytest.mark.parametrize(
    ("least", "most", "expected"),
    [
        (0, 10, [0, 2, 4, 6, 8, 10]),
        (93.1, 96.4, [94, 95, 96]),
        (-5, 5, [-4, -2, 0, 2, 4]),
        (0, 0.05, [0, 0.01, 0.02, 0.03, 0.04, 0.05]),
        (7, 7, [7]),
    ],
)
def test_ticks_are_round_numbers_inside_the_range(least, most, expected):
    assert ticks(least, most) == expected


def test_scores_share_one_scale_so_that_lines_compare():
    high, low = (ET.fromstring(sparkline(points(v, v), scale=(0, 100))) for v in (100, 50))

    tops = [float(marks(svg, "chart-mark")[0].get("cy")) for svg in (high, low)]
    assert tops == [4, 15]
