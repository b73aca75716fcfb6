"""The pages in a real browser, with the content security policy in force."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.factories import a_user

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PASSWORD = "a-long-enough-passphrase"
ADDRESSES = [
    "/",
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
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
GROUND = "getComputedStyle(document.body).backgroundColor"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
    pytest.mark.usefixtures("_sync_in_loop"),
]


@pytest.fixture
def _sync_in_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """The browser's driver keeps an event loop in this thread, where Django would refuse."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


@pytest.fixture
def chromium(_sync_in_loop: None) -> Iterator[Browser]:
    with sync_playwright() as driver:
        options = {"executable_path": CHROMIUM, "args": ["--no-sandbox", "--disable-gpu"]}
        launched = driver.chromium.launch(**options)
        yield launched
        launched.close()


def signed_in(browser: Browser, live_server, **options) -> Page:
    page = browser.new_context(base_url=live_server.url, **options).new_page()
    page.goto("/login/")
    page.get_by_label("Username").fill("ana")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    return page


def test_no_page_scrolls_sideways_or_breaks_the_policy(chromium, live_server, portfolio):
    a_user("ana", password=PASSWORD)
    for width in (320, 390, 768, 1280, 1920):
        size = {"width": width, "height": 800}
        page = signed_in(chromium, live_server, viewport=size, java_script_enabled=True)
        said: list[str] = []
        page.on("console", lambda message, said=said: said.append(message.text))
        for address in ADDRESSES:
            page.goto(address)
            assert page.evaluate(SIDEWAYS) <= 0, (width, address)
        refused = [text for text in said if "Content Security Policy" in text]
        assert refused == []
        page.context.close()


def test_everything_works_without_javascript(chromium, live_server, portfolio):
    a_user("ana", password=PASSWORD)
    page = signed_in(chromium, live_server, java_script_enabled=False)

    page.get_by_role("link", name="Acme Analytics").click()
    page.get_by_role("combobox", name="Period").select_option("2026-02")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="Forecast accuracy").first.click()
    page.get_by_role("link", name="94.99 %").first.click()

    assert page.get_by_role("heading", level=1).inner_text() == "Forecast accuracy 2026-03"


def test_the_keyboard_reaches_the_content_first(chromium, live_server, portfolio):
    a_user("ana", password=PASSWORD)
    page = signed_in(chromium, live_server)
    page.goto("/contracts/AC-1/")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "content"


def test_the_theme_follows_the_system_until_somebody_chooses(chromium, live_server, portfolio):
    a_user("ana", password=PASSWORD)
    page = signed_in(chromium, live_server, color_scheme="dark")
    dark = page.evaluate(GROUND)

    page.get_by_role("button", name="Light").click()
    light = page.evaluate(GROUND)
    page.get_by_role("button", name="System").click()

    assert page.evaluate(GROUND) == dark != light
