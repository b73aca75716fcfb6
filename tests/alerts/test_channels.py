"""Every way out against a real receiver: what arrives, and what is said when it does not."""

import json
import socket
import sys
from datetime import timedelta

import pytest
import requests
from standardwebhooks import Webhook, WebhookVerificationError

from kpotracker.toolkit import outgoing
from kpotracker.toolkit.dbclock import clock, now
from metrics.alerts.channels import base, other
from metrics.alerts.channels.base import SendError
from metrics.alerts.channels.mail import message_id
from metrics.alerts.channels.other import SAFE_REQUESTS, SERVICES, plugin_of, service_of
from metrics.alerts.sending import messages_send
from metrics.alerts.work import alerts_note, deliveries_bundle
from metrics.models import AlertMessage, MessageAttempt
from tests.alerts.mailserver import a_mail_server
from tests.alerts.making import AT, HOUR, KEY, a_breach, a_channel, a_subscription
from tests.factories import a_user
from tests.toolkit.receiving import a_receiver, answer, dies, hangs

pytestmark = pytest.mark.django_db
INTERNAL = (
    "is not on the public internet, and is not called: "
    "an administrator may permit it by OUTGOING_ALLOW"
)
TITLE = "Breach case opened: Timeliness sla, 2026-03"


@pytest.fixture
def receiver(settings):
    settings.OUTGOING_ALLOW = ["127.0.0.1"]
    with a_receiver() as found:
        yield found


@pytest.fixture
def mails(settings):
    with a_mail_server() as found:
        settings.EMAIL_BACKEND = "kpotracker.toolkit.mailing.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", found.port
        settings.EMAIL_USE_TLS, settings.EMAIL_HOST_USER = False, ""
        yield found


def tell(kind, **fields):
    """One breach case on its way to one channel, tried once."""
    a_breach()
    ana = a_user("ana")
    a_subscription(ana, a_channel(ana, kind, **fields))
    alerts_note(AT)
    deliveries_bundle(now=AT + HOUR)
    messages_send()


def again():
    AlertMessage.objects.update(next_try_at=clock() - timedelta(seconds=1))
    messages_send()


def said():
    message = AlertMessage.objects.get()
    return message.state, message.error


class TestWebhooks:
    def test_what_arrives_verifies(self, receiver):
        tell("webhook", url=receiver.url)

        request = receiver.requests[0]
        body = Webhook(KEY).verify(request.body, request.headers)
        assert body["type"] == "kpotracker.notices"
        notice = body["data"]["notices"][0]
        assert (notice["title"], notice["severity"], notice["kind"]) == (TITLE, "major", "breach")
        assert notice["url"].startswith("http://localhost:8000/")
        assert request.headers["webhook-id"] == AlertMessage.objects.get().key
        assert said() == ("sent", "")

    def test_what_somebody_changed_on_the_way_does_not(self, receiver):
        tell("webhook", url=receiver.url)

        request = receiver.requests[0]
        changed = request.body.replace(b"major", b"minor")
        with pytest.raises(WebhookVerificationError):
            Webhook(KEY).verify(changed, request.headers)

    @pytest.mark.parametrize(
        ("act", "words"),
        [
            (dies, "127.0.0.1 ended the connection without a whole answer"),
            (answer(500), "127.0.0.1 answered 500"),
            (answer(429, headers={"Retry-After": "3000"}), "127.0.0.1 answered 429"),
            (answer(302, headers={"Location": "http://127.0.0.1:1/"}), "127.0.0.1 answered 302"),
            (
                answer(307, headers={"Location": "http://[::1]:1/"}),
                f"::1 {INTERNAL}",
            ),
        ],
    )
    def test_a_receiver_that_does_not_take_it_gets_it_again_the_same(self, receiver, act, words):
        receiver.will(act, answer())
        tell("webhook", url=receiver.url)
        assert said() == ("waiting", words)

        again()

        assert said() == ("sent", "")
        first, last = receiver.requests[0], receiver.requests[-1]
        assert first.body == last.body
        assert first.headers["webhook-id"] == last.headers["webhook-id"]
        details = list(MessageAttempt.objects.values_list("outcome", "detail"))
        assert details == [("failed", words), ("sent", "127.0.0.1 answered 200")]

    def test_one_that_hangs_is_not_waited_for(self, receiver, monkeypatch):
        monkeypatch.setattr(base, "_LIMITS", outgoing.Limits(read_s=5, total_s=0.3))
        receiver.will(hangs, answer())
        tell("webhook", url=receiver.url)
        assert said() == ("waiting", "127.0.0.1 did not answer in time")

        again()

        assert said() == ("sent", "")

    def test_one_that_asks_for_time_gets_it(self, receiver):
        receiver.will(answer(429, headers={"Retry-After": "3000"}))
        tell("webhook", url=receiver.url)

        waits = AlertMessage.objects.get().next_try_at - now()
        assert timedelta(minutes=49) < waits < timedelta(minutes=51)

    def test_one_that_is_gone_is_left_alone(self, receiver):
        receiver.will(answer(410))
        tell("webhook", url=receiver.url)

        assert said() == ("failed", "127.0.0.1 answered 410")

    def test_an_internal_address_is_not_called_unless_it_is_permitted(self, receiver, settings):
        settings.OUTGOING_ALLOW = []
        tell("webhook", url=receiver.url)

        assert receiver.requests == []
        assert "not on the public internet" in said()[1]


