"""Who may send a message, and what becomes of it."""

from datetime import timedelta

import pytest
from django.db import connection

from kpotracker.toolkit.dbclock import clock, now
from metrics.alerts import channels, outbox, sending
from metrics.alerts.outbox import (
    LeaseLostError,
    mail_queue,
    message_claim,
    message_failed,
    message_retry,
    message_sent,
    messages_due,
    pause_s,
)
from metrics.alerts.sending import message_send, messages_send
from metrics.alerts.work import alerts_note, deliveries_bundle
from metrics.models import AlertMessage, MessageAttempt, MessageFile, NoticeDelivery
from tests.alerts.making import AT, HOUR, a_breach, a_subscriber

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch):
    """What was handed to the way out, instead of its going there."""
    found = []

    def send(message, content, *, now):
        found.append((message.key, [item.title for item in content.items]))
        return "taken"

    monkeypatch.setattr(channels, "send", send)
    return found


@pytest.fixture
def message():
    """One message with one notice that is due."""
    a_breach()
    a_subscriber()
    alerts_note(AT)
    deliveries_bundle(now=AT + HOUR)
    return AlertMessage.objects.get()


def fails(monkeypatch, text="the receiver is away", **how):
    def send(message, content, *, now):
        raise channels.SendError(text, **how)

    monkeypatch.setattr(channels, "send", send)


def state():
    message = AlertMessage.objects.get()
    line = NoticeDelivery.objects.exclude(channel=None).get()
    return message.state, line.state, message.attempts


def run_out():
    """The lease is over: whoever held it was silent for too long."""
    AlertMessage.objects.update(lease_until=clock() - timedelta(seconds=1))


def come_again():
    AlertMessage.objects.update(next_try_at=clock() - timedelta(seconds=1))


class TestSending:
    def test_a_message_is_sent_and_then_marked(self, message, sent):
        assert messages_send() == 1
        assert messages_send() == 0

        assert sent == [(message.key, ["Breach case opened: Timeliness sla, 2026-03"])]
        assert state() == ("sent", "sent", 0)
        tries = MessageAttempt.objects.get()
        assert (tries.number, tries.outcome, tries.detail) == (1, "sent", "taken")
        assert tries.ended_at is not None
        assert message.channel.last_sent_at is not None

    def test_one_that_is_not_taken_is_tried_again_with_the_same_key(
        self, message, sent, monkeypatch
    ):
        with monkeypatch.context() as patch:
            fails(patch)
            messages_send()
        assert state() == ("waiting", "waiting", 1)
        assert messages_due() == []

        come_again()
        messages_send()

        assert state() == ("sent", "sent", 1)
        assert [key for key, _ in sent] == [message.key]
        assert [each.outcome for each in MessageAttempt.objects.all()] == ["failed", "sent"]

    def test_in_the_end_it_is_given_up_visibly_and_can_be_sent_again(
        self, message, sent, monkeypatch
    ):
        with monkeypatch.context() as patch:
            fails(patch)
            for _ in range(outbox.TRIES + 3):
                come_again()
                messages_send()
        assert state() == ("failed", "failed", outbox.TRIES)
        line = NoticeDelivery.objects.exclude(channel=None).get()
        assert line.why == "the receiver is away"

        assert message_retry(message=message)
        assert not message_retry(message=message)
        messages_send()

        assert state() == ("sent", "sent", 0)

    def test_a_receiver_that_is_gone_for_good_ends_it_at_once(self, message, monkeypatch):
        fails(monkeypatch, is_final=True)
        messages_send()

        assert state() == ("failed", "failed", 1)

    def test_a_failure_of_ours_is_kept_without_its_words(self, message, monkeypatch):
        def send(*args, **kwargs):
            raise RuntimeError("https://hooks.example.test/very-secret")

        monkeypatch.setattr(channels, "send", send)
        messages_send()

        assert AlertMessage.objects.get().error == "sending failed (RuntimeError)"

    def test_one_channel_that_fails_holds_up_no_other(self, monkeypatch):
        for name in ("one", "two"):
            a_subscriber(name)
        for number in range(3):
            a_breach(code=f"k{number}")
            alerts_note(AT)
            deliveries_bundle(now=AT + HOUR)
        asked = []

        def send(message, content, *, now):
            asked.append(message.recipient.username)
            if message.recipient.username == "one":
                raise channels.SendError("away")
            return "taken"

        monkeypatch.setattr(channels, "send", send)
        messages_send()

        assert sorted(asked) == ["one", "two", "two", "two"]


