"""``{{ points|sparkline }}``, ``{{ scores|scoreline }}`` and ``{% level_chart points unit %}``."""

from collections.abc import Sequence

from django import template
from django.utils.safestring import SafeString

from kpotracker.toolkit import charts
from kpotracker.toolkit.charts import Point

register = template.Library()


@register.filter
def sparkline(points: Sequence[Point]) -> SafeString:
    return charts.sparkline(points)


@register.filter
def scoreline(points: Sequence[Point]) -> SafeString:
    """A sparkline of scores: always from 0 to 100, so that lines compare."""
    return charts.sparkline(points, scale=(0, 100))


@register.simple_tag
def level_chart(
    points: Sequence[Point], unit: str = "", width: int = 720, height: int = 260
) -> SafeString:
    return charts.level_chart(points, unit=unit, width=width, height=height)
