"""GET /results/{id}/revisions: a figure as it was computed each time."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from contracts.api.base import ListView, one
from contracts.api.examples import example
from metrics.api import daily_examples
from metrics.api.explanations import RevisionSerializer
from metrics.models import Delivery, ResultRevision
from metrics.selectors import scope as scoped
from metrics.selectors.breaches import name_within

_HEAD = ("id", "result", "kpi", "period", "number", "is_current")
_TAIL = ("watermark", "updated_at")


@extend_schema_serializer(examples=example(daily_examples.REVISION))
class WholeRevisionSerializer(RevisionSerializer):
    """A figure as it was computed once. Numbers are in the KPI's unit; none is ever changed."""

    result = serializers.IntegerField(source="period_id", read_only=True)
    kpi = serializers.CharField(source="period.kpi.code", read_only=True)
    period = serializers.CharField(source="period.label", read_only=True)
    is_current = serializers.SerializerMethodField()
    approved_by = serializers.SerializerMethodField()
    watermark = serializers.SerializerMethodField()

    class Meta(RevisionSerializer.Meta):
        fields = (*_HEAD, *RevisionSerializer.Meta.fields[1:], *_TAIL)  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]

    def get_is_current(self, revision: ResultRevision) -> bool:
        """Whether this is the figure in force."""
        return revision.period.current_id == revision.pk

    def get_approved_by(self, revision: ResultRevision) -> str:
        """Who approved its restatement; a vendor's key reads "the buyer"."""
        return name_within(self.context["view"].scope, revision.approved_by)

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "integer"}})
    def get_watermark(self, revision: ResultRevision) -> dict[str, int]:
        """Feed code and the number of its last delivery that the figure saw."""
        known: dict[str, tuple[str, int]] = self.context["view"].delivered
        seen = (known.get(str(load)) for load in revision.watermark.values())
        return dict(each for each in seen if each)


class RevisionList(ListView):
    """Every figure of a result in the order of its revisions, the first one first."""

    serializer_class = WholeRevisionSerializer
    stamped_by = ""

    def get_queryset(self) -> QuerySet[ResultRevision]:
        period = one(scoped.periods(self.scope), pk=self.kwargs["pk"])
        found = scoped.revisions(self.scope).filter(period=period)
        return found.select_related("period__kpi", "level")

    def paginate_queryset(self, queryset: Any) -> Any:
        rows: list[ResultRevision] = super().paginate_queryset(queryset) or []
        self.delivered = self._deliveries({load for row in rows for load in row.watermark.values()})
        return rows

    def _deliveries(self, loads: set[Any]) -> dict[str, tuple[str, int]]:
        """{ingestion: (feed, delivery)} of what the figures saw, as far as it may be seen."""
        found: QuerySet[Delivery, Any] = (
            scoped.deliveries(self.scope)
            .filter(ingestion__in=loads, repeated=False)
            .values_list("ingestion_id", "ingestion__feed__code", "pk")
        )
        return {str(load): (feed, number) for load, feed, number in found}
