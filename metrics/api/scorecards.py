"""GET /scorecards/vendors/{code} and /scorecards/contracts/{code}."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from contracts.api.base import ApiMixin, one
from contracts.api.numbers import Number, number
from contracts.selectors import scope as contract_scope
from kpotracker.toolkit.filters import Parameter
from kpotracker.toolkit.tabular.collection import json_of
from metrics.bi.parameters import read_span
from metrics.models import Kpi, KpiPeriod
from metrics.scorecards.assemble import latest_span
from metrics.scorecards.cards import Card
from metrics.scorecards.kept import card_rendered
from metrics.selectors.spans import month_of

PERIOD = Parameter(
    "period",
    read_span,
    "A year, quarter, month, ISO week or day; without it the month of the newest result.",
    example="2026-03",
)


class SubjectSerializer(serializers.Serializer[Any]):
    """Whose scorecard it is."""

    kind = serializers.ChoiceField(choices=["vendor", "contract"])
    code = serializers.CharField(help_text="Vendor code, or reference of the contract.")
    name = serializers.CharField()
    vendor = serializers.CharField(source="vendor_code")


class FigureSerializer(serializers.Serializer[Any]):
    """A KPI's result in one measurement period, in words and numbers."""

    result = serializers.IntegerField(source="period_id", help_text="Number of the result.")
    period = serializers.CharField(source="label")
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    status = serializers.CharField()
    status_text = serializers.CharField(source="word.text")
    value = serializers.FloatField(allow_null=True)
    value_text = serializers.CharField(source="actual", help_text="Rounded, with its unit.")
    target_text = serializers.CharField(source="target")
    minimum_text = serializers.CharField(source="minimum")
    delta_text = serializers.CharField(source="delta", help_text="Distance to the level.")
    attainment = Number(allow_null=True, help_text="0 to 100.")
    phase = serializers.ChoiceField(choices=KpiPeriod.Phase.choices)
    revision = serializers.IntegerField(allow_null=True)
    consequence = serializers.CharField()
    is_breach = serializers.BooleanField()
    has_late_rows = serializers.BooleanField()


class LineSerializer(serializers.Serializer[Any]):
    """A KPI on the scorecard: its newest figure, and all of the period."""

    kpi = serializers.CharField()
    name = serializers.CharField()
    contract = serializers.CharField()
    clause = serializers.CharField()
    kind = serializers.CharField(help_text="Class of the service level.")
    weight = Number()
    share = Number(allow_null=True, help_text="Part of the family's weight, 0 to 1.")
    figure = FigureSerializer(allow_null=True)
    figures = FigureSerializer(many=True)


class FamilySerializer(serializers.Serializer[Any]):
    """A family's score and what made it; families are never mixed."""

    family = serializers.ChoiceField(choices=Kpi.Family.choices)
    score = Number(allow_null=True, help_text="0 to 100; null is not rated.")
    coverage = Number(allow_null=True, help_text="Weight evaluated of all weight, 0 to 1.")
    failures = serializers.IntegerField(help_text="Service level failures.")
    kpis = LineSerializer(source="lines", many=True)
    not_due = serializers.ListField(child=serializers.CharField())


class ContractPartSerializer(serializers.Serializer[Any]):
    """A contract's place on its vendor's scorecard."""

    reference = serializers.CharField()
    title = serializers.CharField()
    share = Number(help_text="What it weighs, 0 to 1.")
    scores = serializers.SerializerMethodField()

    @extend_schema_field(serializers.DictField(child=Number(allow_null=True)))
    def get_scores(self, part: Any) -> dict[str, float | int | None]:
        """Score of each family, 0 to 100; null is not rated."""
        return {family: number(score) for family, score in part.scores}


class ScorecardSerializer(serializers.Serializer[Card]):
    """Four family scores and what made them; there is no score over the four."""

    subject = SubjectSerializer()
    period = serializers.CharField(source="span.label")
    first_day = serializers.DateField(source="span.first_day")
    last_day = serializers.DateField(source="span.last_day")
    families = FamilySerializer(many=True)
    contracts = ContractPartSerializer(many=True, help_text="Of a vendor's scorecard.")
    unsettled = serializers.IntegerField(help_text="Figures that may still change.")
    notes = serializers.ListField(child=serializers.CharField())


class VendorScorecard(ApiMixin):
    """The scorecard of a vendor over the measurement periods that end in ``period``."""

    filters = (PERIOD,)

    @extend_schema(responses=ScorecardSerializer)
    def get(self, request: Request, code: str) -> HttpResponse:
        found = contract_scope.vendors(self.scope)
        return _card(self, vendor=one(found, code=code))


class ContractScorecard(ApiMixin):
    """The scorecard of a contract over the measurement periods that end in ``period``."""

    filters = (PERIOD,)

    @extend_schema(responses=ScorecardSerializer)
    def get(self, request: Request, code: str) -> HttpResponse:
        found = contract_scope.contracts(self.scope)
        return _card(self, contract=one(found, reference=code))


def _card(view: ApiMixin, **subject: Any) -> HttpResponse:
    span = view.query.get("period") or latest_span(**subject) or month_of(timezone.now().date())
    body = card_rendered(span=span, render=_rendered, **subject)
    return HttpResponse(body, content_type="application/json")


def _rendered(card: Card) -> bytes:
    return json_of(ScorecardSerializer(card).data)
