"""/maintenance: planned maintenance that is announced, and called off."""

from http import HTTPStatus
from typing import Any

from django.db.models import Q, QuerySet
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

from contracts.api.base import MANAGE, READ, ApiMixin, DetailView, ListView, one
from contracts.api.editing import StrictSerializer, body_of, check_match, tagged
from contracts.api.examples import asked, example
from contracts.api.fields import Coded, Text
from contracts.api.headers import etag, if_match, location
from contracts.selectors import scope as contracts_scope
from contracts.selectors.duties import Duty
from contracts.services.writing import lock, writing
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.filters import codes, flag
from kpotracker.toolkit.pagination import updated
from metrics.api import relief_examples
from metrics.api.conflicts import conflicts
from metrics.casework.maintenance import Planned, maintenance_announce, maintenance_cancel
from metrics.models import MaintenanceWindow
from metrics.selectors import scope as scoped

_DUTIES = (Duty.CASES, Duty.CONTEST)
_LOCATION = location("The address of the window.", 201)
_OWNERS = ("contract", "process", "kpi")
_JOINED = (
    "contract__vendor",
    "process__contract__vendor",
    "kpi__contract__vendor",
    "kpi__process__contract__vendor",
)


@extend_schema_serializer(examples=example(relief_examples.MAINTENANCE, "200", "201"))
class MaintenanceSerializer(serializers.ModelSerializer[MaintenanceWindow]):
    """Planned maintenance of one contract, process or KPI, [starts_at, ends_at). It excuses what
    its KPIs allow by ``maintenance_hours``, where it was announced early enough."""

    vendor = serializers.SerializerMethodField()
    contract = serializers.CharField(
        source="contract.reference", allow_null=True, default=None, read_only=True
    )
    process = serializers.CharField(
        source="process.code", allow_null=True, default=None, read_only=True
    )
    kpi = serializers.CharField(source="kpi.code", allow_null=True, default=None, read_only=True)

    class Meta:
        model = MaintenanceWindow
        fields = (
            "id",
            "vendor",
            "contract",
            "process",
            "kpi",
            "starts_at",
            "ends_at",
            "announced_at",
            "note",
            "cancelled_at",
            "updated_at",
        )
        read_only_fields = fields

    def get_vendor(self, window: MaintenanceWindow) -> str | None:
        """Code of the vendor; null in house."""
        found = window.contract or (window.process and window.process.contract)
        if window.kpi:
            found = window.kpi.governing_contract
        return found.vendor.code if found else None


@extend_schema_serializer(examples=asked(relief_examples.MAINTENANCE_NEW))
class MaintenanceBody(StrictSerializer):
    """Maintenance to announce, of one contract, process or KPI."""

    contract = Coded(contracts_scope.contracts, "reference", "contract", required=False)
    process = Coded(contracts_scope.processes, "code", "process", required=False)
    kpi = Coded(scoped.kpis, "code", "KPI", required=False)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    announced_at = serializers.DateTimeField(
        required=False, help_text="When it was announced, for the buyer; otherwise now."
    )
    note = Text(max_length=400, help_text="What is done.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if sum(name in attrs for name in _OWNERS) != 1:
            raise serializers.ValidationError(
                {"contract": ["Name one contract, process or KPI, and no more."]}
            )
        return attrs


class _Windows(ApiMixin):
    def get_queryset(self) -> QuerySet[MaintenanceWindow]:
        return scoped.maintenance(self.scope).select_related(*_JOINED)

    def answer(self, pk: int, status: int = HTTPStatus.OK) -> Response:
        """The window as it is stored now, with its ETag."""
        window: MaintenanceWindow = one(self.get_queryset(), pk=pk)
        return tagged(Response(MaintenanceSerializer(window).data, status=status), window)


@extend_schema_view(
    post=extend_schema(
        request=MaintenanceBody,
        responses={201: OpenApiResponse(MaintenanceSerializer, "Announced; see Location.")},
        parameters=[_LOCATION, etag(201)],
        description="Announce planned maintenance. A vendor announces it now; the buyer may enter "
        "what was announced earlier.",
        filters=False,
    )
)
class MaintenanceList(_Windows, ListView):
    """Planned maintenance, changed last at the end."""

    serializer_class = MaintenanceSerializer
    scopes = {"GET": (READ,), "POST": (MANAGE,)}
    duties = {"POST": _DUTIES}
    filters = (
        codes("contract", lambda found: Q(contract__reference__in=found), "Contract", "NW-2024-01"),
        flag("cancelled", lambda off: Q(cancelled_at__isnull=not off), "true: called off only."),
        *updated(),
    )

    def post(self, request: Request) -> Response:
        given = body_of(MaintenanceBody, request, context={"scope": self.scope})
        of = next(given.pop(name) for name in _OWNERS if name in given)
        with conflicts():
            window = maintenance_announce(
                planned=Planned(of=of, **given), scope=self.scope, as_of=now()
            )
        response = self.answer(window.pk, HTTPStatus.CREATED)
        path = reverse("api:maintenance-window", args=[window.pk])
        response["Location"] = request.build_absolute_uri(path)
        return response


class MaintenanceDetail(_Windows, DetailView):
    """One window of planned maintenance."""

    serializer_class = MaintenanceSerializer

    @extend_schema(parameters=[etag()])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One window of planned maintenance."""
        return self.answer(self.kwargs["pk"])


class MaintenanceCancel(_Windows):
    """Call a window off: it excuses nothing any more. 409 where it was called off already."""

    scopes = {"POST": (MANAGE,)}
    duties = {"POST": _DUTIES}

    @extend_schema(
        request=None,
        responses={200: OpenApiResponse(MaintenanceSerializer, "The window as it is now.")},
        parameters=[if_match(), etag()],
    )
    def post(self, request: Request, pk: int) -> Response:
        window: MaintenanceWindow = one(self.get_queryset(), pk=pk)
        with conflicts(), writing():
            lock(window)
            check_match(request, window)
            maintenance_cancel(window_id=pk, scope=self.scope, as_of=now())
        return self.answer(pk)
