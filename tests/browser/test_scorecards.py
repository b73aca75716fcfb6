"""A month is commented on, published, shared and compared, with and without JavaScript."""

import pytest

from contracts.models import User
from metrics.models import Scorecard
from metrics.scorecards.commentary import commentary_write
from metrics.scorecards.publish import card_to_publish, publish
from metrics.selectors.spans import month_of
from tests.browser.conftest import SIDEWAYS, assert_pleasant
from tests.factories import NOW, a_revision, a_user
from tests.pages.conftest import MARCH, portfolio  # noqa: F401 (a fixture)


@pytest.fixture
def dana(portfolio) -> User:  # noqa: F811
    return a_user("dana", User.Role.PROCUREMENT)


@pytest.fixture
def edition(portfolio, dana) -> Scorecard:  # noqa: F811
    head = portfolio.case.period
    long = "The warehouse was flooded, and the forecasts of two weeks were lost. " * 4
    commentary_write(period=head, text=long, author=dana, as_of=NOW)
    card = card_to_publish(span=month_of(MARCH), contract=portfolio.contract)
    scorecard = publish(card=card, by="Dana", as_of=NOW)
    a_revision(head, "97")
    return scorecard


def pages(edition: Scorecard) -> list[str]:
    return [
        "/vendors/",
        "/vendors/acme/",
        "/contracts/AC-1/",
        "/contracts/AC-1/publish/",
        "/contracts/AC-1/scorecards/",
        "/contracts/AC-1/compare/",
        "/contracts/AC-1/mailings/",
        f"/scorecards/{edition.pk}/",
        f"/scorecards/{edition.pk}/links/",
        "/compare/",
        "/kpis/accuracy/2026-03-01/commentary/",
        "/kpis/accuracy/2026-03-01/commentary/ours/",
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_these_pages(opened, dana, edition, scheme):
    page = opened(dana, scheme=scheme)
    for address in pages(edition):
        page.goto(address)
        assert_pleasant(page)


def test_they_fit_a_small_telephone(opened, dana, edition):
    page = opened(dana, width=320)
    for address in pages(edition):
        page.goto(address)
        assert page.evaluate(SIDEWAYS) <= 0, address


@pytest.mark.parametrize("javascript", [True, False])
def test_a_month_is_explained_published_and_read_without_signing_in(opened, dana, javascript):
    page = opened(dana, javascript=javascript)
    page.goto("/contracts/AC-1/?period=2026-03")

    page.get_by_role("link", name="Write commentary on Forecast accuracy").click()
    page.get_by_label("Commentary").fill("The warehouse was flooded.")
    page.get_by_role("button", name="Keep this text").click()
    page.goto("/contracts/AC-1/?period=2026-03")
    page.get_by_role("link", name="Publish", exact=True).click()
    page.get_by_role("button", name="Publish edition 1").click()

    assert "Edition 1, published on" in page.locator(".lede").inner_text()
    assert "The warehouse was flooded." in page.locator("main").inner_text()
    page.get_by_role("link", name="Share by link").click()
    page.get_by_label("For whom").fill("The board")
    page.get_by_role("button", name="Make the link").click()
    address = page.get_by_label("Link", exact=True).input_value()

    stranger = opened(None, javascript=javascript)
    stranger.goto(address)
    assert "The warehouse was flooded." in stranger.locator("main").inner_text()
    assert stranger.locator("main a[href^='/']").count() == 0
    if javascript:
        assert_pleasant(stranger)

    page.get_by_role("button", name="Revoke the link for The board").click()
    assert stranger.goto(address).status == 404


def test_two_periods_are_compared(opened, dana):
    page = opened(dana, javascript=False)
    page.goto("/contracts/AC-1/?period=2026-03")

    page.get_by_role("link", name="Compare periods").click()
    page.get_by_label("Then").select_option("2026-02")
    page.get_by_role("button", name="Compare").click()

    assert "−1.00 points" in page.locator("main").inner_text()
