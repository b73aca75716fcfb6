"""The outbox under a clock that jumps, senders that sleep or die at any step, and messages that are
told of twice, late or in any order: a state machine looks for a way to lose or double one."""

from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.db.models import DateTimeField, Q, Value
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from metrics.alerts import outbox
from metrics.alerts.outbox import LeaseLostError
from metrics.models import AlertMessage, MessageAttempt, NoticeDelivery
from tests.alerts.making import a_channel, an_event

pytestmark = pytest.mark.django_db
START = datetime(2026, 4, 20, 9, tzinfo=UTC)
SENDERS = st.integers(0, 1)


class Sender:
    """One worker: it holds at most one claim, and has or has not handed it to the receiver."""

    def __init__(self):
        self.claim = None
        self.taken_at = START
        self.has_sent = False


class OutboxMachine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.example = transaction.atomic()
        self.example.__enter__()
        self.now = START
        self.senders = [Sender() for _ in range(2)]
        self.received = Counter()
        self.deaths = Counter()
        self.queued = 0
        self.channel = a_channel()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(outbox, "now", lambda: self.now)
        self.patch.setattr(outbox, "clock", self.clock)

    def clock(self):
        return Value(self.now, output_field=DateTimeField())

    def teardown(self):
        try:
            self.to_the_end()
        finally:
            self.end_of_example()

    def end_of_example(self):
        """Take everything back that it wrote."""
        self.patch.undo()
        transaction.set_rollback(True)
        self.example.__exit__(None, None, None)

    def to_the_end(self):
        """Whatever happened before, in the end everything has arrived."""
        self.senders = [Sender() for _ in range(2)]
        for _ in range(200):
            self.now += outbox.LEASE + timedelta(hours=3)
            due = outbox.messages_due()
            if not due:
                break
            for pk, _ in due:
                self.take(0, pk)
                self.hand_over(0)
                self.mark(0)
        states = set(AlertMessage.objects.values_list("state", flat=True))
        assert states <= {"sent"}
        assert len(self.received) == self.queued
        assert set(NoticeDelivery.objects.values_list("state", flat=True)) <= {"sent"}

    def take(self, number, pk):
        sender = self.senders[number]
        sender.claim, sender.has_sent = outbox.message_claim(pk), False
        sender.taken_at = self.now

    @precondition(lambda self: self.queued < 3)
    @rule()
    def queue(self):
        self.queued += 1
        key = f"msg-{self.queued}"
        message = AlertMessage.objects.create(key=key, channel=self.channel, next_try_at=self.now)
        event = an_event(f"e-{self.queued}")
        NoticeDelivery.objects.create(
            event=event, channel=self.channel, key=key, due_at=self.now, message=message
        )

    @rule(number=SENDERS, choice=st.integers(0, 2))
    def claim(self, number, choice):
        """A bell rings for some message, perhaps for the second time."""
        pks = list(AlertMessage.objects.order_by("pk").values_list("pk", flat=True))
        if pks and self.senders[number].claim is None:
            self.take(number, pks[choice % len(pks)])

    @rule(number=SENDERS)
    def hand_over(self, number):
        """Sending is only begun while the lease is good for it, by the sender's own clock."""
        sender = self.senders[number]
        if sender.claim is None or sender.has_sent:
            return
        if self.now - sender.taken_at < outbox.LEASE - timedelta(seconds=outbox.LONGEST_SEND_S):
            self.received[sender.claim.message.key] += 1
            sender.has_sent = True
        else:
            sender.claim = None

    @rule(number=SENDERS)
    def mark(self, number):
        sender = self.senders[number]
        if sender.claim and sender.has_sent:
            try:
                outbox.message_sent(sender.claim)
            except LeaseLostError:
                self.deaths[sender.claim.message.key] += 1  # it slept past its lease
            sender.claim = None

    @rule(number=SENDERS)
    def fail(self, number):
        sender = self.senders[number]
        if sender.claim and not sender.has_sent:
            with suppress(LeaseLostError):
                outbox.message_failed(sender.claim, "away")
            sender.claim = None

    @precondition(lambda self: any(sender.claim for sender in self.senders))
    @rule(number=SENDERS)
    def die(self, number):
        sender = self.senders[number]
        if sender.claim and sender.has_sent:
            self.deaths[sender.claim.message.key] += 1
        sender.claim = None

    @rule(seconds=st.sampled_from([1, 20, 50, 600]))
    def wait(self, seconds):
        self.now += timedelta(seconds=seconds)

    @invariant()
    def one_arrives_twice_only_where_a_sender_died_or_slept(self):
        asleep = Counter(
            sender.claim.message.key
            for sender in self.senders
            if sender.claim and sender.has_sent and self.now > sender.taken_at + outbox.LEASE
        )
        for key, count in self.received.items():
            assert count <= 1 + self.deaths[key] + asleep[key]

    @invariant()
    def what_is_marked_sent_has_arrived(self):
        sent = AlertMessage.objects.filter(state="sent").values_list("key", flat=True)
        assert all(self.received[key] for key in sent)

    @invariant()
    def each_try_is_on_record(self):
        assert sum(self.received.values()) <= MessageAttempt.objects.count()


def check(examples: int) -> None:
    run_state_machine_as_test(
        OutboxMachine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=20,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_nothing_is_lost_or_doubled():
    check(examples=20)


def test_without_the_lease_it_notices_that_two_send_one_message(monkeypatch):
    monkeypatch.setattr(outbox, "_free", lambda: Q(state__in=AlertMessage.UNFINISHED))
    machine = OutboxMachine()
    machine.queue()
    try:
        for number in (0, 1):
            machine.claim(number, 0)
            machine.hand_over(number)

        with pytest.raises(AssertionError):
            machine.one_arrives_twice_only_where_a_sender_died_or_slept()
    finally:
        machine.end_of_example()


def test_with_it_the_second_one_gets_nothing():
    machine = OutboxMachine()
    machine.queue()
    try:
        for number in (0, 1):
            machine.claim(number, 0)
            machine.hand_over(number)

        machine.one_arrives_twice_only_where_a_sender_died_or_slept()
        assert machine.received == {"msg-1": 1}
    finally:
        machine.end_of_example()
