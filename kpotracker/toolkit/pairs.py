"""Then and now side by side as inline SVG: two columns a period, told apart by more than colour.

What was is an outline, what would be is filled; a missing value has no column, and every chart
carries its figures as text.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from kpotracker.toolkit.charts import ticks

_LEFT, _TOP, _BELOW = 72, 14, 34
_LABEL = 64  # room that a label needs


@dataclass(frozen=True, slots=True)
class Pair:
    """One period: ``then`` and ``now`` None are missing; the texts are the values as people read
    them."""

    label: str
    then: float | None
    now: float | None
    then_text: str
    now_text: str


def pair_chart(pairs: Sequence[Pair], *, width: int = 720, height: int = 240) -> SafeString:
    """Columns over the zero line, which values below zero hang from."""
    if not pairs:
        return mark_safe("")
    frame = _Frame.of(pairs, width, height)
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}</svg>',
        width,
        height,
        spoken_pairs(pairs),
        _axis(frame, width),
        _columns(pairs, frame),
        _labels(pairs, frame, height),
    )


def spoken_pairs(pairs: Sequence[Pair]) -> str:
    """The chart as a sentence, for those who do not see it."""
    told = ", ".join(f"{each.label} then {each.then_text} now {each.now_text}" for each in pairs)
    return f"{len(pairs)} periods: {told}"


@dataclass(frozen=True, slots=True)
class _Frame:
    slot: float
    height: float
    least: float
    most: float

    @classmethod
    def of(cls, pairs: Sequence[Pair], width: int, height: int) -> "_Frame":
        numbers = [0.0, *(n for each in pairs for n in (each.then, each.now) if n is not None)]
        least, most = min(numbers), max(numbers)
        room = (most - least) * 0.1 or 1.0
        low = least - room if least < 0 else 0.0
        return cls((width - _LEFT - 8) / len(pairs), height - _TOP - _BELOW, low, most + room)

    def y(self, value: float) -> float:
        return round(_TOP + self.height * (self.most - value) / (self.most - self.least), 2)

    def middle(self, index: int) -> float:
        return round(_LEFT + self.slot * (index + 0.5), 2)


def _axis(frame: _Frame, width: int) -> SafeString:
    lines = [
        (_LEFT, frame.y(tick), width - 8, frame.y(tick), _LEFT - 8, frame.y(tick) + 4, f"{tick:,g}")
        for tick in ticks(frame.least, frame.most, wanted=4)
    ]
    return format_html_join(
        "",
        '<line class="chart-grid" x1="{}" y1="{}" x2="{}" y2="{}"/>'
        '<text class="chart-text" x="{}" y="{}" text-anchor="end">{}</text>',
        lines,
    )


def _columns(pairs: Sequence[Pair], frame: _Frame) -> SafeString:
    rectangle = (
        '<rect class="chart-{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>'
    )
    return format_html_join("", rectangle, list(_rectangles(pairs, frame)))


def _rectangles(pairs: Sequence[Pair], frame: _Frame) -> Iterator[tuple[object, ...]]:
    wide = round(min(frame.slot * 0.36, 22), 2)
    for index, each in enumerate(pairs):
        middle = frame.middle(index)
        for side, value, text, left in (
            ("then", each.then, each.then_text, middle - wide),
            ("now", each.now, each.now_text, middle),
        ):
            if value is not None:
                top, bottom = frame.y(max(value, 0)), frame.y(min(value, 0))
                title = f"{each.label}, {side}: {text}"
                yield side, round(left, 2), top, wide, round(bottom - top, 2), title


def _labels(pairs: Sequence[Pair], frame: _Frame, height: int) -> SafeString:
    every = max(1, ceil(_LABEL / frame.slot))
    last = len(pairs) - 1
    shown = [
        (frame.middle(index), height - 12, each.label)
        for index, each in enumerate(pairs)
        if (last - index) % every == 0
    ]
    return format_html_join(
        "", '<text class="chart-text" x="{}" y="{}" text-anchor="middle">{}</text>', shown
    )
