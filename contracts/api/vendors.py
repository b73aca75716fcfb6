"""GET /vendors and /vendors/{code}."""

from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from contracts.api.base import DetailView, ListView
from contracts.api.examples import VENDOR, example
from contracts.models import Vendor
from contracts.selectors import scope as scoped
from kpotracker.toolkit.filters import choices, codes, flag
from kpotracker.toolkit.pagination import updated

ARCHIVED = flag(
    "archived",
    lambda archived: Q(archived_at__isnull=not archived),
    "true: only what is out of use; false: only what is in use.",
)


@extend_schema_serializer(examples=example(VENDOR))
class VendorSerializer(serializers.ModelSerializer[Vendor]):
    """A company that work is bought from."""

    class Meta:
        model = Vendor
        fields = ("code", "name", "country", "tier", "owner", "archived_at", "updated_at")
        read_only_fields = fields


class VendorList(ListView):
    """Vendors, those changed last at the end."""

    serializer_class = VendorSerializer
    filters = (
        codes("vendor", lambda found: Q(code__in=found), "Vendor code", "northwind"),
        choices("tier", Vendor.Tier.values, "tier", "Tier"),
        ARCHIVED,
        *updated(),
    )

    def get_queryset(self) -> QuerySet[Vendor]:
        return scoped.vendors(self.scope)


class VendorDetail(DetailView):
    """One vendor."""

    serializer_class = VendorSerializer
    lookup_field: Any = "code"

    def get_queryset(self) -> QuerySet[Vendor]:
        return scoped.vendors(self.scope)
