"""Delivering a file: 202 once it is safe, a status to follow, and nothing kept of a refusal."""

import socket
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings as live_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from metrics.api import bodies
from metrics.evaluation.work import work_all
from metrics.feeds import storage
from metrics.models import Delivery, Feed, Ingestion, KpiPeriod
from tests import factories
from tests.api.world import PROBLEM, Holding, Program, a_program

pytestmark = pytest.mark.django_db
PATH = "/api/v1/feeds/acme-desk/deliveries"
CSV = b"number,closed,ok\nINC1,2026-04-02T10:00:00Z,yes\nINC2,2026-04-03T10:00:00Z,no\n"
MAPPING = {
    "code": "acme-desk",
    "name": "Desk",
    "format": {"type": "csv"},
    "identity": ["number"],
    "times": {"finished": {"column": "closed", "format": "iso"}},
    "targets": [{"kpi": "acme-accuracy", "good": 'ok == "yes"', "valid": "1"}],
}


@pytest.fixture
def deliverer(acme: Holding) -> Program:
    return a_program("ingest", vendor=acme.vendor)


def send(program: Program, body: bytes = CSV, path: str = PATH, **extra: Any) -> HttpResponse:
    headers = {**program.headers, **extra.pop("headers", {})}
    content_type = extra.pop("content_type", "text/csv")
    return Client().post(path, body, content_type=content_type, headers=headers, **extra)


def send_form(program: Program, **fields: Any) -> HttpResponse:
    return Client().post(PATH, fields, headers=dict(program.headers))


def stored_files() -> set[Path]:
    return {one for one in storage.absolute("deliveries").rglob("*") if one.is_file()}


def test_a_raw_body_is_taken_and_followed(deliverer: Program) -> None:
    answer = send(deliverer, path=f"{PATH}?filename=march.csv&complete_through=2026-03-31")
    assert answer.status_code == 202
    body = answer.json()
    delivery = Delivery.objects.get(pk=body["id"])
    assert answer.headers["Location"] == f"http://testserver/api/v1/deliveries/{delivery.pk}"
    assert (delivery.filename, delivery.complete_through) == ("march.csv", date(2026, 3, 31))
    assert delivery.delivered_by.startswith("key test (kpo_")
    assert (body["status"], body["is_finished"], body["size"]) == ("received", False, len(CSV))
    assert storage.absolute(delivery.ingestion.path).read_bytes() == CSV
    status = deliverer.get(answer.headers["Location"])
    assert status.json() == body


def test_a_form_is_taken(deliverer: Program) -> None:
    file = SimpleUploadedFile("../../march.csv", CSV)
    answer = send_form(deliverer, file=file, complete_through="2026-03-31")
    assert answer.status_code == 202
    delivery = Delivery.objects.get(pk=answer.json()["id"])
    assert (delivery.filename, delivery.complete_through) == ("march.csv", date(2026, 3, 31))
    assert storage.absolute(delivery.ingestion.path).read_bytes() == CSV
    named = send_form(deliverer, file=SimpleUploadedFile("x", CSV), filename="april.csv")
    assert named.json()["filename"] == "april.csv"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('attachment; filename="march.csv"', "march.csv"),
        ("attachment; filename*=UTF-8''m%C3%A4rz.csv", "märz.csv"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ("attachment; filename*=nobody''x", "acme-desk"),
        ("attachment", "acme-desk"),
    ],
)
def test_the_file_is_called_what_its_header_says(
    header: str, name: str, deliverer: Program
) -> None:
    answer = send(deliverer, headers={"Content-Disposition": header})
    assert (answer.status_code, answer.json()["filename"]) == (202, name)


def test_the_same_bytes_again_are_no_error(deliverer: Program) -> None:
    first, second = send(deliverer).json(), send(deliverer).json()
    assert (first["repeated"], second["repeated"]) == (False, True)
    assert first["id"] != second["id"]
    assert Ingestion.objects.filter(sha256=first["sha256"]).count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_was_delivered_becomes_a_result(acme: Holding, deliverer: Program) -> None:
    acme.feed.mappings.update(body=MAPPING)
    taken = send(deliverer, CSV + b"INC3,31/02/2026,yes\n")
    work_all(as_of=datetime(2026, 5, 1, tzinfo=UTC))
    body = deliverer.get(taken.headers["Location"]).json()
    assert (body["status"], body["is_finished"], body["rejection"]) == ("done", True, None)
    counts = {name: count for name, count in body["counts"].items() if count}
    assert counts == {"read": 3, "accepted": 2, "quarantined": 1}
    assert [(one["rows"], one["example"]) for one in body["same_errors"]] == [(1, "31/02/2026")]
    (row,) = deliverer.get(body["quarantined_rows_url"]).json()["results"]
    assert (row["line"], row["column"]) == (4, "closed")
    reader = a_program("read")
    (result,) = reader.get("/api/v1/results", kpi="acme-accuracy", period="2026-04").json()[
        "results"
    ]
    assert (result["value"], result["rows"]) == (50, 2)
    explained = reader.get(f"/api/v1/results/{result['id']}/explain").json()
    assert [one["ref"] for one in explained["rows"]] == ["INC1", "INC2"]
    assert KpiPeriod.objects.get(pk=result["id"]).current is not None


