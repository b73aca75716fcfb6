"""One KPI over time, and one of its figures explained."""

from datetime import date
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from contracts.pages.base import paged
from contracts.pages.editing import by_files
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from contracts.selectors.timeline import timeline_of
from kpotracker.toolkit.charts import Point
from metrics.evaluation.approvals import restatement_waiting
from metrics.evaluation.explain import explain
from metrics.evaluation.previewing import FROZEN
from metrics.models import BreachCase, Kpi, KpiPeriod, ResultRevision
from metrics.pages.base import page
from metrics.scorecards.describing import way_of
from metrics.scorecards.material import freshness
from metrics.scorecards.rows import point_of_row, result_row, revision_row
from metrics.selectors import scope as scoped
from metrics.selectors.breaches import with_steps
from metrics.selectors.kpis import kpi_by_code
from metrics.selectors.results import results_list
from metrics.selectors.wording import in_words

_PERIODS_PER_PAGE = 24
_ROWS_PER_PAGE = 50


@page()
def kpi(request: HttpRequest, scope: Scope, code: str) -> HttpResponse:
    """A KPI: its definition, its service levels, and its figures drawn against them."""
    found = kpi_by_code(code, scope=scope)
    heads = paged(request, results_list(scope=scope, kpi=code), size=_PERIODS_PER_PAGE)
    rows = [result_row(head) for head in heads]
    levels = list(found.levels.select_related("amendment").order_by("-valid_from"))
    lines = found.definitions.select_related("amendment", "calendar").order_by("-valid_from")
    definitions = list(lines)
    context = _about(found) | _acts(found, scope)
    context |= {
        "heads": heads,
        "rows": rows,
        "latest": _latest(found, scope),
        "points": _points(rows),
        "levels": levels,
        "definitions": definitions,
        "ways": [way_of(line) for line in definitions],
        "timeline": timeline_of(found, scope, *levels, *definitions),
        "fresh_at": freshness([found.pk]).get(found.pk),
    }
    return render(request, "metrics/kpi.html", context)


@page()
def figure(request: HttpRequest, scope: Scope, code: str, first_day: date) -> HttpResponse:
    """Why a figure is what it is: formula, steps, level, rows and revisions."""
    found = kpi_by_code(code, scope=scope)
    head = results_list(scope=scope, kpi=code).filter(first_day=first_day).first()
    if head is None or head.current is None:
        raise Http404(f"{code} has no figure for a period that begins on {first_day}")
    number = _whole(request.GET.get("revision"))
    at = max(_whole(request.GET.get("page")) or 1, 1)
    explained = _explained(head, number, (at - 1) * _ROWS_PER_PAGE)
    context = _about(found) | {
        "head": head,
        "why": explained,
        "steps": [in_words(step, explained.level) for step in explained.steps],
        "row": revision_row(head, explained.revision),
        "revisions": [revision_row(head, each) for each in reversed(explained.revisions)],
        "is_current": explained.revision.pk == head.current_id,
        "rows_page": _pages(at, explained.row_total),
        "roles": list(explained.rows[0].values) if explained.rows else [],
        "case": _case(head, scope),
        "failures": explained.revision.body.get("failures"),
    }
    context |= _restatement(head, scope)
    return render(request, "metrics/figure.html", context)


def _acts(found: Kpi, scope: Scope) -> dict[str, bool]:
    """What this reader may do with the KPI, and why not."""
    may = scope.may(Duty.TERMS)
    mine = may and not by_files(found)
    return {
        "may_change": mine and found.archived_at is None,
        "may_restore": mine and found.archived_at is not None,
        "is_by_files": may and by_files(found),
    }


def _restatement(head: KpiPeriod, scope: Scope) -> dict[str, Any]:
    """Whether the reader may ask for a restatement, and the request that waits."""
    if not scope.is_internal or head.phase not in FROZEN:
        return {}
    waiting = restatement_waiting(head)
    return {"waiting": waiting, "may_restate": scope.may(Duty.CASES) and waiting is None}


def _about(found: Kpi) -> dict[str, Any]:
    contract = found.governing_contract
    return {
        "kpi": found,
        "contract": contract,
        "vendor": contract.vendor if contract else None,
        "section": "contracts",
    }


def _latest(found: Kpi, scope: Scope) -> dict[str, Any] | None:
    """The newest figure; a running period without one stands back behind the period before."""
    rows = [result_row(head) for head in results_list(scope=scope, kpi=found.code)[:2]]
    told = (row for row in rows if row["value"] is not None or row["phase"] != "running")
    return next(told, rows[0] if rows else None)


def _points(rows: list[dict[str, Any]]) -> list[Point]:
    return [point_of_row(row) for row in reversed(rows)]


def _explained(head: KpiPeriod, number: int | None, offset: int) -> Any:
    try:
        return explain(period=head, revision=number, row_limit=_ROWS_PER_PAGE, row_offset=offset)
    except ResultRevision.DoesNotExist as error:
        raise Http404(str(error)) from error


def _pages(at: int, total: int) -> Page[int]:
    """Which page of the rows is shown; the rows themselves are read by the explanation."""
    return Paginator(range(total), _ROWS_PER_PAGE).get_page(at)


def _case(head: KpiPeriod, scope: Scope) -> BreachCase | None:
    cases = scoped.cases(scope).filter(period=head)
    return with_steps(cases, scope=scope).first()


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None
