"""GET /kpis/{code}/open-items: what is not finished, and when it falls due."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contracts.api.base import DetailView, one
from contracts.api.examples import example
from kpotracker.toolkit.dbclock import now
from metrics.api.terms_examples import OPEN_ITEMS
from metrics.evaluation.open_work import OpenRow, open_work_of
from metrics.selectors import scope as scoped

_MOST = 1_000


class OpenItemSerializer(serializers.Serializer[OpenRow]):
    """An item that is not finished."""

    ref = serializers.CharField(help_text="What its row is called in its file.")
    started_at = serializers.DateTimeField(
        allow_null=True, help_text="When its clock began; null where it has an agreed due time."
    )
    due_at = serializers.DateTimeField(
        help_text="In working time, less pauses; of a standing clock as if it went on now."
    )
    warn_at = serializers.DateTimeField(
        allow_null=True, help_text="The KPI's `warn_before` of working time earlier."
    )
    overdue = serializers.BooleanField()
    stands = serializers.BooleanField(help_text="Its clock is paused, so that due_at moves on.")


@extend_schema_serializer(examples=example(OPEN_ITEMS))
class OpenWorkSerializer(serializers.Serializer[Any]):
    """The open items of a KPI at this moment."""

    kpi = serializers.CharField()
    as_of = serializers.DateTimeField()
    open = serializers.IntegerField()
    overdue = serializers.IntegerField()
    items = OpenItemSerializer(many=True, help_text=f"Those that fall due first; at most {_MOST}.")


class KpiOpenItems(DetailView):
    """The open items of a KPI, with their deadlines in working time.

    Empty for a KPI whose items are known only once they are finished.
    """

    serializer_class = OpenWorkSerializer

    def get_queryset(self) -> Any:
        return scoped.kpis(self.scope)

    @extend_schema(responses=OpenWorkSerializer)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The items that are not finished, those due first at the beginning."""
        kpi, as_of = one(self.get_queryset(), code=kwargs["code"]), now()
        found = open_work_of(kpis=self.get_queryset().filter(pk=kpi.pk), as_of=as_of)
        told = {
            "kpi": kpi.code,
            "as_of": as_of,
            "open": len(found),
            "overdue": sum(row.overdue for row in found),
            "items": found[:_MOST],
        }
        return Response(OpenWorkSerializer(told).data)
