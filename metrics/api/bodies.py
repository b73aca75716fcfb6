"""Bodies of deliveries: read whole or not at all, and never into memory.

A body that ends before its Content-Length is refused rather than stored: cut files look
complete. Nothing is read of a body that states more than the installation takes.
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import IO, Any, ClassVar, cast

from django.conf import settings
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import UnreadablePostError
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request

from kpotracker.toolkit.problems import RefusedError, shown

# What a form adds around its file: part headers and the small fields.
_FORM_ALLOWANCE = 64 * 1024
BLOCK = 1 << 16
_LENGTH = re.compile(r"\d{1,15}", re.ASCII)

RAW_TYPES = (
    "text/csv",
    "text/plain",
    "text/tab-separated-values",
    "application/csv",
    "application/json",
    "application/x-ndjson",
    "application/jsonl",
    "application/gzip",
    "application/x-gzip",
    "application/vnd.apache.parquet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/octet-stream",
)


class WholeBody:
    """A stream of exactly ``length`` bytes. Raises RefusedError when it ends before them."""

    def __init__(self, stream: IO[bytes], length: int) -> None:
        self._stream, self.length, self._read = stream, length, 0

    def read(self, size: int = -1) -> bytes:
        try:
            block = self._stream.read(size)
        except UnreadablePostError:
            block = b""
        self._read += len(block)
        if not block and size and self._read < self.length:
            raise RefusedError(
                HTTPStatus.BAD_REQUEST,
                f"The body ended after {self._read} of {self.length} bytes: send it again.",
            )
        return block

    def whole(self) -> bytes:
        """All of it; the caller has bounded its length."""
        return b"".join(iter(lambda: self.read(BLOCK), b""))


class TypedBody(BaseParser):
    """Hands on a body of one of ``types`` as it arrives. Raises UnsupportedMediaType for others."""

    media_type = "*/*"
    types: ClassVar[tuple[str, ...]]
    also: ClassVar[tuple[str, ...]] = ()  # types that another parser of the same address takes

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        main = main_type(media_type)
        if main not in self.types:
            known = ", ".join((*self.also, *self.types))
            raise UnsupportedMediaType(
                main or "none", f"Content-Type {shown(main)} is not taken: send one of {known}."
            )
        request = (parser_context or {})["request"]
        return self.taken(WholeBody(stream, stated_length(request)), main)

    def taken(self, body: WholeBody, main: str) -> Any:
        """What the view finds as ``request.data``. ``main``: the type, without its parameters."""
        return body


class RawBody(TypedBody):
    """Leaves the body where it is: the view hands the stream on."""

    types = RAW_TYPES
    also = ("multipart/form-data",)


class WholeForm(MultiPartParser):
    """A form whose file goes to disk while it arrives."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        request = (parser_context or {})["request"]
        request.upload_handlers = [TemporaryFileUploadHandler(request)]
        whole = WholeBody(stream, stated_length(request))
        return super().parse(cast(Any, whole), media_type, parser_context)


def main_type(media_type: str | None) -> str:
    """A media type without its parameters, in small letters."""
    return (media_type or "").partition(";")[0].strip().lower()


def check_length(request: Request) -> None:
    """Raises RefusedError: 411 without a Content-Length, 413 over the cap, 400 for an empty body."""
    length = stated_length(request)
    if length > settings.MAX_DELIVERY_BYTES + _FORM_ALLOWANCE:
        raise too_large()
    if length == 0:
        raise RefusedError(HTTPStatus.BAD_REQUEST, "The body is empty: send the file itself.")


def stated_length(request: Request) -> int:
    """The Content-Length, in bytes. Raises RefusedError 411 where there is none."""
    stated = request.META.get("CONTENT_LENGTH") or ""
    if not _LENGTH.fullmatch(stated):
        raise RefusedError(
            HTTPStatus.LENGTH_REQUIRED,
            "The request states no Content-Length: send the file with its length.",
        )
    return int(stated)


def too_large() -> RefusedError:
    return RefusedError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"A delivery may have {settings.MAX_DELIVERY_BYTES} bytes: split or compress it.",
    )
