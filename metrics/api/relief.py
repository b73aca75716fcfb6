"""/breaches/{id}/relief: excused events that are asked for; people decide on them, on pages."""

from http import HTTPStatus
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import (
    OpenApiResponse,
    extend_schema,
    extend_schema_field,
    extend_schema_serializer,
    extend_schema_view,
)
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contracts.api.authentication import refuse_without
from contracts.api.base import MANAGE, READ, ApiMixin, DetailView, ListView, one
from contracts.api.editing import StrictSerializer, body_of, tagged
from contracts.api.examples import asked, example
from contracts.api.fields import Choice, Flag, Text
from contracts.api.headers import etag, location
from contracts.api.numbers import Number, number
from contracts.selectors.duties import Duty
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.filters import choices
from metrics.api import relief_examples
from metrics.api.breaches import BreachSerializer, cases_told
from metrics.api.conflicts import conflicts
from metrics.bi.facts import STATUSES
from metrics.casework.claiming import Claim
from metrics.casework.relief import relief_request
from metrics.evaluation.relieving import figure_if_approved
from metrics.models import BreachCase, KpiPeriod, ReliefRequest
from metrics.selectors import scope as scoped
from metrics.selectors.breaches import THE_BUYER
from metrics.selectors.wording import judged_word

_LONGEST = 10_000
_LOCATION = location("The address of the request.", 201)


class IntervalSerializer(serializers.Serializer[Any]):
    """A stretch of time, [start, end)."""

    start = serializers.DateTimeField()
    end = serializers.DateTimeField()


class CoverSerializer(serializers.Serializer[Any]):
    """What is excused, and how it is treated."""

    intervals = IntervalSerializer(many=True)
    predicate = serializers.CharField(help_text="A condition on what a row says.")
    whole_period = serializers.BooleanField()
    treatment = serializers.ChoiceField(choices=ReliefRequest.Treatment.choices)


@extend_schema_serializer(examples=example(relief_examples.RELIEF, "200", "201"))
class ReliefSerializer(serializers.ModelSerializer[ReliefRequest]):
    """A request for relief. ``asked``: what was asked for; ``granted``: what counts of it, null
    where nothing does. A vendor's key reads "the buyer" for the buyer's people and programs."""

    breach = serializers.IntegerField(source="case_id", read_only=True)
    result = serializers.IntegerField(source="period_id", read_only=True)
    asked = serializers.SerializerMethodField()
    granted = serializers.SerializerMethodField()
    rows = serializers.CharField(read_only=True, help_text="Which rows are meant, in words.")
    requested_by = serializers.SerializerMethodField()

    class Meta:
        model = ReliefRequest
        fields = (
            "id",
            "breach",
            "result",
            "state",
            "origin",
            "reason",
            "rows",
            "asked",
            "granted",
            "claim_by",
            "requested_by",
            "requested_at",
            "decided_at",
            "answer",
            "updated_at",
        )
        read_only_fields = fields

    @extend_schema_field(CoverSerializer)
    def get_asked(self, relief: ReliefRequest) -> dict[str, Any]:
        """What was asked for."""
        return _cover(relief.asked)

    @extend_schema_field(CoverSerializer(allow_null=True))
    def get_granted(self, relief: ReliefRequest) -> dict[str, Any] | None:
        """What counts of it."""
        return _cover(relief.granted) if relief.granted else None

    def get_requested_by(self, relief: ReliefRequest) -> str:
        """The person, the program by its key, or kpotracker itself."""
        is_told = self.context["view"].scope.is_internal or not relief.is_of_buyer
        return relief.asked_by if is_told else THE_BUYER


def _cover(said: dict[str, Any]) -> dict[str, Any]:
    pairs = [{"start": start, "end": end} for start, end in said["intervals"]]
    return {**said, "intervals": pairs}


class IntervalBody(StrictSerializer):
    """A stretch of time, [start, end), each with its offset."""

    start = serializers.DateTimeField()
    end = serializers.DateTimeField()


