"""Open work: what is not finished, when it falls due, and what is overdue."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from contracts.selectors.scope import Scope
from kpotracker.toolkit.dbclock import now
from metrics.evaluation.open_work import open_work_of
from metrics.pages.base import page
from metrics.selectors import scope as scoped
from metrics.selectors.kpis import kpi_by_code

_PER_PAGE = 50


@page()
def open_work(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Open items of all KPIs, or of one, those due first at the beginning."""
    kpis, chosen = scoped.kpis(scope), request.GET.get("kpi", "")
    kpi = kpi_by_code(chosen, scope=scope) if chosen else None
    as_of = now()
    rows = open_work_of(kpis=kpis.filter(pk=kpi.pk) if kpi else kpis, as_of=as_of)
    context = {
        "page": Paginator(rows, _PER_PAGE).get_page(request.GET.get("page")),
        "kpi": kpi,
        "as_of": as_of,
        "overdue": sum(row.overdue for row in rows),
        "section": "open-work",
    }
    return render(request, "metrics/openwork.html", context)
