"""GET /portfolio, POST /portfolio/plan and /portfolio/apply: the portfolio file over HTTP."""

import re
from http import HTTPStatus
from typing import Any, cast

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiResponse,
    extend_schema,
    extend_schema_serializer,
)
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contracts.api.base import MANAGE, READ, ApiMixin
from contracts.api.examples import example
from contracts.api.throttles import EXPORT
from contracts.selectors import scope as contracts_scope
from contracts.selectors.duties import Duty
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.filters import Parameter, UnreadableError, read_flag
from kpotracker.toolkit.problems import (
    InputError,
    InvalidInputError,
    RefusedError,
    nearest,
    shown,
)
from metrics.api import portfolio_examples as examples
from metrics.api.bodies import check_length
from metrics.api.portfolio_bodies import (
    TYPES,
    ExportJsonRenderer,
    PortfolioBody,
    PortfolioText,
    YamlRenderer,
    refusal_of,
)
from metrics.portfolio import Plan, PlanChangedError, PortfolioError, apply_text
from metrics.portfolio.exporting import Managers, export
from metrics.portfolio.plan import Action

_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_CHANGED = (
    "What would be applied is not what was planned: the file or the records changed since, or it "
    "was applied already. Plan it again, look at it, and send its digest."
)


def _read_managers(text: str) -> Managers:
    try:
        return Managers(text)
    except ValueError:
        raise UnreadableError(f"{shown(text)} manages nothing: {nearest(text, Managers)}") from None


def _read_digest(text: str) -> str:
    if not _DIGEST.fullmatch(text):
        raise UnreadableError(f"{shown(text)} is no digest: send the `digest` of a plan")
    return text


_PRUNE = Parameter(
    "prune",
    read_flag,
    "true: archive what portfolio files manage and this one does not state.",
    {"type": "boolean", "default": False},
)
_PLANNED = Parameter(
    "plan",
    _read_digest,
    "The `digest` of a plan: 409 where applying would do anything else by now.",
    {"type": "string", "pattern": "^[0-9a-f]{64}$"},
)


class PortfolioExport(ApiMixin):
    """Everything in use as a portfolio file, YAML unless JSON is accepted first.

    Planned again here it changes nothing. What people manage on the pages or through the API is
    left out unless it is asked for: files cannot overwrite it here, but another installation takes
    it. YAML tells in its head what had to stay out.
    """

    pace = EXPORT
    scopes = {"GET": (READ,)}
    duties = {"GET": (Duty.INTERNAL,)}
    renderer_classes = (YamlRenderer, ExportJsonRenderer)
    filters = (
        Parameter("vendor", str, "Only what belongs to the vendor of this code.", example="lumen"),
        Parameter(
            "managed_by",
            _read_managers,
            "Whose objects: of portfolio files (unless stated), of people, or of both.",
            {"type": "string", "enum": list(Managers), "default": Managers.PORTFOLIO.value},
        ),
    )

    @extend_schema(
        responses={
            (200, "application/yaml"): OpenApiResponse(
                OpenApiTypes.STR,
                "A portfolio file.",
                examples=[OpenApiExample("example", examples.FILE, media_type="application/yaml")],
            ),
            (200, "application/json"): OpenApiResponse(
                OpenApiTypes.OBJECT,
                "The same sections.",
                examples=[
                    OpenApiExample("example", examples.SECTIONS, media_type="application/json")
                ],
            ),
        }
    )
    def get(self, request: Request) -> Response:
        vendor = self.query.get("vendor")
        if vendor is not None:
            self._refuse_unknown(vendor)
        managers = self.query.get("managed_by", Managers.PORTFOLIO)
        response = Response(export(vendor=vendor, managed_by=managers))
        ending = str(request.accepted_renderer.format)
        response["Content-Disposition"] = f'attachment; filename="portfolio.{ending}"'
        return response

    def _refuse_unknown(self, vendor: str) -> None:
        if not contracts_scope.vendors(self.scope).filter(code=vendor).exists():
            said = f"{shown(vendor)} is not the code of a vendor."
            raise InvalidInputError([InputError(said, "unknown", parameter="vendor")])


class FieldChangeSerializer(serializers.Serializer[Any]):
    """One field as people read it; an empty text stands for nothing."""

    field = serializers.CharField()
    old = serializers.CharField()
    new = serializers.CharField()


class PlanChangeSerializer(serializers.Serializer[Any]):
    """What happens to one object, or to one of its dated lines."""

    action = serializers.ChoiceField(
        choices=[one.value for one in Action if one is not Action.UNCHANGED]
    )
    kind = serializers.CharField(help_text="vendor, calendar, contract, process, KPI or feed.")
    code = serializers.CharField(help_text="With the day or the number of a dated line.")
    fields = FieldChangeSerializer(many=True)  # type: ignore[assignment]  # a name of ours too


class NotStatedSerializer(serializers.Serializer[Any]):
    """Something that portfolio files manage and this one does not state; it stays as it is."""

    kind = serializers.CharField()
    code = serializers.CharField()


@extend_schema_serializer(examples=example(examples.PLAN))
class PlanSerializer(serializers.Serializer[Any]):
    """What applying a file changes, in the order in which it is changed."""

    applied = serializers.BooleanField(help_text="false: it was only planned.")
    digest = serializers.CharField(help_text="Send it as `plan` to apply this and nothing else.")
    changes = PlanChangeSerializer(many=True)
    not_in_files = NotStatedSerializer(many=True)
    counts = serializers.DictField(
        child=serializers.IntegerField(), help_text="How often each action occurs, and `unchanged`."
    )


_takes_a_file = extend_schema(
    request=dict.fromkeys(TYPES, OpenApiTypes.STR) | {"application/json": OpenApiTypes.OBJECT},
    responses={200: PlanSerializer},
)


class _PortfolioView(ApiMixin):
    """Takes a portfolio file and answers with its plan."""

    scopes = {"POST": (MANAGE,)}
    duties = {"POST": (Duty.TERMS,)}
    parser_classes = (PortfolioBody,)

    def planned(self, request: Request, **options: Any) -> Response:
        check_length(request)
        body = cast(PortfolioText, request.data)
        try:
            plan = apply_text(
                text=body.text,
                is_json=body.is_json,
                as_of=now(),
                prune=self.query.get("prune", False),
                **options,
            )
        except PortfolioError as error:
            raise refusal_of(error, is_json=body.is_json) from None
        except PlanChangedError:
            raise RefusedError(HTTPStatus.CONFLICT, _CHANGED) from None
        return Response(_told(plan))


class PortfolioPlan(_PortfolioView):
    """What applying a portfolio file would change; nothing is changed.

    The body is one file as YAML, or the same as JSON, where days are texts such as 2026-03-31. All
    problems of the file come at once, each with its pointer, its line (of YAML) and the way out.
    """

    filters = (_PRUNE,)

    @_takes_a_file
    def post(self, request: Request) -> Response:
        return self.planned(request, plan_only=True)


class PortfolioApply(_PortfolioView):
    """Apply a portfolio file: everything it states, or nothing where anything is wrong.

    The same file once more changes nothing. With `plan`, what was planned is applied and nothing
    else.
    """

    filters = (_PLANNED, _PRUNE)

    @_takes_a_file
    def post(self, request: Request) -> Response:
        return self.planned(request, planned=self.query.get("plan"))


def _told(plan: Plan) -> dict[str, Any]:
    return {"digest": plan.digest, **plan.as_dict()}
