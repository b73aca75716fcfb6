"""A real browser with the content security policy in force, and people signed in to it.

A page that logs an error, asks another host for anything or breaks the policy fails its test.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, sync_playwright

from contracts.models import User
from tests.services import absent

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_FATAL = ("error", "warning")

Opened = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything below this directory drives a browser against a live server."""
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker("browser")
            item.add_marker("slow")
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        absent("chromium is not installed")
    # The driver keeps an event loop in this thread, where Django would refuse to work.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as driver:
        options = {"executable_path": CHROMIUM, "args": ["--no-sandbox", "--disable-gpu"]}
        launched = driver.chromium.launch(**options)
        yield launched
        launched.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class Watch:
    """What went wrong in the browser, whoever looks."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.faults: list[str] = []

    def over(self, page: Page) -> None:
        page.on("console", lambda said: self._said(said.type, said.text))
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("request", lambda request: self._asked(request.url))

    def _said(self, kind: str, text: str) -> None:
        # A page that is missing on purpose logs its own status; nothing else may be logged.
        if kind in _FATAL and "the server responded with a status of 4" not in text:
            self.faults.append(text)

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https"} and parts.netloc != self.host:
            self.faults.append(f"asked another host: {url}")


@pytest.fixture
def opened(chromium: Browser, live_server) -> Iterator[Opened]:
    """``opened(user, javascript=True, width=1280, scheme="light")`` → a page signed in as user."""
    watch = Watch(urlsplit(live_server.url).netloc)
    contexts = []

    def open_for(
        user: User | None, *, javascript: bool = True, width: int = 1280, scheme: str = "light"
    ) -> Page:
        context = chromium.new_context(
            base_url=live_server.url,
            java_script_enabled=javascript,
            viewport={"width": width, "height": 900},
            color_scheme=scheme,  # type: ignore[arg-type]
            accept_downloads=True,
        )
        contexts.append(context)
        if user is not None:
            context.add_cookies([_session(user, live_server.url)])
        page = context.new_page()
        page.set_default_timeout(10_000)
        watch.over(page)
        return page

    yield open_for
    for context in contexts:
        context.close()
    assert watch.faults == []


def _session(user: User, url: str) -> dict[str, str]:
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": url}


def axe_faults(page: Page) -> list[str]:
    """What axe holds against the page: rule and the elements it names."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{each['id']}: {node['html']} ({' '.join(node.get('failureSummary', '').split())})"
        for each in found
        for node in each["nodes"]
    ]


def assert_pleasant(page: Page) -> None:
    """No axe violation, and nothing scrolls sideways but data tables."""
    assert axe_faults(page) == [], page.url
    assert page.evaluate(SIDEWAYS) <= 0, page.url
