"""The locked volume forecasts of a KPI, beside what its periods came to."""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from contracts.pages.base import Crumb
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.forms import PlainForm
from metrics.casework.volumes import volume_forecast_lock
from metrics.models import KpiPeriod
from metrics.pages.base import page
from metrics.pages.relief_forms import minute_field
from metrics.selectors import scope as scoped
from metrics.selectors.kpis import kpi_by_code


class ForecastForm(PlainForm):
    """The volume that was forecast for one period."""

    first_day = forms.DateField(label="First day of the period")
    quantity = forms.DecimalField(
        label="Volume", min_value=0, max_digits=30, decimal_places=10, help_text="Items, or hours."
    )
    locked_at = minute_field(
        "Locked at", "In UTC, before the period is over; empty for now.", required=False
    )


@page(writes=True)
def volumes(request: HttpRequest, scope: Scope, code: str) -> HttpResponse:
    """What was forecast, and a form to lock a forecast."""
    kpi = kpi_by_code(code, scope=scope)
    may = scope.may(Duty.TERMS)
    form = ForecastForm(request.POST if request.method == "POST" and may else None)
    if form.is_bound and form.is_valid():
        try:
            volume_forecast_lock(kpi=kpi, scope=scope, as_of=now(), **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, "The forecast is locked.")
            return redirect("kpi-volumes", code=code)
    forecasts = list(scoped.volume_forecasts(scope).filter(kpi=kpi).order_by("-first_day"))
    heads = KpiPeriod.objects.filter(kpi=kpi).select_related("current")
    by_day = {head.first_day: head for head in heads}
    context = {
        "kpi": kpi,
        "lines": [(each, by_day.get(each.first_day)) for each in forecasts],
        "form": form if may else None,
        "crumbs": [Crumb(kpi.name, reverse("kpi", args=[code])), Crumb("Volume forecasts")],
        "section": "contracts",
    }
    return render(request, "metrics/volumes.html", context)
