"""Deliveries that are refused: fields, parameters, feeds and keys."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from metrics.models import Delivery, Feed
from tests import factories
from tests.api.sending import CSV, PATH, send, send_form
from tests.api.world import Holding, Program, a_program

pytestmark = pytest.mark.django_db


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
        ("complete_through=soon", "is not a day: write 2026-03-31"),
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
