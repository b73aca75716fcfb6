"""What a terms back-test answers with."""

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from contracts.api.examples import example
from metrics.api import whatif_examples as examples
from metrics.api.defaulting import default_cause


class TallySerializer(serializers.Serializer[Any]):
    """How many there were then, and would be now."""

    then = serializers.IntegerField()
    now = serializers.IntegerField()
    difference = serializers.IntegerField(help_text="Now less then.")


class CreditSumSerializer(serializers.Serializer[Any]):
    """Credits in one currency, exact, in its own unit."""

    currency = serializers.CharField(help_text="ISO 4217.")
    then = serializers.CharField(help_text="As the ledger stands.")
    now = serializers.CharField(help_text="As the proposed terms require.")
    difference = serializers.CharField(help_text="Now less then.")
    awaited = serializers.IntegerField(
        help_text="Lines that are left out of `now`, as they cannot be computed yet."
    )


class BackTestSideSerializer(serializers.Serializer[Any]):
    """A period as it stands, or under the proposed terms."""

    value = serializers.CharField(allow_null=True, help_text="Exact: digits, or a fraction p/q.")
    value_text = serializers.CharField(allow_blank=True, help_text="As people read it.")
    unit = serializers.CharField()
    service_level = serializers.CharField(
        allow_blank=True, help_text="In words; empty where nothing was agreed."
    )
    status = serializers.CharField()
    status_text = serializers.CharField()
    default_cause = default_cause()
    credit = serializers.CharField(
        allow_null=True,
        help_text="Of the period, earn-backs included; null while it is awaited, and without a "
        "contract. An estimate where the period is not final.",
    )
    awaits = serializers.CharField(allow_blank=True, help_text="What a credit waits for.")
    relief_proposed = serializers.BooleanField(
        help_text="Whether its volume would have relief proposed for it; that changes no figure."
    )


class BackTestPeriodSerializer(serializers.Serializer[Any]):
    """A period of a KPI. Where periods are cut anew, one of `then` and `now` is null."""

    kpi = serializers.CharField(help_text="Its code.")
    period = serializers.CharField()
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    is_final = serializers.BooleanField(help_text="false: provisional, late rows may change it.")
    then = BackTestSideSerializer(allow_null=True)
    now = BackTestSideSerializer(allow_null=True)
    credit_difference = serializers.CharField(allow_null=True, help_text="Now less then.")
    changes = serializers.BooleanField(
        help_text="Whether its status, its default or its credit would be another."
    )
    change = serializers.CharField(allow_blank=True, help_text="The same in words.")


class BackTestLineSerializer(serializers.Serializer[Any]):
    """A line of the credit ledger, then and now."""

    kind = serializers.ChoiceField(choices=["credit", "carried", "earn_back"])
    kpi = serializers.CharField(allow_null=True, help_text="null for what is carried over.")
    period = serializers.CharField()
    then = serializers.CharField(allow_null=True, help_text="Posted; null while it is awaited.")
    now = serializers.CharField(allow_null=True, help_text="Required; null while it is awaited.")
    awaits = serializers.CharField(allow_blank=True)
    steps = serializers.ListField(
        child=serializers.CharField(), help_text="How the required amount comes, as sentences."
    )


class BackTestContractSerializer(serializers.Serializer[Any]):
    """What was found of one contract, or of the KPIs that are under none."""

    contract = serializers.CharField(allow_null=True, help_text="Its reference.")
    currency = serializers.CharField(allow_null=True, help_text="ISO 4217.")
    failures = TallySerializer()
    credits = CreditSumSerializer(allow_null=True)
    periods = BackTestPeriodSerializer(many=True)
    lines = BackTestLineSerializer(many=True)
    estimated_lines = BackTestLineSerializer(
        many=True, help_text="Of provisional periods; nothing of it is posted."
    )


@extend_schema_serializer(examples=example(examples.RESULT))
class BackTestSerializer(serializers.Serializer[Any]):
    """Proposed terms against past periods. Nothing was changed, and nothing is kept."""

    since = serializers.DateField()
    until = serializers.DateField()
    as_of = serializers.DateTimeField()
    failures = TallySerializer(help_text="Service level failures: periods that are defaults.")
    causes = serializers.DictField(child=TallySerializer(), help_text="The same by cause.")
    statuses = serializers.DictField(
        child=TallySerializer(), help_text="How often each status occurs."
    )
    totals = CreditSumSerializer(many=True, help_text="Final credits, one for each currency.")
    estimates = CreditSumSerializer(
        many=True, help_text="Of provisional periods, outside of the totals."
    )
    contracts = BackTestContractSerializer(many=True)
    notes = serializers.ListField(
        child=serializers.CharField(), help_text="What to know beside the figures."
    )