class TestSlackAndTeams:
    def test_slack_gets_blocks_in_which_markup_is_shown(self, receiver):
        tell("slack", url=receiver.url)

        body = json.loads(receiver.requests[0].body)
        assert body["text"] == TITLE
        first = body["blocks"][0]["text"]["text"]
        assert first.startswith(f"*{TITLE}*\nMajor. Actual 90.00 % against ≥ 95 %.")
        assert "|Open it>" in first

    def test_teams_gets_a_card_as_workflows_take_it(self, receiver):
        receiver.will(answer(202))
        tell("teams", url=receiver.url)

        body = json.loads(receiver.requests[0].body)
        attachment = body["attachments"][0]
        assert body["type"] == "message"
        assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
        assert attachment["content"]["body"][0]["text"] == TITLE
        assert said() == ("sent", "")


class TestMail:
    def test_a_mail_arrives_with_a_message_id_made_of_the_key(self, mails):
        tell("email", address="ana@example.test")

        to, mail = mails.mails[0]
        assert to == ["ana@example.test"]
        assert mail["Subject"] == TITLE
        assert mail["Message-ID"] == message_id(AlertMessage.objects.get().key)
        assert mail["Auto-Submitted"] == "auto-generated"
        assert "Actual 90.00 %" in mail.get_payload(decode=True).decode()

    def test_one_that_is_not_taken_is_sent_again_with_the_same(self, mails):
        mails.answers = ["451 later, ana@example.test", "250 taken"]
        tell("email", address="ana@example.test")
        assert said() == ("waiting", "the mail server refused the mail (451)")

        again()

        assert said() == ("sent", "")
        assert len(mails.mails) == 1

    def test_a_server_that_is_away_is_named(self, settings, mails):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            settings.EMAIL_PORT = taken.getsockname()[1]
            tell("email", address="ana@example.test")

        assert said() == ("waiting", "the mail server ended or refused the connection")

    def test_a_server_that_talks_slowly_is_not_listened_to_for_ever(self, settings, monkeypatch):
        monkeypatch.setattr("kpotracker.toolkit.mailing.TOTAL_S", 0.3)
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            settings.EMAIL_BACKEND = "kpotracker.toolkit.mailing.EmailBackend"
            settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()
            tell("email", address="ana@example.test")

        assert said()[0] == "waiting"

    def test_whoever_has_no_address_is_named(self, mails):
        tell("email", address="")

        assert said()[1] == "this person has no e-mail address: enter it under People"


class TestOtherServices:
    def test_it_leaves_through_the_safe_client(self, receiver):
        tell("other", url=f"gotify://127.0.0.1:{receiver.port}/very-secret")

        assert said() == ("sent", "")
        assert receiver.requests[0].path.startswith("/message")
        assert TITLE in receiver.requests[0].body.decode()

    def test_an_internal_host_is_not_called(self, receiver, settings):
        settings.OUTGOING_ALLOW = []
        tell("other", url=f"gotify://127.0.0.1:{receiver.port}/very-secret")

        assert receiver.requests == []
        assert said() == ("waiting", "127.0.0.1 did not answer, or may not be called")

    def test_without_the_safe_client_it_would_be(self, receiver, settings, monkeypatch):
        settings.OUTGOING_ALLOW = []
        monkeypatch.setattr(other, "SAFE_REQUESTS", requests)
        tell("other", url=f"gotify://127.0.0.1:{receiver.port}/very-secret")

        assert len(receiver.requests) == 1

    @pytest.mark.parametrize(
        ("url", "words"),
        [
            ("file:///etc/passwd", "not served"),
            ("mailto://a:b@example.test", "not served"),
            ("json://127.0.0.1/", "not served"),
            ("syslog://", "not served"),
            ("gotify", "not served"),
            ("discord://1234/abcd?template=/etc/passwd", "options that are not served"),
            ("ntfy://topic?attach=http://127.0.0.1/", "options that are not served"),
            ("gotify://host/token?verify=no", "options that are not served"),
            ("tgram://nonsense", "is not one of Telegram"),
        ],
    )
    def test_what_was_not_read_is_refused(self, url, words):
        with pytest.raises(SendError, match=words):
            plugin_of(url)

    @pytest.mark.parametrize(
        "url",
        [
            "discord://" + "1" * 18 + "/" + "a" * 68,
            "gchat://space/key/token",
            "gotifys://host/token",
            "mmosts://host/" + "a" * 24,
            "ntfys://host/topic",
            "pagerduty://" + "A" * 32 + "@" + "B" * 32,
            "pover://" + "u" * 30 + "@" + "t" * 30,
            "rockets://user:word@host/%23room",
            "tgram://123456789:" + "a" * 35 + "/12315544/",
            "wxteams://" + "a" * 80,
            "zulip://bot@org/" + "a" * 32 + "/stream",
        ],
    )
    def test_each_plugin_speaks_by_our_requests_alone(self, url):
        plugin = plugin_of(url)

        module = sys.modules[type(plugin).__module__]
        assert module.requests is SAFE_REQUESTS
        spoken = {"socket", "ssl", "http", "urllib3", "httpx", "smtplib", "subprocess"}
        assert not spoken & set(vars(module))
        assert service_of(url) in {name for name, _, _ in SERVICES.values()}
