"""/credit-notes and /invoice-checks: what is credited, and what invoices make of it."""

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
from contracts.api.editing import StrictSerializer, body_of
from contracts.api.examples import asked, example
from contracts.api.fields import Coded, Day, Text
from contracts.api.headers import location
from contracts.selectors import scope as contract_scope
from contracts.selectors.duties import Duty
from contracts.services.currencies import exact_amount
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.filters import choices, codes
from kpotracker.toolkit.pagination import updated
from metrics.api import money_examples
from metrics.api.conflicts import conflicts
from metrics.credits.invoices import lines_of
from metrics.credits.notes import note_issue
from metrics.credits.reconciling import invoice_check, invoice_confirm
from metrics.models import CreditNote, InvoiceCheck
from metrics.selectors import scope as scoped
from metrics.selectors.spans import SpanError, parse_span

_OF_VENDOR = codes(
    "vendor", lambda found: Q(contract__vendor__code__in=found), "Vendor code", "northwind"
)
_OF_CONTRACT = codes(
    "contract", lambda found: Q(contract__reference__in=found), "Reference", "NW-2024-01"
)


@extend_schema_serializer(examples=example(money_examples.NOTE, "200", "201"))
class CreditNoteSerializer(serializers.ModelSerializer[CreditNote]):
    """A credit note as it was issued; it never changes."""

    reference = serializers.CharField(source="body.reference", read_only=True)
    vendor = serializers.CharField(source="contract.vendor.code", read_only=True)
    contract = serializers.CharField(source="contract.reference", read_only=True)
    corrects = serializers.CharField(
        source="body.corrects", read_only=True, help_text="The note it refers to, or empty."
    )
    total = serializers.SerializerMethodField()
    lines = serializers.ListField(
        source="body.lines",
        child=serializers.DictField(),
        read_only=True,
        help_text="Its postings with clause, amounts as exact text, and how each came.",
    )

    class Meta:
        model = CreditNote
        fields = tuple(money_examples.NOTE)
        read_only_fields = fields
        extra_kwargs = {"digest": {"help_text": "SHA-256 of what it says."}}

    def get_total(self, note: CreditNote) -> str:
        """Exact, in the currency's own unit; below 0 it takes back."""
        return str(exact_amount(note.total_minor, note.currency))


@extend_schema_serializer(examples=asked(money_examples.NOTE_NEW))
class CreditNoteBody(StrictSerializer):
    """A note to issue for a credit period."""

    contract = Coded(contract_scope.contracts, "reference", "contract", help_text="Reference.")
    period = Text(max_length=24, help_text="The credit period, such as 2026-03 or 2026-Q1.")

    def validate_period(self, said: str) -> Any:
        try:
            return parse_span(said)
        except SpanError as error:
            raise serializers.ValidationError(str(error)) from None


class _Notes(ApiMixin):
    def get_queryset(self) -> QuerySet[CreditNote]:
        return scoped.credit_notes(self.scope).select_related("contract__vendor")


@extend_schema_view(
    post=extend_schema(
        request=CreditNoteBody,
        responses={201: OpenApiResponse(CreditNoteSerializer, "Issued; see Location.")},
        parameters=[location("The address of the note.", 201)],
        description="Issue the credit note of a credit period, for good.",
        filters=False,
    )
)
class CreditNoteList(_Notes, ListView):
    """Credit notes, those issued last at the end."""

    serializer_class = CreditNoteSerializer
    scopes = {"GET": (READ,), "POST": (MANAGE,)}
    duties = {"POST": (Duty.CASES,)}
    filters = (_OF_VENDOR, _OF_CONTRACT, *updated())

    def post(self, request: Request) -> Response:
        given = body_of(CreditNoteBody, request, context={"scope": self.scope})
        with conflicts():
            note = note_issue(
                contract=given["contract"], span=given["period"], scope=self.scope, as_of=now()
            )
        note.refresh_from_db()
        path = request.build_absolute_uri(reverse("api:credit-note", args=[note.pk]))
        body = CreditNoteSerializer(note).data
        return Response(body, status=HTTPStatus.CREATED, headers={"Location": path})


