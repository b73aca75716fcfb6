"""/obligations, /obligations/{code}, what brings one back, and its due days."""

from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contracts.api.base import READ, one
from contracts.api.dates_examples import DUE, OBLIGATION, OBLIGATION_CHANGED, OBLIGATION_NEW
from contracts.api.editing import StrictSerializer
from contracts.api.examples import asked, example
from contracts.api.fields import Choice, Coded, Day, Flag, Text, Whole
from contracts.api.resources import (
    Resource,
    ResourceDetail,
    ResourceList,
    ResourceRestore,
    ResourceView,
)
from contracts.models import Obligation
from contracts.models.contracts import LONGEST_LEAD
from contracts.models.obligations import FURTHEST_OFFSET
from contracts.selectors import scope as scoped
from contracts.selectors.duties import Duty
from contracts.selectors.obligations import AHEAD, Due, DueStanding, dues_of, evidence_shown
from contracts.selectors.scope import Scope
from contracts.services.archiving import obligation_archive, obligation_restore
from contracts.services.obligations import obligation_change, obligation_create
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.filters import ARCHIVED, choices, codes
from kpotracker.toolkit.pagination import updated

KEEPERS = (Duty.TERMS, Duty.COMPLIANCE)


@extend_schema_serializer(examples=example(OBLIGATION))
class ObligationSerializer(serializers.ModelSerializer[Obligation]):
    """What a contract, a vendor or a process has somebody do, once or again and again."""

    vendor = serializers.SerializerMethodField()
    contract = serializers.SerializerMethodField()
    process = serializers.SerializerMethodField()
    owner = serializers.SerializerMethodField()
    event = serializers.SerializerMethodField()
    every_unit = serializers.SerializerMethodField()

    class Meta:
        model = Obligation
        fields = (
            "code",
            "title",
            "kind",
            "vendor",
            "contract",
            "process",
            "clause",
            "owed_by",
            "owner",
            "first_due",
            "event",
            "offset",
            "offset_unit",
            "every",
            "every_unit",
            "last_due",
            "followed_from",
            "lead_days",
            "needs_evidence",
            "is_internal",
            "archived_at",
            "updated_at",
        )
        read_only_fields = fields

    def get_vendor(self, obligation: Obligation) -> str | None:
        """Code of the vendor whose work it is about; null for work in house."""
        return obligation.vendor.code if obligation.vendor else None

    def get_contract(self, obligation: Obligation) -> str | None:
        """Reference of the contract it stands under, if it is one."""
        return obligation.contract.reference if obligation.contract else None

    def get_process(self, obligation: Obligation) -> str | None:
        """Code of the process it belongs to, if it is one."""
        return obligation.process.code if obligation.process else None

    def get_owner(self, obligation: Obligation) -> str | None:
        """Who sees to it at the buyer's; null where the reader is confined to a vendor."""
        return obligation.owner if self.context["view"].scope.is_internal else None

    @extend_schema_field(serializers.ChoiceField(choices=Obligation.Event.choices, allow_null=True))
    def get_event(self, obligation: Obligation) -> str | None:
        """The event of the contract's term that it is due by; null where first_due is stated."""
        return obligation.event or None

    @extend_schema_field(serializers.ChoiceField(choices=Obligation.Unit.choices, allow_null=True))
    def get_every_unit(self, obligation: Obligation) -> str | None:
        """Of every; null where it is due once, or once in each term."""
        return obligation.every_unit or None


@extend_schema_serializer(examples=asked(OBLIGATION_CHANGED))
class ObligationChange(StrictSerializer):
    """What can be changed of an obligation; what was done stays as it was done."""

    title = Text(max_length=200)
    kind = Choice(choices=Obligation.Kind.choices, required=False)
    clause = Text(max_length=60, required=False, allow_blank=True)
    owed_by = Choice(
        choices=Obligation.Owes.choices, required=False, help_text="vendor unless stated."
    )
    owner = Text(
        max_length=200,
        required=False,
        allow_blank=True,
        help_text="Who sees to it at the buyer's. Vendors do not see it.",
    )
    first_due = Day(
        required=False, allow_null=True, help_text="The first day it is due; or state event."
    )
    event = Choice(
        choices=Obligation.Event.choices,
        required=False,
        allow_null=True,
        help_text="The event of the contract's term that it is due by.",
    )
    offset = Whole(
        required=False,
        min_value=-FURTHEST_OFFSET,
        max_value=FURTHEST_OFFSET,
        help_text="How long after the event, in offset_unit; negative: before it.",
    )
    offset_unit = Choice(choices=Obligation.Unit.choices, required=False)
    every = Whole(
        required=False,
        min_value=0,
        max_value=FURTHEST_OFFSET,
        help_text="Due again every so many every_unit, counted from the first day; 0: once.",
    )
    every_unit = Choice(choices=Obligation.Unit.choices, required=False, allow_null=True)
    last_due = Day(required=False, allow_null=True, help_text="null: as long as the contract runs.")
    followed_from = Day(
        required=False, allow_null=True, help_text="What was due earlier is not asked for."
    )
    lead_days = Whole(
        required=False, min_value=0, max_value=LONGEST_LEAD, help_text="Days before, to remind."
    )
    needs_evidence = Flag(required=False, help_text="A document has to show that it was done.")
    is_internal = Flag(required=False, help_text="Kept from the vendor.")

    def validate_event(self, event: str | None) -> str:
        return event or ""

    def validate_every_unit(self, unit: str | None) -> str:
        return unit or ""


