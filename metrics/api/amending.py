"""POST /kpis/{code}/service-levels and /definitions: new terms from a day on, or their preview."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    PolymorphicProxySerializer,
    extend_schema,
    extend_schema_view,
)
from rest_framework.request import Request
from rest_framework.response import Response

from contracts.api.base import MANAGE, READ, ListView, one
from contracts.api.editing import (
    StrictSerializer,
    body_of,
    check_match,
    refusals,
    refuse_managed,
)
from contracts.api.examples import example
from contracts.api.headers import if_match, location
from contracts.selectors.duties import Duty
from contracts.services.writing import lock, writing
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.filters import Parameter, choices, read_flag
from kpotracker.toolkit.problems import InvalidInputError
from metrics.api import terms_examples as examples
from metrics.api.levels import DefinitionRow, LevelRow, definitions_of, levels_of
from metrics.api.prospects import DefinitionPreview, LevelPreview, previewed
from metrics.api.terms_bodies import (
    PATH,
    DefinitionAmending,
    LevelAmending,
    amendment_of,
    definition_entry_of,
    errors_of,
    level_entry_of,
)
from metrics.evaluation.previewing import definition_preview, level_preview
from metrics.models import Kpi, ServiceLevel
from metrics.portfolio.applying import one_at_a_time
from metrics.portfolio.editing import EditRefusedError, definition_amend, level_amend
from metrics.portfolio.editing.amending import AMENDMENT, LINE
from metrics.selectors import scope as scoped

_JOINED = ("contract__vendor", "process__contract__vendor")
DRY_RUN = Parameter(
    "dry_run",
    read_flag,
    "true: answer what the terms would do, and change nothing.",
    {"type": "boolean", "default": False},
)
_DRY = OpenApiParameter("dry_run", OpenApiTypes.BOOL, description=DRY_RUN.help, default=False)


@contextmanager
def terms_held(request: Request, record: Any) -> Iterator[None]:
    """A transaction in which nobody else edits terms, holding a KPI or calendar as it is now.

    It waits for whoever applies a portfolio before it locks the row, as they do. Raises RefusedError
    412 where If-Match names another state, 409 for what portfolio files manage.
    """
    with refusals(), writing():
        one_at_a_time()
        lock(record)
        check_match(request, record)
        refuse_managed(record)
        yield


@contextmanager
def findings_placed(place: Callable[[PATH], PATH] = lambda path: path) -> Iterator[None]:
    """What a service refuses, as errors of the members of the body."""
    try:
        yield
    except EditRefusedError as error:
        raise InvalidInputError(list(errors_of(error.findings, place))) from None


class AmendedList(ListView):
    """The dated terms of one KPI, and POST to add some that hold from a day on."""

    scopes = {"GET": (READ,), "POST": (MANAGE,)}
    duties = {"POST": (Duty.TERMS,)}
    stamped_by = "kpi__updated_at"
    body: ClassVar[type[StrictSerializer]]
    address: ClassVar[str]
    rows: ClassVar[Callable[..., QuerySet[Any]]]

    def get_queryset(self) -> QuerySet[Any]:
        code = self.kwargs.get("code")
        if code is not None:
            one(scoped.kpis(self.scope), code=code)
        return type(self).rows(self.scope).filter(kpi__code=code)

    def parameters(self) -> Any:
        return (DRY_RUN,) if self.request.method == "POST" else super().parameters()

    def post(self, request: Request, code: str) -> Response:
        kpi = one(scoped.kpis(self.scope).select_related(*_JOINED), code=code)
        said = body_of(self.body, request, context={"scope": self.scope})
        refuse_managed(kpi)
        if self.query.get("dry_run"):
            check_match(request, kpi)
            return self.tried(kpi, said)
        with terms_held(request, kpi):
            before = set(self._days(kpi))
            line = self.written(kpi, said)
        return self.answered(line, is_new=line.valid_from not in before)

    def written(self, kpi: Kpi, said: dict[str, Any], *, plan_only: bool = False) -> Any:
        """The new version; raises InvalidInputError with everything that speaks against it."""
        with findings_placed(_place):
            return self.amend(
                said, kpi=kpi, amendment=amendment_of(said), as_of=now(), plan_only=plan_only
            )

    def amend(self, said: dict[str, Any], **given: Any) -> Any:
        """Hand the terms of the body to their service."""
        raise NotImplementedError

    def tried(self, kpi: Kpi, said: dict[str, Any]) -> Response:
        """What the terms would do."""
        raise NotImplementedError

    def answered(self, line: Any, *, is_new: bool) -> Response:
        stored = one(type(self).rows(self.scope), pk=line.pk)
        body = self.get_serializer(stored).data
        if not is_new:
            return Response(body)
        where = self.request.build_absolute_uri(reverse(self.address, args=[line.pk]))
        return Response(body, HTTPStatus.CREATED, headers={"Location": where})

    def _days(self, kpi: Kpi) -> Any:
        rows = type(self).rows(self.scope).filter(kpi=kpi)
        return rows.values_list("valid_from", flat=True)


def _place(path: PATH) -> PATH:
    """From the entry to the body; what is about other versions is about the body as a whole."""
    if path[:1] == (LINE,):
        return path[1:]
    return ("new_amendment", *path[1:]) if path[:1] == (AMENDMENT,) else ()


def _described(
    body: type[StrictSerializer], row: Any, preview: Any, what: str, shown: dict[str, Any]
) -> Any:
    return extend_schema(
        request=body,
        responses={
            200: OpenApiResponse(
                PolymorphicProxySerializer(
                    component_name=f"{preview.__name__}OrRow",
                    serializers=[preview, row],
                    resource_type_field_name=None,
                ),
                "With dry_run what it would do; else the version of that day, corrected.",
                examples=example(shown, "200"),
            ),
            201: OpenApiResponse(row, "It holds; see Location."),
        },
        parameters=[
            _DRY,
            if_match(of="KPI"),
            location("The address of the new version.", 201),
        ],
        filters=False,
        description=f"{what} from a day on, by an amendment that is registered or new. Periods "
        "that begin on that day or later follow; final figures stay until they are restated. A "
        "version of that very day is corrected, as long as no figure rests on it.",
    )


@extend_schema_view(
    get=extend_schema(operation_id="kpi_service_levels_list"),
    post=_described(
        LevelAmending, LevelRow, LevelPreview, "Change the service level", examples.LEVEL_PREVIEW
    ),
)
class KpiServiceLevels(AmendedList):
    """The service levels of one KPI, one row per version."""

    serializer_class = LevelRow
    body = LevelAmending
    address = "api:service-level"
    rows = staticmethod(levels_of)
    filters = (choices("kind", ServiceLevel.Kind.values, "kind", "Kind of level"),)

    def amend(self, said: dict[str, Any], **given: Any) -> ServiceLevel:
        return level_amend(line=level_entry_of(said), **given)

    def tried(self, kpi: Kpi, said: dict[str, Any]) -> Response:
        line = self.written(kpi, said, plan_only=True)
        preview = level_preview(level=line, as_of=now())
        return previewed(self, LevelRow, line, list(levels_of(self.scope).filter(kpi=kpi)), preview)


@extend_schema_view(
    get=extend_schema(operation_id="kpi_definitions_list_of_one"),
    post=_described(
        DefinitionAmending,
        DefinitionRow,
        DefinitionPreview,
        "Change the measuring",
        examples.DEFINITION_PREVIEW,
    ),
)
class KpiDefinitions(AmendedList):
    """How one KPI is measured, one row per version."""

    serializer_class = DefinitionRow
    body = DefinitionAmending
    address = "api:kpi-definition"
    rows = staticmethod(definitions_of)

    def amend(self, said: dict[str, Any], **given: Any) -> Any:
        return definition_amend(line=definition_entry_of(said), **given)

    def tried(self, kpi: Kpi, said: dict[str, Any]) -> Response:
        line = self.written(kpi, said, plan_only=True)
        preview = definition_preview(definition=line, as_of=now())
        stored = list(definitions_of(self.scope).filter(kpi=kpi))
        return previewed(self, DefinitionRow, line, stored, preview)
