"""Idempotency-Key: one effect and one reply, however often and however parallel it is sent."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.http import HttpResponse
from django.utils import timezone

from metrics.api import batch
from metrics.chores import chores_run
from metrics.feeds import batches, idempotency
from metrics.models import Delivery, IdempotentRequest, Ingestion
from tests.api.pushing import push, pushed, remap, row
from tests.api.world import Holding, Program, a_program

pytestmark = pytest.mark.django_db
REPLAYED = "Idempotency-Replayed"
MANY = 20


@pytest.fixture
def sender(acme: Holding, deliverer: Program) -> Program:
    remap(acme)
    return deliverer


class Died(BaseException):
    """The process is gone: nothing that stands behind it is done."""


def dying(*_: Any, **__: Any) -> Any:
    raise Died


def batch_deliveries() -> int:
    return Delivery.objects.filter(filename="batch.ndjson").count()


def test_the_same_key_and_body_bring_the_same_reply(sender: Program) -> None:
    first = push(sender, [row(), row("INC2", hours="x")], idempotency_key="k-1")
    again = push(sender, [row(), row("INC2", hours="x")], idempotency_key="k-1")
    assert (first.status_code, again.status_code) == (207, 207)
    assert again.content == first.content
    assert (REPLAYED in first.headers, again.headers[REPLAYED]) == (False, "true")
    assert batch_deliveries() == 1


def test_a_reply_that_points_elsewhere_is_replayed_with_its_place(
    sender: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "AT_ONCE_ROWS", 0)
    first, again = (push(sender, [row()], idempotency_key="k") for _ in range(2))
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.headers["Location"] == first.headers["Location"]


@pytest.mark.parametrize(
    "other",
    [
        {"body": [row("INC2")]},
        {"body": [row()], "query": "complete_through=2026-03-01"},
        {"body": [row()], "ce_id": "1", "ce_source": "/", "ce_type": "t", "ce_specversion": "1.0"},
    ],
)
def test_the_same_key_with_another_request_is_422(sender: Program, other: Any) -> None:
    push(sender, [row()], idempotency_key="k")
    if "ce_id" in other:
        other["body"] = row()
    refused = push(sender, idempotency_key="k", **other)
    assert refused.status_code == 422
    assert batch_deliveries() == 1


def test_a_key_belongs_to_one_api_key_and_one_feed(sender: Program, acme: Holding) -> None:
    push(sender, [row()], idempotency_key="k")
    other = push(a_program("ingest", vendor=acme.vendor), [row("INC2")], idempotency_key="k")
    assert (other.status_code, REPLAYED in other.headers) == (200, False)
    assert IdempotentRequest.objects.count() == 2


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "naïve", "tab\tin"])
def test_a_key_that_is_none_is_refused(sender: Program, key: str) -> None:
    assert push(sender, [row()], idempotency_key=key).status_code == 400
    assert not IdempotentRequest.objects.exists()


def test_what_was_refused_leaves_the_key_free(sender: Program, acme: Holding) -> None:
    assert push(sender, "[", idempotency_key="k").status_code == 400
    feeds = type(acme.feed).objects.filter(pk=acme.feed.pk)
    feeds.update(archived_at=timezone.now())
    assert push(sender, [row()], idempotency_key="k").status_code == 409
    feeds.update(archived_at=None)
    assert push(sender, [row()], idempotency_key="k").status_code == 200


def test_replies_are_kept_for_a_week(sender: Program) -> None:
    push(sender, [row()], idempotency_key="k")
    requests = IdempotentRequest.objects.all()
    week = timezone.now() - timedelta(days=7)
    requests.update(created_at=week + timedelta(minutes=1))
    chores_run(as_of=timezone.now())
    assert push(sender, [row()], idempotency_key="k").headers[REPLAYED] == "true"
    requests.update(created_at=week)
    anew = push(sender, [row("INC2")], idempotency_key="k")
    assert (anew.status_code, REPLAYED in anew.headers) == (200, False)
    requests.update(created_at=week)
    chores_run(as_of=timezone.now())
    assert not requests.exists()


@pytest.mark.django_db(transaction=True)
class TestAProcessThatDies:
    def test_behind_the_commit_the_reply_is_there(
        self, sender: Program, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(batch, "_response", dying)
            with pytest.raises(Died):
                push(sender, [row()], idempotency_key="k")
        again = push(sender, [row()], idempotency_key="k")
        assert (again.status_code, again.headers[REPLAYED]) == (200, "true")
        assert again.json()["items"] == [{"index": 0, "verdict": "accepted"}]
        assert (batch_deliveries(), pushed().count()) == (1, 1)

    @pytest.mark.parametrize("where", ["ingestion_run", "delivery_record"])
    def test_before_the_commit_nothing_is_and_another_takes_over(
        self, sender: Program, monkeypatch: pytest.MonkeyPatch, where: str
    ) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(batches, where, dying)
            with pytest.raises(Died):
                push(sender, [row()], idempotency_key="k")
        assert (batch_deliveries(), pushed().count()) == (0, 0)
        waiting = push(sender, [row()], idempotency_key="k")
        assert (waiting.status_code, waiting.headers["Retry-After"]) == (409, "1")
        IdempotentRequest.objects.update(lease_until=timezone.now())
        assert push(sender, [row()], idempotency_key="k").status_code == 200
        assert (batch_deliveries(), pushed().count()) == (1, 1)

    def test_one_that_only_slept_has_no_effect_any_more(
        self, sender: Program, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        load = batches.ingestion_run

        def slow(**options: Any) -> Ingestion | None:
            IdempotentRequest.objects.update(fence=2)
            return load(**options)

        monkeypatch.setattr(batches, "ingestion_run", slow)
        assert push(sender, [row()], idempotency_key="k").status_code == 409
        assert (batch_deliveries(), pushed().count()) == (0, 0)

    def test_an_error_leaves_nothing_and_the_key_free(
        self, sender: Program, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def failing(**_: Any) -> None:
            raise OSError("no space left")

        with monkeypatch.context() as patched:
            patched.setattr(batches, "ingestion_run", failing)
            assert push(sender, [row()], idempotency_key="k").status_code == 500
        assert batch_deliveries() == 0
        assert push(sender, [row()], idempotency_key="k").status_code == 200


def at_once(call: Callable[[], HttpResponse]) -> list[HttpResponse]:
    """The answers to MANY calls from as many threads."""

    def one(_: int) -> HttpResponse:
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(MANY) as threads:
        return list(threads.map(one, range(MANY)))


@pytest.mark.django_db(transaction=True)
class TestParallelPosts:
    def test_with_a_key_there_is_one_effect(self, sender: Program) -> None:
        answers = at_once(lambda: push(sender, [row()], idempotency_key="k"))
        told = Counter((one.status_code, one.headers.get(REPLAYED)) for one in answers)
        assert told.pop((200, None)) == 1
        assert set(told) <= {(200, "true"), (409, None)}
        assert (batch_deliveries(), pushed().count()) == (1, 1)
        assert IdempotentRequest.objects.count() == 1

    def test_without_one_they_count_once_all_the_same(self, sender: Program) -> None:
        answers = at_once(lambda: push(sender, [row()]))
        assert {one.status_code for one in answers} == {200}
        found = Counter(one.json()["items"][0]["verdict"] for one in answers)
        assert found == {"accepted": 1, "duplicate": MANY - 1}
        assert pushed().count() == 1

    def test_different_rows_all_go_in(self, sender: Program) -> None:
        numbers = iter(range(MANY))
        answers = at_once(lambda: push(sender, [row(f"INC{next(numbers)}")]))
        assert {one.status_code for one in answers} == {200}
        assert pushed().count() == MANY

    def test_without_the_claim_there_would_be_several(
        self, sender: Program, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        claim = idempotency.Claim(0, 0)
        monkeypatch.setattr(idempotency, "_claimed", lambda *_: claim)
        monkeypatch.setattr(idempotency, "_keep", lambda *_: None)
        at_once(lambda: push(sender, [row()], idempotency_key="k"))
        assert batch_deliveries() == MANY
