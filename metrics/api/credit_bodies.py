"""Bodies and rows of credit terms and credit rules: what is read has the shape of what is stated."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from contracts.api.editing import StrictSerializer
from contracts.api.examples import asked, example
from contracts.api.fields import Choice, Day, Flag, Text, Whole
from contracts.api.numbers import Number, number_or_text
from contracts.services.currencies import exact_amount
from metrics.api import money_examples as examples
from metrics.api.terms_bodies import choice, number
from metrics.engine.credits.terms import EARN_BACKS
from metrics.models import CreditRule, CreditTerms

_OBJECT = {"type": "object", "additionalProperties": True}
_PORTION = {
    "type": ["object", "null"],
    "properties": {"percent": {"type": "number"}, "amount": {"type": "number"}},
}


def _least_0(**options: Any) -> Any:
    return number(allow_null=True, min_value=Decimal(0), **options)


class PortionBody(StrictSerializer):
    """A percentage of charges, or an amount in the contract's currency."""

    percent = _least_0()
    amount = _least_0(max_value=Decimal(10**13))

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if (attrs.get("percent") is None) is (attrs.get("amount") is None):
            raise serializers.ValidationError("State percent or amount: one of them.")
        return attrs


class PointsBody(StrictSerializer):
    """What service points are worth: each, or by a table of how many a period has."""

    percent = _least_0(help_text="Percent of charges for each.")
    amount = _least_0(max_value=Decimal(10**13), help_text="An amount for each.")
    table = serializers.ListField(
        child=serializers.ListField(child=number(), min_length=2, max_length=2),
        required=False,
        max_length=50,
        help_text="[points, worth], rising: from how many points on, how much for all of them.",
    )
    of = choice(("percent", "amount"), required=False, help_text="What the table states.")


class EarnBackBody(StrictSerializer):
    """Which share of a credit returns, and after what."""

    kind = choice(EARN_BACKS)
    periods = Whole(min_value=1, max_value=120, required=False, help_text="Not with `average`.")
    share = number(min_value=Decimal(0), max_value=Decimal(100), help_text="Percent.")
    hold_until_window_ends = Flag(
        required=False, help_text="true: the credit itself is posted only then."
    )


class _DatedBody(StrictSerializer):
    """From when a line holds, and where it was agreed."""

    valid_from = Day(help_text="Periods that begin earlier keep theirs.")
    amendment = Whole(
        min_value=1, max_value=32_767, required=False, allow_null=True, help_text="Its number."
    )
    clause = Text(max_length=60, required=False, allow_blank=True)


@extend_schema_serializer(examples=asked(examples.TERMS_NEW))
class CreditTermsBody(_DatedBody):
    """Credit terms, whole, from a day on: what is left out is as usual."""

    every = Choice(choices=CreditTerms.Every.choices, required=False, help_text="month.")
    base = Choice(choices=CreditTerms.Base.choices, required=False, help_text="this.")
    at_risk = PortionBody(
        required=False, allow_null=True, help_text="The at-risk amount of a credit period."
    )
    pool = _least_0(
        max_value=Decimal(10_000),
        help_text="The most that categories × allocations may add up to, in percent; 100.",
    )
    same_cause = Choice(choices=CreditTerms.SameCause.choices, required=False, help_text="all.")
    critical_replaces = Flag(
        required=False,
        help_text="true: a critical failure replaces the other credits of its period.",
    )
    period_cap = PortionBody(
        required=False, allow_null=True, help_text="Without one: the at-risk amount."
    )
    annual_cap = PortionBody(required=False, allow_null=True)
    excess = Choice(choices=CreditTerms.Excess.choices, required=False, help_text="lost.")
    rounding = Choice(choices=CreditTerms.Rounding.choices, required=False, help_text="half_up.")
    points = PointsBody(required=False, allow_null=True)
    earn_back = EarnBackBody(required=False, allow_null=True)


class TierBody(StrictSerializer):
    """A stretch of values, best first; it holds its worse edge, and one that is left out is open."""

    lower = number(allow_null=True)
    upper = number(allow_null=True)
    percent = _least_0(help_text="Of the fee.")
    points = _least_0()


