"""/amendments and /amendments/{id}: what both sides changed of contracts, one flat row each."""

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from contracts.api.editing import StrictSerializer
from contracts.api.examples import AMENDMENT, AMENDMENT_CHANGED, AMENDMENT_NEW, asked, example
from contracts.api.fields import Coded, Day, Text, Whole
from contracts.api.resources import Resource, ResourceDetail, ResourceList
from contracts.models import Amendment
from contracts.selectors import scope as scoped
from contracts.selectors.scope import Scope
from contracts.services.contracts import amendment_change, amendment_create
from kpotracker.toolkit.filters import codes, days
from kpotracker.toolkit.pagination import updated

_MOST = 32_767


@extend_schema_serializer(examples=example(AMENDMENT))
class AmendmentSerializer(serializers.ModelSerializer[Amendment]):
    """A change both sides signed; dated terms name the amendment they come from."""

    vendor = serializers.CharField(source="contract.vendor.code", read_only=True)
    contract = serializers.CharField(source="contract.reference", read_only=True)

    class Meta:
        model = Amendment
        fields = (
            "id",
            "vendor",
            "contract",
            "number",
            "title",
            "signed_on",
            "effective_from",
            "updated_at",
        )
        read_only_fields = fields


@extend_schema_serializer(examples=asked(AMENDMENT_CHANGED))
class AmendmentChange(StrictSerializer):
    """What can be corrected of an amendment."""

    title = Text(max_length=200)
    signed_on = Day(required=False, allow_null=True)
    effective_from = Day(help_text="The first day on which it holds.")


@extend_schema_serializer(examples=asked(AMENDMENT_NEW))
class AmendmentCreate(AmendmentChange):
    """An amendment to register; its contract and number stay."""

    contract = Coded(scoped.contracts, "reference", "contract", help_text="Its reference.")
    number = Whole(min_value=1, max_value=_MOST, help_text="Within the contract.")


def _amendments(scope: Scope) -> QuerySet[Amendment]:
    return scoped.amendments(scope).select_related("contract__vendor")


AMENDMENTS = Resource(
    noun="amendment",
    address=("api:amendment", "pk"),
    found=_amendments,
    serializer=AmendmentSerializer,
    creating=AmendmentCreate,
    changing=AmendmentChange,
    create=amendment_create,
    change=amendment_change,
    part_of="contract",
)


class AmendmentList(ResourceList):
    """Amendments of all contracts, those changed last at the end."""

    resource = AMENDMENTS
    filters = (
        codes(
            "vendor", lambda found: Q(contract__vendor__code__in=found), "Vendor code", "northwind"
        ),
        codes("contract", lambda found: Q(contract__reference__in=found), "Reference", "NW-MSA"),
        *days("effective_from", "First day on which it holds"),
        *updated(),
    )


class AmendmentDetail(ResourceDetail):
    """One amendment."""

    resource = AMENDMENTS
