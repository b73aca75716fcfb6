"""Addresses below /api/. Each answers with and without a slash at its end."""

from typing import Any

from django.urls import URLPattern, include, path, re_path, register_converter
from django.urls.converters import StringConverter
from django.views import View

from contracts.api.contracts import ContractDetail, ContractList
from contracts.api.vendors import VendorDetail, VendorList
from metrics.api.breaches import BreachDetail, BreachList
from metrics.api.deliveries import DeliveryDetail, QuarantinedRowList
from metrics.api.documents import DocsView, NothingHere, SchemaView
from metrics.api.explanations import ResultExplanation
from metrics.api.feeds import DeliveryUpload, FeedDetail, FeedList
from metrics.api.kpis import KpiDetail, KpiList
from metrics.api.results import ResultDetail, ResultList
from metrics.api.scorecards import ContractScorecard, VendorScorecard


class CodeConverter(StringConverter):
    """What people may call a vendor, contract, KPI or feed."""

    regex = "[A-Za-z0-9][A-Za-z0-9._-]{0,89}"


class NumberConverter:
    """The number of a record; eighteen digits always fit into the database's integers."""

    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(CodeConverter, "code")
register_converter(NumberConverter, "number")


def at(route: str, view: type[View[Any]], name: str, **initial: Any) -> list[URLPattern]:
    handler = view.as_view(**initial)
    return [path(route, handler, name=name), path(f"{route}/", handler)]


v1 = [
    *at("vendors", VendorList, "vendors"),
    *at("vendors/<code:code>", VendorDetail, "vendor"),
    *at("contracts", ContractList, "contracts"),
    *at("contracts/<code:reference>", ContractDetail, "contract"),
    *at("kpis", KpiList, "kpis"),
    *at("kpis/<code:code>", KpiDetail, "kpi"),
    *at("results", ResultList, "results"),
    *at("results/<number:pk>", ResultDetail, "result"),
    *at("results/<number:pk>/explain", ResultExplanation, "result-explanation"),
    *at("breaches", BreachList, "breaches"),
    *at("breaches/<number:pk>", BreachDetail, "breach"),
    *at("scorecards/vendors/<code:code>", VendorScorecard, "vendor-scorecard"),
    *at("scorecards/contracts/<code:code>", ContractScorecard, "contract-scorecard"),
    *at("feeds", FeedList, "feeds"),
    *at("feeds/<code:code>", FeedDetail, "feed"),
    *at("feeds/<code:code>/deliveries", DeliveryUpload, "feed-deliveries"),
    *at("deliveries/<number:pk>", DeliveryDetail, "delivery"),
    *at("deliveries/<number:pk>/quarantined-rows", QuarantinedRowList, "quarantined-rows"),
]

app_name = "api"
urlpatterns = [
    *at("schema", SchemaView, "schema"),
    *at("docs", DocsView, "docs"),
    path("v1/", include(v1)),
    re_path(r"^", NothingHere.as_view()),
]
