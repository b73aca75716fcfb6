"""Every KPI in one list: found by filters in the address, taken along as a file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from contracts.pages.base import paged
from contracts.pages.listing import (
    FilterForm,
    archived_choice,
    archived_field,
    choice_field,
    list_context,
    search_field,
)
from contracts.pages.saved_views import list_register
from contracts.selectors import scope as contracts_scope
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from kpotracker.toolkit.exports import Row, export_response
from metrics.models import Kpi, KpiDefinition, ServiceLevel
from metrics.models.timelines import in_force
from metrics.pages.base import page
from metrics.scorecards.describing import level_sentence, period_words
from metrics.scorecards.material import freshness
from metrics.scorecards.rows import result_row
from metrics.selectors.finding import kpis_found, periods_by_kpi, with_newest
from metrics.selectors.wording import FAMILIES, family_word
from metrics.selectors.wording_terms import MEASURES, PERIODS, measure_word

_PER_PAGE = 50
_COLUMNS = (
    "KPI",
    "Name",
    "Vendor",
    "Contract",
    "Family",
    "Measured as",
    "Period",
    "Service level",
    "Class",
    "Clause",
    "Last period",
    "Last figure",
    "Status",
    "Last data",
    "Archived",
)
list_register("kpis", "KPIs")


@dataclass(frozen=True, slots=True)
class KpiRow:
    """A KPI of the list: its terms today, its newest figure, and when data last came."""

    kpi: Kpi
    definition: KpiDefinition | None
    level: ServiceLevel | None
    figure: dict[str, Any] | None
    fresh_at: datetime | None

    @property
    def measure(self) -> str:
        return measure_word(self.definition.measure).text if self.definition else ""

    @property
    def period(self) -> str:
        return PERIODS.get(self.definition.period, "") if self.definition else ""

    @property
    def demands(self) -> str:
        """The service level in words; empty where nothing is demanded."""
        unit = self.definition.unit if self.definition else ""
        return level_sentence(self.level, unit) if self.level else ""


class KpiFilters(FilterForm):
    """What narrows the list of KPIs."""

    q = search_field("Name, code or clause")
    vendor = forms.ChoiceField(label="Vendor", required=False)
    contract = forms.ChoiceField(label="Contract", required=False)
    family = choice_field("Family", [(f, family_word(f).text) for f in FAMILIES], "All families")
    measure = choice_field("Measured as", [(k, w.text) for k, w in MEASURES.items()], "Anything")
    kind = choice_field("Class", list(ServiceLevel.Kind.choices), "Any class")
    archived = archived_field()

    def __init__(self, request: HttpRequest, scope: Scope) -> None:
        contracts = list(contracts_scope.contracts(scope).order_by("reference"))
        named = [(c.reference, f"{c.reference}: {c.title}") for c in contracts]
        vendors = {c.vendor.code: c.vendor.name for c in contracts}
        by_name = sorted(vendors.items(), key=lambda pair: pair[1])
        choices = {
            "vendor": [("", "All vendors"), *by_name],
            "contract": [("", "All contracts"), *named],
        }
        super().__init__(request, choices=choices)


@page()
def kpi_list(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """KPIs with their service level, how they are measured and how they stand."""
    today = timezone.now().date()
    filters = KpiFilters(request, scope)
    found = _narrowed(filters.chosen, scope, today)
    if kind := request.GET.get("export"):
        return export_response(kind, "kpis", _COLUMNS, map(_exported, _rows(found, today)))
    shown = paged(request, found, size=_PER_PAGE)
    context = {
        "page": shown,
        "rows": _rows(shown, today),
        "may_register": scope.may(Duty.TERMS),
        "section": "kpis",
    }
    return render(
        request, "metrics/kpis.html", context | list_context(request, scope, filters, "kpis")
    )


def _narrowed(chosen: dict[str, Any], scope: Scope, today: date) -> QuerySet[Kpi]:
    given = {name: value for name, value in chosen.items() if name != "archived"}
    found = kpis_found(scope=scope, today=today, **given).filter(**archived_choice(chosen))
    return with_newest(found).prefetch_related("definitions", "levels")


def _rows(found: Iterable[Kpi], today: date) -> Sequence[KpiRow]:
    kpis = list(found)
    numbers = [number for kpi in kpis if (number := getattr(kpi, "newest", None))]
    figures, fresh = periods_by_kpi(numbers), freshness(kpi.pk for kpi in kpis)
    return [
        KpiRow(
            kpi,
            _today(kpi.definitions.all(), today),
            _today(kpi.levels.all(), today),
            result_row(figures[kpi.pk]) if kpi.pk in figures else None,
            fresh.get(kpi.pk),
        )
        for kpi in kpis
    ]


def _today(lines: Iterable[Any], today: date) -> Any:
    """The line in force, or before the first one begins, that first one."""
    known = list(lines)
    return in_force(known, today) or next(iter(known), None)


def _exported(row: KpiRow) -> Row:
    contract, figure = row.kpi.governing_contract, row.figure or {}
    return (
        row.kpi.code,
        row.kpi.name,
        contract.vendor.name if contract else "",
        contract.reference if contract else "",
        family_word(row.kpi.family).text,
        row.measure,
        period_words(row.definition) if row.definition else "",
        row.demands,
        row.level.get_kind_display() if row.level else "",
        (row.level.clause if row.level else "") or row.kpi.clause,
        figure.get("period", ""),
        figure.get("value_text", ""),
        figure["word"].text if figure else "",
        row.fresh_at,
        row.kpi.archived_at is not None,
    )
