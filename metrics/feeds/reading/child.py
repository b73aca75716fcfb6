"""Entry of the reader child: one JSON job on stdin, JSON lines of events on stdout.

Run as `python -m metrics.feeds.reading.child`. It confines itself before it opens the file.
"""

import os
import sys
from collections.abc import Iterator
from importlib.abc import MetaPathFinder
from typing import Any

from .events import Event, Job, Rejected, to_line
from .limits import confine


class WithoutPandas(MetaPathFinder):
    """Keeps pandas out: pyarrow imports it at its first array, at more cost than a small file."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("the reader child works without pandas", name=name)


def main() -> int:
    """Read the job, say what happens; exit 0 also for a refused file, EX_IOERR for a full disk."""
    job = Job.from_json(sys.stdin.read())
    sys.meta_path.insert(0, WithoutPandas())
    confine(job.limits)
    try:
        for event in events(job):
            sys.stdout.write(to_line(event) + "\n")
            sys.stdout.flush()
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return os.EX_IOERR
    return 0


def events(job: Job) -> Iterator[Event]:
    """The events of a job; every way to fail becomes a rejected event."""
    import pyarrow as pa

    from ..mapping.problems import MappingError
    from .refusal import Refused

    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    try:
        yield from _task(job)
    except Refused as refused:
        yield refused.event
    except MappingError as error:
        yield Rejected("mapping", str(error), "mend the mapping of the feed")
    except MemoryError:
        limit = job.limits.memory // 2**20
        yield Rejected("limits", f"reading needs more than {limit} MB", "split the file")


def _task(job: Job) -> Iterator[Event]:
    if job.task == "originals":
        from .originals import originals

        return originals(job)
    if job.task == "table":
        from .table import table

        return table(job)
    from .run import run

    return run(job)


if __name__ == "__main__":
    sys.exit(main())