class TestALastLook:
    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ("acknowledged", "the case was acknowledged before this was sent"),
            ("snoozed", "the case is snoozed until 2100-01-01"),
            ("channel off", "the channel was switched off"),
            ("person gone", "this person may no longer sign in"),
        ],
    )
    def test_what_need_not_be_told_any_more_is_not(self, message, sent, change, why):
        case = message.deliveries.get().event.case
        if change == "acknowledged":
            case.state = "acknowledged"
        if change == "snoozed":
            case.snoozed_until = "2100-01-01"
        case.save()
        type(message.channel).objects.update(is_active=change != "channel off")
        type(message.recipient).objects.update(is_active=change != "person gone")

        messages_send()

        assert sent == []
        assert state() == ("dropped", "suppressed", 0)
        assert NoticeDelivery.objects.exclude(channel=None).get().why == why

    def test_who_may_not_see_it_any_more_is_not_told(self, sent):
        case = a_breach()
        vera = a_subscriber("vera", "vendor")
        vera.vendors.set([case.period.kpi.contract.vendor])
        alerts_note(AT)
        deliveries_bundle(now=AT + HOUR)

        vera.vendors.clear()
        messages_send()

        assert sent == []
        line = NoticeDelivery.objects.exclude(channel=None).get()
        assert (line.state, line.why) == ("suppressed", "it is not theirs to see any more")

    def test_without_that_look_they_would_be(self, sent, monkeypatch):
        case = a_breach()
        vera = a_subscriber("vera", "vendor")
        vera.vendors.set([case.period.kpi.contract.vendor])
        alerts_note(AT)
        deliveries_bundle(now=AT + HOUR)
        vera.vendors.clear()
        monkeypatch.setattr(sending, "may_see", lambda event, scope: True)

        messages_send()

        assert len(sent) == 1


class TestTheLease:
    def test_nobody_else_sends_what_a_living_sender_holds(self, message):
        assert message_claim(message.pk) is not None

        assert message_claim(message.pk) is None
        assert messages_due() == []
        assert message_send(message_id=message.pk) is None

    def test_once_it_has_ended_the_message_goes_out_with_the_same_key(self, message, sent):
        message_claim(message.pk)
        run_out()

        messages_send()

        assert [key for key, _ in sent] == [message.key]
        assert state() == ("sent", "sent", 0)
        tries = list(MessageAttempt.objects.values_list("number", "outcome"))
        assert tries == [(1, ""), (2, "sent")]

    def test_who_lost_it_marks_nothing(self, message):
        first = message_claim(message.pk)
        run_out()
        second = message_claim(message.pk)

        for mark in (message_sent, lambda claim: message_failed(claim, "late")):
            with pytest.raises(LeaseLostError, match="taken over by another sender"):
                mark(first)

        assert state()[0] == "claimed"
        message_sent(second)
        assert state()[0] == "sent"

    def test_who_has_no_time_left_gives_it_back_unsent(self, message, sent, monkeypatch):
        monkeypatch.setattr(outbox, "LONGEST_SEND_S", 1000)

        message_send(message_id=message.pk)

        assert sent == []
        assert state() == ("waiting", "waiting", 0)

    def test_every_way_out_ends_before_it_does(self):
        from kpotracker.toolkit import mailing
        from metrics.alerts.channels import base, other

        longest = max(base._LIMITS.total_s, other.TOTAL_S, mailing.TOTAL_S)
        assert longest < outbox.LONGEST_SEND_S < outbox.LEASE.total_seconds() <= 60

    @pytest.mark.skipif(connection.vendor != "postgresql", reason="one machine, one clock")
    def test_it_is_on_the_databases_clock(self, message, monkeypatch):
        ahead = now() + timedelta(hours=2)
        message_claim(message.pk)
        monkeypatch.setattr("django.utils.timezone.now", lambda: ahead)

        assert messages_due() == []


class TestPauses:
    @pytest.mark.parametrize(
        ("failures", "low", "high"),
        [
            (0, 24, 36),
            (1, 48, 72),
            (3, 192, 288),
            (7, 3072, 4608),
            (9, 5760, 8640),
            (50, 5760, 8640),
        ],
    )
    def test_they_double_up_to_two_hours_and_differ(self, failures, low, high):
        found = {pause_s(failures) for _ in range(50)}

        assert len(found) > 40
        assert all(low <= each <= high for each in found)

    @pytest.mark.parametrize(("asked", "least"), [(600, 600), (None, 24), (10**9, 7200)])
    def test_a_receiver_may_ask_for_a_longer_one(self, asked, least):
        assert least <= pause_s(0, asked) <= max(least, 36)


class TestMails:
    def queue(self, key="card-1"):
        return mail_queue(
            key=key,
            to="dana@example.test",
            subject="Scorecard\n2026-03",
            text="Read it: https://x.test/very-secret",
            html="<p>Read it</p>",
            attachments=[("card.csv", "text/csv", b"a,b\n")],
            headers={"List-Unsubscribe": "<https://x.test/leave>"},
        )

    def test_the_same_key_is_queued_once(self):
        assert self.queue() == self.queue()
        assert AlertMessage.objects.count() == MessageFile.objects.count() == 1

    def test_it_goes_out_whole(self, mailoutbox):
        self.queue()

        messages_send()

        mail = mailoutbox[0]
        assert (mail.to, mail.subject) == (["dana@example.test"], "Scorecard 2026-03")
        assert mail.extra_headers["Message-ID"] == "<card-1@localhost>"
        assert mail.extra_headers["List-Unsubscribe"] == "<https://x.test/leave>"
        assert mail.body == "Read it: https://x.test/very-secret"
        assert mail.alternatives[0].content == "<p>Read it</p>"
        assert mail.attachments[0].filename == "card.csv"

    def test_what_it_says_is_encrypted_until_then_and_gone_after_that(self):
        message = self.queue()
        assert "very-secret" not in message.body

        messages_send()

        message.refresh_from_db()
        assert (message.state, message.body) == ("sent", "")
        assert not MessageFile.objects.exists()
