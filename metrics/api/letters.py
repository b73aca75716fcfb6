"""/letters: written, downloaded, and noted as served."""

from http import HTTPStatus
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiResponse,
    extend_schema,
    extend_schema_serializer,
    extend_schema_view,
)
from rest_framework import serializers
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response

from contracts.api.base import MANAGE, READ, ApiMixin, DetailView, ListView, one
from contracts.api.editing import StrictSerializer, body_of, tagged
from contracts.api.examples import asked, example
from contracts.api.fields import Choice, Coded, Day, Numbered, Text
from contracts.api.headers import location
from contracts.selectors import scope as contract_scope
from contracts.selectors.duties import Duty
from contracts.services.acting import actor_of
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.filters import choices, codes, days
from kpotracker.toolkit.pagination import updated
from metrics.api import money_examples
from metrics.api.conflicts import conflicts
from metrics.letters.composing import Request as Asked
from metrics.letters.making import letter_make, letter_serve
from metrics.letters.subjects import Subject, subject_of_case
from metrics.models import Letter
from metrics.models.letters import LetterKind
from metrics.selectors import scope as scoped
from metrics.selectors.breaches import name_within

_WRITING = (Duty.CASES, Duty.TERMS)
_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@extend_schema_serializer(examples=example(money_examples.LETTER, "200", "201"))
class LetterSerializer(serializers.ModelSerializer[Letter]):
    """A letter as it was made. A vendor's key reads its own once they were served."""

    vendor = serializers.CharField(source="contract.vendor.code", read_only=True)
    contract = serializers.CharField(source="contract.reference", read_only=True)
    breach = serializers.IntegerField(
        source="case_id", read_only=True, allow_null=True, help_text="The case it is about."
    )
    text = serializers.CharField(
        source="copy.text", read_only=True, help_text="What it says, as plain text."
    )
    made_by = serializers.SerializerMethodField()
    pdf_url = serializers.SerializerMethodField()
    docx_url = serializers.SerializerMethodField()

    class Meta:
        model = Letter
        fields = tuple(money_examples.LETTER)
        read_only_fields = fields
        extra_kwargs = {
            "digest": {"help_text": "SHA-256 of what it says."},
            "served_by": {"help_text": "How it was served; empty before."},
        }

    def get_made_by(self, letter: Letter) -> str:
        """A vendor's key reads "the buyer"."""
        return name_within(self.context["view"].scope, letter.made_by)

    def get_pdf_url(self, letter: Letter) -> str:
        """Where its PDF is."""
        return self._url("letter-pdf", letter)

    def get_docx_url(self, letter: Letter) -> str:
        """Where its DOCX is."""
        return self._url("letter-docx", letter)

    def _url(self, name: str, letter: Letter) -> str:
        path = reverse(f"api:{name}", args=[letter.pk])
        return str(self.context["request"].build_absolute_uri(path))


