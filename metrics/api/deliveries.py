"""GET /deliveries/{id} and its quarantined rows."""

from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from contracts.api.base import INGEST, READ, DetailView, ListView, one
from contracts.api.examples import example
from kpotracker.toolkit.filters import codes
from metrics.api import examples
from metrics.models import Delivery, Ingestion, QuarantinedRow
from metrics.selectors import scope as scoped
from metrics.selectors.deliveries import deliveries_list, same_errors
from metrics.selectors.wording import ingestion_word

_FINISHED = {Ingestion.Status.DONE, Ingestion.Status.REJECTED}


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
    status = serializers.ChoiceField(
        source="ingestion.status", choices=Ingestion.Status.choices, read_only=True
    )
    status_text = serializers.SerializerMethodField()
    is_finished = serializers.SerializerMethodField()
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
    updated_at = serializers.DateTimeField(source="ingestion.updated_at", read_only=True)

    class Meta:
        model = Delivery
        fields = (
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
            "updated_at",
        )
        read_only_fields = fields

    def get_status_text(self, delivery: Delivery) -> str:
        """The status in the words that people see."""
        return ingestion_word(delivery.ingestion.status).text

    def get_is_finished(self, delivery: Delivery) -> bool:
        """Whether nothing about it will change by itself: stop asking."""
        return delivery.ingestion.status in _FINISHED

    @extend_schema_field(SameErrorSerializer(many=True))
    def get_same_errors(self, delivery: Delivery) -> list[dict[str, Any]]:
        found = same_errors(delivery, scope=self.context["view"].scope)
        return list(SameErrorSerializer(found, many=True).data)

    def get_quarantined_rows_url(self, delivery: Delivery) -> str:
        """Where the rows that did not fit are listed."""
        path = reverse("api:quarantined-rows", args=[delivery.pk])
        return str(self.context["request"].build_absolute_uri(path))


class QuarantinedRowSerializer(serializers.ModelSerializer[QuarantinedRow]):
    """A row that did not fit: where it stands, what is wrong and how to mend it."""

    class Meta:
        model = QuarantinedRow
        fields = ("line", "column", "value", "rule", "message", "hint")
        read_only_fields = fields


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
