from contracts.models.managed import ManagedBy
from contracts.services.vendors import vendor_change, vendor_create
from metrics.portfolio.items import Item
from metrics.portfolio.reconcile.run import Run
from metrics.portfolio.shapes import VendorShape


def reconcile_vendors(run: Run) -> None:
    """Create vendors and change what they are called."""
    for item in run.portfolio.vendors:
        _reconcile(run, item)


def _reconcile(run: Run, item: Item[VendorShape]) -> None:
    shape = item.shape
    values = {
        "name": shape.name,
        "country": shape.country or "",
        "tier": shape.tier,
        "owner": shape.owner or "",
    }
    vendor = run.reconcile(
        "vendors",
        item,
        run.vendors.get(shape.code),
        values,
        create=lambda: vendor_create(code=shape.code, managed_by=ManagedBy.PORTFOLIO, **values),
        change=lambda vendor, changed: vendor_change(vendor=vendor, **changed),
    )
    if vendor:
        run.vendors[shape.code] = vendor
