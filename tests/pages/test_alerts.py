"""Notices, subscriptions, channels, mutes and the delivery log, as people use them."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from standardwebhooks import Webhook

from contracts.models import AuditEvent, User
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.secrets import opened
from metrics.alerts.work import alerts_note, deliveries_bundle
from metrics.models import AlertChannel, AlertMessage, AlertMute, AlertSubscription, Notice
from tests.alerts.making import AT, HOUR, a_breach, a_channel, a_subscription
from tests.factories import a_user
from tests.pages.conftest import signed_in
from tests.pages.reading import text_of
from tests.toolkit.receiving import a_receiver, answer

pytestmark = pytest.mark.django_db

SUBSCRIPTION = {
    "kinds": ["breach", "overdue"],
    "least_severity": "major",
    "channel": "pages",
    "timing": "daily",
    "hour": "7",
    "weekday": "0",
    "zone": "Europe/Berlin",
    "critical_breaks_quiet": "on",
}


@pytest.fixture
def tom():
    return a_user("tom", User.Role.OPERATIONS)


@pytest.fixture
def ana():
    return a_user("ana")


@pytest.fixture
def receiver(settings):
    settings.OUTGOING_ALLOW = ["127.0.0.1"]
    with a_receiver() as found:
        yield found


class TestNotices:
    @pytest.fixture
    def told(self, tom):
        a_breach()
        alerts_note(AT)
        return Notice.objects.get()

    def test_the_header_says_how_many_are_unread(self, tom, ana, told):
        assert 'aria-label="Notices, 1 unread"' in signed_in(tom).get("/alerts/").content.decode()
        assert 'aria-label="Notices"' in signed_in(ana).get("/alerts/").content.decode()

    def test_they_are_listed_and_marked_as_read(self, tom, told):
        reader = signed_in(tom)
        assert "Breach case opened: Timeliness sla, 2026-03" in text_of(reader.get("/notices/"))

        reader.post("/notices/read/", {"notice": told.pk})

        assert "Nothing unread" in text_of(reader.get("/notices/"))
        assert "No notice matches" in text_of(reader.get("/notices/?show=unread"))

    def test_following_one_marks_it_and_leads_to_its_case(self, tom, told):
        found = signed_in(tom).get(f"/notices/{told.pk}/")

        told.refresh_from_db()
        assert found["Location"] == f"/breaches/{told.event.case_id}/"
        assert told.read_at is not None

    def test_nobody_marks_or_opens_anothers(self, ana, told):
        reader = signed_in(ana)
        for one in (told.pk, "all", "x", "9" * 30, ""):
            reader.post("/notices/read/", {"notice": one})

        told.refresh_from_db()
        assert told.read_at is None
        assert reader.get(f"/notices/{told.pk}/").status_code == 404


class TestSubscriptions:
    def test_one_is_made_changed_and_ended(self, ana):
        reader = signed_in(ana)
        made = reader.post("/new/subscription/", SUBSCRIPTION, follow=True)
        assert "You are subscribed." in text_of(made)
        line = AlertSubscription.objects.get()
        assert (line.owner, line.role, line.kinds, line.hour) == (ana, "", ["breach", "overdue"], 7)

        changed = SUBSCRIPTION | {"quiet_from": "22:00", "quiet_until": "06:30"}
        reader.post(f"/alerts/{line.pk}/", changed)
        assert f"{AlertSubscription.objects.get().quiet_until:%H:%M}" == "06:30"
        assert 'value="06:30"' in reader.get(f"/alerts/{line.pk}/").content.decode()

        reader.post(f"/alerts/{line.pk}/end/")
        assert not AlertSubscription.objects.get().is_active
        assert reader.get(f"/alerts/{line.pk}/").status_code == 404

    @pytest.mark.parametrize(
        ("field", "value", "words"),
        [
            ("kinds", [], "Choose at least one kind of notice."),
            ("kinds", ["test"], "test is not one of the available choices"),
            ("zone", "Mars/Crater", "is not a time zone"),
            ("quiet_from", "22:00", "Quiet hours need a beginning and an end"),
            ("hour", "24", "less than or equal to 23"),
            ("channel", "999", "not one of the available choices"),
            ("vendor", "999", "not one of the available choices"),
        ],
    )
    def test_what_contradicts_itself_is_named(self, ana, field, value, words):
        page = text_of(signed_in(ana).post("/new/subscription/", SUBSCRIPTION | {field: value}))

        assert words in page
        assert not AlertSubscription.objects.exists()

    def test_a_role_is_subscribed_by_who_looks_after_alerts_alone(self, ana, tom):
        channel = a_channel(kind="slack")
        given = SUBSCRIPTION | {"whom": "operations", "channel": str(channel.pk)}

        signed_in(ana).post("/new/subscription/", given)
        assert not AlertSubscription.objects.exists()

        signed_in(tom).post("/new/subscription/", given)
        assert AlertSubscription.objects.get().role == "operations"

    def test_vendor_users_choose_among_what_they_may_be_told(self, portfolio, alice):
        page = alice.get("/new/subscription/").content.decode()

        assert "Early warnings" in page
        assert not [w for w in ("Approvals waiting", "Dates to act on", "Bolt") if w in page]
        refused = alice.post("/new/subscription/", SUBSCRIPTION | {"kinds": ["approval"]})
        assert "not one of the available choices" in text_of(refused)

    @pytest.mark.parametrize("path", ["/alerts/{line}/", "/alerts/{line}/end/"])
    def test_anothers_does_not_exist(self, ana, tom, path):
        line = a_subscription(ana)

        assert signed_in(tom).get(path.format(line=line.pk)).status_code == 404
        assert signed_in(tom).post(path.format(line=line.pk)).status_code == 404


class TestChannels:
    def make(self, reader, **given):
        return reader.post("/new/channel/", {"kind": "webhook", "name": "mine"} | given)

    def test_the_secret_of_a_webhook_is_shown_once_and_verifies(self, ana, receiver):
        reader = signed_in(ana)
        page = self.make(reader, address=receiver.url).content.decode()
        secret = re.search(r"whsec_[\w+/=]+", page)[0]
        channel = AlertChannel.objects.get()
        assert secret not in reader.get(f"/alerts/channels/{channel.pk}/").content.decode()

        tested = reader.post(f"/alerts/channels/{channel.pk}/test/", follow=True)

        assert "The test was delivered: the receiver took it." in text_of(tested)
        request = receiver.requests[0]
        body = Webhook(secret).verify(request.body, request.headers)
        assert body["data"]["notices"][0]["title"] == "Test of a channel"

    def test_a_test_that_fails_says_why(self, ana, receiver):
        receiver.will(answer(500))
        channel = a_channel(ana, url=receiver.url)

        tested = text_of(signed_in(ana).post(f"/alerts/channels/{channel.pk}/test/", follow=True))

        assert "The test was not delivered: 127.0.0.1 answered 500. It is tried again." in tested
        assert AlertMessage.objects.get().state == "waiting"

    def test_a_new_secret_replaces_the_old_one(self, ana):
        channel = a_channel(ana)
        before = opened(channel.secret)["key"]

        page = signed_in(ana).post(f"/alerts/channels/{channel.pk}/secret/").content.decode()

        channel.refresh_from_db()
        assert before not in page
        assert opened(channel.secret)["key"] in page
        assert opened(channel.secret)["url"] == "http://127.0.0.1:9/hook"

    @pytest.mark.parametrize(
        ("kind", "address", "words"),
        [
            ("webhook", "", "Enter the address that the service gave you."),
            ("webhook", "ftp://x.test/", "must begin with https:// or http://"),
            ("slack", "https://user:word@x.test/", "holds a user name"),
            ("teams", "not a url", "holds characters it may not"),
            ("email", "nobody", "is not an e-mail address"),
            ("other", "json://x.test/", "not served"),
            ("other", "discord://1/2?template=/etc/passwd", "not served"),
        ],
    )
    def test_an_address_that_is_none_is_named(self, ana, kind, address, words):
        page = self.make(signed_in(ana), kind=kind, address=address)

        assert words in text_of(page)
        assert not AlertChannel.objects.exists()

    def test_its_address_is_nowhere_in_clear(self, ana):
        reader = signed_in(ana)
        self.make(reader, kind="slack", address="https://hooks.example.test/T0/B0/very-secret")
        channel = AlertChannel.objects.get()

        pages = [
            reader.get(path).content.decode()
            for path in ("/alerts/", f"/alerts/channels/{channel.pk}/", "/new/subscription/")
        ]
        assert "very-secret" not in "".join(pages)
        assert "hooks.example.test/…" in pages[0]
        assert "very-secret" not in str(AlertChannel.objects.values().get())
        assert "very-secret" not in str(list(AuditEvent.objects.values()))

    def test_it_is_switched_off_and_led_elsewhere(self, ana):
        channel = a_channel(ana)
        reader = signed_in(ana)
        reader.post(
            f"/alerts/channels/{channel.pk}/", {"name": "new", "address": "https://x.test/hook"}
        )

        channel.refresh_from_db()
        assert (channel.name, channel.is_active, channel.hint) == ("new", False, "x.test/…")
        assert opened(channel.secret)["url"] == "https://x.test/hook"

    def test_common_ones_are_made_by_who_looks_after_them_alone(self, ana, tom):
        for reader in (ana, tom):
            self.make(signed_in(reader), kind="email", common="on", address="team@x.test")

        assert [each.owner for each in AlertChannel.objects.order_by("pk")] == [ana, None]
        common = AlertChannel.objects.get(owner=None)
        assert signed_in(ana).get(f"/alerts/channels/{common.pk}/").status_code == 404

    @pytest.mark.parametrize("act", ["", "test/", "secret/"])
    def test_anothers_does_not_exist(self, ana, tom, act):
        path = f"/alerts/channels/{a_channel(ana).pk}/{act}"

        assert signed_in(tom).get(path).status_code == 404
        assert signed_in(tom).post(path).status_code == 404


class TestMutes:
    def mute(self, reader, **given):
        fields = {"vendor": "acme", "last_day": f"{now().date()}", "reason": "known outage"}
        return reader.post("/alerts/mutes/", fields | given, follow=True)

    @pytest.mark.usefixtures("portfolio")
    def test_one_is_set_shown_and_ended(self, ana):
        reader = signed_in(ana)
        assert "known outage" in text_of(self.mute(reader))
        mute = AlertMute.objects.get()
        assert mute.owner == ana

        reader.post(f"/alerts/mutes/{mute.pk}/end/")

        assert "Nothing is muted" in text_of(reader.get("/alerts/mutes/"))

    @pytest.mark.usefixtures("portfolio")
    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({"vendor": ""}, "Choose one KPI, one contract or one vendor."),
            ({"kpi": "accuracy"}, "Choose one KPI, one contract or one vendor."),
            ({"last_day": "2020-01-01"}, "A mute ends after today and within a year."),
            ({"last_day": "2999-01-01"}, "A mute ends after today and within a year."),
            ({"last_day": "9999-12-31"}, "A mute ends after today and within a year."),
            ({"reason": ""}, "This field is required."),
            ({"vendor": "nobody"}, "not one of the available choices"),
        ],
    )
    def test_what_makes_no_mute_is_named(self, ana, given, words):
        assert words in text_of(self.mute(signed_in(ana), **given))

    def test_a_vendors_user_mutes_their_own_alone(self, alice):
        assert "not one of the available choices" in text_of(self.mute(alice, vendor="bolt"))
        self.mute(alice, for_everybody="on")

        assert AlertMute.objects.get().owner.username == "alice"

    @pytest.mark.usefixtures("portfolio")
    def test_everybodys_is_ended_by_who_looks_after_cases_alone(self, ana, tom):
        self.mute(signed_in(tom), for_everybody="on")
        mute = AlertMute.objects.get()
        assert mute.owner is None

        assert signed_in(ana).post(f"/alerts/mutes/{mute.pk}/end/").status_code == 404
        assert signed_in(tom).post(f"/alerts/mutes/{mute.pk}/end/").status_code == 302


class TestTheLog:
    def test_it_says_who_was_told_by_what_and_why_not(self, tom, ana):
        a_subscription(ana, a_channel(ana), kinds=["breach"])
        a_breach()
        alerts_note(AT)
        reader = signed_in(tom)

        assert "tom the pages ✓ Delivered" in text_of(reader.get("/alerts/log/"))
        assert "ana webhook Signed webhook ○ Waiting" in text_of(reader.get("/alerts/log/"))
        assert "ana" not in text_of(reader.get("/alerts/log/?channel=pages"))
        for query in ("state=failed", "kind=date", "channel=99999"):
            assert reader.get(f"/alerts/log/?{query}").status_code == 200
        assert "No line matches" in text_of(reader.get("/alerts/log/?state=failed"))

    def test_what_was_given_up_is_sent_again_by_who_looks_after_alerts(self, tom, ana, receiver):
        a_subscription(ana, a_channel(ana, url=receiver.url), kinds=["breach"])
        a_breach()
        alerts_note(AT)
        deliveries_bundle(now=AT + HOUR)
        message = AlertMessage.objects.get()
        AlertMessage.objects.update(state="failed")
        message.deliveries.update(state="failed", why="away")

        assert signed_in(ana).post(f"/alerts/messages/{message.pk}/again/").status_code == 404
        assert "Send again" in text_of(signed_in(tom).get("/alerts/log/"))
        again = signed_in(tom).post(f"/alerts/messages/{message.pk}/again/", follow=True)

        assert "It was delivered." in text_of(again)
        assert len(receiver.requests) == 1


@pytest.mark.parametrize("path", ["/notices/", "/alerts/", "/alerts/log/", "/alerts/mutes/"])
def test_a_page_takes_as_many_queries_for_3_lines_as_for_30(tom, path):
    reader = signed_in(tom)

    def grow(first, last):
        for number in range(first, last):
            case = a_breach(code=f"k{number}")
            a_subscription(tom, a_channel(tom))
            AlertMute.objects.create(
                kpi=case.period.kpi, until=now() + HOUR, reason="x", created_by=tom, owner=tom
            )
        AlertMute.objects.update(until=AT)
        alerts_note(AT)
        AlertMute.objects.update(until=now() + HOUR)

    def queries():
        with CaptureQueriesContext(connection) as seen:
            assert reader.get(path).status_code == 200
        return len(seen)

    grow(0, 3)
    queries()
    few = queries()
    grow(3, 12)

    assert queries() == few <= 12
