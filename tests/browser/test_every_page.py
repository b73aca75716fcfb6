"""What holds for every page in a real browser: nothing scrolls sideways, nothing breaks a rule of
the policy, axe finds nothing, and the keyboard gets everywhere."""

import pytest

from contracts.models import User
from tests.browser.conftest import SIDEWAYS, assert_pleasant
from tests.factories import a_user
from tests.pages.conftest import portfolio  # noqa: F401 (a fixture)

ADDRESSES = [
    "/",
    "/vendors/",
    "/vendors/acme/",
    "/contracts/",
    "/contracts/AC-1/",
    "/contracts/AC-1/terms/",
    "/kpis/accuracy/",
    "/kpis/accuracy/2026-03-01/",
    "/breaches/",
    "/deliveries/",
    "/nothing-here/",
]
GROUND = "getComputedStyle(document.body).backgroundColor"

pytestmark = pytest.mark.usefixtures("portfolio")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(opened, scheme):
    page = opened(a_user("ada", User.Role.ADMINISTRATOR), scheme=scheme)
    for address in ADDRESSES:
        page.goto(address)
        assert_pleasant(page)


@pytest.mark.parametrize("width", [320, 390, 768, 1920])
def test_no_page_scrolls_sideways(opened, width):
    page = opened(a_user("ada", User.Role.ADMINISTRATOR), width=width)
    for address in ADDRESSES:
        page.goto(address)
        assert page.evaluate(SIDEWAYS) <= 0, (width, address)


def test_figures_are_reached_without_javascript(opened):
    page = opened(a_user("ana"), javascript=False)
    page.goto("/")

    page.get_by_role("link", name="Acme Analytics").click()
    page.get_by_role("combobox", name="Period").select_option("2026-02")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="Forecast accuracy").first.click()
    page.get_by_role("link", name="94.99 %").first.click()

    assert page.get_by_role("heading", level=1).inner_text() == "Forecast accuracy 2026-03"


def test_people_sign_in_with_a_password(opened):
    a_user("ana", password="a-long-enough-passphrase")
    page = opened(None)
    page.goto("/contracts/")
    page.get_by_label("Username").fill("ana")
    page.get_by_label("Password").fill("a-long-enough-passphrase")
    page.get_by_role("button", name="Sign in").click()

    assert page.get_by_role("heading", level=1).inner_text() == "Contracts"


def test_the_keyboard_reaches_the_content_first(opened):
    page = opened(a_user("ana"))
    page.goto("/contracts/AC-1/")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "content"


def test_the_theme_follows_the_system_until_somebody_chooses(opened):
    page = opened(a_user("ana"), scheme="dark")
    page.goto("/")
    dark = page.evaluate(GROUND)

    page.get_by_role("button", name="Light").click()
    light = page.evaluate(GROUND)
    page.get_by_role("button", name="System").click()

    assert page.evaluate(GROUND) == dark != light
