"""Closing a month in a browser: the buyer's steps, the vendor's agreement, the frozen card."""

import pytest

from metrics.models import MonthClose, Scorecard
from tests.browser.conftest import assert_pleasant
from tests.closing.conftest import MARCH, month  # noqa: F401 (a fixture)
from tests.factories import a_figure, a_kpi

PAGE = "/months/AC-1/2026-03-01/"


@pytest.mark.parametrize("javascript", [True, False])
def test_a_month_is_closed_with_its_vendor(opened, month, javascript):  # noqa: F811
    a_figure(a_kpi(month.contract, "late-kpi", name="Late KPI"), MARCH, None, "NO_DATA")
    buyer = opened(month.dana, javascript=javascript)

    buyer.goto("/months/?period=2026-03")
    buyer.get_by_role("link", name="Demand forecasting").click()
    buyer.get_by_role("button", name="All data is in").click()
    assert buyer.get_by_text("This is missing: 1 figure without data: late-kpi").is_visible()
    buyer.get_by_label("Remark").fill("The vendor's scanner was down")
    buyer.get_by_role("button", name="All data is in").click()
    buyer.get_by_role("button", name="The figures are checked").click()
    buyer.get_by_label("Days for the vendor to object").fill("5")
    buyer.get_by_role("button", name="Relief is decided").click()
    assert "Deemed accepted after" in buyer.content()

    vendor = opened(month.vera, javascript=javascript)
    vendor.goto(PAGE)
    assert "The vendor's scanner was down" not in vendor.content()
    vendor.get_by_role("button", name="We agree").click()

    buyer.reload()
    buyer.get_by_role("button", name="Publish the scorecard").click()
    assert buyer.get_by_text("Say why it is published all the same").is_visible()
    buyer.get_by_label("Remark").fill("One figure is lost for good")
    buyer.get_by_role("button", name="Publish the scorecard").click()
    assert buyer.get_by_role("heading", name="This month is closed").is_visible()
    assert MonthClose.objects.get().step == "published"
    assert Scorecard.objects.get().label == "2026-03"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_board_and_a_month_are_pleasant(opened, month, scheme, width):  # noqa: F811
    a_figure(a_kpi(month.contract, "late-kpi"), MARCH, None, "NO_DATA")
    page = opened(month.dana, scheme=scheme, width=width)

    for address in ("/months/?period=2026-03", PAGE):
        page.goto(address)
        assert_pleasant(page)
