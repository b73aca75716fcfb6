"""The parts of an explanation as programs read them; ``metrics.scorecards.explaining`` makes them."""

from typing import Any

from rest_framework import serializers

from contracts.api.numbers import Number
from metrics.engine import Heading
from metrics.evaluation.outlooks import Basis
from metrics.models import BreachCase, CreditEntry
from metrics.models.alerts import SEVERITIES

_Base = serializers.Serializer[Any]


class ExplainedAmendmentSerializer(_Base):
    """The amendment that the service level comes from."""

    number = serializers.IntegerField()
    title = serializers.CharField()
    effective_from = serializers.DateField()
    signed_on = serializers.DateField(allow_null=True)


class ExplainedReportSerializer(_Base):
    """The vendor's own figure for the period, beside ours."""

    value = Number(help_text="In the KPI's unit.")
    reported_at = serializers.DateTimeField()
    variance = Number(allow_null=True, help_text="Theirs less ours; null: ours has no value.")
    within_tolerance = serializers.BooleanField(
        allow_null=True, help_text="null: the clause states no tolerance."
    )
    counts = serializers.BooleanField(help_text="Whether it is the one that is judged.")


class ExplainedFailuresSerializer(_Base):
    """Failures left: in items, or of scheduled time in seconds."""

    allowed = Number()
    used = Number()
    left = Number(help_text="Negative: more failed than was allowed.")
    consumed = Number(allow_null=True, help_text="used / allowed; null: nothing was allowed.")
    burn = Number(
        allow_null=True, help_text="The failing share over the allowed one; null: none was allowed."
    )


class OutlookSerializer(_Base):
    """Where a running period is heading. An estimate, made anew with each request."""

    estimate = serializers.BooleanField(help_text="Always true.")
    heading = serializers.ChoiceField(choices=[each.value for each in Heading])
    heading_text = serializers.CharField()
    allowed = Number(help_text="Failures allowed in the whole period as projected.")
    used = Number()
    left = Number(help_text="Negative: more failed than is allowed.")
    consumed = Number(allow_null=True, help_text="used / allowed; null: nothing is allowed.")
    burn = Number(
        allow_null=True, help_text="The failing share over the allowed one; null: none is allowed."
    )
    thresholds_passed = serializers.ListField(
        child=serializers.IntegerField(), help_text="Of 50 and 75 percent of the failures allowed."
    )
    pace = Number(help_text="The figure if failures go on as so far, in the KPI's unit.")
    best = Number(help_text="The figure if nothing fails any more, in the KPI's unit.")
    volume_so_far = Number(help_text="Items, or seconds of scheduled time.")
    volume_projected = Number(help_text="Of the whole period.")
    basis = serializers.ChoiceField(
        choices=[each.value for each in Basis],
        help_text="What the volume of the whole period is taken from.",
    )
    bounded = serializers.BooleanField(
        help_text="No more than volume_projected can come; only then CANNOT_RECOVER is said, or "
        "where nothing may fail."
    )
    text = serializers.CharField(help_text="The same in sentences.")


class ImprovementSerializer(_Base):
    """A level to propose after twelve months beyond the one in force; nothing is set. Buyer only."""

    operator = serializers.CharField()
    target = Number(help_text="The level in force.")
    mean = Number(help_text="Of the last twelve months.")
    proposed = Number(help_text="Half the way from the level to the mean.")


class ExplainedVintageSerializer(_Base):
    """A forecast by its time of issue."""

    issued = serializers.DateTimeField()
    forecast = Number()


class ExplainedForecastSerializer(_Base):
    """A target date: its actual, the forecast that counts, and those passed over."""

    series = serializers.CharField(allow_null=True)
    at = serializers.DateTimeField(help_text="The target date.")
    actual = serializers.CharField(allow_null=True, help_text="null: not known yet.")
    counted = ExplainedVintageSerializer(allow_null=True, help_text="null: none was in time.")
    replaced = ExplainedVintageSerializer(
        many=True, help_text="Issued in time, and followed by a later one."
    )
    late = ExplainedVintageSerializer(many=True, help_text="Issued too late.")


class ExplainedStepSerializer(_Base):
    """A step of the breach case, as far as the reader may know of it."""

    at = serializers.DateTimeField()
    state = serializers.ChoiceField(choices=BreachCase.State.choices)
    by = serializers.CharField()
    reason = serializers.CharField()


class ExplainedCaseSerializer(_Base):
    """The breach case of the figure."""

    id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=BreachCase.State.choices)
    severity = serializers.ChoiceField(choices=SEVERITIES)
    steps = ExplainedStepSerializer(many=True)


class ExplainedCreditSerializer(_Base):
    """A posting of the ledger for this period, and the steps to its amount."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=CreditEntry.Kind.choices)
    amount_minor = serializers.IntegerField(help_text="In the smallest unit of the currency.")
    currency = serializers.CharField()
    posted_at = serializers.DateTimeField()
    steps = serializers.ListField(child=serializers.CharField())


class ExplainedDeliverySerializer(_Base):
    """How many of the rows in force a delivery brought."""

    name = serializers.CharField()
    received_at = serializers.DateTimeField()
    rows = serializers.IntegerField()