@extend_schema_serializer(examples=asked(relief_examples.RELIEF_NEW))
class ReliefBody(StrictSerializer):
    """What happened, and what it excuses: stretches of time, rows by a condition on what they say,
    or the whole period."""

    reason = Text(max_length=_LONGEST)
    intervals = IntervalBody(many=True, required=False)
    predicate = Text(
        required=False,
        allow_blank=True,
        max_length=2_000,
        help_text='Names are ref, series and the KPI\'s numbers: ref in ("T-1", "T-2").',
    )
    whole_period = Flag(required=False)
    rows = Text(
        required=False, allow_blank=True, max_length=2_000, help_text="In words, for people."
    )
    treatment = Choice(choices=ReliefRequest.Treatment.choices, required=False)


class _OfCase(ApiMixin):
    scopes = {"GET": (READ,)}

    def case(self) -> BreachCase:
        found: BreachCase = one(scoped.cases(self.scope), pk=self.kwargs["pk"])
        return found

    def get_queryset(self) -> QuerySet[ReliefRequest]:
        found = scoped.relief(self.scope).filter(case=self.case())
        return found.select_related("requested_by", "requested_key")


@extend_schema_view(
    post=extend_schema(
        request=ReliefBody,
        responses={201: OpenApiResponse(ReliefSerializer, "Asked for; see Location.")},
        parameters=[_LOCATION],
        description="Ask for relief (an excused event). It counts once a person approves it, in "
        "whole or in part.",
        filters=False,
    )
)
class ReliefList(_OfCase, ListView):
    """What was asked for about a case, those changed last at the end."""

    serializer_class = ReliefSerializer
    scopes = {"GET": (READ,), "POST": (MANAGE,)}
    duties = {"POST": (Duty.CASES, Duty.CONTEST)}
    filters = (choices("state", ReliefRequest.State.values, "state", "State"),)

    def post(self, request: Request, pk: int) -> Response:
        case, given = self.case(), body_of(ReliefBody, request)
        refuse_without(self.scope, Duty.CASES if self.scope.is_internal else Duty.CONTEST)
        with conflicts():
            made = relief_request(
                case_id=case.pk, claim=_claim(given), scope=self.scope, as_of=now()
            )
        made.refresh_from_db()
        context = {"request": request, "view": self}
        path = reverse("api:breach-relief-request", args=[case.pk, made.pk])
        headers = {"Location": request.build_absolute_uri(path)}
        body = ReliefSerializer(made, context=context).data
        return Response(body, status=HTTPStatus.CREATED, headers=headers)


class ReliefDetail(_OfCase, DetailView):
    """One request for relief."""

    serializer_class = ReliefSerializer

    def get_object(self) -> ReliefRequest:
        found: ReliefRequest = one(self.get_queryset(), pk=self.kwargs["relief"])
        return found


def _claim(given: dict[str, Any]) -> Claim:
    spans = [(each["start"], each["end"]) for each in given.get("intervals", [])]
    return Claim(**{**given, "intervals": spans})


class IfApprovedSerializer(serializers.Serializer[Any]):
    """The figure, were all relief that waits approved as asked for."""

    value = Number(allow_null=True)
    status = serializers.ChoiceField(choices=STATUSES)
    status_text = serializers.CharField()


def told_if_approved(period: KpiPeriod) -> dict[str, Any] | None:
    """The members of ``IfApprovedSerializer``; None where no relief waits."""
    figure = figure_if_approved(period=period, as_of=now())
    if figure is None:
        return None
    status = str(figure.result.status)
    return {
        "value": number(figure.result.value),
        "status": status,
        "status_text": judged_word(status, figure.task.level).text,
    }


@extend_schema_serializer(examples=example(relief_examples.BREACH))
class BreachWithRelief(BreachSerializer):
    """A breach case, with what its waiting relief would make of its figure."""

    if_approved = serializers.SerializerMethodField()

    @extend_schema_field(IfApprovedSerializer(allow_null=True))
    def get_if_approved(self, case: BreachCase) -> dict[str, Any] | None:
        """The figure, were the relief that waits approved; null where none waits."""
        return told_if_approved(case.period)


class BreachDetail(DetailView):
    """One breach case with its transitions."""

    serializer_class = BreachWithRelief

    def get_queryset(self) -> QuerySet[BreachCase]:
        return cases_told(self.scope)

    @extend_schema(parameters=[etag()])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One breach case with its transitions."""
        case = self.get_object()
        return tagged(Response(self.get_serializer(case).data), case)
