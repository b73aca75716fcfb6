"""An installation of many vendors and years, written straight into the tables."""

import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import Final

from django.db import connection
from django.db.models import Model

from contracts.models import Contract, User, Vendor
from metrics.evaluation.calendar import periods_note
from metrics.models import (
    BreachCase,
    Kpi,
    KpiDefinition,
    KpiPeriod,
    ResultRevision,
    ServiceLevel,
)
from metrics.selectors.spans import Span, beside, month_of

KPIS: Final = 10
NEWEST: Final = month_of(date(2026, 10, 1))
_FAMILIES: Final = ("outcome", "outcome", "throughput", "transparency", "compliance")
_NOW: Final = datetime(2026, 11, 10, tzinfo=UTC)


def installation_create(vendors: int, months: int, kpis_each: int = KPIS) -> None:
    """``vendors`` vendors with one contract and ``kpis_each`` KPIs each, ``months`` final months of
    each, every eleventh figure a failure with its case; and an analyst called bench.

    The figures of a month share one stamp, as those of a nightly evaluation nearly do.
    """
    User.objects.create_user("bench", role=User.Role.ADMINISTRATOR)
    spans = [beside(NEWEST, -back) for back in reversed(range(months))]
    made = Vendor.objects.bulk_create(
        Vendor(code=f"v{number:04}", name=f"Vendor {number:04}") for number in range(vendors)
    )
    contracts = Contract.objects.bulk_create(_contract(vendor, spans[0]) for vendor in made)
    kpis = Kpi.objects.bulk_create(
        _kpi(contract, number) for contract in contracts for number in range(kpis_each)
    )
    first = spans[0].first_day
    definitions = KpiDefinition.objects.bulk_create(_definition(kpi, first) for kpi in kpis)
    levels = ServiceLevel.objects.bulk_create(
        ServiceLevel(kpi=kpi, valid_from=first, operator=">=", expected="97", minimum="95")
        for kpi in kpis
    )
    _first_kpi(kpis[0], definitions[0], levels[0], spans)
    _like_the_first(kpis[0])
    _bring_into_force()


def _first_kpi(kpi: Kpi, definition: KpiDefinition, level: ServiceLevel, spans: list[Span]) -> None:
    """The months of one KPI, which those of the others are copied from."""
    heads = KpiPeriod.objects.bulk_create(_head(kpi, span) for span in spans)
    heads[0].is_breach = True  # as the case says that others are copied from
    heads[0].save()
    ResultRevision.objects.bulk_create(_revision(head, definition, level) for head in heads)
    BreachCase.objects.create(period=heads[0], state="open", severity="major", opened_at=_NOW)
    periods_note(heads)


def _like_the_first(kpi: Kpi) -> None:
    """Months, figures and cases of every KPI, each in one statement of the database's own."""
    fails = "((k.id * 7 + source.id) % 11 = 0)"
    _copy(
        KpiPeriod,
        f"metrics_kpi k, metrics_kpiperiod source WHERE source.kpi_id = {kpi.pk} AND k.id <> {kpi.pk}",
        kpi_id="k.id",
        is_breach=fails,
        status=f"CASE WHEN {fails} THEN 'BELOW_MINIMUM' ELSE 'MET' END",
    )
    _copy(
        ResultRevision,
        "metrics_kpiperiod h JOIN metrics_kpidefinition d ON d.kpi_id = h.kpi_id"
        " JOIN metrics_servicelevel l ON l.kpi_id = h.kpi_id, metrics_resultrevision source"
        f" WHERE h.kpi_id <> {kpi.pk}"
        " AND source.id = (SELECT min(id) FROM metrics_resultrevision)",
        period_id="h.id",
        definition_id="d.id",
        level_id="l.id",
        status="h.status",
        is_breach="h.is_breach",
        value="CASE WHEN h.is_breach THEN '94' ELSE '98' END",
        value_float="CASE WHEN h.is_breach THEN 94.0 ELSE 98.0 END",
        consequence="CASE WHEN h.is_breach THEN 'default' ELSE 'none' END",
        attainment="CASE WHEN h.is_breach THEN '0' ELSE '100' END",
        attainment_float="CASE WHEN h.is_breach THEN 0.0 ELSE 100.0 END",
    )
    _copy(
        BreachCase,
        "metrics_kpiperiod h, metrics_breachcase source WHERE h.is_breach"
        f" AND h.kpi_id <> {kpi.pk}",
        period_id="h.id",
    )


def _copy(model: type[Model], rows: str, **columns: str) -> None:
    """Insert ``rows``: the columns of their ``source``, but for those that ``columns`` state."""
    names = [field.column for field in model._meta.concrete_fields if not field.primary_key]
    told = ", ".join(columns.get(name, f"source.{name}") for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} ({', '.join(names)}) SELECT {told} FROM {rows}"
        )


def _bring_into_force() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE metrics_kpiperiod SET current_id = (SELECT id FROM metrics_resultrevision"
            " WHERE period_id = metrics_kpiperiod.id)"
        )
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM ANALYZE metrics_kpiperiod")


def _contract(vendor: Vendor, first: Span) -> Contract:
    return Contract(
        reference=f"{vendor.code}-1",
        title=f"Work of {vendor.name}",
        vendor=vendor,
        kind=Contract.Kind.ORDER,
        zone="UTC",
        currency="EUR",
        pricing=Contract.Pricing.ITEM,
        first_day=first.first_day,
    )


def _kpi(contract: Contract, number: int) -> Kpi:
    return Kpi(
        code=f"{contract.reference}-k{number}",
        name=f"Promise {number}",
        contract=contract,
        family=_FAMILIES[number % len(_FAMILIES)],
        direction=Kpi.Direction.HIGHER,
        time_field=Kpi.TimeField.FINISHED,
        first_day=contract.first_day,
        visited_until=_NOW,
    )


def _definition(kpi: Kpi, first: date) -> KpiDefinition:
    return KpiDefinition(
        kpi=kpi, valid_from=first, measure="ratio", unit="percent", period="month", zone="UTC"
    )


def _head(kpi: Kpi, span: Span) -> KpiPeriod:
    starts = datetime(span.first_day.year, span.first_day.month, 1, tzinfo=UTC)
    ends = starts + timedelta(days=span.days)
    return KpiPeriod(
        kpi=kpi,
        starts_at=starts,
        ends_at=ends,
        first_day=span.first_day,
        last_day=span.last_day,
        label=span.label,
        phase=KpiPeriod.Phase.FINAL,
        status="MET",
        updated_at=ends + timedelta(hours=3),
    )


def _revision(head: KpiPeriod, definition: KpiDefinition, level: ServiceLevel) -> ResultRevision:
    return ResultRevision(
        period=head,
        number=1,
        definition=definition,
        level=level,
        status=head.status,
        value="98",
        value_float=98.0,
        rows=200,
        volume="200",
        consequence="none",
        attainment="100",
        attainment_float=100.0,
        is_breach=False,
        attested=True,
        body={"formula": "", "steps": []},
        fingerprint=hashlib.sha256(str(head.pk).encode()).hexdigest(),
        watermark={},
        computed_at=_NOW,
    )
