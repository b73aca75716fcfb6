"""/charges and /charges/{id}: what contracts cost, period by period."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
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
    pass_through = serializers.SerializerMethodField()
    pass_through_minor = serializers.IntegerField(
        read_only=True, help_text="The same of the part that passes through, in the smallest unit."
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
            "pass_through",
            "pass_through_minor",
            "currency",
            "updated_at",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.FloatField())
    def get_amount(self, charge: Charge) -> float | int | None:
        """Net amount in the currency's own unit, such as euros."""
        return _in_units(charge.amount_minor, charge)

    @extend_schema_field(serializers.FloatField())
    def get_pass_through(self, charge: Charge) -> float | int | None:
        """The part of it, such as travel, that credits are not computed of."""
        return _in_units(charge.pass_through_minor, charge)


def _in_units(minor: int, charge: Charge) -> float | int | None:
    return number(Decimal(minor).scaleb(-MINOR_UNITS.get(charge.contract.currency, 2)))


@extend_schema_serializer(examples=asked(CHARGE_CHANGED))
class ChargeChange(StrictSerializer):
    """What can be changed of a charge."""

    amount = Exact(
        max_digits=_DIGITS,
        decimal_places=None,
        help_text="Net amount in the contract's currency, with no more decimals than that has.",
    )
    pass_through = Exact(
        max_digits=_DIGITS,
        decimal_places=None,
        required=False,
        help_text="The part of the amount, such as travel, that credits are not computed of.",
    )

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        minor: dict[str, int] = {}
        errors: dict[str, str] = {}
        for name in ("amount", "pass_through"):
            if name not in given:
                continue
            contract = given["contract"] if self.instance is None else self.instance.contract
            try:
                minor[f"{name}_minor"] = minor_amount(given.pop(name), contract.currency)
            except ValueError as error:
                errors[name] = f"{error}: money is not rounded here."
        if errors:
            raise serializers.ValidationError(dict(errors))
        return given | minor


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


def _create(**values: Any) -> Charge:
    with _by_members():
        return charge_create(**values)


def _change(*, charge: Charge, **amounts: int) -> Charge:
    """State other amounts; a body that names none changes nothing."""
    if not amounts:
        return charge
    with _by_members():
        return charge_change(charge=charge, **amounts)


@contextmanager
def _by_members() -> Iterator[None]:
    """What the service says of its columns is told of the members of the body."""
    try:
        yield
    except ValidationError as error:
        found = getattr(error, "error_dict", None)
        if found is None:
            raise
        told = {name.removesuffix("_minor"): each for name, each in found.items()}
        raise ValidationError(told) from None


CHARGES = Resource(
    noun="charge",
    address=("api:charge", "pk"),
    found=_charges,
    serializer=ChargeSerializer,
    creating=ChargeCreate,
    changing=ChargeChange,
    create=_create,
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
