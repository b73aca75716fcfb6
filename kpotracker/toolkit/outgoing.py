"""The one way out: every HTTP request to an address that a person typed in goes through here.

Only http and https; the host's address is checked and the connection made to that very address,
for redirects too; neither proxies nor credentials of this machine; a cap on what is read after
decompression, and an end to the whole conversation.
"""

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError
from urllib3.poolmanager import PoolManager

from kpotracker.toolkit.addresses import (
    SCHEMES,
    ForbiddenAddressError,
    Permitted,
    resolve,
    url_checked,
)
from kpotracker.toolkit.deadline import Deadline

USER_AGENT = "kpotracker/1"
_REDIRECTS = (301, 302, 303, 307, 308)
_KEEPING_METHOD = (307, 308)
_CHUNK = 64 * 1024
_OF_THE_HOST = frozenset({"authorization", "cookie", "proxy-authorization"})


class OutgoingError(Exception):
    """A request that got no answer; the message names the host and holds no secret."""


@dataclass(frozen=True, slots=True)
class Limits:
    """``connect_s`` and ``read_s`` for a single wait, ``total_s`` for all of it; ``body_bytes`` of
    the answer, decompressed; ``redirects`` that are followed."""

    connect_s: float = 5
    read_s: float = 10
    total_s: float = 15
    body_bytes: int = 1024 * 1024
    redirects: int = 3


_LIMITS = Limits()


