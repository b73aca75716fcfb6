"""/processes, /processes/{code} and what brings one back."""

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from contracts.api.editing import StrictSerializer
from contracts.api.examples import PROCESS, PROCESS_CHANGED, PROCESS_NEW, asked, example
from contracts.api.fields import Choice, Coded, Text
from contracts.api.resources import Resource, ResourceDetail, ResourceList, ResourceRestore
from contracts.models import Process
from contracts.selectors import scope as scoped
from contracts.selectors.scope import Scope
from contracts.services.archiving import process_archive, process_restore
from contracts.services.processes import process_change, process_create
from kpotracker.toolkit.filters import ARCHIVED, choices, codes
from kpotracker.toolkit.pagination import updated


@extend_schema_serializer(examples=example(PROCESS))
class ProcessSerializer(serializers.ModelSerializer[Process]):
    """A piece of work: bought under a contract, done in house, or a candidate for either."""

    vendor = serializers.CharField(
        source="contract.vendor.code", allow_null=True, default=None, read_only=True
    )
    contract = serializers.CharField(
        source="contract.reference",
        allow_null=True,
        default=None,
        read_only=True,
        help_text="Its reference; null where it is done in house.",
    )

    class Meta:
        model = Process
        fields = ("code", "name", "nature", "vendor", "contract", "archived_at", "updated_at")
        read_only_fields = fields


@extend_schema_serializer(examples=asked(PROCESS_CHANGED))
class ProcessChange(StrictSerializer):
    """What can be changed of a process."""

    name = Text(max_length=200)
    nature = Choice(
        choices=Process.Nature.choices,
        help_text="Judgement work is judged by its outcome, volume work by its throughput.",
    )
    contract = Coded(
        scoped.contracts,
        "reference",
        "contract",
        required=False,
        allow_null=True,
        help_text="Its reference; null: done in house, or a candidate.",
    )


@extend_schema_serializer(examples=asked(PROCESS_NEW))
class ProcessCreate(ProcessChange):
    """A process to register; its code stays."""

    code = Text(max_length=63, help_text="Letters, digits, dots, dashes and underscores.")


def _processes(scope: Scope) -> QuerySet[Process]:
    return scoped.processes(scope).select_related("contract__vendor")


PROCESSES = Resource(
    noun="process",
    address=("api:process", "code"),
    found=_processes,
    serializer=ProcessSerializer,
    creating=ProcessCreate,
    changing=ProcessChange,
    create=process_create,
    change=process_change,
    archive=process_archive,
    restore=process_restore,
)


class ProcessList(ResourceList):
    """Processes, those changed last at the end."""

    resource = PROCESSES
    filters = (
        codes(
            "vendor", lambda found: Q(contract__vendor__code__in=found), "Vendor code", "northwind"
        ),
        codes("contract", lambda found: Q(contract__reference__in=found), "Reference", "NW-MSA"),
        codes("process", lambda found: Q(code__in=found), "Process code", "claims-intake"),
        choices("nature", Process.Nature.values, "nature", "Nature of the work"),
        ARCHIVED,
        *updated(),
    )


class ProcessDetail(ResourceDetail):
    """One process."""

    resource = PROCESSES


class ProcessRestore(ResourceRestore):
    resource = PROCESSES
