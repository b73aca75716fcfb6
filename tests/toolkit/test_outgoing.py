"""The one way out: no address that is not public is ever connected to, whatever is typed in."""

import gzip
import ipaddress
import socket

import pytest

from kpotracker.toolkit import addresses, outgoing
from kpotracker.toolkit.addresses import ForbiddenAddressError, Permitted, is_public, url_checked
from kpotracker.toolkit.outgoing import Limits, OutgoingError, call, streamed
from tests.toolkit.receiving import a_receiver, answer, dies, drips, hangs

PUBLIC = "93.184.215.14"
HOSTILE = [
    "http://127.0.0.1/",
    "http://localhost/",
    "http://0.0.0.0/",
    "http://0/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://017700000001/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[fd00:ec2::254]/",
    "http://[fe80::1]/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://internal.example.test/",
    "http://user:word@127.0.0.1/",
    "http://good.example.test@127.0.0.1/",
    "http://good.example.test\\@127.0.0.1/",
    "http://good.example.test#@127.0.0.1/",
    "http://127.0.0.1\t.example.test/",
    "http://good.example.test:80\r\nHost: x/",
    "file:///etc/passwd",
    "ftp://127.0.0.1/",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "dict://127.0.0.1:11211/",
    "//127.0.0.1/",
    "http:///nothing",
    "http://good.example.test:0/",
    "http://good.example.test:99999/",
    "",
]
NAMES = {
    "good.example.test": [PUBLIC],
    "internal.example.test": ["10.1.2.3"],
    "both.example.test": [PUBLIC, "127.0.0.1"],
    "localhost": ["127.0.0.1"],
}


