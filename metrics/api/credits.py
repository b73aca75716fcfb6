"""/credit-entries and /currency-rates: the credit ledger, what is done with its postings, rates."""

from decimal import Decimal, InvalidOperation
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
from contracts.api.editing import StrictSerializer, body_of, check_match, refusals, tagged
from contracts.api.examples import asked, example
from contracts.api.fields import Choice, Day, Text
from contracts.api.headers import etag, if_match, location
from contracts.selectors.duties import Duty
from contracts.services.currencies import exact_amount
from contracts.services.writing import lock, writing
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.filters import choices, codes, days
from kpotracker.toolkit.pagination import updated
from metrics.api import money_examples
from metrics.api.conflicts import conflicts
from metrics.credits.moving import credit_move
from metrics.credits.notes import clause_of, state_of
from metrics.credits.rates import rate_set
from metrics.models import CreditEntry, CurrencyRate
from metrics.selectors import scope as scoped
from metrics.selectors.credits import entries_list


@extend_schema_serializer(examples=example(money_examples.ENTRY))
class CreditEntrySerializer(serializers.ModelSerializer[CreditEntry]):
    """A posting of the credit ledger. A vendor's key reads those the vendor was told of."""

    vendor = serializers.CharField(source="contract.vendor.code", read_only=True)
    contract = serializers.CharField(source="contract.reference", read_only=True)
    kpi = serializers.CharField(
        source="kpi_period.kpi.code",
        read_only=True,
        default=None,
        allow_null=True,
        help_text="Null for what was carried over.",
    )
    period = serializers.CharField(
        source="kpi_period.label", read_only=True, default=None, allow_null=True
    )
    corrects = serializers.IntegerField(
        source="corrects_id",
        read_only=True,
        allow_null=True,
        help_text="The first posting of its line, of every later one.",
    )
    amount = serializers.SerializerMethodField()
    clause = serializers.SerializerMethodField()
    state = serializers.SerializerMethodField()
    state_at = serializers.DateTimeField(read_only=True, help_text="Since when it stands there.")
    steps = serializers.ListField(
        child=serializers.CharField(), read_only=True, help_text="How it came, as sentences."
    )

    class Meta:
        model = CreditEntry
        fields = tuple(money_examples.ENTRY)
        read_only_fields = fields

    def get_amount(self, entry: CreditEntry) -> str:
        """Exact, in the currency's own unit; below 0 it gives back."""
        return str(exact_amount(entry.amount_minor, entry.currency))

    def get_clause(self, entry: CreditEntry) -> str:
        """Of the rule, or else of the contract's credit terms."""
        return clause_of(entry)

    def get_state(self, entry: CreditEntry) -> str:
        """Computed, notified, agreed, disputed, on_invoice, closed or lapsed."""
        return state_of(entry)


class CreditEntryList(ListView):
    """The credit ledger, those postings changed last at the end."""

    serializer_class = CreditEntrySerializer
    filters = (
        codes(
            "vendor", lambda found: Q(contract__vendor__code__in=found), "Vendor code", "northwind"
        ),
        codes(
            "contract", lambda found: Q(contract__reference__in=found), "Reference", "NW-2024-01"
        ),
        codes("kpi", lambda found: Q(kpi_period__kpi__code__in=found), "KPI code", "desk-resolve"),
        choices("kind", CreditEntry.Kind.values, "kind", "Kind of posting"),
        choices("state", CreditEntry.State.values, "state", "State"),
        *days("last_day", "Periods of service whose last day is"),
        *updated(),
    )

    def get_queryset(self) -> QuerySet[CreditEntry]:
        return entries_list(scope=self.scope)


class CreditEntryDetail(DetailView):
    """One posting of the credit ledger."""

    serializer_class = CreditEntrySerializer

    def get_queryset(self) -> QuerySet[CreditEntry]:
        return entries_list(scope=self.scope)

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        found = self.get_object()
        return tagged(Response(self.get_serializer(found).data), found)


