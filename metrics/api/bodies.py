"""Bodies of deliveries: read whole or not at all, and never into memory.

A body that ends before its Content-Length is refused rather than stored: cut files look
complete. Nothing is read of a body that states more than the installation takes.
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import IO, Any, cast

from django.conf import settings
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import UnreadablePostError
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request

from kpotracker.toolkit.problems import RefusedError

# What a form adds around its file: part headers and the small fields.
_FORM_ALLOWANCE = 64 * 1024
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
        self._stream, self._length, self._read = stream, length, 0

    def read(self, size: int = -1) -> bytes:
        try:
            block = self._stream.read(size)
        except UnreadablePostError:
            block = b""
        self._read += len(block)
        if not block and size and self._read < self._length:
            raise RefusedError(
                HTTPStatus.BAD_REQUEST,
                f"The body ended after {self._read} of {self._length} bytes: send it again.",
            )
        return block


class RawBody(BaseParser):
    """Leaves the body where it is: the view hands the stream on."""

    media_type = "*/*"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        main = (media_type or "").partition(";")[0].strip().lower()
        if main not in RAW_TYPES:
            known = ", ".join(("multipart/form-data", *RAW_TYPES))
            raise UnsupportedMediaType(
                main or "none", f"Content-Type {main!r} is not taken: send one of {known}."
            )
        return WholeBody(stream, _length(parser_context))


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
        whole = WholeBody(stream, _length(parser_context))
        return super().parse(cast(Any, whole), media_type, parser_context)


def check_length(request: Request) -> None:
    """Raises RefusedError: 411 without a Content-Length, 413 over the cap, 400 for an empty body."""
    length = _length({"request": request})
    if length > settings.MAX_DELIVERY_BYTES + _FORM_ALLOWANCE:
        raise too_large()
    if length == 0:
        raise RefusedError(HTTPStatus.BAD_REQUEST, "The body is empty: send the file itself.")


def too_large() -> RefusedError:
    return RefusedError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"A delivery may have {settings.MAX_DELIVERY_BYTES} bytes: split or compress it.",
    )


def _length(context: Mapping[str, Any] | None) -> int:
    stated = (context or {})["request"].META.get("CONTENT_LENGTH") or ""
    if not _LENGTH.fullmatch(stated):
        raise RefusedError(
            HTTPStatus.LENGTH_REQUIRED,
            "The request states no Content-Length: send the file with its length.",
        )
    return int(stated)
