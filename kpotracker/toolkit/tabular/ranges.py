"""A file as an answer that can be asked for in parts and again (RFC 9110, sections 13 and 14).

The entity tag is strong and belongs to the bytes of one made file: parts of two files never have
the same one.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import BinaryIO

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from kpotracker.toolkit.problems import RefusedError

_BLOCK = 256 * 1024  # bytes
_RANGE = re.compile(r"bytes=(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))", re.ASCII | re.IGNORECASE)
_TAG = re.compile(r'(?:W/)?("[^"]*")')


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes ``first`` up to, not with, ``end`` of an open file; closing it closes the file."""

    file: BinaryIO
    first: int
    end: int

    def __iter__(self) -> Iterator[bytes]:
        self.file.seek(self.first)
        left = self.end - self.first
        while left:
            block = self.file.read(min(_BLOCK, left))
            if not block:
                raise OSError("the file is shorter than it was")
            left -= len(block)
            yield block

    def close(self) -> None:
        self.file.close()


def file_answer(request: HttpRequest, file: BinaryIO, media_type: str) -> HttpResponseBase:
    """200, 206 or 304 for ``file``, which the answer closes.

    Raises RefusedError: 412 where If-Match names another file, 416 beyond its end.
    """
    try:
        return _answer(request, file, media_type)
    except BaseException:
        file.close()
        raise


def etag_of(file: BinaryIO) -> str:
    """Strong: made files are never written again, so a time and a size tell their bytes."""
    found = os.fstat(file.fileno())
    return f'"{found.st_mtime_ns:x}-{found.st_size:x}-{found.st_ino:x}"'


def _answer(request: HttpRequest, file: BinaryIO, media_type: str) -> HttpResponseBase:
    tag, size = etag_of(file), os.fstat(file.fileno()).st_size
    headers = {"ETag": tag, "Accept-Ranges": "bytes"}
    if "If-Match" in request.headers and not _names(request.headers["If-Match"], tag, weak=False):
        raise RefusedError(HTTPStatus.PRECONDITION_FAILED, "It changed: read it again.", headers)
    if _names(request.headers.get("If-None-Match", ""), tag, weak=True):
        file.close()
        return HttpResponse(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    part = _part(request, file, tag, size)
    if part.first or part.end < size:
        headers["Content-Range"] = f"bytes {part.first}-{part.end - 1}/{size}"
    headers["Content-Length"] = str(part.end - part.first)
    status = HTTPStatus.PARTIAL_CONTENT if "Content-Range" in headers else HTTPStatus.OK
    if request.method == "HEAD":
        file.close()
        return HttpResponse(status=status, content_type=media_type, headers=headers)
    return StreamingHttpResponse(part, status=status, content_type=media_type, headers=headers)


def _part(request: HttpRequest, file: BinaryIO, tag: str, size: int) -> Part:
    """The range that is asked for, or the whole: of GET alone, one range, and for If-Range only
    while the tag is the same."""
    asked = _RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    is_same = request.headers.get("If-Range", tag) == tag
    if not asked or not is_same or request.method != "GET":
        return Part(file, 0, size)
    if asked[3]:
        first, end = max(size - int(asked[3]), 0), size
    else:
        first, end = int(asked[1]), min(int(asked[2] or size - 1) + 1, size)
    if asked[2] and int(asked[2]) < int(asked[1]):
        return Part(file, 0, size)  # no range at all: to be passed over
    if first >= end:
        raise RefusedError(
            HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
            f"The file has {size} bytes: ask for a range within them.",
            {"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"},
        )
    return Part(file, first, end)


def _names(header: str, tag: str, *, weak: bool) -> bool:
    """Whether a list of tags, or *, has ``tag``; ``weak``: W/ makes no difference."""
    if header.strip() == "*":
        return True
    stated = header if weak else re.sub(r'W/"[^"]*"', "", header)
    return tag in _TAG.findall(stated)
