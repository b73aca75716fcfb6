"""A quarter's review from planning to the next one, in a real browser."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from contracts.models import User
from metrics.reviews.actions import action_agree
from metrics.reviews.meetings import decision_write, note_write, review_plan
from metrics.reviews.packs.building import pack_build
from metrics.selectors.spans import parse_span
from tests.browser.conftest import Opened, assert_pleasant
from tests.factories import (
    NOW,
    a_case,
    a_contract,
    a_figure,
    a_kpi,
    a_user,
    a_vendor,
)

TODAY = date.today()
SOON = TODAY + timedelta(days=30)
MONTHS = (date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1))


@pytest.fixture
def paula():
    """Procurement, with a vendor whose March was missed."""
    acme = a_vendor("acme", name="Acme Analytics")
    kpi = a_kpi(a_contract(acme, "AC-1", title="Demand forecasting"), "accuracy")
    for month in MONTHS[:2]:
        a_figure(kpi, month, "96")
    a_case(a_figure(kpi, MONTHS[2], "94.996", "BELOW_MINIMUM"))
    a_user("vera", User.Role.VENDOR, (acme,))
    return a_user("paula", User.Role.PROCUREMENT)


def plan(page: Page, day: date) -> None:
    page.goto("/reviews/")
    page.get_by_role("link", name="Plan a review").click()
    page.get_by_label("Vendor", exact=True).select_option(label="Acme Analytics")
    page.get_by_label("Planned for").fill(day.isoformat())
    page.get_by_role("button", name="Plan").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Quarterly review")


def open_form(page: Page, summary: str) -> None:
    page.locator("summary", has_text=summary).click()


@pytest.mark.parametrize("javascript", [True, False])
def test_a_review_from_its_plan_to_a_pack_a_decision_and_an_action_for_the_next(
    paula, opened: Opened, javascript
):
    page = opened(paula, javascript=javascript)
    plan(page, TODAY)
    expect(page.get_by_role("heading", name="Unsettled breach cases")).to_be_visible()

    page.get_by_role("link", name="Build a review pack").click()
    page.get_by_label("Period").select_option("2026-Q1")
    page.get_by_role("button", name="Build the pack").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Q1 2026")
    expect(page.get_by_role("table", name=re.compile("figures of Demand"))).to_contain_text("94.99")
    with page.expect_download() as download:
        page.get_by_role("link", name="PDF shared with the vendor").click()
    assert download.value.suggested_filename == "review-pack-acme-2026-q1-1-shared.pdf"
    with open(download.value.path(), "rb") as file:
        assert file.read(5) == b"%PDF-"

    page.get_by_label("You are here").get_by_role("link", name="Quarterly review").click()
    open_form(page, "Write down a decision")
    page.get_by_label("What was decided").fill("Retrain with the data of 2025")
    page.get_by_role("button", name="Write it down").click()
    page.get_by_role("link", name="Agree on an action").click()
    page.get_by_label("What has to be done").fill("Retrain the model")
    page.get_by_label("Owner (optional)").select_option(label="vera")
    page.get_by_label("Due on").fill(SOON.isoformat())
    page.get_by_role("button", name="Agree").click()
    expect(page.locator("#decisions")).to_contain_text("Retrain with the data of 2025")
    expect(page.locator("#actions table")).to_contain_text("Retrain the model")

    plan(page, SOON)
    carried = page.get_by_role("group", name="Actions carried over")
    expect(carried).to_contain_text("Retrain the model")
    expect(carried).to_contain_text("vera")


@pytest.mark.parametrize("javascript", [True, False])
def test_a_vendors_person_does_her_action_and_it_is_off_the_list(paula, opened: Opened, javascript):
    vera = User.objects.get(username="vera")
    _agree(paula, vera)
    page = opened(vera, javascript=javascript)

    page.goto("/actions/?whose=mine")
    page.get_by_role("link", name="Retrain the model").click()
    page.get_by_role("link", name="Mark as done").click()
    page.get_by_label("Note").fill("Trained, see the release notes")
    page.get_by_role("button", name="Close it").click()

    expect(page.locator("dl.facts")).to_contain_text("Done")
    page.goto("/actions/?whose=mine")
    expect(page.get_by_role("link", name="Send the figures of 2025")).to_be_visible()
    expect(page.get_by_role("link", name="Retrain the model")).to_have_count(0)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_calendar_feed_is_made_read_and_revoked(paula, opened: Opened, javascript):
    page = opened(paula, javascript=javascript)
    page.goto("/calendar/")
    page.get_by_label("Where it will be read").fill("Desk")
    page.get_by_role("button", name="Make the address").click()
    address = page.locator(".notice code").inner_text()

    assert page.request.get(address).text().startswith("BEGIN:VCALENDAR")
    page.goto("/calendar/")
    page.get_by_role("link", name="Revoke").click()
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("table")).to_contain_text("revoked on")
    assert page.request.get(address).status == 404


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (320, "light")])
def test_every_page_is_pleasant(paula, opened: Opened, width, scheme):
    action, pack = _agree(paula, User.objects.get(username="vera"))
    page = opened(paula, width=width, scheme=scheme)
    review = f"/reviews/{action.review_id}/"
    below = ("", "edit/", "held/", "call-off/", "agenda/", "decisions/", "actions/", "pack/")
    action_pages = [f"/actions/{action.pk}/{each}" for each in ("", "edit/", "done/")]
    addresses = ["/reviews/", "/new/review/?vendor=acme", *(review + each for each in below)]
    addresses += ["/actions/", *action_pages, f"/packs/{pack.pk}/", "/calendar/"]
    addresses += [f"/packs/{pack.pk}/?copy=internal"]

    for address in addresses:
        page.goto(address)
        assert_pleasant(page)
    page.goto(review)
    for summary in page.locator("details.adding summary").all():
        summary.click()
    assert_pleasant(page)


def _agree(paula, vera):
    """A review with something of everything; its action and its pack."""
    acme = vera.vendors.get()
    review = review_plan(vendor=acme, kind="quarterly", planned_on=TODAY, chair=paula)
    earlier = review_plan(vendor=acme, kind="monthly", planned_on=TODAY, chair=paula)
    note_write(review=review, text="Backlog", is_internal=True, by=paula)
    decision_write(review=review, text="Go on", is_internal=False, by=paula)
    given = {"side": "vendor", "owner": vera, "due_on": SOON, "agreed_on": TODAY}
    action = action_agree(review=review, text="Retrain the model", **given)
    action_agree(review=earlier, text="Send the figures of 2025", **given)
    span = parse_span("2026-Q1")
    return action, pack_build(vendor=acme, span=span, as_of=NOW, by="Paula", review=review)
