"""What a body may be, how long, and whole; nothing is kept of one that is not."""

import socket
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from metrics.api import bodies
from metrics.models import Delivery
from tests.api.sending import CSV, PATH, send, send_form, stored_files
from tests.api.world import PROBLEM, Program

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "content_type",
    ["application/xml", "text/html", "application/x-www-form-urlencoded", "nonsense", "image/png"],
)
def test_other_media_types_are_415_and_name_those_that_are_taken(
    content_type: str, deliverer: Program
) -> None:
    answer = send(deliverer, content_type=content_type)
    assert (answer.status_code, answer.headers["Content-Type"]) == (415, PROBLEM)
    assert "text/csv" in answer.json()["detail"]


@pytest.mark.parametrize("content_type", [*bodies.RAW_TYPES, "text/csv; charset=utf-8"])
def test_every_raw_media_type_is_taken(content_type: str, deliverer: Program) -> None:
    assert send(deliverer, content_type=content_type).status_code == 202


def test_nothing_is_read_of_a_body_over_the_cap(
    deliverer: Program, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MAX_DELIVERY_BYTES = 10
    monkeypatch.setattr(bodies, "_FORM_ALLOWANCE", 0)
    monkeypatch.setattr(bodies.WholeBody, "read", lambda *args: pytest.fail("it was read"))
    answer = send(deliverer, b"x" * 11)
    assert answer.status_code == 413
    assert answer.json()["detail"] == "A delivery may have 10 bytes: split or compress it."


def test_a_file_over_the_cap_inside_the_allowance_leaves_nothing(
    deliverer: Program, settings: Any
) -> None:
    settings.MAX_DELIVERY_BYTES = 10
    before, files = Delivery.objects.count(), stored_files()
    assert send(deliverer, b"x" * 11).status_code == 413
    assert send_form(deliverer, file=SimpleUploadedFile("x.csv", b"x" * 11)).status_code == 413
    assert (Delivery.objects.count(), stored_files()) == (before, files)
    assert send(deliverer, b"x" * 10).status_code == 202


def test_an_empty_body_is_400(deliverer: Program) -> None:
    assert send(deliverer, b"", CONTENT_LENGTH="0").status_code == 400
    answer = send_form(deliverer, file=SimpleUploadedFile("x.csv", b""))
    assert answer.json()["errors"][0]["pointer"] == "#/file"


def test_a_body_without_a_length_is_411(deliverer: Program) -> None:
    answer = send(deliverer, CONTENT_LENGTH="")
    assert (answer.status_code, answer.headers["Content-Type"]) == (411, PROBLEM)


FORM = "multipart/form-data; boundary=b"
PART = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n' + CSV


def break_off(program: Program, live_server: Any, content_type: str) -> bytes:
    """The answer to a connection that closes 50 bytes before the length it stated."""
    body = PART if content_type == FORM else CSV
    parts = urlsplit(live_server.url)
    head = [f"POST {PATH} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Type: {content_type}"]
    head += [f"{name}: {value}" for name, value in program.headers.items()]
    head += [f"Content-Length: {len(body) + 50}", "Connection: close", "", ""]
    with socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=10) as wire:
        wire.sendall("\r\n".join(head).encode() + body)
        wire.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: wire.recv(65536), b""))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("content_type", ["text/csv", FORM])
def test_a_connection_that_breaks_off_delivers_nothing(
    content_type: str, deliverer: Program, live_server: Any
) -> None:
    before, files = Delivery.objects.count(), stored_files()
    answer = break_off(deliverer, live_server, content_type)
    assert answer.startswith(b"HTTP/1.1 400")
    assert PROBLEM.encode() in answer
    assert b"The body ended after" in answer
    assert (Delivery.objects.count(), stored_files()) == (before, files)


@pytest.mark.django_db(transaction=True)
def test_without_the_guard_a_cut_body_would_look_complete(
    deliverer: Program, live_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies.WholeBody, "read", lambda body, size=-1: body._stream.read(size))
    assert break_off(deliverer, live_server, "text/csv").startswith(b"HTTP/1.1 202")
