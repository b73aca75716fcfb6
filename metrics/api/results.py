"""GET /results: one flat row per KPI and measurement period, the revision in force."""

from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from contracts.api.base import DetailView, ListView
from contracts.api.examples import example
from contracts.api.numbers import Number
from contracts.selectors.scope import Scope
from kpotracker.toolkit.filters import Parameter, choices, flag
from kpotracker.toolkit.pagination import updated
from metrics.api import examples
from metrics.api.parameters import of_kpi, of_period
from metrics.engine import Consequence, Status
from metrics.models import Kpi, KpiPeriod, ServiceLevel
from metrics.selectors import scope as scoped
from metrics.selectors.wording import status_word

STATUSES = [status.value for status in Status]
CONSEQUENCES = [consequence.value for consequence in Consequence]


@extend_schema_serializer(examples=example(examples.RESULT))
class ResultSerializer(serializers.Serializer[Any]):
    """A KPI's figure in one measurement period. Numbers are in ``unit``; percent is 0 to 100."""

    id = serializers.IntegerField(help_text="Stays the same through all revisions.")
    vendor = serializers.CharField(source="vendor_code", allow_null=True)
    contract = serializers.CharField(source="contract_reference", allow_null=True)
    kpi = serializers.CharField(source="kpi__code")
    family = serializers.ChoiceField(source="kpi__family", choices=Kpi.Family.choices)
    period = serializers.CharField(source="label", help_text="Such as 2026-03 or 2026-Q1.")
    first_day = serializers.DateField(help_text="In the zone of the contract.")
    last_day = serializers.DateField(help_text="Included.")
    value = Number(source="current__value", allow_null=True, help_text="Nearest JSON number.")
    value_exact = serializers.SerializerMethodField()
    unit = serializers.CharField(source="current__definition__unit")
    status = serializers.ChoiceField(choices=STATUSES)
    status_text = serializers.SerializerMethodField()
    consequence = serializers.ChoiceField(source="current__consequence", choices=CONSEQUENCES)
    is_breach = serializers.BooleanField()
    phase = serializers.ChoiceField(choices=KpiPeriod.Phase.choices)
    revision = serializers.IntegerField(source="current__number")
    target_operator = serializers.ChoiceField(
        source="current__level__operator", choices=ServiceLevel.Operator.choices, allow_null=True
    )
    target_expected = Number(source="current__level__expected", allow_null=True)
    target_minimum = Number(source="current__level__minimum", allow_null=True)
    target_lower = Number(
        source="current__level__lower", allow_null=True, help_text="Of operator within."
    )
    target_upper = Number(
        source="current__level__upper", allow_null=True, help_text="Of operator within."
    )
    attainment = Number(
        source="current__attainment", allow_null=True, help_text="0 to 100; null is not rated."
    )
    rows = serializers.IntegerField(source="current__rows", help_text="Observations counted.")
    has_late_rows = serializers.BooleanField(
        help_text="Rows arrived after the figure became final."
    )
    updated_at = serializers.DateTimeField()

    def get_value_exact(self, row: dict[str, Any]) -> str | None:
        """The exact value as a fraction, "p" or "p/q"."""
        return row["current__value"] or None

    def get_status_text(self, row: dict[str, Any]) -> str:
        """The status in the words that people see."""
        stated = (row["current__level__expected"], row["current__level__minimum"])
        two_levels = None not in stated
        return status_word(row["status"], two_levels=two_levels).text


_METHODS = {"value_exact", "status_text"}
_COLUMNS = tuple(
    field.source
    for name, field in ResultSerializer().fields.items()
    if name not in _METHODS and field.source not in {"vendor_code", "contract_reference"}
)

RESULT_FILTERS: tuple[Parameter, ...] = (
    *of_kpi("kpi__"),
    choices("status", STATUSES, "status", "Status"),
    choices("phase", KpiPeriod.Phase.values, "phase", "Phase"),
    flag(
        "is_breach",
        lambda breach: Q(is_breach=breach),
        "true: only breaches; false: only the others.",
    ),
    *of_period(),
    *updated(),
)


class ResultList(ListView):
    """Results, those changed last at the end."""

    serializer_class = ResultSerializer
    filters = RESULT_FILTERS

    def get_queryset(self) -> QuerySet[KpiPeriod, dict[str, Any]]:
        return result_rows(self.scope)


class ResultDetail(DetailView):
    """One result."""

    serializer_class = ResultSerializer

    def get_queryset(self) -> QuerySet[KpiPeriod, dict[str, Any]]:
        return result_rows(self.scope)


def result_rows(scope: Scope) -> QuerySet[KpiPeriod, dict[str, Any]]:
    """The columns of a result row: one query when read, however many rows."""
    evaluated = scoped.periods(scope).filter(current__isnull=False)
    by_contract, by_process = F("kpi__contract__vendor__code"), "kpi__process__contract__"
    columns: Any = _COLUMNS
    rows: QuerySet[KpiPeriod, dict[str, Any]] = evaluated.values(
        *columns,
        vendor_code=Coalesce(by_contract, F(f"{by_process}vendor__code")),
        contract_reference=Coalesce(F("kpi__contract__reference"), F(f"{by_process}reference")),
    )
    return rows
