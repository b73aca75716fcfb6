"""/kpis and /kpis/{code}: each with its dated definitions and service levels."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from contracts.api.editing import StrictSerializer
from contracts.api.examples import asked, example
from contracts.api.fields import Choice, Coded, Day, Text, Whole
from contracts.api.resources import (
    Resource,
    ResourceDetail,
    ResourceList,
    ResourceRestore,
    ResourceView,
)
from contracts.selectors import scope as contracts_scope
from contracts.selectors.scope import Scope
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.filters import ARCHIVED, choices
from kpotracker.toolkit.pagination import updated
from metrics.api import examples, terms_examples
from metrics.api.amending import findings_placed, terms_held
from metrics.api.levels import LevelNumbers
from metrics.api.owing import owing_contract, owing_vendor
from metrics.api.terms_bodies import (
    PATH,
    FirstDefinitionBody,
    LevelBody,
    definition_entry_of,
    level_entry_of,
)
from metrics.bi.parameters import of_kpi
from metrics.models import Kpi, KpiDefinition, ServiceLevel
from metrics.portfolio.editing import kpi_archive, kpi_edit, kpi_register, kpi_restore
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


class ServiceLevelSerializer(LevelNumbers):
    """What the KPI has to reach from a day on. Numbers are in the KPI's unit."""

    amendment = serializers.IntegerField(
        source="amendment.number", allow_null=True, default=None, read_only=True
    )
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

    vendor = owing_vendor()
    contract = owing_contract()
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


@extend_schema_serializer(examples=asked(terms_examples.KPI_CHANGED))
class KpiChange(StrictSerializer):
    """What can be changed of a KPI; its terms change by new versions."""

    name = Text(max_length=200)
    clause = Text(max_length=60, required=False, allow_blank=True)
    wording = Text(
        max_length=10_000, required=False, allow_blank=True, help_text="The clause as signed."
    )
    last_day = Day(required=False, allow_null=True, help_text="null: as long as its contract.")


@extend_schema_serializer(examples=asked(terms_examples.KPI_NEW))
class KpiCreate(KpiChange):
    """A KPI to register, with how it is measured and its first service level."""

    code = Text(max_length=63, help_text="Letters, digits, dots, dashes and underscores.")
    contract = Coded(
        contracts_scope.contracts,
        "reference",
        "contract",
        required=False,
        allow_null=True,
        help_text="Its reference. A contract, a process or both are needed.",
    )
    process = Coded(contracts_scope.processes, "code", "process", required=False, allow_null=True)
    family = Choice(choices=Kpi.Family.choices)
    direction = Choice(choices=Kpi.Direction.choices)
    time_field = Choice(
        choices=Kpi.TimeField.choices,
        help_text="Which of a row's times puts it into a period; fixed once rows arrived.",
    )
    decimals = Whole(
        min_value=0,
        max_value=10,
        required=False,
        help_text="That stored numbers keep, 0 unless stated; fixed once rows arrived.",
    )
    first_day = Day(
        required=False, allow_null=True, help_text="The contract's first day unless stated."
    )
    definition = FirstDefinitionBody()
    service_level = LevelBody(required=False, help_text="It holds from the KPI's first day on.")


def _register(**said: Any) -> Kpi:
    with findings_placed(_place):
        return kpi_register(entry=_entry(said), as_of=now())


def _entry(said: dict[str, Any]) -> dict[str, Any]:
    """What the body states, as a file states it."""
    apart = ("definition", "service_level", "contract", "process", "time_field")
    entry = {name: value for name, value in said.items() if name not in apart}
    contract, process = said.get("contract"), said.get("process")
    entry |= {
        "contract": contract.reference if contract else None,
        "process": process.code if process else None,
        "time": said["time_field"],
    }
    entry = {name: value for name, value in entry.items() if value not in (None, "")}
    level = said.get("service_level")
    if level:
        begins = said.get("first_day") or (contract.first_day if contract else None)
        entry["service_levels"] = [level_entry_of({**level, "valid_from": begins})]
    return entry | definition_entry_of(said["definition"])


def _place(path: PATH) -> PATH:
    """From a KPI's entry to the body: what is measured and demanded stands apart there."""
    if path[:2] == ("service_levels", 0):
        return ("service_level", *path[2:])
    return ("definition", *path) if path[:1] and path[0] in _MEASURED else path


def _change(*, kpi: Kpi, **said: Any) -> Kpi:
    """What is not said stays as it is."""
    given = {name: getattr(kpi, name) for name in _EDITED}
    return kpi_edit(kpi=kpi, as_of=now(), **{**given, **said})


def _restore(*, kpi: Kpi) -> Kpi:
    return kpi_restore(kpi=kpi, as_of=now())


_MEASURED = {*FirstDefinitionBody().fields}
_EDITED = ("name", "clause", "wording", "last_day")


def _kpis(scope: Scope) -> QuerySet[Kpi]:
    return scoped.kpis(scope).select_related(*_JOINED).prefetch_related(*_LINES)


KPIS = Resource(
    noun="KPI",
    address=("api:kpi", "code"),
    found=_kpis,
    serializer=KpiSerializer,
    creating=KpiCreate,
    changing=KpiChange,
    create=_register,
    change=_change,
    archive=kpi_archive,
    restore=_restore,
)


class KpiList(ResourceList):
    """KPIs with their definitions and service levels, those changed last at the end."""

    resource = KPIS
    filters = (
        *of_kpi(),
        choices("direction", Kpi.Direction.values, "direction", "Direction"),
        ARCHIVED,
        *updated(),
    )


class _HeldTerms(ResourceView):
    @contextmanager
    def held(self, record: Any) -> Iterator[None]:
        with terms_held(self.request, record), findings_placed(_place):
            yield


class KpiDetail(_HeldTerms, ResourceDetail):
    """One KPI with its definitions and service levels."""

    resource = KPIS


class KpiRestore(_HeldTerms, ResourceRestore):
    resource = KPIS
