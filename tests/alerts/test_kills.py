"""Real senders, killed again and again: nothing is lost, and at most one message is sent twice for
each kill, with the same key."""

import os
import subprocess
import sys
from collections import Counter
from email.message import Message

import pytest
from django.conf import settings

from kpotracker.toolkit.dbclock import now
from metrics.alerts.bundling import deliveries_bundle
from metrics.models import AlertChannel, AlertMessage, MessageAttempt, NoticeDelivery
from tests.alerts.killing import ALL, MARKED_FIRST, NO_LEASE
from tests.alerts.mailserver import a_mail_server
from tests.alerts.making import a_channel, an_event
from tests.services import ROOT
from tests.toolkit.receiving import a_receiver
from tests.workers.test_workers import environment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

KILLS = int(os.environ.get("ALERT_KILLS", "24"))
MESSAGES = max(40, 2 * KILLS)


@pytest.fixture
def receiver():
    with a_receiver() as found:
        yield found


@pytest.fixture
def mails():
    with a_mail_server() as found:
        yield found


def queue(channel: AlertChannel, count: int) -> None:
    """So many messages, each of one notice."""
    moment = now()
    for number in range(count):
        key = f"test:{channel.kind}-{number}"
        event = an_event(key, kind="test", at=moment, fanned_out_at=moment)
        NoticeDelivery.objects.create(event=event, channel=channel, key=key, due_at=moment)
        deliveries_bundle(now=moment)


def run(mails, *, senders: int = 1, kills: int = 0, guard: str = ALL) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.alerts.killing", str(senders), str(kills), guard],
        cwd=ROOT,
        env=environment(
            SECRET_KEY=settings.SECRET_KEY,
            OUTGOING_ALLOW="127.0.0.1",
            EMAIL_HOST="127.0.0.1",
            EMAIL_PORT=str(mails.port),
            EMAIL_USE_TLS="0",
        ),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def arrived(receiver, mails) -> Counter[str]:
    """How often each message arrived, by the key that its receiver sees."""
    hooks = Counter(each.headers["webhook-id"] for each in receiver.requests)
    return hooks + Counter(_key(mail) for _, mail in mails.mails)


def _key(mail: Message) -> str:
    return mail["Message-ID"].strip("<>").partition("@")[0]


def twice(found: Counter[str]) -> int:
    return sum(count - 1 for count in found.values())


def failures() -> list[tuple[str, str, int]]:
    """(state, reason, how often) of messages that are not sent, or were refused on the way."""
    unsent = AlertMessage.objects.exclude(state="sent").values_list("state", "error")
    refused = MessageAttempt.objects.filter(outcome="failed").values_list("outcome", "detail")
    counted = Counter([*unsent, *refused])
    return sorted((state, reason, count) for (state, reason), count in counted.items())


def keys() -> set[str]:
    return set(AlertMessage.objects.values_list("key", flat=True))


def test_nothing_is_lost_and_a_kill_sends_at_most_one_twice(receiver, mails):
    queue(a_channel(url=receiver.url), MESSAGES // 2)
    queue(a_channel(kind="email"), MESSAGES // 2)

    run(mails, kills=KILLS)

    found = arrived(receiver, mails)
    assert failures() == []
    assert set(found) == keys()
    assert 0 < twice(found) <= KILLS
    assert set(AlertMessage.objects.values_list("state", flat=True)) == {"sent"}
    assert set(NoticeDelivery.objects.values_list("state", flat=True)) == {"sent"}
    bodies = {each.headers["webhook-id"]: each.body for each in receiver.requests}
    assert all(bodies[each.headers["webhook-id"]] == each.body for each in receiver.requests)
    ended = MessageAttempt.objects.exclude(ended_at=None)
    unended = MessageAttempt.objects.filter(ended_at=None).count()
    assert ended.count() == MESSAGES
    assert twice(found) <= unended <= KILLS


def test_two_senders_at_once_send_each_message_once(receiver, mails):
    queue(a_channel(url=receiver.url), 30)

    run(mails, senders=2)

    assert arrived(receiver, mails) == Counter(keys())


def test_without_the_lease_they_send_many_twice(receiver, mails):
    queue(a_channel(url=receiver.url), 30)

    run(mails, senders=3, guard=NO_LEASE)

    assert twice(arrived(receiver, mails)) > 0


def test_marked_before_the_send_some_would_be_lost(receiver, mails):
    queue(a_channel(url=receiver.url), 30)

    run(mails, senders=2, kills=6, guard=MARKED_FIRST)

    assert set(arrived(receiver, mails)) < keys()
    assert set(AlertMessage.objects.values_list("state", flat=True)) >= {"sent"}
