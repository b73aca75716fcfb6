"""What addresses that write have in common: strict bodies, ETags, and what a service refuses."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from http import HTTPStatus
from typing import Any, TypeVar, cast

from django.core.exceptions import ValidationError
from django.db import models
from rest_framework import serializers
from rest_framework.exceptions import ValidationError as BodyError
from rest_framework.request import Request
from rest_framework.response import Response

from contracts.models.managed import ManagedBy
from contracts.services.writing import lock, writing
from kpotracker.toolkit.problems import InputError, InvalidInputError, RefusedError, nearest, shown

_M = TypeVar("_M", bound=models.Model)
_LONGEST_NAME = 60


class StrictSerializer(serializers.Serializer[Any]):
    """A body that holds what is declared and nothing else; every error is named at once."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = self._unknown(data) if isinstance(data, Mapping) else {}
        try:
            values = super().to_internal_value(data)
        except BodyError as error:
            raise BodyError({**cast(dict[str, Any], error.detail), **unknown}) from None
        if unknown:
            raise BodyError(unknown)
        return values

    def _unknown(self, data: Mapping[Any, Any]) -> dict[str, list[str]]:
        known = [name for name, field in self.fields.items() if not field.read_only]
        return {
            str(name)[:_LONGEST_NAME]: [
                f"{shown(str(name))} is not a field here: {nearest(str(name), known)}"
            ]
            for name in data
            if name not in known
        }


def body_of(serializer: type[StrictSerializer], request: Request, **options: Any) -> dict[str, Any]:
    """The values of a request's body. Raises the problem with everything that is wrong with it."""
    read = serializer(data=request.data, **options)
    read.is_valid(raise_exception=True)
    values: dict[str, Any] = read.validated_data
    return values


def etag_of(record: models.Model) -> str:
    """A strong entity tag: another one as soon as the record was stamped anew."""
    stamped = getattr(record, "updated_at").isoformat()  # noqa: B009  a column of any record
    told = f"{record._meta.label_lower}:{record.pk}:{stamped}"
    return f'"{sha256(told.encode()).hexdigest()[:32]}"'


@contextmanager
def editing(request: Request, record: _M) -> Iterator[_M]:
    """A transaction that holds ``record`` as it is now, refusing whoever saw an older one.

    Raises RefusedError 412 where If-Match names another state. What services refuse leaves as
    problems of the body.
    """
    with refusals(), writing():
        lock(record)
        check_match(request, record)
        yield record


def check_match(request: Request, record: models.Model) -> None:
    """Raises RefusedError 412 unless If-Match is absent, ``*`` or holds the record's ETag."""
    stated = request.headers.get("If-Match", "").strip()
    if not stated or stated == "*":
        return
    if etag_of(record) not in {one.strip() for one in stated.split(",")}:
        raise RefusedError(
            HTTPStatus.PRECONDITION_FAILED,
            "It was changed since you read it: read it again, and send its new ETag as If-Match.",
        )


@contextmanager
def refusals() -> Iterator[None]:
    """What a service refuses, as the problem of a body."""
    try:
        yield
    except ValidationError as error:
        raise InvalidInputError(list(_input_errors(error))) from None


@contextmanager
def conflicts() -> Iterator[None]:
    """What a service refuses for the state its record is in, as a 409: no body caused it."""
    try:
        yield
    except ValidationError as error:
        raise RefusedError(HTTPStatus.CONFLICT, " ".join(error.messages)) from None


def refuse_managed(record: Any) -> None:
    """Raises RefusedError 409 for a record that portfolio files manage."""
    if record.managed_by == ManagedBy.PORTFOLIO:
        raise RefusedError(
            HTTPStatus.CONFLICT,
            f"{record} is managed by a portfolio file: change it there and apply the file.",
        )


def tagged(response: Response, record: models.Model) -> Response:
    """``response`` with the record's ETag."""
    response["ETag"] = etag_of(record)
    return response


def _input_errors(error: ValidationError) -> Iterator[InputError]:
    if hasattr(error, "error_dict"):
        for name, errors in error.message_dict.items():
            pointer = "#" if name == "__all__" else f"#/{name}"
            yield from (InputError(text, pointer=pointer) for text in errors)
    else:
        yield from (InputError(text, pointer="#") for text in error.messages)
