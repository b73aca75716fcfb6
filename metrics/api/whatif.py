"""POST /whatif: proposed terms judged against past rows, without touching anything."""

from datetime import date
from typing import Any, cast

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from contracts.api.base import READ, ApiMixin
from contracts.api.throttles import EXPORT
from contracts.selectors.duties import Duty
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.filters import Parameter, UnreadableError
from kpotracker.toolkit.problems import InputError, InvalidInputError
from metrics.api import whatif_examples as examples
from metrics.api.bodies import check_length
from metrics.api.portfolio_bodies import TYPES, PortfolioBody, PortfolioText, refusal_of
from metrics.api.whatif_bodies import BackTestSerializer
from metrics.backtests.documents import document_of
from metrics.backtests.figures import NotBackTestableError
from metrics.backtests.running import terms_backtest
from metrics.portfolio import PortfolioError
from metrics.selectors.spans import Span, SpanError, parse_span


def _read_span(text: str) -> Span:
    try:
        return parse_span(text)
    except SpanError as error:
        raise UnreadableError(str(error)) from None


class TermsBackTest(ApiMixin):
    """Judge proposed terms against the past: failures, verdicts and credits then and now.

    The body is a portfolio file that states only what changes, as YAML or as JSON: of a KPI its
    `service_levels`, how it is measured, `definitions`, `credit` and `relief`, of a contract its
    `credits`. A line without `valid_from` holds for the whole range. All problems come at once.
    Nothing is changed and nothing is kept. Vendors are refused. At most 2,000 figures (KPIs ×
    periods) are computed for one request.
    """

    pace = EXPORT
    scopes = {"POST": (READ,)}
    duties = {"POST": (Duty.INTERNAL,)}
    parser_classes = (PortfolioBody,)
    filters = (
        Parameter(
            "since",
            _read_span,
            "The first month, quarter, year or day: periods that begin then or later.",
            required=True,
            example="2024-11",
        ),
        Parameter(
            "until",
            _read_span,
            "The last month, quarter, year or day; left out: today.",
            example="2026-10",
        ),
        Parameter(
            "contract", str, "Tell of the contract of this reference alone.", example="NW-2024-01"
        ),
        Parameter("kpi", str, "Tell of the KPI of this code alone.", example="desk-resolve"),
    )

    @extend_schema(
        request=dict.fromkeys(TYPES, OpenApiTypes.STR) | {"application/json": OpenApiTypes.OBJECT},
        responses={200: OpenApiResponse(BackTestSerializer, "Then and now.")},
        examples=[
            OpenApiExample(
                "terms", examples.TERMS, request_only=True, media_type="application/json"
            )
        ],
    )
    def post(self, request: Request) -> Response:
        check_length(request)
        body = cast(PortfolioText, request.data)
        as_of = now()
        try:
            found = terms_backtest(
                text=body.text,
                is_json=body.is_json,
                since=self.query["since"].first_day,
                until=self._until(as_of.date()),
                scope=self.scope,
                as_of=as_of,
                contract=self.query.get("contract"),
                kpi=self.query.get("kpi"),
            )
        except PortfolioError as error:
            raise refusal_of(error, is_json=body.is_json) from None
        except NotBackTestableError as error:
            raise InvalidInputError([InputError(f"{error}.", pointer="#")]) from None
        told: dict[str, Any] = document_of(found)
        return Response(told)

    def _until(self, today: date) -> date:
        until: Span | None = self.query.get("until")
        return until.last_day if until else today
