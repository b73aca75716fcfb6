"""/contracts/{reference}/credit-terms and /kpis/{code}/credit-rules: what was agreed of credits."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ModelSerializer

from contracts.api.base import MANAGE, READ, ListView, one
from contracts.api.editing import StrictSerializer, body_of
from contracts.api.headers import if_match
from contracts.models import Contract
from contracts.selectors import scope as contracts_scope
from contracts.selectors.duties import Duty
from metrics.api.amending import terms_held
from metrics.api.credit_bodies import (
    CreditRuleBody,
    CreditRuleSerializer,
    CreditTermsBody,
    CreditTermsSerializer,
)
from metrics.credits.stating import credit_rule_state, credit_terms_state
from metrics.models import CreditRule, CreditTerms, Kpi
from metrics.selectors import scope as scoped

_JOINED = ("contract__vendor", "process__contract__vendor")


def _described(
    body: type[StrictSerializer], row: type[ModelSerializer[Any]], of: str, what: str
) -> Callable[[Any], Any]:
    return extend_schema(
        request=body,
        responses={
            200: OpenApiResponse(row, "What was stated for that day is replaced."),
            201: OpenApiResponse(row, "It holds from that day on."),
        },
        parameters=[if_match(of=of)],
        filters=False,
        description=f"{what} What is stated for the same day is replaced, as long as no credit was "
        "posted for its time; add a line with a later day then.",
    )


class _DatedList(ListView):
    """Dated lines of one contract or KPI, oldest first, and POST to state one."""

    scopes = {"GET": (READ,), "POST": (MANAGE,)}
    duties = {"POST": (Duty.TERMS,)}
    stamped_by = ""
    body: ClassVar[type[StrictSerializer]]

    def stated(self, request: Request, record: Contract | Kpi) -> Response:
        """State the line of the body, for a record as it is now."""
        said = body_of(self.body, request)
        with terms_held(request, record):
            day = said.pop("valid_from")
            is_new = not self.get_queryset().filter(valid_from=day).exists()
            line = self.state(record, valid_from=day, stated=said)
        status = HTTPStatus.CREATED if is_new else HTTPStatus.OK
        return Response(self.get_serializer(line).data, status)

    def state(self, record: Any, **given: Any) -> Any:
        """Hand the line to its service."""
        raise NotImplementedError


class CreditTermsList(_DatedList):
    """What a contract agrees about service credits, one row per version."""

    serializer_class = CreditTermsSerializer
    body = CreditTermsBody

    def get_queryset(self) -> QuerySet[CreditTerms]:
        reference = self.kwargs.get("reference")
        if reference is not None:
            one(contracts_scope.contracts(self.scope), reference=reference)
        found = scoped.credit_terms(self.scope).filter(contract__reference=reference)
        return found.select_related("contract", "amendment").order_by("valid_from")

    @_described(
        CreditTermsBody,
        CreditTermsSerializer,
        "contract",
        "State what is agreed about service credits, for credit periods that begin on a day or "
        "later.",
    )
    def post(self, request: Request, reference: str) -> Response:
        return self.stated(request, one(contracts_scope.contracts(self.scope), reference=reference))

    def state(self, record: Contract, **given: Any) -> CreditTerms:
        return credit_terms_state(contract=record, **given)


class CreditRuleList(_DatedList):
    """What a failure of a KPI gives, one row per version."""

    serializer_class = CreditRuleSerializer
    body = CreditRuleBody

    def get_queryset(self) -> QuerySet[CreditRule]:
        code = self.kwargs.get("code")
        if code is not None:
            one(scoped.kpis(self.scope), code=code)
        found = scoped.credit_rules(self.scope).filter(kpi__code=code)
        return found.select_related("kpi", "amendment").order_by("valid_from")

    @_described(
        CreditRuleBody,
        CreditRuleSerializer,
        "KPI",
        "State what a failure gives, for periods that begin on a day or later. Only a critical "
        "service level carries credits, and the contract has to state credit terms.",
    )
    def post(self, request: Request, code: str) -> Response:
        kpi = one(scoped.kpis(self.scope).select_related(*_JOINED), code=code)
        return self.stated(request, kpi)

    def state(self, record: Kpi, **given: Any) -> CreditRule:
        return credit_rule_state(kpi=record, **given)
