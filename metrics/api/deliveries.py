"""GET /deliveries, /deliveries/{id} and its quarantined rows."""

from typing import Any

from django.db.models import F, Q, QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from contracts.api.base import INGEST, READ, DetailView, ListView, one
from contracts.api.examples import example
from contracts.selectors.scope import Scope
from kpotracker.toolkit.filters import codes, conditions, days
from kpotracker.toolkit.pagination import updated
from metrics.api import daily_examples, examples
from metrics.models import Delivery, Ingestion, QuarantinedRow
from metrics.selectors import scope as scoped
from metrics.selectors.deliveries import UNDONE, deliveries_list, same_errors, stand_of, standing
from metrics.selectors.wording import delivery_word

STATES = [*Ingestion.Status.values, UNDONE]


class CountsSerializer(serializers.ModelSerializer[Ingestion]):
    """What became of each row; ``read`` is the sum of the others but ``ambiguous``."""

    class Meta:
        model = Ingestion
        fields = Ingestion.COUNTS
        read_only_fields = fields


class SameErrorSerializer(serializers.Serializer[Any]):
    """Quarantined rows that failed one rule in one column."""

    column = serializers.CharField()
    rule = serializers.CharField()
    message = serializers.CharField(help_text="Of the first of them.")
    hint = serializers.CharField(help_text="How to mend it.")
    rows = serializers.IntegerField()
    first_line = serializers.IntegerField()
    example = serializers.CharField(help_text="The value in the first of them.")


class RejectionSerializer(serializers.Serializer[Any]):
    """Why the whole file was refused."""

    rule = serializers.CharField(required=False)
    message = serializers.CharField(required=False)
    hint = serializers.CharField(required=False)
    value = serializers.CharField(required=False, allow_null=True)
    line = serializers.IntegerField(required=False, allow_null=True)

    def to_representation(self, instance: dict[str, Any]) -> dict[str, Any]:
        return {name: instance[name] for name in self.get_fields() if name in instance}


@extend_schema_serializer(examples=example(examples.DELIVERY, "200", "202"))
class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    """One arrival of bytes, and what became of its rows."""

    feed = serializers.CharField(source="ingestion.feed.code", read_only=True)
    status = serializers.SerializerMethodField()
    status_text = serializers.SerializerMethodField()
    is_finished = serializers.BooleanField(
        source="ingestion.is_finished",
        read_only=True,
        help_text="Nothing about it will change by itself: stop asking.",
    )
    mapping_version = serializers.IntegerField(source="ingestion.mapping.version", read_only=True)
    sha256 = serializers.CharField(source="ingestion.sha256", read_only=True)
    size = serializers.IntegerField(
        source="ingestion.size", read_only=True, help_text="Bytes as they arrived."
    )
    counts = CountsSerializer(source="ingestion", read_only=True)
    rejection = RejectionSerializer(source="ingestion.error", allow_null=True, read_only=True)
    same_errors = serializers.SerializerMethodField()
    quarantined_rows_url = serializers.SerializerMethodField()
    finished_at = serializers.DateTimeField(
        source="ingestion.finished_at", allow_null=True, read_only=True
    )
    undone_at = serializers.DateTimeField(
        source="ingestion.undone_at",
        allow_null=True,
        read_only=True,
        help_text="Since when nothing of it counts any more.",
    )
    updated_at = serializers.DateTimeField(source="ingestion.updated_at", read_only=True)

    class Meta:
        model = Delivery
        fields: tuple[str, ...] = (
            "id",
            "feed",
            "filename",
            "received_at",
            "delivered_by",
            "complete_through",
            "repeated",
            "status",
            "status_text",
            "is_finished",
            "mapping_version",
            "sha256",
            "size",
            "counts",
            "rejection",
            "same_errors",
            "quarantined_rows_url",
            "finished_at",
            "undone_at",
            "updated_at",
        )
        read_only_fields: tuple[str, ...] = fields

    @extend_schema_field(serializers.ChoiceField(choices=STATES))
    def get_status(self, delivery: Delivery) -> str:
        """As ``?status=`` finds it: undone once nothing of it counts any more."""
        return stand_of(delivery.ingestion)

    def get_status_text(self, delivery: Delivery) -> str:
        """The status in the words that people see."""
        ingestion = delivery.ingestion
        return delivery_word(ingestion.status, is_undone=ingestion.undone_at is not None).text

    @extend_schema_field(SameErrorSerializer(many=True))
    def get_same_errors(self, delivery: Delivery) -> list[dict[str, Any]]:
        found = same_errors(delivery, scope=self.context["view"].scope)
        return list(SameErrorSerializer(found, many=True).data)

    def get_quarantined_rows_url(self, delivery: Delivery) -> str:
        """Where the rows that did not fit are listed."""
        path = reverse("api:quarantined-rows", args=[delivery.pk])
        return str(self.context["request"].build_absolute_uri(path))


@extend_schema_serializer(examples=example(daily_examples.DELIVERY_ROW))
class DeliveryRowSerializer(DeliverySerializer):
    """A delivery as lists show it: without the errors of its rows, which its own address groups."""

    same_errors = None  # type: ignore[assignment]

    class Meta(DeliverySerializer.Meta):
        fields = tuple(n for n in DeliverySerializer.Meta.fields if n != "same_errors")
        read_only_fields = fields


class QuarantinedRowSerializer(serializers.ModelSerializer[QuarantinedRow]):
    """A row that did not fit: where it stands, what is wrong and how to mend it."""

    class Meta:
        model = QuarantinedRow
        fields = ("line", "column", "value", "rule", "message", "hint")
        read_only_fields = fields


class DeliveryList(ListView):
    """Deliveries with what became of their rows, those changed last at the end."""

    serializer_class = DeliveryRowSerializer
    scopes = {"GET": (READ, INGEST)}
    filters = (
        codes("feed", lambda found: Q(ingestion__feed__code__in=found), "Feed code", "desk"),
        codes(
            "vendor",
            lambda found: Q(ingestion__feed__vendor__code__in=found),
            "Vendor code",
            "northwind",
        ),
        conditions("status", {each: standing(each) for each in STATES}, "Status, or undone"),
        *days("received_at__date", "Deliveries that arrived"),
        *updated("ingestion__updated_at"),
    )

    def get_queryset(self) -> QuerySet[Delivery]:
        return stamped(self.scope)


class DeliveryDetail(DetailView):
    """What became of a delivery, with the errors of its rows grouped."""

    serializer_class = DeliverySerializer
    scopes = {"GET": (READ, INGEST)}

    def get_queryset(self) -> QuerySet[Delivery]:
        return deliveries_list(scope=self.scope)


class QuarantinedRowList(ListView):
    """The rows of a delivery that did not fit, in the order they were found."""

    serializer_class = QuarantinedRowSerializer
    scopes = {"GET": (READ, INGEST)}
    stamped_by = ""
    filters = (codes("rule", lambda found: Q(rule__in=found), "Rule", "not_a_number"),)

    def get_queryset(self) -> QuerySet[QuarantinedRow]:
        delivery = one(scoped.deliveries(self.scope), pk=self.kwargs["pk"])
        return scoped.rejects(self.scope).filter(ingestion=delivery.ingestion_id)


def stamped(scope: Scope) -> QuerySet[Delivery]:
    """Deliveries that are stamped with what became of them."""
    return deliveries_list(scope=scope).annotate(updated_at=F("ingestion__updated_at"))
