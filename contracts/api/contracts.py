"""GET /contracts and /contracts/{reference}."""

from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from contracts.api.base import DetailView, ListView
from contracts.api.examples import CONTRACT, example
from contracts.api.vendors import ARCHIVED
from contracts.models import Amendment, Contract
from contracts.selectors import scope as scoped
from contracts.selectors.scope import Scope
from kpotracker.toolkit.filters import choices, codes
from kpotracker.toolkit.pagination import updated


class AmendmentSerializer(serializers.ModelSerializer[Amendment]):
    """A change both sides signed."""

    class Meta:
        model = Amendment
        fields = ("number", "title", "signed_on", "effective_from")
        read_only_fields = fields


@extend_schema_serializer(examples=example(CONTRACT))
class ContractSerializer(serializers.ModelSerializer[Contract]):
    """What a vendor promised, for how long and in which currency and zone."""

    vendor = serializers.CharField(source="vendor.code", read_only=True)
    parent = serializers.SerializerMethodField()  # type: ignore[assignment]  # a name of ours too
    notice_unit = serializers.SerializerMethodField()
    amendments = AmendmentSerializer(many=True, read_only=True)

    class Meta:
        model = Contract
        fields = (
            "reference",
            "title",
            "vendor",
            "kind",
            "parent",
            "zone",
            "currency",
            "pricing",
            "first_day",
            "last_day",
            "renewal",
            "renewal_months",
            "renewal_limit",
            "notice_length",
            "notice_unit",
            "amendments",
            "archived_at",
            "updated_at",
        )
        read_only_fields = fields

    @extend_schema_field(
        serializers.ChoiceField(choices=Contract.NoticeUnit.choices, allow_null=True)
    )
    def get_notice_unit(self, contract: Contract) -> str | None:
        """Of notice_length; null where the contract asks for no notice."""
        return contract.notice_unit or None

    def get_parent(self, contract: Contract) -> str | None:
        """Reference of the contract it hangs on, where the reader may see that one."""
        parent = contract.parent
        scope: Scope = self.context["view"].scope
        visible = parent is not None and (
            scope.vendor_ids is None or parent.vendor_id in scope.vendor_ids
        )
        return parent.reference if parent is not None and visible else None


def _contracts(scope: Scope) -> QuerySet[Contract]:
    amendments = scoped.amendments(scope).order_by("number")
    joined = scoped.contracts(scope).select_related("vendor", "parent")
    return joined.prefetch_related(Prefetch("amendments", queryset=amendments))


class ContractList(ListView):
    """Contracts with their amendments, those changed last at the end."""

    serializer_class = ContractSerializer
    filters = (
        codes("vendor", lambda found: Q(vendor__code__in=found), "Vendor code", "northwind"),
        codes("contract", lambda found: Q(reference__in=found), "Reference", "NW-2024-01"),
        choices("kind", Contract.Kind.values, "kind", "Kind of contract"),
        ARCHIVED,
        *updated(),
    )

    def get_queryset(self) -> QuerySet[Contract]:
        return _contracts(self.scope)


class ContractDetail(DetailView):
    """One contract with its amendments."""

    serializer_class = ContractSerializer
    lookup_field: Any = "reference"

    def get_queryset(self) -> QuerySet[Contract]:
        return _contracts(self.scope)
