"""The filters that several lists share, told from the KPI they hang on."""

from collections.abc import Callable

from django.db.models import Q

from contracts.models import Contract
from kpotracker.toolkit.filters import Parameter, UnreadableError, choices, codes, days
from metrics.models import Kpi
from metrics.selectors.results import ends_in
from metrics.selectors.spans import Span, SpanError, parse_span


def of_kpi(prefix: str = "") -> tuple[Parameter, ...]:
    """vendor, contract, kpi and family of the KPI at ``prefix`` (such as ``period__kpi__``)."""
    return (
        codes("vendor", _owned("vendor__code", prefix), "Vendor code", "northwind"),
        codes("contract", _owned("reference", prefix), "Contract reference", "NW-2024-01"),
        codes("kpi", lambda found: Q(**{f"{prefix}code__in": found}), "KPI code", "desk-resolve"),
        choices("family", Kpi.Family.values, f"{prefix}family", "Family"),
    )


def period(prefix: str = "") -> Parameter:
    """Measurement periods at ``prefix`` by the span they end in."""
    return Parameter(
        "period",
        read_span,
        "Measurement periods that end in this year, quarter, month, ISO week or day.",
        narrow=lambda span: ends_in(span, prefix),
        example="2026-03",
    )


def of_period(prefix: str = "") -> tuple[Parameter, ...]:
    """period, from and to of the measurement period at ``prefix``."""
    return (
        period(prefix),
        *days(f"{prefix}last_day", "Measurement periods whose last day is"),
    )


def read_span(text: str) -> Span:
    try:
        return parse_span(text)
    except SpanError as error:
        raise UnreadableError(str(error)) from None


def _owned(owner: str, prefix: str) -> Callable[[list[str]], Q]:
    """KPIs at ``prefix`` whose contract, or else whose process's contract, has one of the codes at
    ``owner``. Contracts are looked up first: told by their numbers, the database finds the few KPIs
    of one vendor by an index, whatever else there is."""

    def narrow(found: list[str]) -> Q:
        contracts = Contract.objects.filter(**{f"{owner}__in": found}).order_by()
        pairs = list(contracts.values_list("pk", "processes__pk"))
        processes = {process for _, process in pairs if process is not None}
        by_process = {f"{prefix}contract__isnull": True, f"{prefix}process__in": processes}
        return Q(**{f"{prefix}contract__in": {pk for pk, _ in pairs}}) | Q(**by_process)

    return narrow
