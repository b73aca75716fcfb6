"""Which addresses programs of this installation may be told to talk to by what people type in."""

import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from requests_hardened.ip_filter import EXTRA_BLOCKED_NET_RANGES
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
SocketAddress = tuple[Any, ...]
SCHEMES = ("http", "https")
_LONGEST = 2000
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f\\^`{}|<>\"\u2000-\u200f\u2028\u2029\ufeff]")
_WAY_OUT = "an administrator may permit it by OUTGOING_ALLOW"


class ForbiddenAddressError(ValueError):
    """An address that must not be called; the message never holds the path or a secret."""


@dataclass(frozen=True, slots=True)
class Permitted:
    """What OUTGOING_ALLOW names: internal networks, and hosts that may have internal addresses."""

    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()
    hosts: frozenset[str] = frozenset()

    @classmethod
    def of(cls, written: Iterable[str]) -> "Permitted":
        """From names of hosts and networks as 10.1.0.0/16; an address is a network of one."""
        networks, hosts = [], set()
        for text in written:
            try:
                networks.append(ipaddress.ip_network(text, strict=False))
            except ValueError:
                hosts.add(text.lower())
        return cls(tuple(networks), frozenset(hosts))

    def allows(self, host: str, address: Address) -> bool:
        """Whether ``address``, to which ``host`` resolved, may be connected to."""
        if is_public(address) or any(address in network for network in self.networks):
            return True
        named = host.lower() in self.hosts
        return named and not address.is_link_local  # there live the keys of clouds


def is_public(address: Address) -> bool:
    """Whether ``address`` is an ordinary one of the internet, for one receiver."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address.teredo is not None or address.is_site_local:
            return False
    if any(address in network for network in EXTRA_BLOCKED_NET_RANGES):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def url_checked(url: str) -> SplitResult:
    """The parts of an http or https URL that all readers of URLs understand in the same way.

    Raises ForbiddenAddressError with the rule it breaks.
    """
    if len(url) > _LONGEST or _UNSAFE.search(url):
        raise ForbiddenAddressError(
            f"the address is longer than {_LONGEST} characters, or holds characters it may not: "
            "copy it again"
        )
    try:
        parts, again = urlsplit(url), parse_url(url)
        port, host = parts.port, parts.hostname or ""
    except (ValueError, LocationParseError):
        raise ForbiddenAddressError("the address is not a URL: copy it again") from None
    if parts.scheme not in SCHEMES:
        raise ForbiddenAddressError("the address must begin with https:// or http://")
    if parts.username is not None or parts.password is not None:
        raise ForbiddenAddressError("the address holds a user name: leave out what stands before @")
    if not host or port == 0 or host != _bare(again.host) or port != again.port:
        raise ForbiddenAddressError("the address names no host, or two: copy it again")
    return parts


def resolve(host: str, port: int, permitted: Permitted) -> list[tuple[int, SocketAddress]]:
    """Where ``host`` may be connected to now: family and socket address, in the resolver's order.

    A host with one address that may not be called is refused altogether. Raises
    ForbiddenAddressError, or OSError where it has no address.
    """
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for _, _, _, _, place in answers:
        if not permitted.allows(host, _address(place)):
            raise ForbiddenAddressError(
                f"{host} is not on the public internet, and is not called: {_WAY_OUT}"
            )
    return [(family, place) for family, _, _, _, place in answers]


def _address(place: SocketAddress) -> Address:
    return ipaddress.ip_address(str(place[0]).partition("%")[0])


def _bare(host: str | None) -> str:
    return (host or "").strip("[]").lower()
