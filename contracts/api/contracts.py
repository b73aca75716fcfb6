"""/contracts, /contracts/{reference} and what brings one back."""

from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from contracts.api.editing import StrictSerializer
from contracts.api.examples import CONTRACT, CONTRACT_CHANGED, CONTRACT_NEW, asked, example
from contracts.api.fields import Choice, Coded, Day, Text, Whole
from contracts.api.resources import Resource, ResourceDetail, ResourceList, ResourceRestore
from contracts.models import Amendment, Contract
from contracts.models.contracts import LONGEST_NOTICE, LONGEST_RENEWAL, MOST_RENEWALS
from contracts.selectors import scope as scoped
from contracts.selectors.scope import Scope
from contracts.services.archiving import contract_archive, contract_restore
from contracts.services.contracts import contract_change, contract_create
from kpotracker.toolkit.filters import ARCHIVED, choices, codes
from kpotracker.toolkit.pagination import updated

_INSIDE = ("renewal", "renewal_months", "renewal_limit", "notice_length", "notice_unit")
_OURS = "; null where the reader is confined to a vendor."


class TermsAmendmentSerializer(serializers.ModelSerializer[Amendment]):
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
    renewal = serializers.ChoiceField(
        choices=Contract.Renewal.choices,
        allow_null=True,
        read_only=True,
        help_text=f"What happens at the end of a term{_OURS}",
    )
    renewal_months = serializers.IntegerField(
        allow_null=True, read_only=True, help_text=f"Months it renews for each time{_OURS}"
    )
    renewal_limit = serializers.IntegerField(
        allow_null=True, read_only=True, help_text="How many times at most; null without a bound."
    )
    notice_length = serializers.IntegerField(
        allow_null=True, read_only=True, help_text="In notice_unit; null where none is shown."
    )
    notice_unit = serializers.SerializerMethodField()
    amendments = TermsAmendmentSerializer(many=True, read_only=True)

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
            *_INSIDE,
            "amendments",
            "archived_at",
            "updated_at",
        )
        read_only_fields = fields

    def to_representation(self, instance: Contract) -> dict[str, Any]:
        shown = super().to_representation(instance)
        inside = self.context["view"].scope.is_internal
        return shown if inside else shown | dict.fromkeys(_INSIDE)

    @extend_schema_field(
        serializers.ChoiceField(choices=Contract.NoticeUnit.choices, allow_null=True)
    )
    def get_notice_unit(self, contract: Contract) -> str | None:
        """Of notice_length; null where the contract asks for no notice, or none is shown."""
        return contract.notice_unit or None

    def get_parent(self, contract: Contract) -> str | None:
        """Reference of the contract it hangs on, where the reader may see that one."""
        parent, scope = contract.parent, self.context["view"].scope
        if parent is None or not scope.includes(parent.vendor_id):
            return None
        return str(parent.reference)


@extend_schema_serializer(examples=asked(CONTRACT_CHANGED))
class ContractChange(StrictSerializer):
    """What can be changed of a contract; what both sides agreed later is an amendment."""

    title = Text(max_length=200)
    kind = Choice(choices=Contract.Kind.choices)
    parent = Coded(  # type: ignore[assignment]  # a name of ours too
        scoped.contracts,
        "reference",
        "contract",
        required=False,
        allow_null=True,
        help_text="Reference of the contract with the same vendor whose terms it takes over.",
    )
    zone = Text(max_length=64, help_text="IANA zone of its periods, such as Europe/Dublin.")
    currency = Text(max_length=3, help_text="ISO 4217; stays once charges are entered.")
    pricing = Choice(choices=Contract.Pricing.choices)
    first_day = Day()
    last_day = Day(
        required=False, allow_null=True, help_text="Of the first term; null: without an end."
    )
    renewal = Choice(
        choices=Contract.Renewal.choices,
        required=False,
        help_text="At the end of a term; none unless stated.",
    )
    renewal_months = Whole(
        required=False, min_value=0, max_value=LONGEST_RENEWAL, help_text="Each time, in months."
    )
    renewal_limit = Whole(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=MOST_RENEWALS,
        help_text="How many times at most; null: without a bound.",
    )
    notice_length = Whole(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=LONGEST_NOTICE,
        help_text="Before the last day of a term, in notice_unit; null where none is stated.",
    )
    notice_unit = Choice(choices=Contract.NoticeUnit.choices, required=False, allow_null=True)

    def validate_notice_unit(self, unit: str | None) -> str:
        return unit or ""


@extend_schema_serializer(examples=asked(CONTRACT_NEW))
class ContractCreate(ContractChange):
    """A contract to register; its reference and vendor are what it is, and stay."""

    reference = Text(max_length=63, help_text="Letters, digits, dots, dashes and underscores.")
    vendor = Coded(scoped.vendors, "code", "vendor", help_text="Code of the vendor.")


def _contracts(scope: Scope) -> QuerySet[Contract]:
    amendments = scoped.amendments(scope).order_by("number")
    joined = scoped.contracts(scope).select_related("vendor", "parent")
    return joined.prefetch_related(Prefetch("amendments", queryset=amendments))


CONTRACTS = Resource(
    noun="contract",
    address=("api:contract", "reference"),
    found=_contracts,
    serializer=ContractSerializer,
    creating=ContractCreate,
    changing=ContractChange,
    create=contract_create,
    change=contract_change,
    archive=contract_archive,
    restore=contract_restore,
)


class ContractList(ResourceList):
    """Contracts with their amendments, those changed last at the end."""

    resource = CONTRACTS
    filters = (
        codes("vendor", lambda found: Q(vendor__code__in=found), "Vendor code", "northwind"),
        codes("contract", lambda found: Q(reference__in=found), "Reference", "NW-2024-01"),
        choices("kind", Contract.Kind.values, "kind", "Kind of contract"),
        choices("pricing", Contract.Pricing.values, "pricing", "What it is priced by"),
        ARCHIVED,
        *updated(),
    )


class ContractDetail(ResourceDetail):
    """One contract with its amendments."""

    resource = CONTRACTS


class ContractRestore(ResourceRestore):
    resource = CONTRACTS
