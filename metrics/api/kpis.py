"""GET /kpis and /kpis/{code}: each with its dated definitions and service levels."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from contracts.api.base import DetailView, ListView
from contracts.api.examples import example
from contracts.api.numbers import Number
from contracts.api.vendors import ARCHIVED
from contracts.selectors.scope import Scope
from kpotracker.toolkit.filters import choices
from kpotracker.toolkit.pagination import updated
from metrics.api import examples
from metrics.api.parameters import of_kpi
from metrics.models import Kpi, KpiDefinition, ServiceLevel
from metrics.selectors import scope as scoped

_JOINED = ("contract__vendor", "process__contract__vendor")
_LINES = ("definitions__amendment", "definitions__calendar", "levels__amendment")


class DefinitionSerializer(serializers.ModelSerializer[KpiDefinition]):
    """How the KPI is measured from a day on."""

    amendment = serializers.IntegerField(
        source="amendment.number", allow_null=True, default=None, read_only=True
    )
    calendar = serializers.CharField(
        source="calendar.code", allow_null=True, default=None, read_only=True
    )
    parameters = serializers.DictField(read_only=True)

    class Meta:
        model = KpiDefinition
        fields = (
            "valid_from",
            "amendment",
            "measure",
            "parameters",
            "unit",
            "places",
            "period",
            "anchor",
            "zone",
            "calendar",
            "stub",
            "grace_days",
        )
        read_only_fields = fields


class ServiceLevelSerializer(serializers.ModelSerializer[ServiceLevel]):
    """What the KPI has to reach from a day on. Numbers are in the KPI's unit."""

    amendment = serializers.IntegerField(
        source="amendment.number", allow_null=True, default=None, read_only=True
    )
    expected = Number(read_only=True, allow_null=True)
    lower = Number(read_only=True, allow_null=True)
    upper = Number(read_only=True, allow_null=True)
    minimum = Number(read_only=True, allow_null=True)
    critical = Number(read_only=True, allow_null=True)
    weight = Number(read_only=True)
    min_volume = Number(read_only=True, allow_null=True)
    bands = serializers.ListField(child=serializers.ListField(), read_only=True)

    class Meta:
        model = ServiceLevel
        fields = (
            "valid_from",
            "amendment",
            "clause",
            "kind",
            "operator",
            "expected",
            "lower",
            "upper",
            "minimum",
            "critical",
            "bands",
            "weight",
            "min_volume",
            "small_sample",
            "enforced_from",
        )
        read_only_fields = fields


@extend_schema_serializer(examples=example(examples.KPI))
class KpiSerializer(serializers.ModelSerializer[Kpi]):
    """One promise that is measured, with what it means and demands by date."""

    vendor = serializers.SerializerMethodField()
    contract = serializers.SerializerMethodField()
    process = serializers.CharField(
        source="process.code", allow_null=True, default=None, read_only=True
    )
    definitions = DefinitionSerializer(many=True, read_only=True)
    service_levels = ServiceLevelSerializer(source="levels", many=True, read_only=True)

    class Meta:
        model = Kpi
        fields = (
            "code",
            "name",
            "vendor",
            "contract",
            "process",
            "family",
            "direction",
            "clause",
            "wording",
            "time_field",
            "decimals",
            "first_day",
            "last_day",
            "definitions",
            "service_levels",
            "archived_at",
            "updated_at",
        )
        read_only_fields = fields

    def get_vendor(self, kpi: Kpi) -> str | None:
        """Code of the vendor that owes it; null for work done in house."""
        contract = kpi.governing_contract
        return contract.vendor.code if contract else None

    def get_contract(self, kpi: Kpi) -> str | None:
        """Reference of the contract it is promised in."""
        contract = kpi.governing_contract
        return contract.reference if contract else None


class KpiList(ListView):
    """KPIs with their definitions and service levels, those changed last at the end."""

    serializer_class = KpiSerializer
    filters = (
        *of_kpi(),
        choices("direction", Kpi.Direction.values, "direction", "Direction"),
        ARCHIVED,
        *updated(),
    )

    def get_queryset(self) -> QuerySet[Kpi]:
        return _kpis(self.scope)


class KpiDetail(DetailView):
    """One KPI with its definitions and service levels."""

    serializer_class = KpiSerializer
    lookup_field: Any = "code"

    def get_queryset(self) -> QuerySet[Kpi]:
        return _kpis(self.scope)


def _kpis(scope: Scope) -> QuerySet[Kpi]:
    return scoped.kpis(scope).select_related(*_JOINED).prefetch_related(*_LINES)
