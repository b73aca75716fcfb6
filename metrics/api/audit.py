"""GET /audit: who changed what, as the trail has it."""

from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from contracts.api.base import MANAGE, ListView
from contracts.api.examples import example
from contracts.models import AuditEvent
from contracts.selectors.audit import PROGRAMS, audit_list
from contracts.selectors.duties import Duty
from kpotracker.toolkit.filters import Parameter, UnreadableError, codes, days
from metrics.api import daily_examples

_LONGEST = 300
_KEY = "kpo_"  # what the prefix of every key begins with


@extend_schema_serializer(examples=example(daily_examples.AUDIT))
class AuditSerializer(serializers.ModelSerializer[AuditEvent]):
    """One change. ``place`` and ``seal``: its number in the chain and the SHA-256 that seals it with
    everything before it; null and empty until it is sealed, a little later."""

    actor = serializers.CharField(
        source="actor.username",
        allow_null=True,
        default=None,
        read_only=True,
        help_text="User name of the person; null for a program, and for the installation itself.",
    )
    record = serializers.CharField(
        source="subject", read_only=True, help_text="Kind and number, as contracts.vendor:12."
    )
    vendor = serializers.CharField(
        source="vendor.code", allow_null=True, default=None, read_only=True
    )
    changes = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        read_only=True,
        help_text="Member: [before, after], as text.",
    )

    class Meta:
        model = AuditEvent
        fields = (
            "id",
            "at",
            "actor",
            "actor_name",
            "action",
            "record",
            "label",
            "vendor",
            "changes",
            "reason",
            "place",
            "seal",
        )
        read_only_fields = fields


def _text(text: str) -> str:
    if len(text) > _LONGEST:
        raise UnreadableError(f"use at most {_LONGEST} characters")
    return text


def _of_record(text: str) -> Q:
    """An exact subject, else part of its label."""
    return Q(subject=text) | Q(label__icontains=text)


def _of_actor(text: str) -> Q:
    if text == PROGRAMS:
        return Q(actor__isnull=True)
    by_key = Q(actor__isnull=True, actor_name__endswith=f"({text})")
    return by_key | Q(actor__username=text) if text.startswith(_KEY) else Q(actor__username=text)


class AuditList(ListView):
    """The trail of who changed what, oldest first, for who may read it: only at the buyer's."""

    serializer_class = AuditSerializer
    scopes = {"GET": (MANAGE,)}
    duties = {"GET": (Duty.AUDIT,)}
    stamped_by = ""
    filters = (
        Parameter(
            "record",
            _text,
            "Kind and number (contracts.vendor:12), or part of what the record is called.",
            narrow=_of_record,
            example="contracts.vendor:12",
        ),
        Parameter(
            "actor",
            _text,
            f"User name of a person, a key's prefix ({_KEY}…), or {PROGRAMS}.",
            narrow=_of_actor,
            example="dana",
        ),
        codes("vendor", lambda found: Q(vendor__code__in=found), "Vendor code", "northwind"),
        *days("at__date", "Events that happened"),
    )

    def get_queryset(self) -> QuerySet[AuditEvent, Any]:
        return audit_list(scope=self.scope).select_related("vendor", "actor")
