"""The parent's side: start a child for a file, listen, and kill it if need be."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from typing import IO

from .events import Done, Event, Job, Limits, Rejected, Waiting, from_line

BEAT_S = 5.0
ROOT = Path(__file__).resolve().parents[3]
MODULE = "metrics.feeds.reading.child"

# What a machine that stops, or that is short of memory, sends: it says nothing about the file.
FROM_OUTSIDE = frozenset({signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP})


def read_file(job: Job, *, command: list[str] | None = None) -> Generator[Event, None, None]:
    """The events of reading one file in a child process of its own.

    A child that crashes, runs out of memory or CPU time, or stays silent for `limits.wait_s`
    becomes a `Rejected("limits")`; the last event is always Done or Rejected. Closing the iterator
    kills the child. Chunk files stay in `job.out_dir`, which belongs to the caller.
    Raises OSError where the stored file or `out_dir` is gone, the disk is full, or somebody else
    killed the child: that says nothing about the vendor's data.
    """
    for needed in (job.path, job.out_dir):
        if not Path(needed).exists():
            raise FileNotFoundError(f"{needed!r} is not there; was it cleaned up?")
    with tempfile.TemporaryFile() as complaints:
        child = _started(command or [sys.executable, "-m", MODULE], job, complaints)
        try:
            yield from _listened(child, job.limits, complaints)
        finally:
            _ended(child)


def _started(command: list[str], job: Job, complaints: IO[bytes]) -> subprocess.Popen[bytes]:
    child = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=complaints,
        cwd=ROOT,
        env=environment(),
        start_new_session=True,
    )
    assert child.stdin is not None
    try:
        child.stdin.write(job.to_json().encode())
        child.stdin.close()
    except BrokenPipeError:
        pass  # it died at once: what it left behind tells why
    return child


def environment() -> dict[str, str]:
    """The child's whole environment: no credentials, one thread, plain malloc.

    Arrow's own allocators reserve more address space than RLIMIT_DATA grants.
    """
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": os.environ.get("PYTHONDONTWRITEBYTECODE", ""),
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "1",
        "TZ": "UTC",
    }


def _listened(
    child: subprocess.Popen[bytes], limits: Limits, complaints: IO[bytes]
) -> Iterator[Event]:
    assert child.stdout is not None
    for line in _lines(child.stdout, limits.wait_s):
        if line is None:
            yield Rejected(
                "limits", f"no sign of life for {limits.wait_s:g} s", "send a smaller file"
            )
            return
        try:
            event = from_line(line) if line else Waiting()
        except (ValueError, TypeError, KeyError):
            yield _failed(f"the reader said what is not an event: {line[:100]!r}")
            return
        yield event
        if isinstance(event, Done | Rejected):
            return
    code = child.wait()
    if code == os.EX_IOERR:
        raise OSError(f"the reader cannot read or write its files: {_last_words(complaints)}")
    if -code in FROM_OUTSIDE:
        name = signal.Signals(-code).name
        raise ChildProcessError(f"the reader was ended from outside by {name}")
    yield _crash(code, limits, _last_words(complaints))


def _lines(stdout: IO[bytes], wait_s: float) -> Iterator[bytes | None]:
    """Lines as they come, an empty one after every BEAT_S seconds of silence, so that the caller
    can renew its claim on a long file; None once nothing came for `wait_s` seconds."""
    rest, number, silence = b"", stdout.fileno(), 0.0
    with DefaultSelector() as selector:
        selector.register(number, EVENT_READ)
        while True:
            pause = min(BEAT_S, wait_s - silence)
            if not selector.select(pause):
                silence += pause
                yield None if silence >= wait_s else b""
                continue
            silence = 0.0
            block = os.read(number, 65_536)
            if not block:
                return
            *whole, rest = (rest + block).split(b"\n")
            yield from whole


def _last_words(complaints: IO[bytes]) -> str:
    complaints.seek(0)
    said = complaints.read()[-2000:].decode("utf-8", "replace").strip().splitlines()
    return said[-1][:200] if said else ""


def _crash(code: int, limits: Limits, last: str) -> Rejected:
    if code == -signal.SIGXCPU:
        why = f"reading takes more than {limits.cpu_s} s of CPU"
    elif "MemoryError" in last or "memory" in last.lower():
        why = f"reading needs more than {limits.memory // 2**20} MB of memory"
    elif code < 0:
        why = f"the reader was ended by {signal.Signals(-code).name}"
    else:
        why = f"the reader failed with exit code {code}"
    return _failed(why, last)


def _failed(why: str, value: str = "") -> Rejected:
    hint = "send the file in parts, or in another format"
    return Rejected("limits", f"the file cannot be read safely: {why}", hint, value)


def _ended(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.kill()
    child.wait()
    if child.stdout is not None:
        child.stdout.close()
