"""GET /breaches and /breaches/{id}: breach cases with what happened to them."""

from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contracts.api.base import DetailView, ListView
from contracts.api.editing import tagged
from contracts.api.examples import example
from contracts.api.headers import etag
from contracts.api.numbers import Number
from contracts.selectors.scope import Scope
from kpotracker.toolkit.filters import Parameter, choices, codes
from kpotracker.toolkit.pagination import updated
from metrics.api import examples
from metrics.api.owing import owing_contract, owing_vendor
from metrics.bi.facts import STATUSES
from metrics.bi.parameters import of_kpi, of_period
from metrics.models import BreachCase, CaseTransition, Kpi
from metrics.selectors.breaches import breaches_list, with_requests, with_steps
from metrics.selectors.wording import case_word, judged_word

_INSIDE = ("assignee", "snoozed_until", "waiver_requested")  # what the buyer keeps to itself


class TransitionSerializer(serializers.ModelSerializer[CaseTransition]):
    """A step in a case's life; ``from_state`` is empty for its first one.

    A vendor's key reads "the buyer" for the buyer's people, and no reason that was kept inside.
    """

    by = serializers.CharField(source="told_by", read_only=True)
    reason = serializers.CharField(source="told_reason", read_only=True)
    revision = serializers.IntegerField(source="revision.number", read_only=True)

    class Meta:
        model = CaseTransition
        fields = ("from_state", "to_state", "at", "by", "reason", "revision")
        read_only_fields = fields


@extend_schema_serializer(examples=example(examples.BREACH))
class BreachSerializer(serializers.Serializer[BreachCase]):
    """A service level failure to be worked through: one per KPI and measurement period."""

    id = serializers.IntegerField()
    vendor = owing_vendor("period.kpi.")
    contract = owing_contract("period.kpi.")
    kpi = serializers.CharField(source="period.kpi.code")
    family = serializers.ChoiceField(source="period.kpi.family", choices=Kpi.Family.choices)
    period = serializers.CharField(source="period.label")
    first_day = serializers.DateField(source="period.first_day")
    last_day = serializers.DateField(source="period.last_day")
    state = serializers.ChoiceField(choices=BreachCase.State.choices)
    state_text = serializers.SerializerMethodField()
    severity = serializers.CharField(help_text="minor, major or critical.")
    result = serializers.IntegerField(source="period_id", help_text="Number of its result.")
    status = serializers.ChoiceField(source="period.status", choices=STATUSES)
    status_text = serializers.SerializerMethodField()
    value = Number(source="period.current.value", allow_null=True, default=None)
    unit = serializers.CharField(
        source="period.current.definition.unit", allow_null=True, default=None
    )
    opened_at = serializers.DateTimeField()
    assignee = serializers.CharField(
        source="assignee.username",
        allow_null=True,
        default=None,
        help_text="User name of whoever works on it; null for nobody, and for vendors.",
    )
    snoozed_until = serializers.DateField(
        allow_null=True,
        help_text="The day on which it asks for attention again, which may be over; null for "
        "vendors.",
    )
    waiver_requested = serializers.SerializerMethodField()
    transitions = TransitionSerializer(many=True)
    updated_at = serializers.DateTimeField()

    def to_representation(self, instance: BreachCase) -> dict[str, Any]:
        shown = super().to_representation(instance)
        inside = self.context["view"].scope.is_internal
        return shown if inside else shown | dict.fromkeys(_INSIDE)

    def get_waiver_requested(self, case: BreachCase) -> bool | None:
        """Whether a waiver waits for a second person's approval; null for vendors."""
        return getattr(case, "waiver_asked", None) is not None

    def get_status_text(self, case: BreachCase) -> str:
        """The status of the result in the words that people see."""
        revision = case.period.current
        return judged_word(case.period.status, revision.level if revision else None).text

    def get_state_text(self, case: BreachCase) -> str:
        """The state in the words that people see."""
        return case_word(case.state).text


BREACH_FILTERS: tuple[Parameter, ...] = (
    *of_kpi("period__kpi__"),
    choices("state", BreachCase.State.values, "state", "State"),
    codes("severity", lambda found: Q(severity__in=found), "Severity", "major"),
    choices("status", STATUSES, "period__status", "Status of the result"),
    *of_period("period__"),
    *updated(),
)


class BreachList(ListView):
    """Breach cases with their transitions, those changed last at the end."""

    serializer_class = BreachSerializer
    filters = BREACH_FILTERS

    def get_queryset(self) -> QuerySet[BreachCase]:
        return cases_told(self.scope)


class BreachDetail(DetailView):
    """One breach case with its transitions."""

    serializer_class = BreachSerializer

    def get_queryset(self) -> QuerySet[BreachCase]:
        return cases_told(self.scope)

    @extend_schema(parameters=[etag()])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One breach case with its transitions."""
        case = self.get_object()
        return tagged(Response(self.get_serializer(case).data), case)


def cases_told(scope: Scope) -> QuerySet[BreachCase]:
    """Cases with their steps and who works on them, as far as ``scope`` may know them."""
    cases = with_requests(breaches_list(scope=scope).select_related("assignee"))
    return with_steps(cases, scope=scope)
