"""The bytes of deliveries, kept whole under the data directory by their SHA-256."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

_BLOCK = 1 << 20


class TooLargeError(Exception):
    """The body is larger than the installation takes."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """``path`` is relative to the data directory; ``size`` in bytes."""

    sha256: str
    size: int
    path: str


def absolute(path: str) -> Path:
    return Path(settings.DATA_DIR) / path


@contextmanager
def scratch_folder(ingestion_id: int, fence: int) -> Iterator[str]:
    """A folder for the parts of one run; what a killed run of the same ingestion left goes first.

    It lies in the data directory: parts of a large file would fill a /tmp that is memory.
    """
    root = absolute("reading")
    for left in root.glob(f"{ingestion_id}-*"):
        shutil.rmtree(left, ignore_errors=True)
    folder = root / f"{ingestion_id}-{fence}"
    folder.mkdir(parents=True)
    try:
        yield str(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def store(stream: BinaryIO) -> StoredFile:
    """Write ``stream`` to disk and make it durable before returning.

    Raises TooLargeError beyond MAX_DELIVERY_BYTES; nothing stays on disk then.
    """
    folder = absolute("deliveries")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as target:
        try:
            digest, size = _copy(stream, target)
            target.flush()
            os.fsync(target.fileno())
        except BaseException:
            Path(target.name).unlink()
            raise
    path = f"deliveries/{digest[:2]}/{digest}"
    absolute(path).parent.mkdir(exist_ok=True)
    Path(target.name).replace(absolute(path))
    _make_durable(absolute(path).parent, folder)
    return StoredFile(digest, size, path)


def _make_durable(*folders: Path) -> None:
    """A new name of a file outlives a power cut once its folder is written too."""
    for folder in folders:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _copy(stream: BinaryIO, target: "tempfile._TemporaryFileWrapper[bytes]") -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while block := stream.read(_BLOCK):
        size += len(block)
        if size > settings.MAX_DELIVERY_BYTES:
            raise TooLargeError(
                f"the file is larger than {settings.MAX_DELIVERY_BYTES} bytes: "
                "split it, compress it, or raise MAX_DELIVERY_BYTES"
            )
        digest.update(block)
        target.write(block)
    return digest.hexdigest(), size
