from contracts.models import Vendor
from contracts.models.managed import ManagedBy
from contracts.services.writing import change, save, writing

_CHANGEABLE = frozenset({"name", "country", "tier", "owner", "archived_at"})


def vendor_create(
    *,
    code: str,
    name: str,
    country: str = "",
    tier: str = Vendor.Tier.STANDARD,
    owner: str = "",
    managed_by: str = ManagedBy.PERSON,
) -> Vendor:
    """A new vendor. Raises ValidationError, also for a code that is taken."""
    vendor = Vendor(
        code=code, name=name, country=country, tier=tier, owner=owner, managed_by=managed_by
    )
    with writing():
        save(vendor)
    return vendor


def vendor_change(*, vendor: Vendor, **values: object) -> Vendor:
    """Change name, country, tier, owner or archived_at. Raises ValidationError."""
    with writing():
        change(vendor, values, _CHANGEABLE)
    return vendor
