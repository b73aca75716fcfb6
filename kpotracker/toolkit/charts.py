"""Charts as inline SVG, drawn on the server from plain numbers.

Only presentation attributes and class names are used: colours live in the stylesheet, so that
both themes and a strict content security policy work. A missing value is drawn as missing,
never as zero, and every chart carries its figures as text.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import ceil, floor, log10

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

_STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Point:
    """One period: ``value`` None is missing; ``low`` and ``high`` bound what the level accepts,
    ``minimum`` is the level below (or above) which it fails, where that stands apart.

    ``tone``: good | warn | bad | quiet; it picks the mark's shape as well as its colour.
    ``text`` is the value as people read it.
    """

    label: str
    value: float | None
    text: str = ""
    tone: str = "quiet"
    low: float | None = None
    high: float | None = None
    minimum: float | None = None


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where a chart's numbers fall on its canvas."""

    left: float
    top: float
    width: float
    height: float
    least: float
    most: float
    count: int

    def x(self, index: float) -> float:
        return round(self.left + self.width * (index + 0.5) / max(self.count, 1), 2)

    def y(self, value: float) -> float:
        return round(self.top + self.height * (self.most - value) / (self.most - self.least), 2)

    @property
    def slot(self) -> float:
        return self.width / max(self.count, 1)


def sparkline(
    points: Sequence[Point],
    *,
    scale: tuple[float, float] | None = None,
    width: int = 132,
    height: int = 30,
) -> SafeString:
    """A word-sized line of the last periods against the level they were judged by.

    ``scale``: the values at its bottom and top; without it the line fills its height.
    """
    if not points:
        return mark_safe("")
    frame = _frame(points, left=3, top=4, width=width - 6, height=height - 8)
    if scale:
        frame = replace(frame, least=scale[0], most=scale[1])
    return format_html(
        '<svg class="spark" viewBox="0 0 {} {}" width="{}" height="{}" role="img" '
        'aria-label="{}">{}{}{}{}{}{}</svg>',
        width,
        height,
        width,
        height,
        spoken(points),
        _accepted(points, frame),
        _minimum_lines(points, frame),
        _level_lines(points, frame),
        _lines(points, frame),
        _gaps(points, frame, size=2),
        _last_mark(points, frame),
    )


def level_chart(
    points: Sequence[Point], *, unit: str = "", width: int = 720, height: int = 260
) -> SafeString:
    """Figures per period against their level; what the level accepts is shaded."""
    if not points:
        return mark_safe("")
    frame = _frame(points, left=52, top=14, width=width - 64, height=height - 48)
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}{}{}{}{}{}</svg>',
        width,
        height,
        spoken(points),
        _accepted(points, frame),
        _axis(frame, unit),
        _minimum_lines(points, frame),
        _level_lines(points, frame),
        _lines(points, frame),
        _gaps(points, frame, size=4),
        _marks(points, frame),
        _labels(points, frame, height),
    )


def spoken(points: Sequence[Point]) -> str:
    """The chart as a sentence, for those who do not see it."""
    figures = ", ".join(f"{point.label} {_said(point)}" for point in points)
    return f"{len(points)} periods: {figures}"


def ticks(least: float, most: float, *, wanted: int = 5) -> list[float]:
    """Round numbers that lie between ``least`` and ``most``, about ``wanted`` of them."""
    span = most - least
    if span <= 0:
        return [least]
    rough = span / wanted
    power = 10.0 ** floor(log10(rough))
    step = next(step * power for step in _STEPS if step * power >= rough * 0.999)
    first = ceil(least / step - 1e-9)
    last = floor(most / step + 1e-9)
    return [round(number * step, 10) for number in range(first, last + 1)]


def _said(point: Point) -> str:
    return "missing" if point.value is None else point.text or f"{point.value:g}"


def _frame(
    points: Sequence[Point], *, left: float, top: float, width: float, height: float
) -> _Frame:
    numbers = [
        number
        for point in points
        for number in (point.value, point.low, point.high, point.minimum)
        if number is not None
    ]
    least, most = (min(numbers), max(numbers)) if numbers else (0.0, 1.0)
    room = (most - least) * 0.12 or abs(most) * 0.1 or 1.0
    floor_at = 0.0 if 0 <= least < room else least - room
    return _Frame(left, top, width, height, floor_at, most + room, len(points))


def _lines(points: Sequence[Point], frame: _Frame) -> SafeString:
    paths = [_path(run, frame, _value) for run in _runs(points, _value) if len(run) > 1]
    return format_html_join("", '<path class="chart-line" fill="none" d="{}"/>', _rows(paths))


def _level_lines(points: Sequence[Point], frame: _Frame) -> SafeString:
    bounds: tuple[Callable[[Point], float | None], ...] = (_low, _high)
    paths = [_steps(run, frame, bound) for bound in bounds for run in _runs(points, bound)]
    return format_html_join(
        "",
        '<path class="chart-level" fill="none" stroke-dasharray="4 3" d="{}"/>',
        _rows(paths),
    )


def _minimum_lines(points: Sequence[Point], frame: _Frame) -> SafeString:
    """Where a figure stops being merely short of its level and fails."""
    paths = [_steps(run, frame, _minimum) for run in _runs(points, _minimum)]
    return format_html_join(
        "",
        '<path class="chart-minimum" fill="none" stroke-dasharray="1 3" d="{}"/>',
        _rows(paths),
    )


