"""Files that are made on request and shared while they are true, in DATA_DIR/exports.

A file is called ``<key>-<mark>``: what it answers, and the state of the data it was made from. It
appears whole, by a rename, is never written again, and goes when it was not used for an hour,
when all of them take too much room, or when a newer one of its key is there. Who has it open
reads on.
"""

import errno
import fcntl
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO, Final

from django.conf import settings

KEPT: Final = timedelta(hours=1)
MOST_BYTES: Final = 4 * 1024**3
_LOCKS = "locks"
_PART = ".part"


class NoRoomError(Exception):
    """The disk is full."""


def folder() -> Path:
    """Where made files are; nobody else of the machine may look into it."""
    found = Path(settings.DATA_DIR) / "exports"
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


def shared_file(key: str, mark: str, make: Callable[[Path], None]) -> BinaryIO:
    """The file of ``key`` at ``mark``, opened; ``make`` writes it where it is missing.

    Requests that come at the same time, in any process, wait for the one that makes it. ``make``
    may fail; nothing stays of it then. Raises NoRoomError.
    """
    path = folder() / f"{key}-{mark}"
    if found := _opened(path):
        return found
    with _locked(key):
        if found := _opened(path):
            return found
        made = _made(path, make)
    _replaced(key, path)
    files_forget()
    return made


def files_forget(as_of: datetime | None = None, most_bytes: int = MOST_BYTES) -> int:
    """Remove what was not used for an hour at ``as_of``, and the longest unused above
    ``most_bytes``; how many files went."""
    oldest = as_of.timestamp() - KEPT.total_seconds() if as_of else 0.0
    taken = gone = 0
    for path, used, size in sorted(_files(), key=lambda one: -one[1]):
        taken += size
        if used < oldest or taken > most_bytes:
            path.unlink(missing_ok=True)
            gone += 1
    return gone


@contextmanager
def room_needed() -> Iterator[None]:
    """Raises NoRoomError for what the disk refuses because it is full."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoRoomError from error
        raise


def _opened(path: Path) -> BinaryIO | None:
    with suppress(FileNotFoundError):
        found = path.open("rb")
        # mounts may not note when a file is read
        os.utime(found.fileno(), ns=(time.time_ns(), os.fstat(found.fileno()).st_mtime_ns))
        return found
    return None


def _made(path: Path, make: Callable[[Path], None]) -> BinaryIO:
    part = path.with_name(f"{path.name}.{token_hex(8)}{_PART}")
    try:
        with room_needed():
            make(part)
        made = part.open("rb")
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)
    return made


def _replaced(key: str, path: Path) -> None:
    """Remove what ``path`` takes the place of."""
    for other in path.parent.glob(f"{key}-*"):
        if other != path and other.suffix != _PART:
            other.unlink(missing_ok=True)


@contextmanager
def _locked(key: str) -> Iterator[None]:
    """One at a time, until this ends or its process dies. A few locks serve all keys, and stay."""
    locks = folder() / _LOCKS
    locks.mkdir(exist_ok=True)
    with (locks / key[:2]).open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _files() -> Iterable[tuple[Path, float, int]]:
    for path in folder().iterdir():
        with suppress(FileNotFoundError):
            found = path.stat()
            if path.is_file():
                yield path, max(found.st_atime, found.st_mtime), found.st_size
