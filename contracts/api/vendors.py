"""/vendors, /vendors/{code} and what brings one back."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from contracts.api.editing import StrictSerializer
from contracts.api.examples import VENDOR, VENDOR_CHANGED, VENDOR_NEW, asked, example
from contracts.api.fields import Choice, Text
from contracts.api.resources import Resource, ResourceDetail, ResourceList, ResourceRestore
from contracts.models import Vendor
from contracts.selectors import scope as scoped
from contracts.services.archiving import vendor_archive, vendor_restore
from contracts.services.vendors import vendor_change, vendor_create
from kpotracker.toolkit.filters import ARCHIVED, Parameter, choices, codes
from kpotracker.toolkit.pagination import updated


@extend_schema_serializer(examples=example(VENDOR))
class VendorSerializer(serializers.ModelSerializer[Vendor]):
    """A company that work is bought from."""

    tier = serializers.ChoiceField(
        choices=Vendor.Tier.choices,
        allow_null=True,
        read_only=True,
        help_text="How much depends on it; null where the reader is confined to a vendor.",
    )
    owner = serializers.CharField(
        read_only=True,
        help_text="Who answers for it at the buyer's; empty for a reader confined to a vendor.",
    )

    class Meta:
        model = Vendor
        fields = ("code", "name", "country", "tier", "owner", "archived_at", "updated_at")
        read_only_fields = fields

    def to_representation(self, instance: Vendor) -> dict[str, Any]:
        shown = super().to_representation(instance)
        inside = self.context["view"].scope.is_internal
        return shown if inside else shown | {"tier": None, "owner": ""}


@extend_schema_serializer(examples=asked(VENDOR_CHANGED))
class VendorChange(StrictSerializer):
    """What can be changed of a vendor."""

    name = Text(max_length=200)
    country = Text(
        max_length=2, required=False, allow_blank=True, help_text="ISO 3166-1, two letters."
    )
    tier = Choice(choices=Vendor.Tier.choices, required=False, help_text="standard unless stated.")
    owner = Text(
        max_length=200, required=False, allow_blank=True, help_text="Who answers for it at ours."
    )


@extend_schema_serializer(examples=asked(VENDOR_NEW))
class VendorCreate(VendorChange):
    """A vendor to register; its code stays."""

    code = Text(max_length=63, help_text="Letters, digits, dots, dashes and underscores.")


VENDORS = Resource(
    noun="vendor",
    address=("api:vendor", "code"),
    found=scoped.vendors,
    serializer=VendorSerializer,
    creating=VendorCreate,
    changing=VendorChange,
    create=vendor_create,
    change=vendor_change,
    archive=vendor_archive,
    restore=vendor_restore,
)


class VendorList(ResourceList):
    """Vendors, those changed last at the end."""

    resource = VENDORS
    filters = (
        codes("vendor", lambda found: Q(code__in=found), "Vendor code", "northwind"),
        choices("tier", Vendor.Tier.values, "tier", "Tier"),
        ARCHIVED,
        *updated(),
    )

    def parameters(self) -> Sequence[Parameter]:
        """Whoever does not see the tier cannot ask for it either."""
        known = super().parameters()
        return [one for one in known if one.name != "tier" or self.scope.is_internal]


class VendorDetail(ResourceDetail):
    """One vendor."""

    resource = VENDORS


class VendorRestore(ResourceRestore):
    resource = VENDORS
