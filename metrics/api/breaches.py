"""GET /breaches and /breaches/{id}: breach cases with what happened to them."""

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from contracts.api.base import DetailView, ListView
from contracts.api.examples import example
from contracts.api.numbers import Number
from contracts.selectors.scope import Scope
from kpotracker.toolkit.filters import Parameter, choices, codes
from kpotracker.toolkit.pagination import updated
from metrics.api import examples
from metrics.api.parameters import of_kpi, of_period
from metrics.api.results import STATUSES
from metrics.models import BreachCase, CaseTransition, Kpi
from metrics.selectors.breaches import breaches_list, with_steps
from metrics.selectors.wording import case_word, judged_word


class TransitionSerializer(serializers.ModelSerializer[CaseTransition]):
    """A step in a case's life; ``from_state`` is empty for its first one."""

    revision = serializers.IntegerField(source="revision.number", read_only=True)

    class Meta:
        model = CaseTransition
        fields = ("from_state", "to_state", "at", "by", "reason", "revision")
        read_only_fields = fields


@extend_schema_serializer(examples=example(examples.BREACH))
class BreachSerializer(serializers.Serializer[BreachCase]):
    """A service level failure to be worked through: one per KPI and measurement period."""

    id = serializers.IntegerField()
    vendor = serializers.SerializerMethodField()
    contract = serializers.SerializerMethodField()
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
    transitions = TransitionSerializer(many=True)
    updated_at = serializers.DateTimeField()

    def get_vendor(self, case: BreachCase) -> str | None:
        """Code of the vendor that owes it."""
        contract = case.period.kpi.governing_contract
        return contract.vendor.code if contract else None

    def get_contract(self, case: BreachCase) -> str | None:
        """Reference of the contract it is promised in."""
        contract = case.period.kpi.governing_contract
        return contract.reference if contract else None

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
        return _cases(self.scope)


class BreachDetail(DetailView):
    """One breach case with its transitions."""

    serializer_class = BreachSerializer

    def get_queryset(self) -> QuerySet[BreachCase]:
        return _cases(self.scope)


def _cases(scope: Scope) -> QuerySet[BreachCase]:
    return with_steps(breaches_list(scope=scope), scope=scope)
