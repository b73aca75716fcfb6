"""Inviting somebody, their first sign-in, and a decision by a second person, as people do it."""

import pytest
from playwright.sync_api import Page

from contracts.models import Approval, User
from tests.access.conftest import PASSWORD, an_administrator
from tests.browser.conftest import Opened, assert_pleasant
from tests.factories import a_user, a_vendor

WAYS = pytest.mark.parametrize("javascript", [True, False], ids=["with-js", "without-js"])


def sign_in(page: Page, name: str) -> None:
    page.goto("/login/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


@WAYS
def test_an_invited_person_chooses_a_password_and_signs_in(
    opened: Opened, live_server, settings, javascript: bool
) -> None:
    settings.PUBLIC_URL = live_server.url
    page = opened(an_administrator(), javascript=javascript)
    page.goto("/people/")
    page.get_by_role("link", name="Invite somebody").click()
    page.get_by_label("E-mail").fill("priya@buyer.test")
    page.get_by_label("Role").select_option("compliance")
    page.get_by_role("button", name="Invite").click()
    link = page.get_by_label("Link for priya@buyer.test").input_value()

    priya = opened(None, javascript=javascript)
    priya.goto(link)
    priya.get_by_label("First name").fill("Priya")
    priya.get_by_label("Last name").fill("Natarajan")
    priya.get_by_label("Password", exact=True).fill(PASSWORD)
    priya.get_by_label("The same again").fill(PASSWORD)
    priya.get_by_role("button", name="Accept the invitation").click()
    assert priya.get_by_role("status").inner_text() == "Welcome. Sign in as priya@buyer.test."
    sign_in(priya, "priya@buyer.test")
    priya.goto("/account/")

    assert "Compliance officer" in priya.locator(".lede").inner_text()


@WAYS
def test_after_five_wrong_passwords_the_page_says_when_to_come_back(
    opened: Opened, javascript: bool
) -> None:
    a_user("vera", password=PASSWORD)
    page = opened(None, javascript=javascript)
    for _ in range(5):
        page.goto("/login/")
        page.get_by_label("Username").fill("vera")
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Sign in").click()

    assert page.get_by_role("heading").inner_text() == "Sign-in is locked for now"
    assert "UTC" in page.locator("time").inner_text()
    if javascript:  # what looks at the page is a script itself
        assert_pleasant(page)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (320, "light")])
def test_the_pages_about_access_are_pleasant(opened: Opened, width: int, scheme: str) -> None:
    ada, acme = an_administrator(), a_vendor("acme")
    a_user("vera", User.Role.VENDOR, (acme,))
    request = Approval.objects.create(
        kind="unknown",
        subject="contracts.vendor:1",
        label="Acme",
        reason="It is time.",
        requested_by=a_user("otto"),
        vendor=acme,
    )
    page = opened(ada, width=width, scheme=scheme)
    page.goto(f"/people/{a_user('rolf').pk}/")
    page.get_by_role("combobox", name="Role").select_option("operations")
    page.get_by_role("button", name="Save the role").click()
    places = [
        "people/",
        "new/invitation/",
        "account/",
        "account/password/",
        "new/deputy/",
        "audit/",
    ]

    for place in [*places, "approvals/?show=all", f"approvals/{request.pk}/"]:
        page.goto(f"/{place}")
        assert_pleasant(page)
    for place in ["login/", "password/", "password/sent/", "invitations/none-such/"]:
        outside = opened(None, width=width, scheme=scheme)
        outside.goto(f"/{place}")
        assert_pleasant(outside)