class CreditNoteDetail(_Notes, DetailView):
    """One credit note."""

    serializer_class = CreditNoteSerializer


@extend_schema_serializer(examples=example(money_examples.CHECK, "200", "201"))
class InvoiceCheckSerializer(serializers.ModelSerializer[InvoiceCheck]):
    """An invoice held against the ledger. `found`: a row for each of its lines and for what it
    leaves out, with `outcome` matched, missing, more_than_owed, less_than_owed or unknown."""

    contract = serializers.CharField(source="contract.reference", read_only=True)
    found = serializers.ListField(
        child=serializers.DictField(), read_only=True, help_text="A row for each line."
    )

    class Meta:
        model = InvoiceCheck
        fields = tuple(money_examples.CHECK)
        read_only_fields = fields


class InvoiceLineBody(StrictSerializer):
    """A credit line of an invoice."""

    line = Text(required=False, max_length=100, help_text="What the invoice calls it.")
    kpi = Text(required=False, allow_blank=True, max_length=90, help_text="Empty: carried over.")
    period = Text(max_length=24, help_text="Period of service, such as 2026-03.")
    amount = Text(max_length=24, help_text='Exact, as text: "1500.00".')
    currency = Text(required=False, max_length=3, help_text="ISO 4217; has to be the contract's.")


@extend_schema_serializer(examples=asked(money_examples.CHECK_NEW))
class InvoiceCheckBody(StrictSerializer):
    """An invoice to check."""

    contract = Coded(contract_scope.contracts, "reference", "contract", help_text="Reference.")
    invoice = Text(max_length=100, help_text="Number of the invoice.")
    invoice_day = Day(help_text="Date of the invoice.")
    lines = InvoiceLineBody(many=True)


class _Checks(ApiMixin):
    def get_queryset(self) -> QuerySet[InvoiceCheck]:
        return scoped.invoice_checks(self.scope).select_related("contract__vendor")


@extend_schema_view(
    post=extend_schema(
        request=InvoiceCheckBody,
        responses={201: OpenApiResponse(InvoiceCheckSerializer, "Checked; see Location.")},
        parameters=[location("The address of the check.", 201)],
        description="Hold an invoice's credit lines against the ledger; nothing moves.",
        filters=False,
    )
)
class InvoiceCheckList(_Checks, ListView):
    """Checks of invoices, those changed last at the end."""

    serializer_class = InvoiceCheckSerializer
    scopes = {"GET": (READ,), "POST": (MANAGE,)}
    duties = {"POST": (Duty.CASES,)}
    filters = (
        _OF_VENDOR,
        _OF_CONTRACT,
        choices("state", InvoiceCheck.State.values, "state", "State"),
        *updated(),
    )

    def post(self, request: Request) -> Response:
        given = body_of(InvoiceCheckBody, request, context={"scope": self.scope})
        with conflicts():
            check = invoice_check(
                contract=given["contract"],
                invoice=given["invoice"],
                invoice_day=given["invoice_day"],
                lines=lines_of(given["lines"], given["contract"]),
                scope=self.scope,
                as_of=now(),
            )
        check.refresh_from_db()
        path = request.build_absolute_uri(reverse("api:invoice-check", args=[check.pk]))
        body = InvoiceCheckSerializer(check).data
        return Response(body, status=HTTPStatus.CREATED, headers={"Location": path})


class InvoiceCheckDetail(_Checks, DetailView):
    """One check of an invoice."""

    serializer_class = InvoiceCheckSerializer


class InvoiceCheckConfirm(_Checks):
    """Have what matched stand on the invoice. 409 where the ledger changed since."""

    scopes = {"POST": (MANAGE,)}
    duties = {"POST": (Duty.CASES,)}

    @extend_schema(
        request=None,
        responses={200: OpenApiResponse(InvoiceCheckSerializer, "The check as it is now.")},
    )
    def post(self, request: Request, pk: int) -> Response:
        found = one(self.get_queryset(), pk=pk)
        with conflicts():
            invoice_confirm(check_id=found.pk, scope=self.scope, as_of=now())
        return Response(InvoiceCheckSerializer(one(self.get_queryset(), pk=pk)).data)
