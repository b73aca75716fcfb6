"""A small web server on the loopback address that behaves as a test tells it to."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Received:
    """One request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """``answers``: what to do with the n-th request, the last one for all after it."""

    port: int
    requests: list[Received] = field(default_factory=list)
    answers: list[Callable[[Any], None]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def will(self, *answers: Callable[[Any], None]) -> "Receiver":
        self.answers[:] = answers
        return self


def answer(
    status: int = 200, body: bytes = b"ok", headers: dict[str, str] | None = None
) -> Callable[[Any], None]:
    def act(handler: Any) -> None:
        handler.send_response(status)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return act


def dies(handler: Any) -> None:
    """Take the request and close without an answer."""
    handler.connection.shutdown(socket.SHUT_RDWR)


def hangs(handler: Any) -> None:
    """Take the request and say nothing until the other side goes."""
    handler.connection.settimeout(20)
    handler.connection.recv(1)


def drips(handler: Any) -> None:
    """Answer a byte at a time for two seconds: no single wait is long."""
    handler.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n")
    for _ in range(40):
        try:
            handler.connection.sendall(b"x")
        except OSError:
            return
        time.sleep(0.05)


@contextmanager
def a_receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def _take(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            number = len(receiver.requests)
            receiver.requests.append(Received(self.command, self.path, dict(self.headers), body))
            acts = receiver.answers or [answer()]
            acts[min(number, len(acts) - 1)](self)

        def do_GET(self) -> None:
            self._take()

        def do_POST(self) -> None:
            self._take()

        def log_message(self, *args: Any) -> None:
            """Nothing: the test says what went wrong."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """Receivers that die are meant to."""

    server = Server(("127.0.0.1", 0), Handler)
    receiver = Receiver(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
