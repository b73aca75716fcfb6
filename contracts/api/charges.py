"""/charges and /charges/{id}: what contracts cost, period by period."""

from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from contracts.api.editing import StrictSerializer
from contracts.api.examples import CHARGE, CHARGE_CHANGED, CHARGE_NEW, asked, example
from contracts.api.fields import Coded, Day, Exact
from contracts.api.numbers import number
from contracts.api.resources import Resource, ResourceDetail, ResourceList
from contracts.models import Charge
from contracts.selectors import scope as scoped
from contracts.selectors.scope import Scope
from contracts.services.contracts import charge_change, charge_create
from contracts.services.currencies import MINOR_UNITS, minor_amount
from kpotracker.toolkit.filters import codes, days
from kpotracker.toolkit.pagination import updated

_DIGITS = 17


@extend_schema_serializer(examples=example(CHARGE))
class ChargeSerializer(serializers.ModelSerializer[Charge]):
    """What a contract, or one process of it, costs in one period."""

    vendor = serializers.CharField(source="contract.vendor.code", read_only=True)
    contract = serializers.CharField(source="contract.reference", read_only=True)
    process = serializers.CharField(
        source="process.code",
        allow_null=True,
        default=None,
        read_only=True,
        help_text="Its code; null where the charge is for the whole contract.",
    )
    currency = serializers.CharField(source="contract.currency", read_only=True)
    amount = serializers.SerializerMethodField()
    amount_minor = serializers.IntegerField(
        read_only=True, help_text="The exact amount in the currency's smallest unit, such as cents."
    )

    class Meta:
        model = Charge
        fields = (
            "id",
            "vendor",
            "contract",
            "process",
            "first_day",
            "last_day",
            "amount",
            "amount_minor",
            "currency",
            "updated_at",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.FloatField())
    def get_amount(self, charge: Charge) -> float | int | None:
        """Net amount in the currency's own unit, such as euros."""
        places = MINOR_UNITS.get(charge.contract.currency, 2)
        return number(Decimal(charge.amount_minor).scaleb(-places))


@extend_schema_serializer(examples=asked(CHARGE_CHANGED))
class ChargeChange(StrictSerializer):
    """What can be changed of a charge."""

    amount = Exact(
        max_digits=_DIGITS,
        decimal_places=None,
        help_text="Net amount in the contract's currency, with no more decimals than that has.",
    )

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if "amount" not in given:
            return given
        contract = given["contract"] if self.instance is None else self.instance.contract
        try:
            minor = minor_amount(given.pop("amount"), contract.currency)
        except ValueError as error:
            raise serializers.ValidationError(
                {"amount": f"{error}: money is not rounded here."}
            ) from None
        return given | {"amount_minor": minor}


@extend_schema_serializer(examples=asked(CHARGE_NEW))
class ChargeCreate(ChargeChange):
    """A charge to enter; its contract, process and period stay."""

    contract = Coded(scoped.contracts, "reference", "contract", help_text="Its reference.")
    process = Coded(
        scoped.processes,
        "code",
        "process",
        required=False,
        allow_null=True,
        help_text="Code of a process of this contract; null: for the whole contract.",
    )
    first_day = Day()
    last_day = Day()


def _charges(scope: Scope) -> QuerySet[Charge]:
    return scoped.charges(scope).select_related("contract__vendor", "process")


def _change(*, charge: Charge, amount_minor: int | None = None) -> Charge:
    """State another amount; a body that names none changes nothing."""
    return (
        charge if amount_minor is None else charge_change(charge=charge, amount_minor=amount_minor)
    )


CHARGES = Resource(
    noun="charge",
    address=("api:charge", "pk"),
    found=_charges,
    serializer=ChargeSerializer,
    creating=ChargeCreate,
    changing=ChargeChange,
    create=charge_create,
    change=_change,
    part_of="contract",
)


class ChargeList(ResourceList):
    """Charges of all contracts, those changed last at the end."""

    resource = CHARGES
    filters = (
        codes(
            "vendor", lambda found: Q(contract__vendor__code__in=found), "Vendor code", "northwind"
        ),
        codes("contract", lambda found: Q(contract__reference__in=found), "Reference", "NW-MSA"),
        codes("process", lambda found: Q(process__code__in=found), "Process code", "claims-intake"),
        *days("last_day", "Last day of the period"),
        *updated(),
    )


class ChargeDetail(ResourceDetail):
    """One charge."""

    resource = CHARGES
