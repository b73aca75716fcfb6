"""Many vendors with many KPIs over many months, written in bulk."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta

from contracts.models import Contract, Vendor
from metrics.models import (
    Kpi,
    KpiDefinition,
    KpiPeriod,
    ResultRevision,
    ServiceLevel,
)

LAST_MONTH = date(2026, 3, 1)
_FAMILIES = ("outcome", "throughput", "transparency", "compliance")


def a_crowd(*, vendors: int, kpis: int, months: int, prefix: str = "c") -> list[Vendor]:
    """``vendors`` with a contract each, ``kpis`` in each contract and ``months`` final figures of
    every KPI, the last one of March 2026; every seventh is missed."""
    made = Vendor.objects.bulk_create(
        Vendor(code=f"{prefix}{n:03}", name=f"Crowd {prefix}{n:03}") for n in range(vendors)
    )
    contracts = Contract.objects.bulk_create(_contract(vendor) for vendor in made)
    promised = Kpi.objects.bulk_create(
        _kpi(contract, n) for contract in contracts for n in range(kpis)
    )
    definitions = KpiDefinition.objects.bulk_create(_definition(kpi) for kpi in promised)
    levels = ServiceLevel.objects.bulk_create(
        ServiceLevel(
            kpi=kpi, valid_from=date(2020, 1, 1), operator=">=", expected="95", minimum="90"
        )
        for kpi in promised
    )
    heads = KpiPeriod.objects.bulk_create(
        [_head(kpi, back) for kpi in promised for back in range(months)], batch_size=500
    )
    terms = {d.kpi_id: (d, level) for d, level in zip(definitions, levels, strict=True)}
    _figures(heads, terms)
    return list(made)


def _contract(vendor: Vendor) -> Contract:
    return Contract(
        reference=f"{vendor.code}-1",
        vendor=vendor,
        title=f"Work of {vendor.code}",
        kind=Contract.Kind.STATEMENT,
        zone="UTC",
        currency="EUR",
        pricing=Contract.Pricing.OUTCOME,
        first_day=date(2020, 1, 1),
    )


def _kpi(contract: Contract, number: int) -> Kpi:
    return Kpi(
        code=f"{contract.reference}-k{number}",
        name=f"Promise {number}",
        contract=contract,
        family=_FAMILIES[number % 4],
        direction=Kpi.Direction.HIGHER,
        time_field=Kpi.TimeField.FINISHED,
        first_day=date(2020, 1, 1),
    )


def _definition(kpi: Kpi) -> KpiDefinition:
    return KpiDefinition(
        kpi=kpi,
        valid_from=date(2020, 1, 1),
        measure="ratio",
        unit="percent",
        period="month",
        zone="UTC",
    )


def _head(kpi: Kpi, back: int) -> KpiPeriod:
    index = LAST_MONTH.year * 12 + LAST_MONTH.month - 1 - back
    first = date(index // 12, index % 12 + 1, 1)
    last = first.replace(day=monthrange(first.year, first.month)[1])
    begins = datetime(first.year, first.month, 1, tzinfo=UTC)
    missed = (kpi.pk + back) % 7 == 0
    return KpiPeriod(
        kpi=kpi,
        starts_at=begins,
        ends_at=begins + timedelta(days=last.day),
        first_day=first,
        last_day=last,
        label=f"{first:%Y-%m}",
        phase=KpiPeriod.Phase.FINAL,
        status="BELOW_MINIMUM" if missed else "MET",
        is_breach=missed,
    )


def _figures(heads: list[KpiPeriod], terms: dict[int, tuple[KpiDefinition, ServiceLevel]]) -> None:
    revisions = ResultRevision.objects.bulk_create(
        [_revision(head, *terms[head.kpi_id]) for head in heads], batch_size=400
    )
    for head, revision in zip(heads, revisions, strict=True):
        head.current = revision
    KpiPeriod.objects.bulk_update(heads, ["current"], batch_size=400)


def _revision(head: KpiPeriod, definition: KpiDefinition, level: ServiceLevel) -> ResultRevision:
    value = "88" if head.is_breach else "96.5"
    return ResultRevision(
        period=head,
        number=1,
        definition=definition,
        level=level,
        status=head.status,
        value=value,
        value_float=float(value),
        rows=200,
        volume="200",
        consequence="default" if head.is_breach else "none",
        attainment="0" if head.is_breach else "100",
        is_breach=head.is_breach,
        attested=True,
        body={},
        fingerprint=f"{head.pk}",
        watermark={},
        computed_at=head.ends_at,
    )