@extend_schema_serializer(examples=asked(money_examples.LETTER_NEW))
class LetterBody(StrictSerializer):
    """A letter to make: about a breach case, about a contract (a notice of non-renewal), or about
    the credits of a contract's credit period (a claim with `contract` and `first_day`)."""

    kind = Choice(choices=LetterKind.choices)
    breach = Numbered(scoped.cases, "breach case", required=False, help_text="Number of the case.")
    contract = Coded(
        contract_scope.contracts, "reference", "contract", required=False, help_text="Reference."
    )
    first_day = Day(required=False, help_text="First day of the credit period of a claim.")
    paragraph = Text(required=False, allow_blank=True, max_length=6000, help_text="In your words.")
    recipient = Text(required=False, allow_blank=True, max_length=1000, help_text="A line each.")
    sender = Text(required=False, allow_blank=True, max_length=1000, help_text="A line each.")
    answer_by = Day(required=False, help_text="The day an answer is asked for by.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("breach" in attrs) == ("contract" in attrs):
            raise serializers.ValidationError("State what it is about: breach or contract.")
        if "first_day" in attrs and "contract" not in attrs:
            raise serializers.ValidationError({"first_day": "It belongs to a contract: name one."})
        return attrs


class _Letters(ApiMixin):
    def get_queryset(self) -> QuerySet[Letter]:
        return scoped.letters(self.scope).select_related("contract__vendor", "copy")

    def answer(self, letter: Letter, status: int = HTTPStatus.OK, **headers: str) -> Response:
        """The letter as it is stored now."""
        stored = one(self.get_queryset(), pk=letter.pk)
        context = {"request": self.request, "view": self}
        body = LetterSerializer(stored, context=context).data
        return tagged(Response(body, status=status, headers=headers), stored)


@extend_schema_view(
    post=extend_schema(
        request=LetterBody,
        responses={201: OpenApiResponse(LetterSerializer, "Made; see Location.")},
        parameters=[location("The address of the letter.", 201)],
        description="Make a letter with the figures filled in; what it says stays. 409 where there "
        "is nothing to write about.",
        filters=False,
    )
)
class LetterList(_Letters, ListView):
    """Letters, those changed last at the end."""

    serializer_class = LetterSerializer
    scopes = {"GET": (READ,), "POST": (MANAGE,)}
    duties = {"POST": _WRITING}
    filters = (
        codes(
            "vendor", lambda found: Q(contract__vendor__code__in=found), "Vendor code", "northwind"
        ),
        codes(
            "contract", lambda found: Q(contract__reference__in=found), "Reference", "NW-2024-01"
        ),
        choices("kind", LetterKind.values, "kind", "Kind of letter"),
        choices("state", Letter.State.values, "state", "State"),
        *days("served_on", "Letters served"),
        *updated(),
    )

    def post(self, request: Request) -> Response:
        given = body_of(LetterBody, request, context={"scope": self.scope})
        with conflicts():
            letter = letter_make(request=self._asked(given), scope=self.scope, as_of=now())
        path = request.build_absolute_uri(reverse("api:letter", args=[letter.pk]))
        return self.answer(letter, HTTPStatus.CREATED, Location=path)

    def _asked(self, given: dict[str, Any]) -> Asked:
        case, contract = given.pop("breach", None), given.pop("contract", None)
        first_day = given.pop("first_day", None)
        subject = subject_of_case(case) if case else Subject(_some(contract), first_day=first_day)
        return Asked(subject=subject, by=actor_of(self.scope).name, **given)


class LetterDetail(_Letters, DetailView):
    """One letter."""

    serializer_class = LetterSerializer

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.answer(self.get_object())


@extend_schema_serializer(examples=asked(money_examples.SERVICE))
class ServiceBody(StrictSerializer):
    """How a letter was served. Attach the proof on its page."""

    served_on = Day()
    way = Choice(choices=Letter.Way.choices, help_text="How it was served.")
    reference = Text(required=False, allow_blank=True, max_length=200, help_text="Its number.")
    received_on = Day(required=False, help_text="By itself the day it was served.")


class LetterService(_Letters):
    """Note how a letter was served; from then on the vendor sees it. 409 for one that was."""

    scopes = {"POST": (MANAGE,)}
    duties = {"POST": _WRITING}

    @extend_schema(
        request=ServiceBody,
        responses={200: OpenApiResponse(LetterSerializer, "The letter as it is now.")},
    )
    def post(self, request: Request, pk: int) -> Response:
        letter = one(self.get_queryset(), pk=pk)
        given = body_of(ServiceBody, request)
        with conflicts():
            letter_serve(letter_id=letter.pk, scope=self.scope, as_of=now(), **given)
        return self.answer(letter)


class OneKind(DefaultContentNegotiation):
    """The address says which kind of file it is, whatever is accepted."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class _LetterFile(_Letters):
    content_negotiation_class = OneKind
    kind: ClassVar[str]

    def file(self, pk: int) -> HttpResponse:
        copy = scoped.letter_copies(self.scope).filter(letter_id=pk).first()
        if copy is None:
            raise Http404
        answer = HttpResponse(bytes(getattr(copy, self.kind)), content_type=_TYPES[self.kind])
        answer["Content-Disposition"] = f'attachment; filename="letter-{pk}.{self.kind}"'
        return answer


class LetterPdf(_LetterFile):
    """The PDF of a letter, byte for byte as it was made."""

    kind = "pdf"

    @extend_schema(operation_id="letter_pdf", responses={(200, _TYPES["pdf"]): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int) -> HttpResponse:
        return self.file(pk)


class LetterDocx(_LetterFile):
    """The DOCX of a letter, byte for byte as it was made."""

    kind = "docx"

    @extend_schema(
        operation_id="letter_docx", responses={(200, _TYPES["docx"]): OpenApiTypes.BINARY}
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        return self.file(pk)


def _some(contract: Any) -> Any:
    if contract is None:
        raise ValidationError({"contract": "Name one."})
    return contract
