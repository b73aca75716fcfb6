"""How the OpenAPI document tells of the operations that resources share."""

from typing import TYPE_CHECKING, Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_view,
)

from contracts.api.headers import etag, if_match, location

if TYPE_CHECKING:
    from contracts.api.resources import Resource

_ARCHIVED = "it leaves the lists of what is in use, and stays."
_REASON = OpenApiParameter("reason", OpenApiTypes.STR, description="For the audit trail.")


def describe_list(view: type[Any], resource: "Resource") -> None:
    """Document GET and POST of a list."""
    registered = extend_schema(
        request=resource.creating,
        responses={201: OpenApiResponse(resource.serializer, "Registered; see Location.")},
        parameters=[location(f"The address of the {resource.noun}.", 201), etag(201)],
        description=f"Register {_a(resource.noun)}.",
        filters=False,
    )
    extend_schema_view(post=registered)(view)


def describe_detail(view: type[Any], resource: "Resource") -> None:
    """Document GET, PATCH and DELETE of one record."""
    noun = _a(resource.noun)
    changed = extend_schema(
        request=resource.changing,
        responses={200: OpenApiResponse(resource.serializer, "As it is now.")},
        parameters=[if_match(), etag()],
        description=f"Change {noun}: members that are left out stay as they are.",
    )
    operations = {"get": extend_schema(parameters=[etag()]), "patch": changed}
    if resource.archive is not None:
        operations["delete"] = extend_schema(
            request=None,
            responses={204: OpenApiResponse(description="It is out of use.")},
            parameters=[if_match(), _REASON],
            description=resource.leaving or f"Archive {noun}: {_ARCHIVED}",
        )
    extend_schema_view(**operations)(view)


def describe_restore(view: type[Any], resource: "Resource") -> None:
    """Document bringing a record back."""
    restored = extend_schema(
        request=None,
        responses={200: OpenApiResponse(resource.serializer, "As it is now.")},
        parameters=[if_match(), etag()],
        description=f"Bring an archived {resource.noun} back into use.",
    )
    extend_schema_view(post=restored)(view)


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"
