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

from kpotracker.toolkit.durable import folders_sync

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


def scratch_root() -> Path:
    """Where readers keep what they need for the length of a reading."""
    root = absolute("reading")
    root.mkdir(parents=True, exist_ok=True)
    return root


@contextmanager
def scratch_folder(ingestion_id: int, fence: int) -> Iterator[str]:
    """A folder for the parts of one run; what a killed run of the same ingestion left goes first.

    It lies in the data directory: parts of a large file would fill a /tmp that is memory.
    """
    root = scratch_root()
    for left in root.glob(f"{ingestion_id}-*"):
        shutil.rmtree(left, ignore_errors=True)
    folder = root / f"{ingestion_id}-{fence}"
    folder.mkdir()
    try:
        yield str(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def store(stream: BinaryIO) -> StoredFile:
    """Write ``stream`` to disk and make it durable before returning.

    Raises TooLargeError beyond MAX_DELIVERY_BYTES; nothing stays on disk then.
    """
    written, digest, size = _written(stream, absolute("deliveries"))
    path = f"deliveries/{digest[:2]}/{digest}"
    absolute(path).parent.mkdir(exist_ok=True)
    written.replace(absolute(path))
    folders_sync(absolute(path).parent, absolute("deliveries"))
    return StoredFile(digest, size, path)


def store_apart(stream: BinaryIO) -> StoredFile:
    """Keep bytes that nobody has delivered yet, in a file of their own. Raises TooLargeError."""
    folder = absolute("uploads")
    written, digest, size = _written(stream, folder)
    folders_sync(folder)
    return StoredFile(digest, size, f"uploads/{written.name}")


def discard(path: str) -> None:
    """Delete bytes that were kept apart."""
    if not path.startswith("uploads/"):
        raise ValueError(f"{path!r} is not kept apart: delivered bytes stay")
    absolute(path).unlink(missing_ok=True)


def _written(stream: BinaryIO, folder: Path) -> tuple[Path, str, int]:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as target:
        try:
            digest, size = _copy(stream, target)
            target.flush()
            os.fsync(target.fileno())
        except BaseException:
            Path(target.name).unlink()
            raise
    return Path(target.name), digest, size


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
