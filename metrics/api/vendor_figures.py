"""GET and POST /kpis/{code}/vendor-figures: what vendors report as their own figures."""

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from http import HTTPStatus
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import (
    OpenApiResponse,
    extend_schema,
    extend_schema_serializer,
    extend_schema_view,
)
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contracts.api.base import INGEST, MANAGE, READ, ListView, one
from contracts.api.editing import StrictSerializer, body_of, refusals
from contracts.api.examples import asked, example
from contracts.api.fields import Day, Exact, Text
from contracts.api.numbers import Number, number
from contracts.selectors.duties import Duty
from contracts.services.acting import actor_of
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.filters import days
from metrics.feeds.reporting import Told, vendor_figure_report
from metrics.models import Kpi, KpiPeriod, ResultRevision, VendorFigure
from metrics.scorecards.reporting import entered_by
from metrics.selectors import scope as scoped
from metrics.selectors.reported import Beside, beside

_TOLD = {
    "first_day": "2026-03-01",
    "value": 96.5,
    "note": "Monthly report of March, page 2",
    "reported_at": "2026-04-03T00:00:00Z",
}
_SHOWN = {
    "id": 41,
    "kpi": "nw-forecast-accuracy",
    **_TOLD,
    "numerator": None,
    "denominator": None,
    "by": "Nora Lindqvist",
    "counts": True,
    "ours": 95.1,
    "variance": 1.4,
    "within_tolerance": False,
    "updated_at": "2026-04-06T05:00:03.123456Z",
}
_EXACT: dict[str, Any] = {"max_digits": 30, "decimal_places": 10}


@extend_schema_serializer(examples=example(_SHOWN, "200", "201"))
class VendorFigureSerializer(serializers.ModelSerializer[VendorFigure]):
    """A figure that a vendor reported for a period, beside ours. It is never changed: of several
    the one that was reported last counts."""

    kpi = serializers.CharField(source="kpi.code", read_only=True)
    value = Number(read_only=True, help_text="In the KPI's unit.")
    numerator = Number(allow_null=True, read_only=True, help_text="As it was told.")
    denominator = Number(allow_null=True, read_only=True, help_text="As it was told.")
    by = serializers.SerializerMethodField()
    counts = serializers.SerializerMethodField()
    ours = serializers.SerializerMethodField()
    variance = serializers.SerializerMethodField()
    within_tolerance = serializers.SerializerMethodField()

    class Meta:
        model = VendorFigure
        fields = (
            "id",
            "kpi",
            "first_day",
            "value",
            "numerator",
            "denominator",
            "note",
            "reported_at",
            "by",
            "counts",
            "ours",
            "variance",
            "within_tolerance",
            "updated_at",
        )
        read_only_fields = fields

    def get_by(self, figure: VendorFigure) -> str:
        """Who took it down; a vendor's key reads "the buyer" for the buyer's people."""
        return entered_by(figure, self.context["view"].scope)

    def get_counts(self, figure: VendorFigure) -> bool:
        """Whether it is the one that is judged, and not ours."""
        told = self._beside(figure)
        is_last = self.context["view"].last.get(figure.first_day) == figure.pk
        return told is not None and told.counts and is_last

    def get_ours(self, figure: VendorFigure) -> float | None:
        """The value our rows give in the figure in force, in the KPI's unit."""
        told = self._beside(figure)
        return number(told.ours) if told else None

    def get_variance(self, figure: VendorFigure) -> float | None:
        """Theirs less ours."""
        told = self._beside(figure)
        return number(told.variance) if told else None

    def get_within_tolerance(self, figure: VendorFigure) -> bool | None:
        """null where the clause states no tolerance, or there is none of ours."""
        told = self._beside(figure)
        return told.within if told else None

    def _beside(self, figure: VendorFigure) -> Beside | None:
        revision = self.context["view"].revisions.get(figure.first_day)
        return beside(figure, revision) if revision else None


@extend_schema_serializer(examples=asked(_TOLD))
class VendorFigureBody(StrictSerializer):
    """What a vendor reports as its own figure for a period."""

    first_day = Day(help_text="Of the period.")
    value = Exact(**_EXACT, help_text="In the KPI's unit.")
    numerator = Exact(**_EXACT, required=False, allow_null=True)
    denominator = Exact(**_EXACT, required=False, allow_null=True, help_text="Both, or neither.")
    note = Text(max_length=2_000, required=False, allow_blank=True, help_text="Where it stands.")
    reported_at = serializers.DateTimeField(
        required=False, help_text="When the vendor said it; now unless stated."
    )


@extend_schema_view(
    post=extend_schema(
        request=VendorFigureBody,
        responses={201: OpenApiResponse(VendorFigureSerializer, "Taken down.")},
        description="Take down a figure that the vendor reports. Where the clause lets it count "
        "(`source_of_record` of the KPI), an open period follows it, and a final one is flagged "
        "until it is restated.",
        filters=False,
    )
)
class VendorFigureList(ListView):
    """The figures that the vendor of a KPI reported, with how far they lie from ours."""

    serializer_class = VendorFigureSerializer
    scopes = {"GET": (READ,), "POST": (INGEST, MANAGE)}
    duties = {"POST": (Duty.DELIVER,)}
    filters = (*days("first_day", "Periods that begin"),)

    @cached_property
    def kpi(self) -> Kpi:
        found: Kpi = one(scoped.kpis(self.scope), code=self.kwargs["code"])
        return found

    @cached_property
    def revisions(self) -> Mapping[date, ResultRevision]:
        """The figure in force of each period, by its first day."""
        heads = KpiPeriod.objects.filter(kpi=self.kpi).exclude(current=None)
        found = heads.select_related("current__definition", "current__level")
        return {head.first_day: head.current for head in found if head.current}

    @cached_property
    def last(self) -> Mapping[date, int]:
        """The reported figure that counts for each period, by its first day."""
        told = VendorFigure.objects.filter(kpi=self.kpi).order_by("reported_at", "id")
        return dict(told.values_list("first_day", "pk"))

    def get_queryset(self) -> QuerySet[VendorFigure]:
        if "code" not in self.kwargs:
            return VendorFigure.objects.none()
        found = scoped.vendor_figures(self.scope).filter(kpi=self.kpi)
        return found.select_related("kpi", "person", "key")

    def post(self, request: Request, code: str) -> Response:
        kpi, said = self.kpi, body_of(VendorFigureBody, request)
        with refusals():
            figure = vendor_figure_report(
                kpi=kpi, told=Told(**said), by=actor_of(self.scope), as_of=now()
            )
        stored = one(self.get_queryset(), pk=figure.pk)
        return Response(self.get_serializer(stored).data, HTTPStatus.CREATED)
