"""/volume-forecasts: what volume was forecast for a period, locked once."""

from http import HTTPStatus
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import (
    OpenApiResponse,
    extend_schema,
    extend_schema_serializer,
    extend_schema_view,
)
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contracts.api.base import MANAGE, READ, ApiMixin, DetailView, ListView
from contracts.api.editing import StrictSerializer, body_of
from contracts.api.examples import asked, example
from contracts.api.fields import Coded, Day, Exact
from contracts.api.headers import location
from contracts.api.numbers import Number
from contracts.selectors.duties import Duty
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.pagination import updated
from metrics.api import relief_examples
from metrics.api.conflicts import conflicts
from metrics.api.owing import owing_vendor
from metrics.bi.parameters import of_kpi
from metrics.casework.volumes import volume_forecast_lock
from metrics.models import VolumeForecast
from metrics.selectors import scope as scoped

_LOCATION = location("The address of the forecast.", 201)


@extend_schema_serializer(examples=example(relief_examples.FORECAST, "200", "201"))
class ForecastSerializer(serializers.ModelSerializer[VolumeForecast]):
    """The volume that was forecast for a period of a KPI. It is never changed."""

    vendor = owing_vendor("kpi.")
    kpi = serializers.CharField(source="kpi.code", read_only=True)
    quantity = Number(read_only=True, help_text="In the units the KPI's volume is counted in.")

    class Meta:
        model = VolumeForecast
        fields = ("id", "vendor", "kpi", "first_day", "quantity", "locked_at", "updated_at")
        read_only_fields = fields


@extend_schema_serializer(examples=asked(relief_examples.FORECAST_NEW))
class ForecastBody(StrictSerializer):
    """A forecast to lock."""

    kpi = Coded(scoped.kpis, "code", "KPI")
    first_day = Day(help_text="Of the period.")
    quantity = Exact(min_value=0, max_digits=30, decimal_places=10)
    locked_at = serializers.DateTimeField(
        required=False, help_text="When it was agreed, before the period was over; otherwise now."
    )


class _Forecasts(ApiMixin):
    def get_queryset(self) -> QuerySet[VolumeForecast]:
        return scoped.volume_forecasts(self.scope).select_related(
            "kpi__contract__vendor", "kpi__process__contract__vendor"
        )


@extend_schema_view(
    post=extend_schema(
        request=ForecastBody,
        responses={201: OpenApiResponse(ForecastSerializer, "Locked; see Location.")},
        parameters=[_LOCATION],
        description="Lock the volume forecast of a period. It cannot be changed afterwards.",
        filters=False,
    )
)
class ForecastList(_Forecasts, ListView):
    """Locked volume forecasts, newest at the end."""

    serializer_class = ForecastSerializer
    scopes = {"GET": (READ,), "POST": (MANAGE,)}
    duties = {"POST": (Duty.TERMS,)}
    filters = (*of_kpi("kpi__"), *updated())

    def post(self, request: Request) -> Response:
        given = body_of(ForecastBody, request, context={"scope": self.scope})
        with conflicts():
            made = volume_forecast_lock(scope=self.scope, as_of=now(), **given)
        made.refresh_from_db()
        context: dict[str, Any] = {"request": request, "view": self}
        path = reverse("api:volume-forecast", args=[made.pk])
        headers = {"Location": request.build_absolute_uri(path)}
        body = ForecastSerializer(made, context=context).data
        return Response(body, status=HTTPStatus.CREATED, headers=headers)


class ForecastDetail(_Forecasts, DetailView):
    """One locked forecast."""

    serializer_class = ForecastSerializer
