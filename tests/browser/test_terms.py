"""Registering a KPI with its level, and changing the level by an amendment, in a real browser."""

from datetime import date

import pytest

from contracts.models import User
from metrics.models import Kpi
from tests.browser.conftest import assert_pleasant
from tests.factories import a_contract, a_figure, a_kpi, a_user, a_vendor

MARCH = date(2026, 3, 1)

BOTH = pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
LOOKS = [("light", 1280), ("dark", 1280), ("light", 320), ("dark", 320)]


@pytest.fixture
def pat() -> User:
    """Procurement, with a contract whose one KPI has a provisional and a final figure."""
    contract = a_contract(a_vendor("acme", name="Acme Analytics"), title="Claims review")
    kpi = a_kpi(contract, "accuracy", name="Decisions upheld")
    a_figure(kpi, date(2026, 2, 1), "96")
    a_figure(kpi, MARCH, "96", period={"phase": "provisional"})
    return a_user("pat", User.Role.PROCUREMENT)


@BOTH
def test_a_kpi_is_registered_with_its_level(opened, pat, javascript):
    page = opened(pat, javascript=javascript)
    page.goto("/kpis/")
    page.get_by_role("link", name="Register a KPI").click()
    page.get_by_label("Name").fill("Answers in time")
    page.get_by_label("Code").fill("in-time")
    page.get_by_label("Contract", exact=False).first.select_option("AC-1")
    page.get_by_label("Unit", exact=True).fill("percent")
    page.get_by_label("Measured as").select_option("share_within")
    if not javascript:
        page.get_by_role("button", name="Show what it needs").click()
    page.get_by_label("Limit", exact=True).fill("4.5")
    page.get_by_label("Unit of the limit").select_option("hours")
    page.get_by_label("The figure has to be").select_option(">=")
    page.get_by_label("Expected level").fill("90")
    page.get_by_role("button", name="Register").click()

    assert page.get_by_role("heading", level=1).inner_text() == "Answers in time"
    assert "≥ 90 %" in page.get_by_role("main").inner_text()
    assert Kpi.objects.get(code="in-time").definitions.get().parameters["limit"] == "4.5"


@BOTH
def test_a_level_is_changed_by_an_amendment(opened, pat, javascript):
    page = opened(pat, javascript=javascript)
    page.goto("/kpis/accuracy/")
    page.get_by_role("link", name="Change the service level").click()
    page.get_by_label("Title").fill("Higher accuracy")
    page.get_by_label("Takes effect on").fill("2026-03-01")
    page.get_by_label("Expected level").fill("97.5")
    page.get_by_role("button", name="Preview what changes").click()

    row = page.get_by_role("row", name="Service level")
    assert row.inner_text().split("\t")[1:] == ["≥ 95 %", "≥ 97.5 % new"]
    assert page.get_by_role("row", name="2026-03").is_visible()
    assert Kpi.objects.get().levels.count() == 1

    page.get_by_role("button", name="Apply the new level").click()
    assert "The new service level holds from 1 March 2026." in page.get_by_role("main").inner_text()
    assert Kpi.objects.get().levels.count() == 2


def test_a_slip_is_told_where_it_was_made(opened, pat):
    page = opened(pat)
    page.goto("/kpis/accuracy/levels/new/")
    page.get_by_label("Title").fill("Higher accuracy")
    page.get_by_label("Takes effect on").fill("2026-03-01")
    page.get_by_label("Minimum level").fill("99")
    page.get_by_role("button", name="Preview what changes").click()

    wrong = page.get_by_label("Minimum level")
    assert wrong.get_attribute("aria-invalid") == "true"
    told = page.locator(f"#{wrong.get_attribute('aria-describedby').split()[-1]}").inner_text()
    assert told == "Minimum 99 is better than expected 95: move it to the worse side."
    assert page.get_by_label("Title").input_value() == "Higher accuracy"
    assert_pleasant(page)


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_the_pages_are_pleasant(opened, pat, scheme, width):
    page = opened(pat, scheme=scheme, width=width)
    for address in (
        "/kpis/",
        "/new/kpi/?contract=AC-1&measure=forecast_accuracy",
        "/kpis/accuracy/",
        "/kpis/accuracy/edit/",
        "/kpis/accuracy/levels/new/",
        "/kpis/accuracy/definitions/new/",
        "/kpis/accuracy/sheet/",
        "/kpis/accuracy/2026-02-01/restate/",
    ):
        page.goto(address)
        assert_pleasant(page)
    page.goto("/kpis/accuracy/levels/new/")
    page.get_by_label("Title").fill("Higher accuracy")
    page.get_by_label("Takes effect on").fill("2026-01-01")
    page.get_by_role("button", name="Preview what changes").click()
    assert_pleasant(page)
