"""A pack as a PDF: the frozen body, its trends drawn, and the template that lays it out."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from kpotracker.toolkit.charts import Point, level_chart, sparkline, spoken
from kpotracker.toolkit.typesetting import pdf_of
from metrics.reviews.packs.scores import Part, accepted_text, points_of

_TEMPLATE: Final = "metrics/reviews/templates/pack.typ"
_WIDTH, _HEIGHT = 470, 246
# Paper has no stylesheet: the colours of the light theme, and the type of the document.
_INK: Final = """<style>
.chart-line{stroke:#1b232c;stroke-width:1.6;stroke-linejoin:round;stroke-linecap:round}
.chart-level{stroke:#1f4e5f;stroke-width:1.3}
.chart-minimum{stroke:#ac2b22;stroke-width:1.1}
.chart-accepted{fill:#2e8b5e;fill-opacity:0.09}
.chart-grid{stroke:#e2e2dc;stroke-width:0.8}
.chart-text{fill:#57626e;font-size:12px;font-family:'Libertinus Serif'}
.chart-gap{stroke:#57626e;stroke-width:1.2}
.chart-mark{stroke:#ffffff;stroke-width:1;fill:#57626e}
.tone-good{fill:#1d6b45}
.tone-warn{fill:#8a5a00}
.tone-bad{fill:#ac2b22}
</style>"""


def pack_pdf(body: Part) -> bytes:
    """The file of one copy; the same body gives the same bytes."""
    return pdf_of(template=_TEMPLATE, data=drawn(body))


def drawn(body: Part) -> Part:
    """``body`` with a drawing and a table beside every trend: what the template is given."""
    summary = body["summary"]
    return body | {
        "summary": summary | {"families": [_family(each) for each in summary["families"]]},
        "contracts": [
            contract | {"families": [_family(each) for each in contract["families"]]}
            for contract in body["contracts"]
        ],
    }


def _family(family: Mapping[str, Any]) -> Part:
    points = points_of(family["trend"])
    return {
        **family,
        "spark": _small(points),
        "spark_said": spoken(points),
        "lines": [_line(line) for line in family["lines"]],
    }


def _line(line: Mapping[str, Any]) -> Part:
    points = points_of(line["trend"])
    unit = {"percent": "%"}.get(line["latest"].get("unit", ""), "")
    chart = level_chart(points, unit=unit, width=_WIDTH, height=_HEIGHT) if points else ""
    return {
        **line,
        "chart": _on_paper(chart) if _has_values(points) else "",
        "chart_said": f"{line['name']}: {spoken(points)}",
        "table": [_row(point) for point in points],
    }


def _row(point: Point) -> Part:
    return {
        "label": point.label,
        "actual": point.text or "–",
        "tone": point.tone,
        "accepted": accepted_text(point.low, point.high),
    }


def _small(points: Sequence[Point]) -> str:
    if not _has_values(points):
        return ""
    return _on_paper(sparkline(points, scale=(0, 100), width=180, height=40))


def _has_values(points: Sequence[Point]) -> bool:
    return any(point.value is not None for point in points)


def _on_paper(svg: str) -> str:
    """The drawing as a document of its own, with its colours in it."""
    start, _, rest = str(svg).partition(">")
    return f'{start} xmlns="http://www.w3.org/2000/svg">{_INK}{rest}'
