"""Addresses below /api/. Each answers with and without a slash at its end."""

from itertools import chain
from typing import Any

from django.urls import URLPattern, include, path, re_path, register_converter
from django.urls.converters import StringConverter
from django.views import View

from contracts.api.urls import ADDRESSES
from metrics.api.batch import BatchPush
from metrics.api.breaches import BreachDetail, BreachList
from metrics.api.collections import ResultRecord, list_of
from metrics.api.deliveries import DeliveryDetail, QuarantinedRowList
from metrics.api.documents import DocsView, NothingHere, SchemaView
from metrics.api.explanations import ResultExplanation
from metrics.api.feeds import DeliveryUpload, FeedDetail, FeedList
from metrics.api.root import RootView
from metrics.api.scorecards import ContractScorecard, VendorScorecard
from metrics.api.twins import twins_of
from metrics.api.urls_daily import DAILY
from metrics.api.urls_odata import odata
from metrics.api.urls_terms import TERMS
from metrics.bi.catalogue import COLLECTIONS


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
    *chain.from_iterable(at(*one) for one in ADDRESSES),
    *chain.from_iterable(at(*one) for one in TERMS),
    *chain.from_iterable(at(*one) for one in DAILY),
    *chain.from_iterable(at(one.name, list_of(one), one.name) for one in COLLECTIONS),
    *chain.from_iterable(
        at(f"{one.name}.{ending}", twin, f"{one.name}-{ending}")
        for one in COLLECTIONS
        for ending, twin in twins_of(one)
    ),
    *at("results/<number:pk>", ResultRecord, "result"),
    *at("results/<number:pk>/explain", ResultExplanation, "result-explanation"),
    *at("breaches", BreachList, "breaches"),
    *at("breaches/<number:pk>", BreachDetail, "breach"),
    *at("scorecards/vendors/<code:code>", VendorScorecard, "vendor-scorecard"),
    *at("scorecards/contracts/<code:code>", ContractScorecard, "contract-scorecard"),
    *at("feeds", FeedList, "feeds"),
    *at("feeds/<code:code>", FeedDetail, "feed"),
    *at("feeds/<code:code>/deliveries", DeliveryUpload, "feed-deliveries"),
    *at("feeds/<code:code>/observations:batch", BatchPush, "feed-observations-batch"),
    *at("deliveries/<number:pk>", DeliveryDetail, "delivery"),
    *at("deliveries/<number:pk>/quarantined-rows", QuarantinedRowList, "quarantined-rows"),
]


def lists() -> list[str]:
    """Names of what can be listed, as addresses have them."""
    handlers: list[tuple[str, Any]] = [(str(one.pattern), one.callback) for one in v1]
    found = (name for name, handler in handlers if "GET" in handler.view_class.scopes)
    return sorted(name for name in found if name.replace("-", "").replace("_", "").isalpha())


app_name = "api"
urlpatterns = [
    *at("schema", SchemaView, "schema"),
    *at("docs", DocsView, "docs"),
    *at("v1", RootView, "root", lists=lists()),
    *odata,
    path("v1/", include(v1)),
    re_path(r"^", NothingHere.as_view()),
]
