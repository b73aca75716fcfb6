"""The portfolio of the generated feed: 2,000 KPIs with a service level each."""

from datetime import date

from benchmarks.feed import FIRST_DAY, KPIS, LAST_DAY, MAPPING, RECEIVED_AT, codes
from contracts.models import Contract, Vendor
from metrics.feeds.digests import mapping_digest
from metrics.models import Feed, FeedMapping, Kpi, KpiDefinition, ServiceLevel


def terms_create(
    *, first_day: date = FIRST_DAY, last_day: date = LAST_DAY, teams: int = KPIS
) -> Feed:
    """Create vendor, contract, a KPI per team, and their feed; the contract runs from first to
    last day."""
    vendor = Vendor.objects.create(code="bench", name="Generated")
    contract = Contract.objects.create(
        reference="BENCH-1",
        title="Generated desk",
        vendor=vendor,
        kind=Contract.Kind.ORDER,
        zone="UTC",
        currency="EUR",
        pricing=Contract.Pricing.ITEM,
        first_day=first_day,
        last_day=last_day,
    )
    kpis = Kpi.objects.bulk_create([_kpi(contract, code) for code in codes(teams)])
    KpiDefinition.objects.bulk_create(
        KpiDefinition(
            kpi=kpi,
            valid_from=first_day,
            measure="ratio",
            unit="percent",
            period="month",
            zone="UTC",
        )
        for kpi in kpis
    )
    ServiceLevel.objects.bulk_create(
        ServiceLevel(kpi=kpi, valid_from=first_day, operator=">=", expected="97", minimum="95")
        for kpi in kpis
    )
    feed = Feed.objects.create(code="bench", name="Generated desk", vendor=vendor)
    FeedMapping.objects.create(feed=feed, version=1, body=MAPPING, digest=mapping_digest(MAPPING))
    return feed


def _kpi(contract: Contract, code: str) -> Kpi:
    return Kpi(
        code=code,
        name=code,
        contract=contract,
        family=Kpi.Family.OUTCOME,
        direction=Kpi.Direction.HIGHER,
        time_field=Kpi.TimeField.FINISHED,
        first_day=contract.first_day,
        last_day=contract.last_day,
        next_tick_at=RECEIVED_AT,
    )
