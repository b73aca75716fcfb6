"""The records of an export, read in a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Prefetch, Q

from contracts.models import Amendment, Calendar, Charge, Contract, Process, Vendor
from metrics.models import (
    Feed,
    FeedMapping,
    FeedSchedule,
    Kpi,
    KpiDefinition,
    ServiceLevel,
)
from metrics.selectors.results import of_vendor

_MODELS = (Vendor, Calendar, Contract, Process, Kpi, Feed)


@dataclass(frozen=True, slots=True)
class Records:
    """In order of their codes, with everything that stating them reads."""

    vendors: Sequence[Vendor]
    calendars: Sequence[Calendar]
    contracts: Sequence[Contract]
    processes: Sequence[Process]
    kpis: Sequence[Kpi]
    feeds: Sequence[Feed]
    others: int


def records_of(vendor: str | None, managers: Sequence[str]) -> Records:
    """What is in use and managed by ``managers``: everything, or what belongs to one vendor."""
    used = Q(archived_at=None, managed_by__in=managers)
    return Records(
        vendors=list(Vendor.objects.filter(used, _of("code", vendor)).order_by("code")),
        calendars=_calendars(used, vendor),
        contracts=_contracts(used, vendor),
        processes=list(
            Process.objects.filter(used, _of("contract__vendor__code", vendor))
            .select_related("contract")
            .order_by("code")
        ),
        kpis=_kpis(used, vendor),
        feeds=_feeds(used, vendor),
        others=0 if vendor else _others(managers),
    )


def _of(path: str, vendor: str | None) -> Q:
    return Q() if vendor is None else Q(**{path: vendor})


def _kpis_of(vendor: str | None) -> Q:
    return Q() if vendor is None else of_vendor(vendor)


def _calendars(used: Q, vendor: str | None) -> list[Calendar]:
    """All of them, or those that the vendor's KPIs in use are measured by."""
    found = Calendar.objects.filter(used)
    if vendor is not None:
        kpis = Kpi.objects.filter(_kpis_of(vendor), archived_at=None)
        found = found.filter(
            pk__in=KpiDefinition.objects.filter(kpi__in=kpis).values("calendar_id")
        )
    return list(found.order_by("code"))


def _contracts(used: Q, vendor: str | None) -> list[Contract]:
    found = Contract.objects.filter(used, _of("vendor__code", vendor))
    charges = Charge.objects.select_related("process").order_by("first_day")
    return list(
        found.select_related("vendor", "parent")
        .prefetch_related(
            Prefetch("amendments", Amendment.objects.order_by("number")),
            Prefetch("charges", charges),
        )
        .order_by("reference")
    )


def _kpis(used: Q, vendor: str | None) -> list[Kpi]:
    definitions = KpiDefinition.objects.select_related("amendment", "calendar")
    levels = ServiceLevel.objects.select_related("amendment")
    return list(
        Kpi.objects.filter(used, _kpis_of(vendor))
        .select_related("contract", "process")
        .prefetch_related(
            Prefetch("definitions", definitions.order_by("valid_from")),
            Prefetch("levels", levels.order_by("valid_from")),
        )
        .order_by("code")
    )


def _feeds(used: Q, vendor: str | None) -> list[Feed]:
    """Feeds that take files; those of typed-in figures make themselves."""
    found = Feed.objects.filter(used, _of("vendor__code", vendor))
    return list(
        found.exclude(kind=Feed.Kind.MANUAL)
        .select_related("vendor")
        .prefetch_related(
            Prefetch("mappings", FeedMapping.objects.order_by("version")),
            Prefetch("schedules", FeedSchedule.objects.order_by("valid_from")),
        )
        .order_by("code")
    )


def _others(managers: Sequence[str]) -> int:
    """How many objects in use somebody else manages."""
    counts = (
        model._default_manager.filter(archived_at=None).exclude(managed_by__in=managers)
        for model in _MODELS
    )
    return sum(
        (found.exclude(kind=Feed.Kind.MANUAL) if found.model is Feed else found).count()
        for found in counts
    )