def _accepted(points: Sequence[Point], frame: _Frame) -> SafeString:
    """A rectangle per period over what its level accepts."""
    areas = []
    for index, point in enumerate(points):
        if point.low is None and point.high is None:
            continue
        top = frame.top if point.high is None else frame.y(point.high)
        bottom = frame.top + frame.height if point.low is None else frame.y(point.low)
        left = round(frame.x(index) - frame.slot / 2, 2)
        areas.append((left, round(top, 2), round(frame.slot, 2), round(max(bottom - top, 0), 2)))
    rectangle = '<rect class="chart-accepted" x="{}" y="{}" width="{}" height="{}"/>'
    return format_html_join("", rectangle, areas)


def _axis(frame: _Frame, unit: str) -> SafeString:
    right = frame.left + frame.width
    mark = f" {unit}" if len(unit) == 1 else ""  # a longer unit has no room beside the axis
    lines = [
        (frame.left, frame.y(tick), right, frame.y(tick), frame.left - 8, frame.y(tick) + 4, tick)
        for tick in ticks(frame.least, frame.most)
    ]
    return format_html_join(
        "",
        '<line class="chart-grid" x1="{}" y1="{}" x2="{}" y2="{}"/>'
        '<text class="chart-text" x="{}" y="{}" text-anchor="end">{}</text>',
        [(*row[:-1], f"{row[-1]:,g}{mark}") for row in lines],
    )


def _labels(points: Sequence[Point], frame: _Frame, height: int) -> SafeString:
    every = max(1, ceil(64 / frame.slot))
    last = len(points) - 1
    shown = [
        (frame.x(index), height - 12, point.label)
        for index, point in enumerate(points)
        if (last - index) % every == 0
    ]
    return format_html_join(
        "", '<text class="chart-text" x="{}" y="{}" text-anchor="middle">{}</text>', shown
    )


def _gaps(points: Sequence[Point], frame: _Frame, *, size: int) -> SafeString:
    """A hollow mark on the floor of each period that has no value."""
    base = frame.top + frame.height - size / 2
    gaps = [
        (frame.x(index), base, size, f"{point.label}: missing")
        for index, point in enumerate(points)
        if point.value is None
    ]
    circle = '<circle class="chart-gap" fill="none" cx="{}" cy="{}" r="{}"><title>{}</title>'
    return format_html_join("", circle + "</circle>", gaps)


def _marks(points: Sequence[Point], frame: _Frame) -> SafeString:
    return format_html_join(
        "",
        "{}",
        [
            (_mark(frame.x(index), frame.y(point.value), point, size=4.5),)
            for index, point in enumerate(points)
            if point.value is not None
        ],
    )


def _last_mark(points: Sequence[Point], frame: _Frame) -> SafeString:
    last = points[-1]
    if last.value is None:
        return mark_safe("")
    return _mark(frame.x(len(points) - 1), frame.y(last.value), last, size=2.6)


def _mark(x: float, y: float, point: Point, *, size: float) -> SafeString:
    """A circle when good, a triangle when short of it, a square when missed."""
    title = format_html("<title>{}: {}</title>", point.label, _said(point))
    css = f"chart-mark tone-{point.tone}"
    if point.tone == "warn":
        corners = f"{x},{y - size * 1.2} {x + size * 1.2},{y + size} {x - size * 1.2},{y + size}"
        return format_html('<polygon class="{}" points="{}">{}</polygon>', css, corners, title)
    if point.tone == "bad":
        return format_html(
            '<rect class="{}" x="{}" y="{}" width="{}" height="{}">{}</rect>',
            css,
            round(x - size, 2),
            round(y - size, 2),
            size * 2,
            size * 2,
            title,
        )
    return format_html(
        '<circle class="{}" cx="{}" cy="{}" r="{}">{}</circle>', css, x, y, size, title
    )


def _value(point: Point) -> float | None:
    return point.value


def _low(point: Point) -> float | None:
    return point.low


def _high(point: Point) -> float | None:
    return point.high


def _minimum(point: Point) -> float | None:
    return point.minimum


_Run = list[tuple[int, Point]]


def _runs(points: Sequence[Point], pick: Callable[[Point], float | None]) -> list[_Run]:
    """Stretches of neighbouring points that have what ``pick`` takes."""
    grouped = groupby(enumerate(points), key=lambda pair: pick(pair[1]) is not None)
    return [list(run) for there, run in grouped if there]


def _path(run: _Run, frame: _Frame, pick: Callable[[Point], float | None]) -> str:
    return "M" + " L".join(f"{frame.x(index)} {frame.y(pick(point) or 0)}" for index, point in run)


def _steps(run: _Run, frame: _Frame, pick: Callable[[Point], float | None]) -> str:
    """A line that runs level over each period's slot and steps where the level changed."""
    half = frame.slot / 2
    corners = []
    for index, point in run:
        y = frame.y(pick(point) or 0)
        corners += [f"{frame.x(index) - half:.2f} {y}", f"{frame.x(index) + half:.2f} {y}"]
    return "M" + " L".join(corners)


def _rows(paths: Iterable[str]) -> list[tuple[str]]:
    return [(path,) for path in paths]
