"""GET /feeds, GET /feeds/{code} and POST /feeds/{code}/deliveries."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, BinaryIO, cast

from django.core.files.uploadedfile import UploadedFile
from django.db.models import OuterRef, Prefetch, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.http import parse_header_parameters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiResponse,
    extend_schema,
    extend_schema_serializer,
)
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contracts.api.authentication import sender_of
from contracts.api.base import INGEST, ApiMixin, ListView, one
from contracts.api.editing import StrictSerializer
from contracts.api.examples import example
from contracts.api.fields import Day
from contracts.api.headers import location
from contracts.selectors.scope import Scope
from kpotracker.toolkit.filters import (
    ARCHIVED,
    Parameter,
    UnreadableError,
    choices,
    codes,
    read_day,
)
from kpotracker.toolkit.pagination import updated
from kpotracker.toolkit.problems import InputError, InvalidInputError, RefusedError, shown
from metrics.api import examples
from metrics.api.bodies import RAW_TYPES, RawBody, WholeForm, check_length, too_large
from metrics.api.deliveries import DeliverySerializer
from metrics.api.feed_settings import FeedRecord
from metrics.feeds.intake import AttestationError, FeedError, delivery_receive
from metrics.feeds.storage import TooLargeError
from metrics.models import Delivery, Feed, FeedKpi, FeedMapping
from metrics.selectors import scope as scoped
from metrics.selectors.deliveries import deliveries_list

_LONGEST_NAME = 200
COMPLETE_THROUGH = Parameter(
    "complete_through",
    read_day,
    "Everything up to and including this day is in, nothing at all included.",
    {"type": "string", "format": "date"},
    example="2026-03-31",
)


@extend_schema_serializer(examples=example(examples.FEED))
class FeedSerializer(serializers.ModelSerializer[Feed]):
    """A stream of deliveries that share one mapping."""

    vendor = serializers.CharField(
        source="vendor.code", allow_null=True, default=None, read_only=True
    )
    kpis = serializers.SerializerMethodField()
    mapping_version = serializers.IntegerField(read_only=True, allow_null=True)
    last_delivery_at = serializers.DateTimeField(read_only=True, allow_null=True)

    class Meta:
        model = Feed
        fields = (
            "code",
            "name",
            "kind",
            "vendor",
            "kpis",
            "mapping_version",
            "last_delivery_at",
            "archived_at",
            "updated_at",
        )
        read_only_fields = fields

    def get_kpis(self, feed: Feed) -> list[str]:
        """Codes of the KPIs it can reach."""
        return [link.kpi.code for link in feed.feed_kpis.all()]


class FeedList(ListView):
    """Feeds with the KPIs they reach, those changed last at the end."""

    serializer_class = FeedSerializer
    filters = (
        codes("vendor", lambda found: Q(vendor__code__in=found), "Vendor code", "northwind"),
        choices("kind", Feed.Kind.values, "kind", "Kind of feed"),
        ARCHIVED,
        *updated(),
    )

    def get_queryset(self) -> QuerySet[Feed]:
        return _feeds(self.scope)


class FeedDetail(FeedRecord):
    """One feed."""

    serializer_class = FeedSerializer

    def get_queryset(self) -> QuerySet[Feed]:
        return _feeds(self.scope)


class DeliveryForm(StrictSerializer):
    """A delivery as a form."""

    file = serializers.FileField()
    filename = serializers.CharField(
        required=False, max_length=_LONGEST_NAME, help_text="Instead of the name the file has."
    )
    complete_through = Day(
        required=False, help_text="Everything up to and including this day is in."
    )


def _read_filename(text: str) -> str:
    if len(text) > _LONGEST_NAME:
        raise UnreadableError(f"{shown(text)} is too long: use at most {_LONGEST_NAME} characters")
    return text


class DeliveryUpload(ApiMixin):
    """Deliver a file to a feed: as a form, or as the body itself.

    The answer is 202 once the bytes are safe; ``Location`` says where to see what became of
    them. The same bytes again are no error: nothing is counted twice.
    """

    scopes = {"POST": (INGEST,)}
    parser_classes = (WholeForm, RawBody)
    filters = (
        Parameter("filename", _read_filename, "Name of the file, when the body is the file."),
        COMPLETE_THROUGH,
    )

    @extend_schema(
        request={
            "multipart/form-data": DeliveryForm,
            **dict.fromkeys(RAW_TYPES, OpenApiTypes.BINARY),
        },
        responses={202: OpenApiResponse(DeliverySerializer, "Taken; see Location.")},
        parameters=[location("Where to see what became of the delivery.", 202)],
    )
    def post(self, request: Request, code: str) -> Response:
        feed: Feed = one(scoped.feeds(self.scope), code=code)
        check_length(request)
        body = request.data
        if isinstance(body, Mapping):
            stated = _form(body, self.query)
            stream, name = stated["file"], stated["file"].name
        else:
            stated, stream, name = dict(self.query), body, _disposition(request)
        delivery = _received(
            feed=feed,
            stream=stream,
            filename=stated.get("filename") or name or feed.code,
            delivered_by=sender_of(request),
            complete_through=stated.get("complete_through"),
        )
        return self._accepted(delivery)

    def _accepted(self, delivery: Delivery) -> Response:
        shown_again = deliveries_list(scope=self.scope).get(pk=delivery.pk)
        context = {"request": self.request, "view": self}
        body = DeliverySerializer(shown_again, context=context).data
        path = reverse("api:delivery", args=[delivery.pk])
        headers = {"Location": self.request.build_absolute_uri(path)}
        return Response(body, status=HTTPStatus.ACCEPTED, headers=headers)


def _feeds(scope: Scope) -> QuerySet[Feed]:
    reached = FeedKpi.objects.filter(kpi__in=scoped.kpis(scope)).select_related("kpi")
    versions = FeedMapping.objects.filter(feed=OuterRef("pk")).order_by("-version")
    arrivals = Delivery.objects.filter(ingestion__feed=OuterRef("pk")).order_by("-received_at")
    described = scoped.feeds(scope).annotate(
        mapping_version=Subquery(versions.values("version")[:1]),
        last_delivery_at=Subquery(arrivals.values("received_at")[:1]),
    )
    return described.select_related("vendor").prefetch_related(
        Prefetch("feed_kpis", queryset=reached.order_by("kpi__code"))
    )


def _received(*, feed: Feed, stream: Any, **delivery: Any) -> Delivery:
    if feed.kind == Feed.Kind.MANUAL:
        raise RefusedError(
            HTTPStatus.CONFLICT, f"Feed {feed.code} takes manual entries, not files."
        )
    try:
        return delivery_receive(
            feed=feed, stream=cast(BinaryIO, stream), received_at=timezone.now(), **delivery
        )
    except AttestationError as error:
        raise RefusedError(HTTPStatus.BAD_REQUEST, str(error)) from None
    except FeedError as error:
        raise RefusedError(HTTPStatus.CONFLICT, str(error)) from None
    except TooLargeError:
        raise too_large() from None


def _form(data: Mapping[str, Any], query: Mapping[str, Any]) -> dict[str, Any]:
    if query:
        stated = (InputError(f"State {one} in the form.", parameter=one) for one in query)
        raise InvalidInputError(stated)
    form = DeliveryForm(data=data)
    form.is_valid(raise_exception=True)
    values: dict[str, Any] = form.validated_data
    file: UploadedFile[Any] = values["file"]
    if not file.size:
        raise InvalidInputError([InputError("The file is empty.", "empty", pointer="#/file")])
    return values


def _disposition(request: Request) -> str:
    """The file name of a Content-Disposition header, or an empty text."""
    try:
        stated = parse_header_parameters(request.headers.get("Content-Disposition", ""))[1]
    except (ValueError, LookupError):  # an encoding nobody knows, or a header without end
        return ""
    return str(stated.get("filename", ""))[:_LONGEST_NAME]
