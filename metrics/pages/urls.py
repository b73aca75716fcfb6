"""Addresses of the pages with figures."""

from datetime import date

from django.urls import path, register_converter

from metrics.pages.breaches import breaches
from metrics.pages.deliveries import deliveries, delivery
from metrics.pages.kpis import figure, kpi
from metrics.pages.scorecards import contract, overview, vendor


class DayConverter:
    """A day as 2026-03-01; anything else is not an address."""

    regex = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return value.isoformat()


register_converter(DayConverter, "day")

urlpatterns = [
    path("", overview, name="overview"),
    path("vendors/<str:code>/", vendor, name="vendor"),
    path("contracts/<str:reference>/", contract, name="contract"),
    path("kpis/<str:code>/", kpi, name="kpi"),
    path("kpis/<str:code>/<day:first_day>/", figure, name="figure"),
    path("breaches/", breaches, name="breaches"),
    path("deliveries/", deliveries, name="deliveries"),
    path("deliveries/<int:number>/", delivery, name="delivery"),
]