class ParametersBody(StrictSerializer):
    """Each kind of rule has parameters of its own; the last four go with every kind."""

    category = _least_0(help_text="Percent of the pool.")
    allocation = _least_0(help_text="Percent.")
    weight = _least_0(help_text="Percent.")
    tiers = serializers.ListField(child=TierBody(), required=False, max_length=50)
    step = _least_0(help_text="How long a full step is, in the KPI's unit.")
    percent = _least_0(help_text="Percent of the fee for each.")
    floor = number(allow_null=True, help_text="The value beneath which no more is counted.")
    cap = _least_0(help_text="The most, in percent of the fee.")
    repeats = choice(("doubled", "same"), required=False)
    amount = _least_0(max_value=Decimal(10**13), help_text="For each incident.")
    count = choice(("beyond_level", "all", "failure"), required=False)
    base = Choice(
        choices=CreditTerms.Base.choices, required=False, help_text="Instead of the terms' own."
    )
    charges_of = choice(("contract", "process"), required=False)
    when = choice(("default", "any_miss"), required=False, help_text="What carries it.")
    critical = PortionBody(
        required=False, allow_null=True, help_text="What a critical failure gives instead."
    )


@extend_schema_serializer(examples=asked(examples.RULE_NEW))
class CreditRuleBody(_DatedBody):
    """What a failure gives from a day on; the kind `none` ends what was agreed before."""

    kind = Choice(choices=CreditRule.Kind.choices)
    parameters = ParametersBody(required=False)


class _LineSerializer(serializers.ModelSerializer[Any]):
    """What the rows of both share."""

    amendment = serializers.IntegerField(
        source="amendment.number", allow_null=True, default=None, read_only=True
    )


@extend_schema_serializer(examples=example(examples.TERMS, "200", "201"))
class CreditTermsSerializer(_LineSerializer):
    """What a contract agreed about service credits, from a day on."""

    contract = serializers.CharField(source="contract.reference", read_only=True)
    currency = serializers.CharField(source="contract.currency", read_only=True)
    at_risk = serializers.SerializerMethodField()
    pool = Number(source="pool_percent", read_only=True)
    period_cap = serializers.SerializerMethodField()
    annual_cap = serializers.SerializerMethodField()
    points = serializers.SerializerMethodField()
    earn_back = serializers.SerializerMethodField()

    class Meta:
        model = CreditTerms
        fields = tuple(examples.TERMS)
        read_only_fields = fields

    @extend_schema_field(_PORTION)
    def get_at_risk(self, line: CreditTerms) -> dict[str, Any] | None:
        """Percent of the base, or an amount for each full credit period."""
        return _portion(line, "at_risk")

    @extend_schema_field(_PORTION)
    def get_period_cap(self, line: CreditTerms) -> dict[str, Any] | None:
        """null: credits stop at the at-risk amount."""
        return _portion(line, "period_cap")

    @extend_schema_field(_PORTION)
    def get_annual_cap(self, line: CreditTerms) -> dict[str, Any] | None:
        """Of twelve months' charges, or an amount, for each contract year."""
        return _portion(line, "annual_cap")

    @extend_schema_field(_OBJECT)
    def get_points(self, line: CreditTerms) -> Any:
        """What service points are worth; empty without any."""
        return _shown(line.points_value)

    @extend_schema_field(_OBJECT)
    def get_earn_back(self, line: CreditTerms) -> Any:
        """Which share returns, and after what; empty for none."""
        return _shown(line.earn_back)


@extend_schema_serializer(examples=example(examples.RULE, "200", "201"))
class CreditRuleSerializer(_LineSerializer):
    """What a failure of a KPI gives, from a day on."""

    kpi = serializers.CharField(source="kpi.code", read_only=True)
    parameters = serializers.SerializerMethodField()

    class Meta:
        model = CreditRule
        fields = tuple(examples.RULE)
        read_only_fields = fields

    @extend_schema_field(_OBJECT)
    def get_parameters(self, line: CreditRule) -> Any:
        """Those of its kind."""
        return _shown(line.parameters)


def _portion(line: CreditTerms, name: str) -> dict[str, Any] | None:
    percent, minor = getattr(line, f"{name}_percent"), getattr(line, f"{name}_minor")
    if percent is not None:
        return {"percent": number_or_text(str(percent))}
    if minor is not None:
        return {"amount": number_or_text(str(exact_amount(minor, line.contract.currency)))}
    return None


def _shown(written: Any) -> Any:
    """Exact numbers, which are kept as text, as JSON numbers; words stay words."""
    if isinstance(written, Mapping):
        return {name: _shown(each) for name, each in written.items()}
    if isinstance(written, list):
        return [_shown(each) for each in written]
    return number_or_text(written) if isinstance(written, str) else written
