"""Limits the child puts on itself before it touches the file."""

import resource

from .events import Limits


def confine(limits: Limits) -> None:
    """Cap data memory and CPU seconds, and write no core files."""
    _cap(resource.RLIMIT_DATA, limits.memory)
    _cap(resource.RLIMIT_CPU, limits.cpu_s)
    _cap(resource.RLIMIT_CORE, 0)


def _cap(which: int, value: int) -> None:
    _, hard = resource.getrlimit(which)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(which, (value, value))


def peak_bytes() -> int:
    """The most resident memory this process has used."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
