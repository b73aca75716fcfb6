"""/termination-rules and /termination-rights: the clauses, and the rights they opened.

Exercising or waiving a right is for people: programs read them.
"""

from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from contracts.api.base import DetailView, ListView
from contracts.api.examples import example
from kpotracker.toolkit.filters import choices, codes, days
from kpotracker.toolkit.pagination import updated
from metrics.models import TerminationRight, TerminationRule
from metrics.selectors import scope as scoped

_STAMP = "2026-04-06T05:00:03.123456Z"
_RULE = {
    "id": 3,
    "vendor": "northwind",
    "contract": "NW-2024-01",
    "code": "chronic",
    "valid_from": "2024-10-01",
    "amendment": None,
    "clause": "14.2",
    "kind": "consecutive",
    "count": 3,
    "of": None,
    "worse_than": None,
    "at_least_percent": None,
    "at_least_minor": None,
    "scope": "any_critical",
    "kpis": [],
    "gap": "breaks",
    "further": "each_further",
    "expiry_days": 90,
    "updated_at": _STAMP,
}
_RIGHT = {
    "id": 11,
    "vendor": "northwind",
    "contract": "NW-2024-01",
    "rule": 3,
    "clause": "14.2",
    "kpi": "nw-accuracy",
    "periods": ["2026-01-01", "2026-02-01", "2026-03-01"],
    "opened_on": "2026-04-06",
    "expires_on": "2026-07-05",
    "state": "open",
    "updated_at": _STAMP,
}


@extend_schema_serializer(examples=example(_RULE))
class TerminationRuleSerializer(serializers.ModelSerializer[TerminationRule]):
    """A clause under which chronic failure lets the buyer terminate, from a day on."""

    vendor = serializers.CharField(source="contract.vendor.code", read_only=True)
    contract = serializers.CharField(source="contract.reference", read_only=True)
    amendment = serializers.IntegerField(
        source="amendment.number", default=None, allow_null=True, read_only=True
    )
    worse_than = serializers.SerializerMethodField()
    at_least_percent = serializers.SerializerMethodField()
    at_least_minor = serializers.IntegerField(
        source="amount_minor",
        read_only=True,
        allow_null=True,
        help_text="Of accumulated credits: what they come to, in the currency's smallest unit.",
    )
    kpis = serializers.SlugRelatedField[Any](
        slug_field="code",
        many=True,
        read_only=True,
        help_text="Those it is about; none where it is about any critical service level.",
    )

    class Meta:
        model = TerminationRule
        fields = (
            "id",
            "vendor",
            "contract",
            "code",
            "valid_from",
            "amendment",
            "clause",
            "kind",
            "count",
            "of",
            "worse_than",
            "at_least_percent",
            "at_least_minor",
            "scope",
            "kpis",
            "gap",
            "further",
            "expiry_days",
            "updated_at",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.DecimalField(32, 10, allow_null=True))
    def get_worse_than(self, rule: TerminationRule) -> str | None:
        """Of a rolling average, in the KPI's unit."""
        return None if rule.threshold is None or rule.is_of_credits else str(rule.threshold)

    @extend_schema_field(serializers.DecimalField(32, 10, allow_null=True))
    def get_at_least_percent(self, rule: TerminationRule) -> str | None:
        """Of accumulated credits: which percentage of the charges they come to."""
        return str(rule.threshold) if rule.threshold is not None and rule.is_of_credits else None


@extend_schema_serializer(examples=example(_RIGHT))
class TerminationRightSerializer(serializers.ModelSerializer[TerminationRight]):
    """A right to terminate that opened. Vendors see those that were exercised."""

    vendor = serializers.CharField(source="contract.vendor.code", read_only=True)
    contract = serializers.CharField(source="contract.reference", read_only=True)
    rule = serializers.IntegerField(
        source="rule_id", read_only=True, help_text="Number of the clause that opened it."
    )
    clause = serializers.CharField(source="rule.clause", read_only=True)
    kpi = serializers.CharField(
        source="period.kpi.code",
        default=None,
        allow_null=True,
        read_only=True,
        help_text="null: it rests on the service credits of the contract.",
    )
    periods = serializers.ListField(
        source="trigger",
        child=serializers.DateField(),
        read_only=True,
        help_text="First days of the periods it rests on; of credits, of credit periods.",
    )

    class Meta:
        model = TerminationRight
        fields = (
            "id",
            "vendor",
            "contract",
            "rule",
            "clause",
            "kpi",
            "periods",
            "opened_on",
            "expires_on",
            "state",
            "updated_at",
        )
        read_only_fields = fields
        extra_kwargs = {
            "expires_on": {"help_text": "Last day to exercise it; null: it does not lapse."}
        }


_VENDOR = codes(
    "vendor", lambda found: Q(contract__vendor__code__in=found), "Vendor code", "northwind"
)
_CONTRACT = codes("contract", lambda found: Q(contract__reference__in=found), "Reference", "NW-MSA")


class TerminationRuleList(ListView):
    """Termination clauses of all contracts, those changed last at the end."""

    serializer_class = TerminationRuleSerializer
    filters = (_VENDOR, _CONTRACT, *updated())

    def get_queryset(self) -> QuerySet[TerminationRule]:
        joined = ("contract__vendor", "amendment")
        found = scoped.termination_rules(self.scope).select_related(*joined)
        return found.prefetch_related("kpis")


class TerminationRightList(ListView):
    """Rights to terminate, those changed last at the end."""

    serializer_class = TerminationRightSerializer
    filters = (
        _VENDOR,
        _CONTRACT,
        choices("state", TerminationRight.State.values, "state", "What became of it"),
        *days("opened_on", "When it opened"),
        *updated(),
    )

    def get_queryset(self) -> QuerySet[TerminationRight]:
        joined = ("contract__vendor", "rule", "period__kpi")
        return scoped.termination_rights(self.scope).select_related(*joined)


class TerminationRightDetail(DetailView):
    """One right to terminate."""

    serializer_class = TerminationRightSerializer
    lookup_field = "pk"

    def get_queryset(self) -> QuerySet[TerminationRight]:
        joined = ("contract__vendor", "rule", "period__kpi")
        return scoped.termination_rights(self.scope).select_related(*joined)
