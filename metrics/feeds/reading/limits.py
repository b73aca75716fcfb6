"""Limits the child puts on itself before it touches the file."""

import resource

from .events import Limits

CPU_SPARE_S = 5


def confine(limits: Limits) -> None:
    """Cap data memory and CPU seconds, and write no core files.

    Time that is up is told by SIGXCPU: a SIGKILL, which comes at the hard limit, would look like
    one from outside, and that says nothing about the file.
    """
    _cap(resource.RLIMIT_DATA, limits.memory)
    _cap(resource.RLIMIT_CPU, limits.cpu_s, spare=CPU_SPARE_S)
    _cap(resource.RLIMIT_CORE, 0)


def _cap(which: int, value: int, spare: int = 0) -> None:
    _, hard = resource.getrlimit(which)
    bounds = (value, value + spare)
    if hard != resource.RLIM_INFINITY:
        bounds = (min(value, hard), min(value + spare, hard))
    resource.setrlimit(which, bounds)


def peak_bytes() -> int:
    """The most resident memory this process has used."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