@pytest.mark.django_db(transaction=True)
def test_the_answer_follows_the_commit(deliverer: Program) -> None:
    assert not live_settings.DATABASES["default"].get("ATOMIC_REQUESTS", False)
    answer = send(deliverer)
    assert not connection.in_atomic_block
    assert Delivery.objects.filter(pk=answer.json()["id"]).exists()


def test_a_failure_to_store_is_no_2xx(deliverer: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(stream: object) -> None:
        raise OSError(28, "No space left on device")

    before = Delivery.objects.count()
    monkeypatch.setattr("metrics.feeds.intake.store", full)
    answer = send(deliverer)
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, PROBLEM)
    assert Delivery.objects.count() == before


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


def test_all_errors_of_a_form_are_named_at_once(deliverer: Program) -> None:
    answer = send_form(deliverer, fil="x", complete_through="soon")
    assert answer.status_code == 400
    errors = {one["pointer"]: one["detail"] for one in answer.json()["errors"]}
    assert set(errors) == {"#/file", "#/fil", "#/complete_through"}
    assert errors["#/fil"] == "'fil' is not a field here: did you mean 'file'?"


def test_a_form_takes_its_fields_from_the_form_alone(deliverer: Program) -> None:
    answer = Client().post(
        f"{PATH}?filename=a.csv",
        {"file": SimpleUploadedFile("b.csv", CSV)},
        headers=dict(deliverer.headers),
    )
    assert answer.json()["errors"][0]["detail"] == "State filename in the form."


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("complete_through=soon", "not an instant"),
        ("complete_through=2026-02-30", "not a day of the calendar"),
        ("filename=a%00b", "control character"),
        ("filename=" + "a" * 201, "too long"),
        ("complete=2026-03-31", "did you mean 'complete_through'"),
    ],
)
def test_wrong_parameters_are_named(query: str, said: str, deliverer: Program) -> None:
    answer = send(deliverer, path=f"{PATH}?{query}")
    assert answer.status_code == 400
    assert said in answer.json()["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda feed: Feed.objects.filter(pk=feed.pk).update(kind="manual"), "manual entries"),
        (lambda feed: Feed.objects.update(archived_at=factories.NOW), "archived"),
        (
            lambda feed: factories.a_feed(feed.vendor, "bare").mappings.all().delete(),
            "no mapping",
        ),
    ],
)
def test_a_feed_that_takes_no_file_is_409(
    change: Any, said: str, acme: Holding, deliverer: Program
) -> None:
    change(acme.feed)
    path = PATH.replace("acme-desk", "bare") if said == "no mapping" else PATH
    answer = send(deliverer, path=path)
    assert answer.status_code == 409
    assert said in answer.json()["detail"]


def test_others_feeds_and_no_feeds_are_the_same_404(zeta: Holding, deliverer: Program) -> None:
    before = Delivery.objects.count()
    others = send(deliverer, path=PATH.replace("acme", "zeta"))
    nobodys = send(deliverer, path=PATH.replace("acme", "nobody"))
    assert others.status_code == nobodys.status_code == 404
    assert others.content == nobodys.content
    assert Delivery.objects.count() == before


def test_reading_does_not_allow_delivering(acme: Holding) -> None:
    reader = a_program("read")
    answers = [send(reader, path=PATH.replace("acme", feed)) for feed in ("acme", "nobody")]
    assert [one.status_code for one in answers] == [403, 403]
    assert answers[0].content == answers[1].content


def test_delivering_does_not_allow_reading_results(deliverer: Program) -> None:
    assert deliverer.get("/api/v1/results").status_code == 403


def test_a_large_form_goes_to_disk_while_it_arrives(
    deliverer: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = []
    receive = storage.store

    def watched(stream: Any) -> Any:
        kinds.append(type(stream).__name__)
        return receive(stream)

    monkeypatch.setattr("metrics.feeds.intake.store", watched)
    assert send_form(deliverer, file=SimpleUploadedFile("x.csv", CSV)).status_code == 202
    assert send(deliverer).status_code == 202
    assert kinds == ["TemporaryUploadedFile", "WholeBody"]
