"""Addresses of the pages with figures."""

from datetime import date

from django.urls import path, register_converter

from metrics.pages import alert_urls, case_urls, feed_urls, review_urls
from metrics.pages.cardurls import card_urls
from metrics.pages.home import home
from metrics.pages.imports import import_preview, import_template, imports
from metrics.pages.kpi_edit import kpi_bring_back, kpi_change_page, kpi_new, kpi_put_away
from metrics.pages.kpi_list import kpi_list
from metrics.pages.kpis import figure, kpi
from metrics.pages.levels import definition_new, level_new
from metrics.pages.months import month, months
from metrics.pages.overview import overview
from metrics.pages.restating import restate
from metrics.pages.scorecards import contract, vendor
from metrics.pages.sheets import sheet


class DayConverter:
    """A day as 2026-03-01; anything else is not an address."""

    regex = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return value.isoformat()


register_converter(DayConverter, "day")

urlpatterns = [
    *card_urls(),
    path("", home, name="home"),
    path("vendors/", overview, name="overview"),
    path("vendors/<str:code>/", vendor, name="vendor"),
    path("contracts/<str:reference>/", contract, name="contract"),
    path("new/kpi/", kpi_new, name="kpi-new"),
    path("kpis/", kpi_list, name="kpis"),
    path("kpis/<str:code>/", kpi, name="kpi"),
    path("kpis/<str:code>/sheet/", sheet, name="kpi-sheet"),
    path("kpis/<str:code>/edit/", kpi_change_page, name="kpi-edit"),
    path("kpis/<str:code>/archive/", kpi_put_away, name="kpi-archive"),
    path("kpis/<str:code>/restore/", kpi_bring_back, name="kpi-restore"),
    path("kpis/<str:code>/levels/new/", level_new, name="level-new"),
    path("kpis/<str:code>/definitions/new/", definition_new, name="definition-new"),
    path("kpis/<str:code>/<day:first_day>/restate/", restate, name="restate"),
    path("kpis/<str:code>/<day:first_day>/", figure, name="figure"),
    *case_urls.urlpatterns,
    *review_urls.urlpatterns,
    *alert_urls.urlpatterns,
    *feed_urls.urlpatterns,
    path("imports/", imports, name="imports"),
    path("imports/<int:number>/", import_preview, name="import"),
    path("imports/templates/<str:kind>/", import_template, name="import-template"),
    path("months/", months, name="months"),
    path("months/<str:reference>/<day:first_day>/", month, name="month"),
]
