"""Files sent to a checkout are read without anybody starting a worker."""

from threading import Event

import pytest
from pytest_django.fixtures import Settings

from metrics.management import beside
from metrics.models import Feed, Ingestion, KpiPeriod
from tests.feeds.arriving import a_mapped_feed, a_share, csv, deliver, read_here

pytestmark = pytest.mark.django_db(transaction=True)


class Rounds(Event):
    """Lets a number of rounds go by, at once."""

    def __init__(self, rounds: int) -> None:
        super().__init__()
        self.left = rounds

    def wait(self, timeout: float | None = None) -> bool:
        self.left -= 1
        return self.left < 0


@pytest.fixture
def feed(monkeypatch: pytest.MonkeyPatch) -> Feed:
    read_here(monkeypatch)
    a_share()
    return a_mapped_feed()


def test_a_delivery_is_read_and_evaluated(feed: Feed) -> None:
    delivery = deliver(feed, csv(["1,2026-03-01,yes"]))

    beside._go_on(Rounds(1), 0)

    assert Ingestion.objects.get(pk=delivery.ingestion_id).status == Ingestion.Status.DONE
    assert KpiPeriod.objects.filter(label="2026-03").exists()


def test_without_a_delivery_the_time_that_passes_changes_nothing(feed: Feed) -> None:
    beside._go_on(Rounds(2), 0)

    assert not KpiPeriod.objects.exists()


def test_a_failure_is_logged_and_tried_again(
    feed: Feed, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    deliver(feed, csv(["1,2026-03-01,yes"]))
    tries: list[object] = []

    def fail(*, as_of: object) -> None:
        tries.append(as_of)
        raise OSError("no space")

    monkeypatch.setattr(beside, "work_all", fail)

    beside._go_on(Rounds(2), 0)

    assert len(tries) == 2
    assert "it will be tried again" in caplog.text


def test_where_redis_tells_workers_nothing_is_started(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    assert beside.start_work(Event()) is None
