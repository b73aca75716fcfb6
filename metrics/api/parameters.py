"""The filters that several lists share, told from the KPI they hang on."""

from collections.abc import Callable
from functools import reduce
from operator import or_

from django.db.models import Q

from kpotracker.toolkit.filters import Parameter, UnreadableError, choices, codes, days
from metrics.models import Kpi
from metrics.selectors.results import ends_in, of_contract, of_vendor
from metrics.selectors.spans import Span, SpanError, parse_span


def of_kpi(prefix: str = "") -> tuple[Parameter, ...]:
    """vendor, contract, kpi and family of the KPI at ``prefix`` (such as ``period__kpi__``)."""
    return (
        codes("vendor", _any(of_vendor, prefix), "Vendor code", "northwind"),
        codes("contract", _any(of_contract, prefix), "Contract reference", "NW-2024-01"),
        codes("kpi", lambda found: Q(**{f"{prefix}code__in": found}), "KPI code", "desk-resolve"),
        choices("family", Kpi.Family.values, f"{prefix}family", "Family"),
    )


def of_period(prefix: str = "") -> tuple[Parameter, ...]:
    """period, from and to of the measurement period at ``prefix``."""
    return (
        Parameter(
            "period",
            read_span,
            "Measurement periods that end in this year, quarter, month, ISO week or day.",
            narrow=lambda span: ends_in(span, prefix),
            example="2026-03",
        ),
        *days(f"{prefix}last_day", "Measurement periods whose last day is"),
    )


def read_span(text: str) -> Span:
    try:
        return parse_span(text)
    except SpanError as error:
        raise UnreadableError(str(error)) from None


def _any(condition: Callable[[str, str], Q], prefix: str) -> Callable[[list[str]], Q]:
    def narrow(found: list[str]) -> Q:
        return reduce(or_, [condition(code, prefix) for code in found], Q())

    return narrow
