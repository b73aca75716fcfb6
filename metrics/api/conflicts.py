"""What a service refuses about a record's state is a conflict; about a member, of the body."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from contracts.api.editing import refusals
from kpotracker.toolkit.problems import RefusedError


@contextmanager
def conflicts() -> Iterator[None]:
    """409 where what is asked for does not fit how things stand, 400 where a member is wrong."""
    with refusals():
        try:
            yield
        except ValidationError as error:
            if _names_members(error):
                raise
            raise RefusedError(HTTPStatus.CONFLICT, " ".join(error.messages)) from None


def _names_members(error: ValidationError) -> bool:
    return hasattr(error, "error_dict") and bool(set(error.error_dict) - {NON_FIELD_ERRORS})
