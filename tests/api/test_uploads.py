"""Delivering a file: 202 once it is safe, and a status to follow."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as live_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from metrics.evaluation.work import work_all
from metrics.feeds import storage
from metrics.models import Delivery, Ingestion, KpiPeriod
from tests.api.sending import CSV, PATH, send, send_form
from tests.api.world import PROBLEM, Holding, Program, a_program

pytestmark = pytest.mark.django_db
MAPPING = {
    "code": "acme-desk",
    "name": "Desk",
    "format": {"type": "csv"},
    "identity": ["number"],
    "times": {"finished": {"column": "closed", "format": "iso"}},
    "targets": [{"kpi": "acme-accuracy", "good": 'ok == "yes"', "valid": "1"}],
}


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


def test_a_large_form_goes_to_disk_while_it_arrives(
    deliverer: Program, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    kinds, places = [], []
    receive = storage.store

    def watched(stream: Any) -> Any:
        kinds.append(type(stream).__name__)
        places.append(list(tmp_path.iterdir()))
        return receive(stream)

    monkeypatch.setattr("metrics.feeds.intake.store", watched)
    assert send_form(deliverer, file=SimpleUploadedFile("x.csv", CSV)).status_code == 202
    assert send(deliverer).status_code == 202
    assert kinds == ["TemporaryUploadedFile", "WholeBody"]
    assert [len(files) for files in places] == [1, 0]