@dataclass(slots=True)
class Answer:
    """What came back; ``body`` is empty where it is read piece by piece."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    pieces: Iterator[bytes] = field(default_factory=lambda: iter(()))

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


def call(
    method: str,
    url: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    limits: Limits | None = None,
) -> Answer:
    """Ask ``url`` and read its whole answer, of whatever status.

    Raises ForbiddenAddressError for an address that must not be called, and OutgoingError where
    there is no whole answer.
    """
    with streamed(method, url, body=body, headers=headers, limits=limits) as answer:
        answer.body = b"".join(answer.pieces)
    return answer


@contextmanager
def streamed(
    method: str,
    url: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    limits: Limits | None = None,
) -> Iterator[Answer]:
    """As ``call``, for large answers: ``pieces`` gives the body, decompressed, as it arrives."""
    limits = limits or _LIMITS
    host = url_checked(url).hostname or ""
    with Deadline(limits.total_s) as deadline, _session(deadline) as session:
        try:
            response = _followed(session, method, url, body, dict(headers or {}), limits)
            pieces = _capped(response, limits.body_bytes, host)
            yield Answer(response.url or url, response.status_code, response.headers, b"", pieces)
        except (requests.RequestException, HTTPError, OSError) as error:
            raise _plainly(error, host, deadline) from None


def _followed(
    session: requests.Session,
    method: str,
    url: str,
    body: bytes | None,
    headers: dict[str, str],
    limits: Limits,
) -> requests.Response:
    timeout = (limits.connect_s, limits.read_s)
    for _ in range(limits.redirects + 1):
        request = requests.Request(method, url, headers=headers, data=body)
        response = session.send(
            session.prepare_request(request), stream=True, timeout=timeout, allow_redirects=False
        )
        target = _redirect(response, method)
        if not target:
            return response
        response.close()
        target = urljoin(url, target)
        if _origin(url) != _origin(target):
            headers = {k: v for k, v in headers.items() if k.lower() not in _OF_THE_HOST}
        url = target
    raise OutgoingError(f"{urlsplit(url).hostname} redirected more than {limits.redirects} times")


def _redirect(response: requests.Response, method: str) -> str:
    """Where the answer sends us on; what is told by POST is told again only where that is meant."""
    allowed = _REDIRECTS if method in ("GET", "HEAD") else _KEEPING_METHOD
    return response.headers.get("Location", "") if response.status_code in allowed else ""


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _capped(response: requests.Response, most: int, host: str) -> Iterator[bytes]:
    read = 0
    for piece in response.iter_content(_CHUNK):
        read += len(piece)
        if read > most:
            raise OutgoingError(f"{host} answered with more than {most} bytes")
        yield piece


def _plainly(error: Exception, host: str, deadline: Deadline) -> Exception:
    """What went wrong in words of ours: texts of libraries repeat addresses with their secrets."""
    if found := _cause(error, ForbiddenAddressError):
        return found
    if deadline.has_passed or isinstance(error, requests.Timeout | TimeoutError):
        return OutgoingError(f"{host} did not answer in time")
    if _cause(error, socket.gaierror):
        return OutgoingError(f"{host} is not known: its name has no address")
    if isinstance(error, requests.exceptions.SSLError):
        return OutgoingError(f"{host} has no certificate that is trusted here")
    if _cause(error, NewConnectionError):
        return OutgoingError(f"{host} takes no connection")
    return OutgoingError(f"{host} ended the connection without a whole answer")


def _cause(error: BaseException | None, kind: type[Exception]) -> Exception | None:
    """The first of ``kind`` among an error and what it was raised from, or carries."""
    seen: set[int] = set()
    todo: list[object] = [error]
    while todo:
        each = todo.pop()
        if not isinstance(each, BaseException) or id(each) in seen:
            continue
        if isinstance(each, kind):
            return each
        seen.add(id(each))
        todo += [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]
    return None


class SafeSession(requests.Session):
    """Requests' own session, which connects to permitted addresses only; for libraries that
    speak requests. Our own code uses ``call``."""

    def __init__(self, deadline: Deadline) -> None:
        super().__init__()
        self.trust_env = False
        self.max_redirects = _LIMITS.redirects
        self.headers["User-Agent"] = USER_AGENT
        self.adapters.clear()
        for scheme in SCHEMES:
            self.mount(f"{scheme}://", _Adapter(deadline))

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        url_checked(request.url or "")
        kwargs["proxies"] = {}
        return super().send(request, **kwargs)

    def ask(self, method: str, url: str, **kwargs: Any) -> requests.Response:
        """``request`` with a cap on what is read of the answer, and timeouts of ours."""
        kwargs |= {"stream": True, "timeout": (_LIMITS.connect_s, _LIMITS.read_s), "verify": True}
        response = self.request(method, url, **kwargs)
        pieces = _capped(response, _LIMITS.body_bytes, urlsplit(url).hostname or "")
        response._content = b"".join(pieces)
        return response


def _session(deadline: Deadline) -> SafeSession:
    return SafeSession(deadline)


class _Pinned:
    """Connects to the address that was checked: nobody resolves the name a second time."""

    deadline: Deadline

    def _new_conn(self: Any) -> socket.socket:
        permitted = Permitted.of(settings.OUTGOING_ALLOW)
        try:
            places = resolve(self._dns_host, self.port, permitted)
            connected = _connect(places, min(self.timeout or 5, self.deadline.left))
        except TimeoutError as error:
            raise ConnectTimeoutError(self, "no connection in time") from error
        except (OSError, ForbiddenAddressError, UnicodeError) as error:
            raise NewConnectionError(self, "no connection") from error
        self.deadline.guard(connected)
        connected.settimeout(self.timeout)
        return connected


def _connect(places: list[tuple[int, Any]], timeout: float) -> socket.socket:
    """A connection to the first of ``places`` that takes one."""
    failure: OSError = OSError("no address")
    for family, place in places:
        connecting = socket.socket(family, socket.SOCK_STREAM)
        try:
            connecting.settimeout(timeout)
            connecting.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connecting.connect(place)
            return connecting
        except OSError as error:
            connecting.close()
            failure = error
    raise failure


class _Adapter(HTTPAdapter):
    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        self.poolmanager = PoolManager(num_pools=1, maxsize=1)
        self.poolmanager.pool_classes_by_scheme = _pools(self._deadline)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        raise requests.exceptions.ProxyError("requests leave without a proxy")


def _pools(until: Deadline) -> dict[str, type[HTTPConnectionPool]]:
    class Plain(_Pinned, HTTPConnection):
        deadline = until

    class Secure(_Pinned, HTTPSConnection):
        deadline = until

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}