class Network:
    """Where connections went, and a resolver that knows a few names; nothing leaves."""

    def __init__(self, monkeypatch):
        self.connected = []
        self.asked = []
        self.real = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self.resolve)
        monkeypatch.setattr(socket.socket, "connect", self.connect)

    def resolve(self, host, port, *args, **kwargs):
        self.asked.append(host)
        if host in NAMES:
            return [
                (socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in NAMES[host]
            ]
        flags = socket.AI_NUMERICHOST
        return self.real(host, port, type=socket.SOCK_STREAM, flags=flags)

    def connect(self, place):
        self.connected.append(place)
        raise ConnectionRefusedError


@pytest.fixture
def network(monkeypatch):
    return Network(monkeypatch)


@pytest.fixture
def receiver(settings):
    settings.OUTGOING_ALLOW = ["127.0.0.1"]
    with a_receiver() as found:
        yield found


class TestHostileAddresses:
    @pytest.mark.parametrize("url", HOSTILE)
    def test_nothing_that_is_not_public_is_connected_to(self, network, url):
        with pytest.raises((ForbiddenAddressError, OutgoingError)):
            call("GET", url)

        assert [place for place in network.connected if place[0] != PUBLIC] == []

    def test_there_are_more_than_25(self):
        assert len(set(HOSTILE)) > 25

    def test_a_public_one_is_connected_to(self, network):
        with pytest.raises(OutgoingError, match=r"good\.example\.test takes no connection"):
            call("GET", "https://good.example.test/")

        assert network.connected == [(PUBLIC, 443)]

    def test_without_the_check_they_would_be(self, network, monkeypatch):
        monkeypatch.setattr(Permitted, "allows", lambda *args: True)

        with pytest.raises(OutgoingError):
            call("GET", "http://169.254.169.254/latest/meta-data/")

        assert network.connected == [("169.254.169.254", 80)]

    def test_a_host_with_one_internal_address_among_others_is_refused(self, network):
        with pytest.raises(ForbiddenAddressError, match="not on the public internet"):
            call("GET", "http://both.example.test/")

        assert network.connected == []

    def test_the_address_that_was_checked_is_the_one_connected_to(self, network, monkeypatch):
        answers = iter([[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]])

        def rebinding(host, port, *args, **kwargs):
            return [
                (socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in next(answers)
            ]

        monkeypatch.setattr(socket, "getaddrinfo", rebinding)
        with pytest.raises(OutgoingError):
            call("GET", "http://good.example.test/")

        assert network.connected == [(PUBLIC, 80)]

    def test_a_proxy_of_this_machine_is_not_used(self, network, monkeypatch):
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:3128")

        with pytest.raises(OutgoingError):
            call("GET", "http://good.example.test/")

        assert network.connected == [(PUBLIC, 80)]


class TestWhatIsPermitted:
    @pytest.mark.parametrize(
        ("allow", "host", "address", "expected"),
        [
            ([], "a", PUBLIC, True),
            ([], "a", "10.1.2.3", False),
            (["10.1.0.0/16"], "a", "10.1.2.3", True),
            (["10.1.0.0/16"], "a", "10.2.2.3", False),
            (["10.1.2.3"], "a", "10.1.2.3", True),
            (["Hooks.Internal"], "hooks.internal", "10.1.2.3", True),
            (["hooks.internal"], "other.internal", "10.1.2.3", False),
            (["hooks.internal"], "hooks.internal", "169.254.169.254", False),
            (["169.254.169.254"], "a", "169.254.169.254", True),
            (["::1"], "a", "::1", True),
        ],
    )
    def test_internal_ones_are_named_by_network_or_host(self, allow, host, address, expected):
        assert Permitted.of(allow).allows(host, ipaddress.ip_address(address)) is expected

    @pytest.mark.parametrize("address", ["8.8.8.8", PUBLIC, "2606:2800:21f:cb07::1"])
    def test_ordinary_addresses_are_public(self, address):
        assert is_public(ipaddress.ip_address(address))

    @pytest.mark.parametrize(
        "address", ["198.18.0.1", "192.0.2.1", "240.0.0.1", "2001:db8::1", "ff02::1", "2001::1"]
    )
    def test_special_ones_are_not(self, address):
        assert not is_public(ipaddress.ip_address(address))

    @pytest.mark.parametrize(
        "url", ["https://a.test/x?y=1", "http://a.test:8080", "https://[::1]/"]
    )
    def test_plain_urls_are_understood(self, url):
        assert url_checked(url).hostname


class TestRedirects:
    def test_one_to_an_internal_address_is_not_followed(self, receiver):
        receiver.will(answer(302, headers={"Location": "http://[::1]:1/"}))

        with pytest.raises(ForbiddenAddressError):
            call("GET", receiver.url)

        assert len(receiver.requests) == 1

    @pytest.mark.parametrize("target", ["file:///etc/passwd", "http://user:word@a.test/"])
    def test_each_hop_is_checked_as_a_typed_in_address_is(self, receiver, target):
        receiver.will(answer(302, headers={"Location": target}))

        with pytest.raises(ForbiddenAddressError):
            call("GET", receiver.url)

    def test_three_are_followed_and_no_more(self, receiver):
        hop = answer(302, headers={"Location": "/again"})
        receiver.will(hop, hop, hop, answer(body=b"there"))
        assert call("GET", receiver.url).body == b"there"

        receiver.requests.clear()
        receiver.will(hop)
        with pytest.raises(OutgoingError, match="redirected more than 3 times"):
            call("GET", receiver.url)
        assert len(receiver.requests) == 4

    @pytest.mark.parametrize(("status", "told_again"), [(302, False), (303, False), (307, True)])
    def test_what_was_posted_is_posted_again_only_where_that_is_meant(
        self, receiver, status, told_again
    ):
        receiver.will(answer(status, headers={"Location": "/there"}), answer())

        found = call("POST", receiver.url, body=b"x")

        assert [each.method for each in receiver.requests] == ["POST"] * (1 + told_again)
        assert found.status == (200 if told_again else status)

    def test_credentials_stay_with_their_host(self, receiver):
        with a_receiver() as other:
            receiver.will(answer(302, headers={"Location": other.url}))
            call("GET", receiver.url, headers={"Authorization": "Bearer word", "X-Other": "kept"})

            assert "Authorization" in receiver.requests[0].headers
            assert "Authorization" not in other.requests[0].headers
            assert other.requests[0].headers["X-Other"] == "kept"


class TestLimits:
    def test_an_answer_is_read_whole(self, receiver):
        receiver.will(answer(201, b"made", {"X-Said": "yes"}))

        found = call("POST", receiver.url, body=b"{}", headers={"Content-Type": "text/plain"})

        assert (found.status, found.body, found.headers["x-said"]) == (201, b"made", "yes")
        assert found.is_success
        assert receiver.requests[0].body == b"{}"
        assert receiver.requests[0].headers["Content-Type"] == "text/plain"

    def test_a_large_one_is_read_piece_by_piece(self, receiver):
        receiver.will(answer(body=b"x" * 300_000))
        with streamed("GET", receiver.url) as found:
            sizes = [len(piece) for piece in found.pieces]

        assert sum(sizes) == 300_000
        assert len(sizes) > 3

    def test_what_a_small_answer_unpacks_to_counts(self, receiver):
        packed = gzip.compress(b"0" * 5_000_000)
        receiver.will(answer(body=packed, headers={"Content-Encoding": "gzip"}))

        with pytest.raises(OutgoingError, match="more than 1000000 bytes"):
            call("GET", receiver.url, limits=Limits(body_bytes=1_000_000))

        assert len(packed) < 10_000

    def test_the_conversation_ends_however_slowly_the_other_side_talks(self, receiver):
        receiver.will(drips)

        with pytest.raises(OutgoingError, match="did not answer in time"):
            call("GET", receiver.url, limits=Limits(read_s=5, total_s=0.5))

    def test_without_the_deadline_it_would_go_on(self, receiver, monkeypatch):
        monkeypatch.setattr(outgoing.Deadline, "guard", lambda *args: None)
        receiver.will(drips)

        assert call("GET", receiver.url, limits=Limits(read_s=5, total_s=0.5)).body == b"x" * 40

    def test_a_receiver_that_says_nothing_is_not_waited_for(self, receiver):
        receiver.will(hangs)

        with pytest.raises(OutgoingError, match="did not answer in time"):
            call("GET", receiver.url, limits=Limits(read_s=0.3))

    def test_one_that_closes_is_named(self, receiver):
        receiver.will(dies)

        with pytest.raises(OutgoingError, match=r"127\.0\.0\.1 ended the connection"):
            call("GET", receiver.url)

    def test_no_error_repeats_the_address(self, receiver):
        receiver.will(dies)

        with pytest.raises(OutgoingError) as caught:
            call("GET", f"{receiver.url}/T0/B0/very-secret?sig=very-secret")

        chain = [caught.value, caught.value.__cause__]
        assert "very-secret" not in " ".join(map(repr, chain))
        assert caught.value.__suppress_context__

    def test_a_name_without_an_address_is_named(self, monkeypatch):
        def unknown(*args, **kwargs):
            raise socket.gaierror(socket.EAI_NONAME, "unknown")

        monkeypatch.setattr(addresses.socket, "getaddrinfo", unknown)
        with pytest.raises(OutgoingError, match=r"gone\.example\.test is not known"):
            call("GET", "http://gone.example.test/")
