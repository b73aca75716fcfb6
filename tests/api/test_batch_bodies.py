"""What is refused before a row is looked at, and what is left to the reader of rows."""

import gzip
import json
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest

from metrics.api import batch_bodies
from metrics.models import Delivery
from tests.api.pushing import (
    EVENT,
    EVENTS,
    JSON,
    LINES,
    PATH,
    event,
    push,
    pushed,
    remap,
    row,
    verdicts,
)
from tests.api.world import PROBLEM, Holding, Program

pytestmark = pytest.mark.django_db
GOOD = json.dumps(row("INC0"))


@pytest.fixture
def sender(acme: Holding, deliverer: Program) -> Program:
    remap(acme)
    return deliverer


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ('[{"hours": NaN}]', "#/0"),
        (f'[{GOOD}, {{"hours": 1e309}}]', "#/1"),
        (f'[{GOOD}, {{"hours": -Infinity}}]', "#/1"),
        ('[{"hours": 1, "hours": 2}]', "#/0"),
        ('[{"hours": ' + "1" * 5000 + "}]", "#/0"),
        ('[{"number": "a\\u0000b"}]', "#/0"),
        ('[{"a": {"b\\u0000": 1}}]', "#/0"),
        (b'[{"number": "\xff"}]', "#"),
        ("[]", "#"),
        ("null", "#"),
        ("5", "#"),
        ("{}", "#/observations"),
        ('{"observations": []}', "#"),
        ('{"observations": 5}', "#/observations"),
        ('{"observations": [], "observations": []}', "#"),
        ('{"observation": []}', "#/observation"),
        ('{"complete_through": 5, "observations": [{}]}', "#/complete_through"),
        (f"[{GOOD}", "#"),
        (f"[{GOOD},]", "#/1"),
        (f"[{GOOD}] x", "#"),
        ("[" * 100_000, "#/0"),
        ('[{"a":' + "[" * 40 + "]" * 40 + "}]", "#/0"),
        ('[{"a": "line\nbreak"}]', "#/0"),
    ],
)
def test_json_with_no_one_meaning_is_refused_whole(
    sender: Program, body: str | bytes, pointer: str
) -> None:
    answer = push(sender, body)
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, PROBLEM)
    assert pointer in [error["pointer"] for error in answer.json()["errors"]], answer.json()
    assert Delivery.objects.filter(filename="batch.ndjson").count() == 0


@pytest.mark.parametrize(
    "line",
    [
        '{"hours": NaN}',
        '{"a": 1e309}',
        '{"a": 1, "a": 2}',
        "[1]",
        "null",
        "{",
        '{"number": "\\u0000"}',
    ],
)
def test_a_bad_line_is_one_rejected_row(sender: Program, line: str) -> None:
    answer = push(sender, f"{GOOD}\n{line}\n", LINES)
    assert (answer.status_code, verdicts(answer)) == (207, ["accepted", "rejected"])
    assert answer.json()["items"][1]["pointer"].startswith("/1")


def test_lines_that_are_not_utf8_or_too_deep_do_no_harm(sender: Program) -> None:
    assert push(sender, GOOD.encode() + b'\n{"a": "\xff"}', LINES).status_code == 400
    assert push(sender, "\n \n", LINES).status_code == 400
    for depth in (300, 900, 50_000):
        deep = '{"a":' * depth + "1" + "}" * depth
        assert push(sender, f"{GOOD}\n{deep}", LINES).status_code == 207


@pytest.mark.parametrize(
    ("sent", "pointers"),
    [
        (event(row(), specversion="0.3"), ["#/specversion"]),
        (event(row(), id="", source=5), ["#/id", "#/source"]),
        (event(row(), datacontenttype="text/xml"), ["#/datacontenttype"]),
        ({k: v for k, v in event(0).items() if k != "data"}, ["#/data"]),
        (event(row(cloudevent=1)), ["#/data/cloudevent"]),
        (event(0) | {"data_base64": "AA=="}, ["#/data_base64"]),
    ],
)
def test_an_event_that_is_none_is_refused(sender: Program, sent: Any, pointers: list[str]) -> None:
    answer = push(sender, sent, EVENT)
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == pointers
    several = push(sender, [event(row()), sent], EVENTS)
    assert [error["pointer"] for error in several.json()["errors"]] == [
        pointer.replace("#", "#/1") for pointer in pointers
    ]
    assert push(sender, [event("text")], EVENTS).status_code == 207


