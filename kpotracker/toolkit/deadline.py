"""A time by which a conversation over a socket is over, however slowly the other side talks."""

import os
import socket
import time
from contextlib import suppress
from threading import Lock, Timer
from types import TracebackType


class Deadline:
    """Ends the guarded sockets ``seconds`` after it was entered; timeouts of single reads do not
    end an answer that arrives byte by byte."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds
        self._timer = Timer(seconds, self._end)
        self._timer.daemon = True
        self._handles: list[socket.socket] = []
        self._lock = Lock()
        self.has_passed = False

    def __enter__(self) -> "Deadline":
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        with self._lock:
            for handle in self._handles:
                handle.close()
            self._handles.clear()

    @property
    def left(self) -> float:
        """Seconds left, never less than a moment."""
        return max(0.05, self._ends - time.monotonic())

    def guard(self, connected: socket.socket) -> None:
        """Let the deadline end ``connected``, also once TLS has taken its place."""
        handle = socket.socket(fileno=os.dup(connected.fileno()))
        with self._lock:
            self._handles.append(handle)

    def _end(self) -> None:
        with self._lock:
            self.has_passed = True
            for handle in self._handles:
                with suppress(OSError):
                    handle.shutdown(socket.SHUT_RDWR)
