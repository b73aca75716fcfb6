"""Subscribing, and being told: by a webhook that verifies, by mail, and on the pages."""

import pytest
from playwright.sync_api import expect
from standardwebhooks import Webhook

from contracts.models import User
from metrics.alerts.work import alerts_run
from metrics.models import AlertChannel, Notice
from tests.alerts.making import AT, HOUR, a_breach, a_channel, a_subscription
from tests.browser.conftest import assert_pleasant
from tests.factories import a_user
from tests.toolkit.receiving import a_receiver

TITLE = "Breach case opened: Timeliness sla, 2026-03"
PAGES = ["/notices/", "/alerts/", "/alerts/log/", "/alerts/mutes/", "/new/channel/"]


@pytest.fixture
def receiver(settings):
    settings.OUTGOING_ALLOW = ["127.0.0.1"]
    with a_receiver() as found:
        yield found


@pytest.mark.parametrize("javascript", [True, False])
def test_a_person_subscribes_and_receives_a_webhook_that_verifies(opened, receiver, javascript):
    page = opened(a_user("tom", User.Role.OPERATIONS), javascript=javascript)
    page.goto("/")
    page.get_by_role("link", name="Notices", exact=True).first.click()
    page.get_by_role("link", name="what you are told of").click()

    page.get_by_role("link", name="New channel").click()
    page.get_by_label("Kind").select_option("Signed webhook")
    page.get_by_label("Name").fill("Our receiver")
    page.get_by_label("Address").fill(receiver.url)
    page.get_by_role("button", name="Set it up").click()
    secret = page.locator("#webhook-secret").inner_text()

    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("The test was delivered: the receiver took it.")).to_be_visible()
    assert Webhook(secret).verify(receiver.requests[0].body, receiver.requests[0].headers)

    page.goto("/new/subscription/")
    page.get_by_label("Breach cases", exact=True).check()
    page.get_by_label("By which channel").select_option(str(AlertChannel.objects.get().pk))
    page.get_by_label("When").select_option("Everything at once")
    page.get_by_role("button", name="Subscribe").click()
    expect(page.get_by_text("You are subscribed.")).to_be_visible()

    a_breach(severity="critical")
    alerts_run(AT)

    told = receiver.requests[1]
    body = Webhook(secret).verify(told.body, told.headers)
    assert [each["title"] for each in body["data"]["notices"]] == [TITLE]

    page.goto("/notices/")
    page.get_by_role("link", name=TITLE).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Timeliness")
    assert Notice.objects.get().read_at is not None


def test_a_test_that_fails_says_why(opened):
    tom = a_user("tom", User.Role.OPERATIONS)
    channel = a_channel(tom)
    page = opened(tom)
    page.goto(f"/alerts/channels/{channel.pk}/")

    page.get_by_role("button", name="Send a test").click()

    expect(page.get_by_role("status").first).to_contain_text("The test was not delivered")
    assert_pleasant(page)


@pytest.fixture
def busy():
    """A person with a bit of everything, and the addresses of it."""
    tom = a_user("tom", User.Role.OPERATIONS)
    own = a_channel(tom, name="Our receiver", hint="hooks.example.test/…")
    line = a_subscription(tom, own, timing="weekly", quiet_from="22:00", quiet_until="07:00")
    a_subscription(None, a_channel(kind="slack", name="Team"), role="operations", timing="daily")
    a_breach()
    a_breach(code="other", severity="critical")
    alerts_run(AT)
    alerts_run(AT + HOUR)
    return tom, [*PAGES, f"/alerts/{line.pk}/", f"/alerts/channels/{own.pk}/"]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 320)])
def test_the_pages_are_pleasant(opened, busy, scheme, width):
    tom, addresses = busy
    page = opened(tom, scheme=scheme, width=width)
    for address in addresses:
        page.goto(address)
        assert_pleasant(page)
