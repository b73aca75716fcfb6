"""What every address of the API shares: who asks, which parameters it knows, how it answers."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404
from rest_framework import generics
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from contracts.api.authentication import DeclaredScope, scope_of
from contracts.models import ApiKey
from contracts.selectors.scope import Scope
from kpotracker.toolkit.filters import DeclaredFilters, Parameter, read_query
from kpotracker.toolkit.pagination import KeysetPagination

READ, INGEST = ApiKey.Scope.READ.value, ApiKey.Scope.INGEST.value


class ApiMixin(APIView):
    """Reads the declared parameters into ``query`` once the sender is known and may ask."""

    permission_classes = (IsAuthenticated, DeclaredScope)
    scopes: ClassVar[Mapping[str, Sequence[str]]] = {"GET": (READ,)}
    filters: Sequence[Parameter] = ()
    query: Mapping[str, Any] = {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if request.method not in self.allowed_methods:
            raise MethodNotAllowed(str(request.method))
        super().initial(request, *args, **kwargs)
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
        return (*self.filters, *KeysetPagination.parameters)


class DetailView(ApiMixin, generics.RetrieveAPIView):  # type: ignore[type-arg]
    """One record by its code or number; what is forbidden is missing."""

    filter_backends = ()
    pagination_class = None


def one(found: QuerySet[Any], **condition: Any) -> Any:
    """The only row of ``found`` that meets ``condition``; raises Http404."""
    row = found.filter(**condition).first()
    if row is None:
        raise Http404
    return row


def render(serializer: type[Serializer[Any]], instance: Any, **context: Any) -> Response:
    return Response(serializer(instance, context=context).data)
