"""GET and POST /contracts/{reference}/claim-terms: how long a vendor has for claims."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contracts.api.base import MANAGE, READ, ListView, one
from contracts.api.editing import StrictSerializer, body_of, check_match, refusals, refuse_managed
from contracts.api.examples import asked, example
from contracts.api.fields import Choice, Day, Whole
from contracts.api.headers import if_match
from contracts.models import Amendment, Contract
from contracts.selectors import scope as contracts_scope
from contracts.selectors.duties import Duty
from contracts.services.writing import lock, writing
from metrics.casework.terms import claim_terms_set
from metrics.models import ClaimTerms
from metrics.models.relief import DISPUTE_DAYS, RELIEF_DAYS
from metrics.selectors import scope as scoped

_EXAMPLE = {
    "valid_from": "2026-07-01",
    "amendment": 2,
    "dispute_days": 14,
    "dispute_from": "report",
    "relief_days": 10,
    "relief_from": "occurrence",
    "credit_days": 30,
    "credit_from": "final",
}
_STARTS = "final: the final result; period_end; report: the first scorecard published that covers "
_STARTS += "the period; occurrence: the end of the event that a claim is about."


@extend_schema_serializer(examples=example({"contract": "NW-2024-01", **_EXAMPLE}, "200", "201"))
class ClaimTermsSerializer(serializers.ModelSerializer[ClaimTerms]):
    """How long the vendor has for claims about periods that begin on a day or later."""

    contract = serializers.CharField(source="contract.reference", read_only=True)
    amendment = serializers.IntegerField(
        source="amendment.number", allow_null=True, default=None, read_only=True
    )

    class Meta:
        model = ClaimTerms
        fields = ("contract", *_EXAMPLE)
        read_only_fields = fields


def _days(what: str, **more: Any) -> Whole:
    return Whole(min_value=0, max_value=366, required=False, help_text=what, **more)


def _start() -> Choice:
    return Choice(choices=ClaimTerms.Start.choices, required=False, help_text=_STARTS)


@extend_schema_serializer(examples=asked(_EXAMPLE))
class ClaimTermsBody(StrictSerializer):
    """Days for claims from a day on; earlier periods keep theirs."""

    valid_from = Day(help_text="Of periods that begin on it or later.")
    amendment = Whole(
        min_value=1, max_value=32_767, required=False, allow_null=True, help_text="Its number."
    )
    dispute_days = _days(f"To dispute a failure; {DISPUTE_DAYS} unless stated.")
    dispute_from = _start()
    relief_days = _days(f"To claim relief; {RELIEF_DAYS} unless stated.")
    relief_from = _start()
    credit_days = _days(
        "To claim a service credit, which lapses then; null: without a limit.", allow_null=True
    )
    credit_from = _start()


class ClaimTermsList(ListView):
    """The days a contract states for claims, one row per version; without any, the usual ones
    hold."""

    serializer_class = ClaimTermsSerializer
    scopes = {"GET": (READ,), "POST": (MANAGE,)}
    duties = {"POST": (Duty.TERMS,)}
    stamped_by = ""

    def get_queryset(self) -> QuerySet[ClaimTerms]:
        reference = self.kwargs.get("reference")
        if reference is not None:
            one(contracts_scope.contracts(self.scope), reference=reference)
        found = scoped.claim_terms(self.scope).filter(contract__reference=reference)
        return found.select_related("contract", "amendment")

    @extend_schema(
        request=ClaimTermsBody,
        responses={201: OpenApiResponse(ClaimTermsSerializer, "They hold from that day on.")},
        parameters=[if_match(of="contract")],
        filters=False,
        description="State how long the vendor has for claims from a day on. What is stated for "
        "a day stays; state others from a later one.",
    )
    def post(self, request: Request, reference: str) -> Response:
        contract: Contract = one(contracts_scope.contracts(self.scope), reference=reference)
        said = body_of(ClaimTermsBody, request)
        with refusals(), writing():
            lock(contract)
            check_match(request, contract)
            refuse_managed(contract)
            amendment = _amendment(contract, said.pop("amendment", None))
            line = claim_terms_set(contract=contract, amendment=amendment, **said)
        return Response(self.get_serializer(line).data, HTTPStatus.CREATED)


def _amendment(contract: Contract, number: int | None) -> Amendment | None:
    """Raises ValidationError for a number the contract does not have."""
    if number is None:
        return None
    found = contract.amendments.filter(number=number).first()
    if found is None:
        raise ValidationError({"amendment": f"Amendment {number} is not among the contract's."})
    return found
