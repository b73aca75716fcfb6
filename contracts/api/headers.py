"""Headers that operations share, for the OpenAPI document."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter


def etag(status: int = 200, *, of: str = "record") -> OpenApiParameter:
    """The ETag of what an answer of ``status`` shows, or of the record it is part of."""
    told = f"The state of the {of}; send it as If-Match to change that state and no later one."
    return _header("ETag", OpenApiTypes.STR, told, status)


def if_match(*, of: str = "record") -> OpenApiParameter:
    """The header that guards against changing what somebody else changed meanwhile."""
    told = (
        f"The ETag of the {of} as you read it: 412 when it has changed since. Without it, the last "
        "one to write wins."
    )
    return _header("If-Match", OpenApiTypes.STR, told)


def location(told: str, status: int) -> OpenApiParameter:
    """The Location of an answer; ``told`` says what is found there."""
    return _header("Location", OpenApiTypes.URI, told, status)


def _header(name: str, kind: OpenApiTypes, told: str, *statuses: int) -> OpenApiParameter:
    """A header of the answers with ``statuses``, or of the request."""
    of = [*statuses] or False
    return OpenApiParameter(name, kind, OpenApiParameter.HEADER, description=told, response=of)
