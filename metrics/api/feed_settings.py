"""Settings of feeds: their name, what they owe and when, and the mapping they are read by."""

from http import HTTPStatus
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import (
    OpenApiResponse,
    extend_schema,
    extend_schema_field,
    extend_schema_serializer,
)
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contracts.api.base import MANAGE, READ, DetailView, ListView, one
from contracts.api.editing import (
    StrictSerializer,
    body_of,
    check_match,
    editing,
    refusals,
    refuse_managed,
    tagged,
)
from contracts.api.examples import asked, example
from contracts.api.fields import Choice, Day, Text, Whole
from contracts.api.headers import etag, if_match
from contracts.selectors.duties import Duty
from contracts.services.writing import lock, writing
from metrics.api import terms_examples as examples
from metrics.feeds.schedules import schedule_set
from metrics.models import Feed, FeedMapping, FeedSchedule
from metrics.portfolio.services.feeds import feed_change
from metrics.selectors import scope as scoped

_IF_MATCH, _ETAG = if_match(of="feed"), etag(of="feed")


@extend_schema_serializer(examples=asked({"name": "Service desk, all regions"}))
class FeedChange(StrictSerializer):
    """What can be changed of a feed. Its mapping is changed by portfolio files alone."""

    name = Text(max_length=200)


class FeedRecord(DetailView):
    """One feed; ``shown`` reads it anew for the answer."""

    scopes = {"GET": (READ,), "PATCH": (MANAGE,)}
    duties = {"PATCH": (Duty.FEEDS,)}
    lookup_field: Any = "code"
    http_method_names = ["get", "head", "patch", "options"]

    @extend_schema(parameters=[_ETAG])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        feed = self.get_object()
        return tagged(Response(self.get_serializer(feed).data), feed)

    @extend_schema(
        request=FeedChange,
        parameters=[_IF_MATCH, _ETAG],
        description="Change a feed: members that are left out stay as they are. Its mapping is "
        "changed by portfolio files alone.",
    )
    def patch(self, request: Request, **place: Any) -> Response:
        feed = self.get_object()
        said = body_of(FeedChange, request, partial=True)
        with editing(request, feed):
            refuse_managed(feed)
            feed_change(feed=feed, **said)
        return self.get(request)


@extend_schema_field({"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$"})
class HourField(serializers.TimeField):
    """An hour and a minute of the day."""


@extend_schema_serializer(examples=example({"feed": "service-desk", **examples.SCHEDULE}))
class ScheduleSerializer(serializers.ModelSerializer[FeedSchedule]):
    """What a feed owes from a day on: one delivery for every period, and when it is due."""

    feed = serializers.CharField(source="feed.code", read_only=True)
    due_time = HourField(format="%H:%M", read_only=True)

    class Meta:
        model = FeedSchedule
        fields = (
            "feed",
            "valid_from",
            "last_day",
            "every",
            "due_days",
            "due_time",
            "zone",
            "grace_hours",
        )
        read_only_fields = fields


@extend_schema_serializer(examples=asked(examples.SCHEDULE))
class ScheduleBody(StrictSerializer):
    """What a feed owes from a day on; the version that held before ends there."""

    valid_from = Day(help_text="The first day that is owed.")
    every = Choice(choices=FeedSchedule.Every.choices)
    due_days = Whole(
        min_value=0,
        max_value=366,
        required=False,
        help_text="After the last day of the period; 1 unless stated.",
    )
    due_time = HourField(
        required=False, input_formats=["%H:%M"], help_text="In `zone`; 12:00 unless stated."
    )
    zone = Text(max_length=64, required=False, help_text="IANA; UTC unless stated.")
    grace_hours = Whole(
        min_value=0, max_value=2_400, required=False, help_text="Overdue after them; 0."
    )
    last_day = Day(required=False, allow_null=True, help_text="null: no end is agreed.")


class FeedSchedules(ListView):
    """What a feed owes, one row per version."""

    serializer_class = ScheduleSerializer
    scopes = {"GET": (READ,), "POST": (MANAGE,)}
    duties = {"POST": (Duty.FEEDS,)}
    stamped_by = ""

    def get_queryset(self) -> QuerySet[FeedSchedule]:
        code = self.kwargs.get("code")
        if code is not None:
            one(scoped.feeds(self.scope), code=code)
        return scoped.schedules(self.scope).filter(feed__code=code).select_related("feed")

    @extend_schema(
        request=ScheduleBody,
        responses={
            200: OpenApiResponse(ScheduleSerializer, "The version of that day is corrected."),
            201: OpenApiResponse(ScheduleSerializer, "It is owed from then on."),
        },
        parameters=[_IF_MATCH],
        filters=False,
        description="State what a feed owes from a day on: the version that held before ends "
        "there, and what was owed before stays.",
    )
    def post(self, request: Request, code: str) -> Response:
        feed: Feed = one(scoped.feeds(self.scope), code=code)
        said = body_of(ScheduleBody, request)
        with refusals(), writing():
            lock(feed)
            check_match(request, feed)
            refuse_managed(feed)
            known = FeedSchedule.objects.filter(feed=feed, valid_from=said["valid_from"])
            status = HTTPStatus.OK if known.exists() else HTTPStatus.CREATED
            line = schedule_set(feed=feed, **said)
        return Response(self.get_serializer(line).data, status)


@extend_schema_serializer(examples=example(examples.MAPPING))
class MappingSerializer(serializers.ModelSerializer[FeedMapping]):
    """The newest version of a feed's mapping: deliveries from its day on are read by it."""

    feed = serializers.CharField(source="feed.code", read_only=True)
    body = serializers.SerializerMethodField()

    class Meta:
        model = FeedMapping
        fields = ("feed", "version", "digest", "created_at", "body")
        read_only_fields = fields

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_body(self, mapping: FeedMapping) -> dict[str, Any]:
        """As a portfolio file states it."""
        return {name: value for name, value in mapping.body.items() if name != "code"}


class FeedMappingDetail(DetailView):
    """How a feed's rows become observations. It is changed by portfolio files alone."""

    serializer_class = MappingSerializer

    def get_object(self) -> FeedMapping:
        found = scoped.mappings(self.scope).filter(feed__code=self.kwargs["code"])
        mapping: FeedMapping = one(found.select_related("feed").order_by("-version"))
        return mapping

    def get_queryset(self) -> QuerySet[FeedMapping]:
        return scoped.mappings(self.scope)