class CreditMoveBody(StrictSerializer):
    """Where a posting is moved. A vendor agrees or disputes; the rest is the buyer's."""

    to = Choice(choices=[state for state in CreditEntry.State.values if state != "computed"])
    reason = Text(
        required=False,
        max_length=4000,
        help_text="Needed to dispute and to lapse; the number of the invoice with on_invoice.",
    )


class CreditTransitions(ApiMixin):
    """Move a posting of the credit ledger: notify, agree, dispute, put on an invoice, close, lapse.

    409 where it stands elsewhere.
    """

    scopes = {"POST": (MANAGE,)}
    duties = {"POST": (Duty.CASES, Duty.CONTEST)}

    @extend_schema(
        request=CreditMoveBody,
        responses={200: OpenApiResponse(CreditEntrySerializer, "The posting as it is now.")},
        parameters=[if_match(), etag()],
        examples=asked({"to": "notified"}),
    )
    def post(self, request: Request, pk: int) -> Response:
        found: CreditEntry = one(scoped.credit_entries(self.scope), pk=pk)
        given = body_of(CreditMoveBody, request)
        with conflicts(), writing():
            lock(found)
            check_match(request, found)
            credit_move(
                entry_id=found.pk,
                to=given["to"],
                reason=given.get("reason", ""),
                scope=self.scope,
                as_of=now(),
            )
        moved = one(entries_list(scope=self.scope), pk=pk)
        return tagged(Response(CreditEntrySerializer(moved).data), moved)


@extend_schema_serializer(examples=example(money_examples.RATE, "200", "201"))
class CurrencyRateSerializer(serializers.ModelSerializer[CurrencyRate]):
    """What one unit of `base` cost in `quote` on a day, for portfolio figures only."""

    rate = serializers.CharField(read_only=True, help_text="Exact, above 0.")

    class Meta:
        model = CurrencyRate
        fields = tuple(money_examples.RATE)
        read_only_fields = fields


@extend_schema_serializer(examples=asked(money_examples.RATE_NEW))
class CurrencyRateBody(StrictSerializer):
    """A rate to state; one of the same currencies and day is replaced."""

    base = Text(max_length=3, help_text="ISO 4217.")
    quote = Text(max_length=3, help_text="ISO 4217.")
    day = Day(help_text="The day it held on.")
    rate = Text(max_length=40, help_text='Exact, as text: "0.92".')
    source = Text(  # type: ignore[assignment]  # a field's own attribute; here a member
        required=False, max_length=200, help_text="Where it comes from."
    )

    def validate_rate(self, said: str) -> Decimal:
        try:
            found = Decimal(said)
        except InvalidOperation:
            found = Decimal("NaN")
        if not found.is_finite():
            raise serializers.ValidationError('This is not a rate: write a number such as "0.92".')
        return found


@extend_schema_view(
    post=extend_schema(
        request=CurrencyRateBody,
        responses={201: OpenApiResponse(CurrencyRateSerializer, "Stated.")},
        parameters=[location("The list of rates.", 201)],
        description="State a rate of exchange for portfolio figures.",
        filters=False,
    )
)
class CurrencyRateList(ListView):
    """Rates of exchange, those changed last at the end."""

    serializer_class = CurrencyRateSerializer
    scopes = {"GET": (READ,), "POST": (MANAGE,)}
    duties = {"POST": (Duty.TERMS,)}
    filters = (
        codes("base", lambda found: Q(base__in=found), "Currency", "USD"),
        codes("quote", lambda found: Q(quote__in=found), "Currency", "EUR"),
        *days("day", "Rates whose day is"),
        *updated(),
    )

    def get_queryset(self) -> QuerySet[CurrencyRate]:
        return scoped.currency_rates(self.scope)

    def post(self, request: Request) -> Response:
        given = body_of(CurrencyRateBody, request)
        with refusals():
            rate = rate_set(**given)
        rate.refresh_from_db()
        headers = {"Location": request.build_absolute_uri(reverse("api:currency-rates"))}
        body = CurrencyRateSerializer(rate).data
        return Response(body, status=HTTPStatus.CREATED, headers=headers)
