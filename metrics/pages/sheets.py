"""The definition sheet of a KPI, to read, print and sign."""

from dataclasses import asdict
from datetime import UTC, date, datetime, time
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.http import content_disposition_header

from contracts.pages.base import Crumb
from contracts.selectors.scope import Scope
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.typesetting import pdf_of
from metrics.pages.base import page
from metrics.pages.kpi_edit import SECTION, way_to
from metrics.scorecards.sheets import LevelLine, Sheet, sheet_of
from metrics.selectors.kpis import kpi_by_code

_TEMPLATE = "metrics/scorecards/templates/kpi_sheet.typ"


@page()
def sheet(request: HttpRequest, scope: Scope, code: str) -> HttpResponse:
    """The sheet as it holds today, or held on the day that the address names."""
    found = _sheet(request, scope, code)
    if request.GET.get("format") == "pdf":
        return _as_pdf(found)
    context = {
        "sheet": found,
        "kpi": found.kpi,
        "crumbs": [*way_to(found.kpi), Crumb("Definition sheet")],
        "section": SECTION,
    }
    return render(request, "metrics/kpi_sheet.html", context)


def _sheet(request: HttpRequest, scope: Scope, code: str) -> Sheet:
    kpi = kpi_by_code(code, scope=scope)
    on = _day(request.GET.get("on", "")) or max(now().date(), kpi.first_day)
    found = sheet_of(kpi, on=on, scope=scope)
    if found is None:
        raise Http404(f"nothing was agreed about {code} on {on}")
    return found


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Http404(f"{text!r} is not a day: write it as 2026-03-31") from error


def _as_pdf(found: Sheet) -> HttpResponse:
    body = pdf_of(template=_TEMPLATE, data=_data(found))
    answer = HttpResponse(body, content_type="application/pdf")
    name = f"{found.kpi.code}-{found.on}.pdf"
    answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return answer


def _data(found: Sheet) -> dict[str, Any]:
    """The sheet as plain values for typesetting."""
    day = date_format(found.on, "j F Y")
    lists = ("promise", "measured", "judged", "sources")
    return {
        "title": f"{found.kpi.name}: definition sheet",
        "language": "en",
        "made_at": datetime.combine(found.on, time(), UTC).isoformat(),
        "running": found.kpi.name,
        "foot": f"{found.kpi.code}, as of {day}",
        "lede": f"As it holds on {day}. Version of {found.on}.",
        "wording": found.wording,
        "formula": found.formula,
        "levels": [_level(line) for line in found.levels],
        "example": asdict(found.example) if found.example else None,
        "parties": list(found.parties),
        **{name: [asdict(each) for each in getattr(found, name)] for name in lists},
    }


def _level(line: LevelLine) -> dict[str, str]:
    return {
        "since": date_format(line.since, "j M Y"),
        "text": line.text,
        "kind": line.kind,
        "agreed": line.agreed,
    }