@extend_schema_serializer(examples=asked(OBLIGATION_NEW))
class ObligationCreate(ObligationChange):
    """An obligation to note; its code and what it belongs to stay. One of contract, vendor and
    process is stated."""

    code = Text(max_length=63, help_text="Letters, digits, dots, dashes and underscores.")
    contract = Coded(scoped.contracts, "reference", "contract", required=False)
    vendor = Coded(scoped.vendors, "code", "vendor", required=False)
    process = Coded(scoped.processes, "code", "process", required=False)


@extend_schema_serializer(examples=example(DUE))
class DueSerializer(serializers.Serializer[Any]):
    """One due day of an obligation, and what became of it."""

    obligation = serializers.CharField(source="obligation.code")
    due_on = serializers.DateField()
    standing = serializers.ChoiceField(choices=[(s.value, s.value) for s in DueStanding])
    days_left = serializers.IntegerField(help_text="Negative once the day has passed.")
    done_on = serializers.DateField(source="outcome.done_on", default=None, allow_null=True)
    by = serializers.SerializerMethodField()
    note = serializers.SerializerMethodField()
    evidence = serializers.SerializerMethodField()

    def get_by(self, due: Due) -> str | None:
        """Who noted it; null while nothing happened, and where the reader is a vendor's."""
        return due.outcome.by if due.outcome and self._is_internal else None

    def get_note(self, due: Due) -> str | None:
        """A note, or why it was waived; null where the reader is confined to a vendor."""
        return due.outcome.note if due.outcome and self._is_internal else None

    def get_evidence(self, due: Due) -> int | None:
        """Number of the document that shows it; null where there is none the reader may see."""
        document = evidence_shown(due.outcome, self.context["view"].scope)
        return document.pk if document else None

    @property
    def _is_internal(self) -> bool:
        return bool(self.context["view"].scope.is_internal)


class DuesSerializer(serializers.Serializer[Any]):
    """Every due day so far, and those of the next year."""

    results = DueSerializer(many=True)


def _obligations(scope: Scope) -> QuerySet[Obligation]:
    return scoped.obligations(scope).select_related(
        "vendor", "contract__notice_calendar", "process"
    )


OBLIGATIONS = Resource(
    noun="obligation",
    address=("api:obligation", "code"),
    found=_obligations,
    serializer=ObligationSerializer,
    creating=ObligationCreate,
    changing=ObligationChange,
    create=obligation_create,
    change=obligation_change,
    archive=obligation_archive,
    restore=obligation_restore,
    duties=KEEPERS,
)


class ObligationList(ResourceList):
    """Obligations, those changed last at the end."""

    resource = OBLIGATIONS
    filters = (
        codes("vendor", lambda found: Q(vendor__code__in=found), "Vendor code", "northwind"),
        codes("contract", lambda found: Q(contract__reference__in=found), "Reference", "NW-MSA"),
        choices("kind", Obligation.Kind.values, "kind", "Kind of obligation"),
        choices("owed_by", Obligation.Owes.values, "owed_by", "Who owes it"),
        ARCHIVED,
        *updated(),
    )


class ObligationDetail(ResourceDetail):
    """One obligation."""

    resource = OBLIGATIONS


class ObligationRestore(ResourceRestore):
    resource = OBLIGATIONS


class ObligationDueList(ResourceView):
    """The due days of one obligation."""

    resource = OBLIGATIONS
    scopes = {"GET": (READ,)}

    @extend_schema(responses=DuesSerializer)
    def get(self, request: Request, code: str) -> Response:
        """Every due day so far, and those of the next year, with what became of each."""
        obligation, today = one(self.get_queryset(), code=code), now().date()
        dues = dues_of(obligation, today=today, until=today + timedelta(days=AHEAD))
        ordered = sorted(dues, key=lambda due: due.due_on)
        return Response(DuesSerializer({"results": ordered}, context={"view": self}).data)
