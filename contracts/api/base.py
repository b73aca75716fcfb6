"""What every address of the API shares: who asks, which parameters it knows, how it answers."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404
from rest_framework import generics
from rest_framework.permissions import SAFE_METHODS, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from contracts.api.authentication import DeclaredScope, scope_of
from contracts.api.throttles import EXPORT, ThrottledMixin
from contracts.models import ApiKey
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from kpotracker.toolkit.deadlines import statement_timeout
from kpotracker.toolkit.filters import DeclaredFilters, Parameter, read_query
from kpotracker.toolkit.pagination import KeysetPagination
from kpotracker.toolkit.problems import RefusedError

READ, INGEST = ApiKey.Scope.READ.value, ApiKey.Scope.INGEST.value
MANAGE = ApiKey.Scope.MANAGE.value
_BODIED = ("POST", "PUT", "PATCH")


class ApiMixin(ThrottledMixin):
    """Reads the declared parameters into ``query`` once the sender is known and may ask.

    A statement may run for API_STATEMENT_TIMEOUT seconds, but for exports and what takes data in.
    """

    permission_classes = (IsAuthenticated, DeclaredScope)
    scopes: ClassVar[Mapping[str, Sequence[str]]] = {"GET": (READ,)}
    duties: ClassVar[Mapping[str, Sequence[Duty]]] = {}
    filters: Sequence[Parameter] = ()
    query: Mapping[str, Any] = {}

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        with statement_timeout(self._longest_statement(str(request.method))):
            return super().dispatch(request, *args, **kwargs)

    def _longest_statement(self, method: str) -> int:
        takes_data = method not in SAFE_METHODS and INGEST in self.scopes.get(method, ())
        is_long = takes_data or self.pace == EXPORT
        return 0 if is_long else int(settings.API_STATEMENT_TIMEOUT)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        _refuse_without_length(request)
        self.query = read_query(request.query_params, self.parameters())

    def parameters(self) -> Sequence[Parameter]:
        """Every query parameter of this address."""
        return self.filters

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """The methods of this address, and nothing about what is behind it."""
        return Response(status=204)

    @property
    def scope(self) -> Scope:
        return scope_of(self.request)


class ListView(ApiMixin, generics.ListAPIView):  # type: ignore[type-arg]
    """A filtered list in keyset pages."""

    filter_backends = (DeclaredFilters,)
    pagination_class = KeysetPagination
    stamped_by = "updated_at"

    def parameters(self) -> Sequence[Parameter]:
        """Those of the list; what writes to it takes none unless it says so."""
        if self.request.method not in SAFE_METHODS:
            return ()
        return (*self.filters, *KeysetPagination.parameters)


class DetailView(ApiMixin, generics.RetrieveAPIView):  # type: ignore[type-arg]
    """One record by its code or number; what is forbidden is missing."""

    filter_backends = ()
    pagination_class = None


def _refuse_without_length(request: Request) -> None:
    """Raises RefusedError 411 for a body that comes in chunks: it would be taken for none at all,
    and a change without members succeeds."""
    if request.method in _BODIED and "Transfer-Encoding" in request.headers:
        raise RefusedError(
            HTTPStatus.LENGTH_REQUIRED,
            "The request states no Content-Length: send its body with its length, not in chunks.",
        )


def one(found: QuerySet[Any], **condition: Any) -> Any:
    """The only row of ``found`` that meets ``condition``; raises Http404."""
    row = found.filter(**condition).first()
    if row is None:
        raise Http404
    return row


def render(serializer: type[Serializer[Any]], instance: Any, **context: Any) -> Response:
    return Response(serializer(instance, context=context).data)
