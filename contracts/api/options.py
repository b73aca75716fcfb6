"""/contract-options, /contract-options/{id}, and exercising or declining one."""

from datetime import date
from typing import Any

from django.db.models import Q
from drf_spectacular.utils import (
    OpenApiResponse,
    extend_schema,
    extend_schema_field,
    extend_schema_serializer,
)
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contracts.api.base import MANAGE, one
from contracts.api.dates_examples import DECIDED, OPTION, OPTION_CHANGED, OPTION_NEW
from contracts.api.editing import StrictSerializer, editing
from contracts.api.examples import asked, example
from contracts.api.fields import Choice, Coded, Day, Text, Whole
from contracts.api.headers import etag, if_match
from contracts.api.resources import Resource, ResourceDetail, ResourceList, ResourceView
from contracts.models import Contract, ContractOption
from contracts.models.contracts import LONGEST_NOTICE, LONGEST_RENEWAL
from contracts.selectors import scope as scoped
from contracts.services.options import (
    option_change,
    option_create,
    option_decline,
    option_exercise,
)
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.filters import codes
from kpotracker.toolkit.pagination import updated


@extend_schema_serializer(examples=example(OPTION))
class OptionSerializer(serializers.ModelSerializer[ContractOption]):
    """A right of the buyer's to extend a contract. Vendors do not see it."""

    vendor = serializers.CharField(source="contract.vendor.code", read_only=True)
    contract = serializers.CharField(source="contract.reference", read_only=True)
    notice_unit = serializers.SerializerMethodField()
    decided_by = serializers.SerializerMethodField()

    class Meta:
        model = ContractOption
        fields = (
            "id",
            "vendor",
            "contract",
            "number",
            "description",
            "extends_months",
            "extends_to",
            "exercise_by",
            "notice_length",
            "notice_unit",
            "exercised_on",
            "declined_on",
            "decided_by",
            "updated_at",
        )
        read_only_fields = fields

    @extend_schema_field(
        serializers.ChoiceField(choices=Contract.NoticeUnit.choices, allow_null=True)
    )
    def get_notice_unit(self, option: ContractOption) -> str | None:
        """Of notice_length; null where the contract's own notice counts."""
        return option.notice_unit or None

    def get_decided_by(self, option: ContractOption) -> str | None:
        """Who noted that it was exercised or declined; null while it is open."""
        return option.decided_by or None


@extend_schema_serializer(examples=asked(OPTION_CHANGED))
class OptionChange(StrictSerializer):
    """What can be corrected of an option on which nobody decided."""

    description = Text(max_length=200)
    extends_months = Whole(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=LONGEST_RENEWAL,
        help_text="By how many months it extends the contract; or state extends_to.",
    )
    extends_to = Day(
        required=False, allow_null=True, help_text="The last day it extends the contract to."
    )
    exercise_by = Day(
        required=False,
        allow_null=True,
        help_text="Last day to exercise it; null: by notice_length before the end of the term, or "
        "by the contract's own notice.",
    )
    notice_length = Whole(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=LONGEST_NOTICE,
        help_text="In notice_unit.",
    )
    notice_unit = Choice(choices=Contract.NoticeUnit.choices, required=False, allow_null=True)

    def validate_notice_unit(self, unit: str | None) -> str:
        return unit or ""


@extend_schema_serializer(examples=asked(OPTION_NEW))
class OptionCreate(OptionChange):
    """An option to note; its contract and number stay."""

    contract = Coded(scoped.contracts, "reference", "contract", help_text="Its reference.")
    number = Whole(
        required=False, min_value=1, max_value=32_767, help_text="The next one unless stated."
    )


@extend_schema_serializer(examples=asked(DECIDED))
class OptionDecision(StrictSerializer):
    """The day on which the vendor was told."""

    day = Day(help_text="Not in the future.")
    reason = Text(required=False, max_length=400, help_text="For the audit trail.")


OPTIONS = Resource(
    noun="option",
    address=("api:contract-option", "pk"),
    found=scoped.contract_options,
    serializer=OptionSerializer,
    creating=OptionCreate,
    changing=OptionChange,
    create=option_create,
    change=option_change,
    part_of="contract",
)


class OptionList(ResourceList):
    """Options of all contracts, those changed last at the end."""

    resource = OPTIONS
    filters = (
        codes(
            "vendor", lambda found: Q(contract__vendor__code__in=found), "Vendor code", "northwind"
        ),
        codes("contract", lambda found: Q(contract__reference__in=found), "Reference", "NW-MSA"),
        *updated(),
    )


class OptionDetail(ResourceDetail):
    """One option."""

    resource = OPTIONS


class _Decision(ResourceView):
    """Decides on an option, whoever manages the contract: what was agreed stays as it is."""

    scopes = {"POST": (MANAGE,)}

    @extend_schema(
        request=OptionDecision,
        responses={200: OpenApiResponse(OptionSerializer, "As it is now.")},
        parameters=[if_match(), etag()],
    )
    def post(self, request: Request, **place: Any) -> Response:
        option = one(self.get_queryset(), **place)
        given = self.values(OptionDecision)
        with editing(request, option):
            self.decide(option, given["day"], given.get("reason", ""))
        return self.answer(option)

    def decide(self, option: ContractOption, day: date, reason: str) -> ContractOption:
        raise NotImplementedError


class OptionExercise(_Decision):
    """Note that an option was exercised: the term is extended from that day on."""

    resource = OPTIONS

    def decide(self, option: ContractOption, day: date, reason: str) -> ContractOption:
        return option_exercise(option=option, exercised_on=day, as_of=now(), reason=reason)


class OptionDecline(_Decision):
    """Note that an option is not used."""

    resource = OPTIONS

    def decide(self, option: ContractOption, day: date, reason: str) -> ContractOption:
        return option_decline(option=option, declined_on=day, as_of=now(), reason=reason)
