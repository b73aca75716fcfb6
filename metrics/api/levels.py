"""/service-levels and /kpi-definitions: the dated terms of KPIs, one flat row per version."""

from datetime import timedelta
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from contracts.api.base import DetailView, ListView
from contracts.api.examples import example
from contracts.api.numbers import Number, number
from contracts.selectors.scope import Scope
from kpotracker.toolkit.filters import choices
from kpotracker.toolkit.pagination import updated
from metrics.api import terms_examples as examples
from metrics.api.owing import owing_contract, owing_vendor
from metrics.bi.parameters import of_kpi
from metrics.models import KpiDefinition, ServiceLevel
from metrics.selectors import scope as scoped

_KPI = ("kpi__contract__vendor", "kpi__process__contract__vendor", "amendment")
_LEADING = ("id", "vendor", "contract", "kpi", "family", "valid_from", "valid_to", "amendment")
_BAND = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "lower": {"type": ["number", "null"]},
        "upper": {"type": ["number", "null"]},
        "attainment": {"type": ["number", "null"]},
        "severity": {"type": ["string", "null"], "enum": ["minor", "major", "critical", None]},
    },
}


class _LineSerializer(serializers.ModelSerializer[Any]):
    """What the rows of both lists share: whose terms they are, and from when to when they hold."""

    id = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="null in a preview alone."
    )
    vendor = owing_vendor("kpi.")
    contract = owing_contract("kpi.")
    kpi = serializers.CharField(source="kpi.code", read_only=True)
    family = serializers.CharField(source="kpi.family", read_only=True)
    valid_to = serializers.SerializerMethodField()
    amendment = serializers.IntegerField(
        source="amendment.number",
        allow_null=True,
        default=None,
        read_only=True,
        help_text="Number of the amendment that changed it, within the contract.",
    )
    updated_at = serializers.DateTimeField(
        source="kpi.updated_at", read_only=True, help_text="When the KPI last changed."
    )

    @extend_schema_field({"type": ["string", "null"], "format": "date"})
    def get_valid_to(self, line: Any) -> str | None:
        """Periods that begin after this day have later terms; null: these are the newest."""
        following = line.next_from
        return (following - timedelta(days=1)).isoformat() if following else None


class LevelNumbers(serializers.ModelSerializer[Any]):
    """The numbers of a service level, in the KPI's unit."""

    expected = Number(read_only=True, allow_null=True)
    lower = Number(read_only=True, allow_null=True)
    upper = Number(read_only=True, allow_null=True)
    minimum = Number(read_only=True, allow_null=True)
    critical = Number(read_only=True, allow_null=True)
    weight = Number(read_only=True)
    min_volume = Number(read_only=True, allow_null=True)


@extend_schema_serializer(examples=example(examples.LEVEL))
class LevelRow(LevelNumbers, _LineSerializer):
    """One service level version: what a KPI has to reach from a day on, in the KPI's unit."""

    floor = Number(read_only=True, allow_null=True)
    bands = serializers.SerializerMethodField()

    class Meta:
        model = ServiceLevel
        fields = (
            *_LEADING,
            "clause",
            "wording",
            "kind",
            "operator",
            "expected",
            "lower",
            "upper",
            "minimum",
            "critical",
            "bands",
            "compare_places",
            "compare_rounding",
            "weight",
            "min_volume",
            "small_sample",
            "attainment",
            "floor",
            "enforced_from",
            "no_data_is",
            "no_activity_is",
            "updated_at",
        )
        read_only_fields = fields

    @extend_schema_field({"type": "array", "items": _BAND})
    def get_bands(self, level: ServiceLevel) -> list[dict[str, Any]]:
        """Best first; null is an open edge."""
        return [_band(band) for band in level.bands]


@extend_schema_serializer(examples=example(examples.DEFINITION))
class DefinitionRow(_LineSerializer):
    """One definition version: how a KPI is measured from a day on."""

    calendar = serializers.CharField(
        source="calendar.code", allow_null=True, default=None, read_only=True
    )
    parameters = serializers.DictField(read_only=True)

    class Meta:
        model = KpiDefinition
        fields = (
            *_LEADING,
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
            "updated_at",
        )
        read_only_fields = fields


class ServiceLevelList(ListView):
    """Service levels, one row per version; those of KPIs changed last stand at the end."""

    serializer_class = LevelRow
    stamped_by = "kpi__updated_at"
    filters = (
        *of_kpi("kpi__"),
        choices("kind", ServiceLevel.Kind.values, "kind", "Kind of level"),
        *updated("kpi__updated_at"),
    )

    def get_queryset(self) -> QuerySet[ServiceLevel]:
        return levels_of(self.scope)


class ServiceLevelDetail(DetailView):
    """One service level version."""

    serializer_class = LevelRow
    lookup_field: Any = "pk"

    def get_queryset(self) -> QuerySet[ServiceLevel]:
        return levels_of(self.scope)


class DefinitionList(ListView):
    """Ways of measuring, one row per version; those of KPIs changed last stand at the end."""

    serializer_class = DefinitionRow
    stamped_by = "kpi__updated_at"
    filters = (*of_kpi("kpi__"), *updated("kpi__updated_at"))

    def get_queryset(self) -> QuerySet[KpiDefinition]:
        return definitions_of(self.scope)


class DefinitionDetail(DetailView):
    """One definition version."""

    serializer_class = DefinitionRow
    lookup_field: Any = "pk"

    def get_queryset(self) -> QuerySet[KpiDefinition]:
        return definitions_of(self.scope)


def levels_of(scope: Scope) -> QuerySet[ServiceLevel]:
    """Service levels with what their rows show."""
    following = ServiceLevel.objects.filter(
        kpi=OuterRef("kpi"), valid_from__gt=OuterRef("valid_from")
    )
    found = scoped.levels(scope).select_related(*_KPI)
    return found.annotate(next_from=_first_day(following))


def definitions_of(scope: Scope) -> QuerySet[KpiDefinition]:
    """Definitions with what their rows show."""
    following = KpiDefinition.objects.filter(
        kpi=OuterRef("kpi"), valid_from__gt=OuterRef("valid_from")
    )
    found = scoped.definitions(scope).select_related(*_KPI, "calendar")
    return found.annotate(next_from=_first_day(following))


def _first_day(following: QuerySet[Any]) -> Subquery:
    return Subquery(following.order_by("valid_from").values("valid_from")[:1])


def _band(written: list[Any]) -> dict[str, Any]:
    name, lower, upper, attainment, severity = [*written, None, None][:5]
    return {
        "name": name,
        "lower": number(lower),
        "upper": number(upper),
        "attainment": number(attainment),
        "severity": severity,
    }
