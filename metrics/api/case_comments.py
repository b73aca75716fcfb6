"""GET and POST /breaches/{id}/comments: what both sides say on a case, and notes among buyers."""

from http import HTTPStatus

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

from contracts.api.authentication import refuse_without
from contracts.api.base import MANAGE, READ, ApiMixin, DetailView, ListView, one
from contracts.api.editing import StrictSerializer, body_of
from contracts.api.examples import example
from contracts.api.fields import Flag, Text
from contracts.api.headers import location
from contracts.selectors.duties import Duty
from kpotracker.toolkit.filters import flag
from metrics.api import daily_examples
from metrics.api.conflicts import conflicts
from metrics.casework.handling import comment_add
from metrics.models import BreachCase, CaseComment
from metrics.selectors import scope as scoped
from metrics.selectors.breaches import comments_of, told_of

_LONGEST = 10_000
_LOCATION = location("The address of the comment.", 201)


@extend_schema_serializer(examples=example(daily_examples.COMMENT, "200", "201"))
class CommentSerializer(serializers.ModelSerializer[CaseComment]):
    """What was said on a case; it is never changed. A vendor's key reads "the buyer" for the
    buyer's people and programs, and no internal note."""

    breach = serializers.IntegerField(source="case_id", read_only=True)
    by = serializers.SerializerMethodField()

    class Meta:
        model = CaseComment
        fields = ("id", "breach", "by", "body", "is_internal", "at")
        read_only_fields = fields

    def get_by(self, comment: CaseComment) -> str:
        """The person, or the program by its key."""
        return told_of(comment, self.context["view"].scope)


class CommentBody(StrictSerializer):
    """A comment that both sides read, or an internal note that the vendor never sees."""

    body = Text(max_length=_LONGEST)
    is_internal = Flag(default=False)


class _OfCase(ApiMixin):
    scopes = {"GET": (READ,)}

    def case(self) -> BreachCase:
        found: BreachCase = one(scoped.cases(self.scope), pk=self.kwargs["pk"])
        return found

    def get_queryset(self) -> QuerySet[CaseComment]:
        return comments_of(self.case(), scope=self.scope)


@extend_schema_view(
    post=extend_schema(
        request=CommentBody,
        responses={201: OpenApiResponse(CommentSerializer, "Written; see Location.")},
        parameters=[_LOCATION],
        description="Write on a case: to both sides, or with `is_internal` among buyers.",
        filters=False,
    )
)
class CommentList(_OfCase, ListView):
    """What is said on a case, oldest first."""

    serializer_class = CommentSerializer
    scopes = {"GET": (READ,), "POST": (MANAGE,)}
    duties = {"POST": (Duty.COMMENT, Duty.INTERNAL)}
    stamped_by = ""
    filters = (
        flag("is_internal", lambda inside: Q(is_internal=inside), "true: only notes among buyers."),
    )

    def post(self, request: Request, pk: int) -> Response:
        case, given = self.case(), body_of(CommentBody, request)
        refuse_without(self.scope, Duty.INTERNAL if given["is_internal"] else Duty.COMMENT)
        with conflicts():
            written = comment_add(case_id=case.pk, scope=self.scope, **given)
        context = {"request": request, "view": self}
        path = reverse("api:breach-comment", args=[case.pk, written.pk])
        body = CommentSerializer(written, context=context).data
        headers = {"Location": request.build_absolute_uri(path)}
        return Response(body, status=HTTPStatus.CREATED, headers=headers)


class CommentDetail(_OfCase, DetailView):
    """One comment on a case."""

    serializer_class = CommentSerializer

    def get_object(self) -> CaseComment:
        found: CaseComment = one(self.get_queryset(), pk=self.kwargs["comment"])
        return found
