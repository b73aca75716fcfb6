"""POST /obligations/{code}/fulfil and /waive: what was done about one due day."""

from collections.abc import Mapping
from datetime import date, datetime
from http import HTTPStatus
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_serializer
from rest_framework.request import Request
from rest_framework.response import Response

from contracts.api.base import MANAGE, one
from contracts.api.dates_examples import DONE, FULFIL, WAIVE
from contracts.api.editing import StrictSerializer, editing
from contracts.api.examples import asked, example
from contracts.api.fields import Day, Numbered, Text
from contracts.api.headers import if_match
from contracts.api.obligations import OBLIGATIONS, DueSerializer
from contracts.api.resources import ResourceView
from contracts.models import Obligation, ObligationOutcome
from contracts.selectors import scope as scoped
from contracts.selectors.obligations import dues_of
from contracts.services.obligations import obligation_fulfil, obligation_waive
from kpotracker.toolkit.dbclock import now

Given = Mapping[str, Any]


@extend_schema_serializer(examples=asked(FULFIL))
class FulfilBody(StrictSerializer):
    """What was done, and what shows it."""

    due_on = Day(help_text="One of its due days.")
    done_on = Day(help_text="Not in the future.")
    evidence = Numbered(
        scoped.documents,
        "document",
        required=False,
        allow_null=True,
        help_text="Number of a document of the same vendor; needed where needs_evidence.",
    )
    note = Text(required=False, allow_blank=True, max_length=2_000)


@extend_schema_serializer(examples=asked(WAIVE))
class WaiveBody(StrictSerializer):
    """Why what was due is not asked for."""

    due_on = Day(help_text="One of its due days.")
    reason = Text(max_length=2_000)


@extend_schema_serializer(examples=example(DONE, "201"))
class DoneSerializer(DueSerializer):
    """One due day that is dealt with."""


class _Act(ResourceView):
    """Does something about one due day, whoever manages the obligation."""

    scopes = {"POST": (MANAGE,)}
    body: ClassVar[type[StrictSerializer]]

    def _post(self, request: Request, code: str) -> Response:
        obligation, as_of = one(self.get_queryset(), code=code), now()
        given = self.values(self.body)
        with editing(request, obligation):
            outcome = self.act(obligation, given, as_of)
        due = _due(one(self.get_queryset(), code=code), outcome.due_on, as_of.date())
        shown = DoneSerializer(due, context={"view": self})
        return Response(shown.data, status=HTTPStatus.CREATED)

    def act(self, obligation: Obligation, given: Given, as_of: datetime) -> ObligationOutcome:
        raise NotImplementedError


def _due(obligation: Obligation, day: date, today: date) -> Any:
    until = max(day, today)
    return next(due for due in dues_of(obligation, today=today, until=until) if due.due_on == day)


class ObligationFulfil(_Act):
    """Note that what was due on a day was done."""

    resource = OBLIGATIONS
    body = FulfilBody

    def act(self, obligation: Obligation, given: Given, as_of: datetime) -> ObligationOutcome:
        return obligation_fulfil(obligation=obligation, as_of=as_of, **given)

    @extend_schema(
        request=FulfilBody,
        responses={201: OpenApiResponse(DoneSerializer, "Noted.")},
        parameters=[if_match()],
    )
    def post(self, request: Request, code: str) -> Response:
        """Note that what was due on a day was done."""
        return self._post(request, code)


class ObligationWaive(_Act):
    """Note that what was due on a day is not asked for, and why."""

    resource = OBLIGATIONS
    body = WaiveBody

    def act(self, obligation: Obligation, given: Given, as_of: datetime) -> ObligationOutcome:
        return obligation_waive(obligation=obligation, as_of=as_of, **given)

    @extend_schema(
        request=WaiveBody,
        responses={201: OpenApiResponse(DoneSerializer, "Noted.")},
        parameters=[if_match()],
    )
    def post(self, request: Request, code: str) -> Response:
        """Note that what was due on a day is not asked for, and why."""
        return self._post(request, code)