@pytest.mark.parametrize("kind", ["application/xml", "text/xml", "text/csv", "text/plain", ""])
def test_other_types_are_415_with_the_ones_that_are_taken(sender: Program, kind: str) -> None:
    answer = push(sender, "<rows/>", kind)
    assert answer.status_code == 415
    assert LINES in answer.json()["detail"]


def test_a_packed_body_is_taken_whole_or_not_at_all(sender: Program) -> None:
    packed = gzip.compress(json.dumps([row()]).encode())
    assert push(sender, packed, content_encoding="gzip").status_code == 200
    for broken in (packed[:-9], packed + b"x", b"[]", b"\x1f\x8b"):
        assert push(sender, broken, content_encoding="gzip").status_code == 400
    assert push(sender, packed, content_encoding="br").status_code == 415
    assert push(sender, packed).status_code == 400


def test_a_bomb_is_refused_while_it_is_small(sender: Program) -> None:
    bomb = gzip.compress(b"[" + b" " * 40_000_000 + b"]")
    assert len(bomb) < 100_000
    assert push(sender, bomb, content_encoding="gzip").status_code == 413


def test_too_many_rows_or_bytes_are_413(sender: Program, monkeypatch: Any) -> None:
    monkeypatch.setattr(batch_bodies, "MOST_ROWS", 2)
    rows = [row(f"INC{n}") for n in range(3)]
    lines = "\n".join(map(json.dumps, rows))
    assert push(sender, rows).status_code == 413
    assert push(sender, {"observations": rows}).status_code == 413
    assert push(sender, lines, LINES).status_code == 413
    assert push(sender, [event(one) for one in rows], EVENTS).status_code == 413
    assert push(sender, rows[:2]).status_code == 200
    monkeypatch.setattr(batch_bodies, "MOST_BYTES", 100)
    assert push(sender, rows[:2]).status_code == 413
    assert pushed().count() == 2


def test_an_empty_body_or_one_without_a_length_is_refused(sender: Program) -> None:
    empty = sender.call("POST", PATH, data="", content_type=JSON, CONTENT_LENGTH="0")
    assert empty.status_code == 400
    none = sender.call("POST", PATH, data="[]", content_type=JSON, CONTENT_LENGTH="")
    assert none.status_code == 411


def break_off(program: Program, live_server: Any) -> bytes:
    """The answer to a connection that closes behind a whole line, short of the stated length."""
    parts = urlsplit(live_server.url)
    head = [f"POST {PATH} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Type: {LINES}"]
    head += [f"{name}: {value}" for name, value in program.headers.items()]
    head += [f"Content-Length: {len(GOOD) + 50}", "Connection: close", "", ""]
    with socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=10) as wire:
        wire.sendall(("\r\n".join(head) + GOOD + "\n").encode())
        wire.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: wire.recv(65536), b""))


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_breaks_off_brings_nothing(sender: Program, live_server: Any) -> None:
    assert break_off(sender, live_server).startswith(b"HTTP/1.1 400")
    assert not pushed().exists()


def test_an_unknown_member_is_named_by_an_escaped_pointer(sender: Program) -> None:
    answer = push(sender, {"observations": [row()], "a/b~c": 1})
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == ["#/a~1b~0c"]


@pytest.mark.parametrize("query", ["dry_run=maybe", "dry_run=true&dry_run=true", "dryrun=true"])
def test_parameters_are_checked(sender: Program, query: str) -> None:
    assert push(sender, [row()], query=query).status_code == 400
