from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator

from contracts.models import Vendor
from contracts.models.managed import ManagedBy
from contracts.services.writing import change, save, writing

country_validator = RegexValidator(
    r"\A[A-Za-z]{2}\Z", "'%(value)s' is not a country code: write two letters, such as IE."
)
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
    country = _country(country)
    vendor = Vendor(
        code=code, name=name, country=country, tier=tier, owner=owner, managed_by=managed_by
    )
    with writing():
        save(vendor)
    return vendor


def vendor_change(*, vendor: Vendor, **values: Any) -> Vendor:
    """Change name, country, tier, owner or archived_at. Raises ValidationError."""
    if "country" in values:
        values["country"] = _country(values["country"])
    with writing():
        change(vendor, values, _CHANGEABLE)
    return vendor


def _country(code: str) -> str:
    """In capital letters, or empty. Raises ValidationError for anything but two letters."""
    if code:
        try:
            country_validator(code)
        except ValidationError as error:
            raise ValidationError({"country": error}) from None
    return code.upper()
