"""Bodies that state KPIs and their terms; ``terms_entries`` leads from them to portfolio entries."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from contracts.api.editing import StrictSerializer
from contracts.api.examples import asked
from contracts.api.fields import Choice, Coded, Day, Exact, Flag, Text, Whole
from contracts.selectors import scope as contracts_scope
from metrics.api import terms_examples as examples
from metrics.engine import MEASURES
from metrics.models import KpiDefinition, ServiceLevel
from metrics.portfolio.reader import CONTROL
from metrics.selectors import wording_terms as words

_DIGITS, _PLACES = 30, 10
FAILING = ("none", "breached")  # whether silence and lateness are failures


def number(**options: Any) -> Exact:
    """An exact number in the KPI's unit."""
    return Exact(max_digits=_DIGITS, decimal_places=_PLACES, required=False, **options)


def choice(known: Iterable[str], **options: Any) -> Choice:
    return Choice(choices=[key for key in known if key], **options)


@extend_schema_field({"type": "object", "additionalProperties": True})
class Parameters(serializers.DictField):
    """The parameters of a measure, numbers with the digits that were sent."""

    def to_internal_value(self, data: Any) -> Any:
        return _exact(super().to_internal_value(data))


def _exact(value: Any) -> Any:
    if isinstance(value, dict):
        return {_clean(str(key)): _exact(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_exact(inner) for inner in value]
    if isinstance(value, float):
        return Decimal(str(value))
    return _clean(value) if isinstance(value, str) else value


def _clean(text: str) -> str:
    if CONTROL.search(text):
        raise serializers.ValidationError(f"{text[:60]!r} has a control character: leave it out.")
    return text


class BandBody(StrictSerializer):
    """A named stretch of values; an edge that is left out is open."""

    name = Text(max_length=60)
    lower = number(allow_null=True)
    upper = number(allow_null=True)
    attainment = number(allow_null=True, help_text="0 to 100.")
    severity = choice(("minor", "major", "critical"), required=False, allow_null=True)


class LevelBody(StrictSerializer):
    """What the KPI has to reach. Numbers are in its unit: a percentage is stated as 95."""

    clause = Text(max_length=60, required=False, allow_blank=True)
    wording = Text(max_length=10_000, required=False, allow_blank=True)
    kind = Choice(choices=ServiceLevel.Kind.choices, required=False, help_text="key unless stated.")
    operator = Choice(
        choices=ServiceLevel.Operator.choices, help_text="It has to fit the direction."
    )
    expected = number(allow_null=True, help_text="Not with `within`.")
    lower = number(allow_null=True, help_text="With `within`.")
    upper = number(allow_null=True, help_text="With `within`.")
    minimum = number(allow_null=True, help_text="A worse level, below which it is a default.")
    critical = number(allow_null=True)
    bands = serializers.ListField(
        child=BandBody(), required=False, max_length=50, help_text="Best first, the best open."
    )
    compare_places = Whole(min_value=0, max_value=10, required=False, allow_null=True)
    compare_rounding = choice(("half_up", "truncate"), required=False)
    weight = number(help_text="In the score of its family; 1 unless stated.")
    min_volume = number(allow_null=True)
    small_sample = choice(words.SMALL_SAMPLES, required=False, help_text="Below min_volume.")
    allow_failures = Whole(
        min_value=0,
        max_value=1_000_000,
        required=False,
        help_text="Failures that are allowed below min_volume, with allow_k_failures.",
    )
    interval_decides = Flag(
        required=False, help_text="true: a miss needs the whole 95 % interval on the worse side."
    )
    attainment = choice(
        ("linear", "met_or_not", "bands"), required=False, allow_null=True, allow_blank=True
    )
    floor = number(allow_null=True)
    enforced_from = Day(required=False, allow_null=True)
    no_data_is = choice(FAILING, required=False)
    no_activity_is = choice(("none", "met"), required=False)
    repetition = Text(
        max_length=40,
        required=False,
        allow_blank=True,
        help_text="When misses of the expected level alone become a default, such as "
        "`4 of rolling 12` or `3 consecutive`.",
    )
    repetition_after = choice(
        words.REPETITION_AFTER, required=False, help_text="each_further unless stated."
    )
    repetition_gap = choice(
        words.REPETITION_GAPS,
        required=False,
        help_text="What a period without a verdict does to a run; breaks unless stated.",
    )
    change_inside = choice(
        words.CHANGES_INSIDE,
        required=False,
        help_text="Which level judges the period in which this one begins; at_start unless stated.",
    )
    min_coverage = number(
        allow_null=True, help_text="Percent of what its feeds owed that a verdict needs."
    )
    late_report_is = choice(FAILING, required=False, help_text="none unless stated.")


class DefinitionBody(StrictSerializer):
    """How a KPI is measured."""

    measure = choice(MEASURES)
    parameters = Parameters(required=False)
    unit = Text(max_length=40, help_text="percent, ratio, seconds to days, or a label.")
    places = Whole(min_value=0, max_value=10, required=False, help_text="Decimals people see; 2.")
    period = choice(words.PERIODS)
    anchor = Day(required=False, allow_null=True, help_text="A day on which a period begins.")
    zone = Text(max_length=64, required=False, help_text="IANA; the contract's unless stated.")
    calendar = Coded(
        contracts_scope.calendars,
        "code",
        "calendar",
        required=False,
        allow_null=True,
        help_text="Working time; null is round the clock.",
    )
    grace_days = Whole(min_value=0, max_value=366, required=False, help_text="5 unless stated.")
    source_of_record = Choice(
        choices=KpiDefinition.SourceOfRecord.choices,
        required=False,
        help_text="Whose figure counts; ours unless stated.",
    )
    tolerance = number(
        allow_null=True, help_text="How far the vendor's own figure may lie from ours."
    )
    maintenance_hours = number(
        allow_null=True, help_text="Announced maintenance that is excused in one period."
    )
    maintenance_notice_days = Whole(
        min_value=0, max_value=366, required=False, allow_null=True, help_text="Of that."
    )
    volume_relief_above = number(
        allow_null=True, help_text="Percent of the locked forecast beyond which volume relieves."
    )


class FirstDefinitionBody(DefinitionBody):
    """How a new KPI is measured from its first day on."""

    stub = choice(words.STUBS, required=False, help_text="evaluate unless stated.")


class AmendmentBody(StrictSerializer):
    """An amendment that is registered together with the terms it changes."""

    number = Whole(min_value=1, max_value=32_767)
    title = Text(max_length=200)
    signed_on = Day(required=False, allow_null=True)
    effective_from = Day()


class AmendingBody(StrictSerializer):
    """From when the terms hold, and by which amendment."""

    valid_from = Day(
        required=False, help_text="Unless stated the day on which the amendment takes effect."
    )
    amendment = Whole(
        min_value=1,
        max_value=32_767,
        required=False,
        allow_null=True,
        help_text="The number of one that is registered.",
    )
    new_amendment = AmendmentBody(required=False, help_text="One to register with the terms.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("new_amendment") and attrs.get("amendment") is not None:
            raise serializers.ValidationError("State amendment or new_amendment, not both.")
        return attrs


@extend_schema_serializer(examples=asked(examples.LEVEL_NEW))
class LevelAmending(AmendingBody, LevelBody):
    """A service level, whole, for periods that begin on its day or later."""


@extend_schema_serializer(examples=asked(examples.DEFINITION_NEW))
class DefinitionAmending(AmendingBody, DefinitionBody):
    """How it is measured, for periods that begin on its day or later: what is left out stays."""

    measure = choice(MEASURES, required=False, help_text="It starts with no parameters.")
    unit = Text(max_length=40, required=False)
    period = choice(words.PERIODS, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "anchor" in attrs and "period" not in attrs:
            raise serializers.ValidationError({"anchor": "State the period with its anchor."})
        return super().validate(attrs)
