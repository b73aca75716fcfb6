"""Delivering a dirty file, mending what did not fit, and typing in a figure that a second person
approves: with JavaScript and without."""

import csv as csv_module
from datetime import date

import pytest

from contracts.models import User
from metrics.evaluation.work import work_all
from metrics.feeds.schedules import schedule_set
from metrics.models import Kpi
from tests.browser.conftest import assert_pleasant
from tests.factories import a_user
from tests.feeds.arriving import APRIL, a_mapped_feed, a_share, a_total, csv, figures, the_contract

DIRTY = csv(["1,2026-03-02,yes", "2,2026-02-30,yes", "3,31/03,no", "4,2026-03-04,no"])


@pytest.fixture
def feed():
    a_share(name="Answered in time")
    found = a_mapped_feed()
    found.vendor = the_contract().vendor
    found.save()
    schedule_set(feed=found, valid_from=date(2026, 1, 1), every="month")
    return found


@pytest.fixture
def survey():
    return a_total("survey", "assessed", name="Satisfaction", decimals=1, level={"expected": "4"})


@pytest.mark.parametrize("javascript", [True, False])
def test_a_dirty_file_is_delivered_mended_and_delivered_again(opened, feed, tmp_path, javascript):
    page = opened(a_user("vera", User.Role.VENDOR, (feed.vendor,)), javascript=javascript)
    dirty = tmp_path / "march.csv"
    dirty.write_text(DIRTY)

    page.goto("/deliveries/")
    page.get_by_role("link", name="Desk", exact=True).first.click()
    page.get_by_role("link", name="Deliver a file").click()
    page.get_by_label("File").set_input_files(dirty)
    page.get_by_label("Complete through").fill("2026-03-31")
    page.get_by_role("button", name="Look at it first").click()
    assert page.get_by_role("row", name="× 1").count() == 2
    assert "'2026-02-30' in column 'closed' is not a time of the calendar" in page.inner_text(
        "main"
    )
    assert figures() == {}
    page.get_by_role("button", name="Deliver it").click()
    assert "waiting" in page.get_by_title("waiting for its turn").first.get_attribute("title")
    work_all(as_of=APRIL)
    if javascript:
        page.get_by_text("of 1 KPI changed").wait_for()
    else:
        page.get_by_role("link", name="Refresh").click()
    assert "figures of 1 KPI changed" in page.inner_text("#progress")
    assert "Answered in time 2026-03" in page.inner_text("#progress")
    assert figures()["2026-03"][2] == "50"

    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    mended = tmp_path / "mended.csv"
    _mend(download.value.path(), mended)
    page.get_by_role("link", name="Deliver them mended").click()
    page.get_by_label("File").set_input_files(mended)
    page.get_by_role("button", name="Look at it first").click()
    page.get_by_role("button", name="Deliver it").click()
    work_all(as_of=APRIL)

    page.goto("/deliveries/")
    page.get_by_role("link", name="march.csv").click()
    assert "2 rows mended by delivery" in page.inner_text("#errors")
    page.goto("/vendors/acme/?period=2026-03")
    assert "75.00 %" in page.get_by_role("row", name="Answered in time").first.inner_text()


def _mend(rejects, target):
    """As somebody would in a spreadsheet: the days of both rows."""
    with open(rejects, encoding="utf-8-sig", newline="") as file:
        rows = list(csv_module.DictReader(file))
    assert [(row["number"], row["closed"], row["reject: line"]) for row in rows] == [
        ("2", "2026-02-30", "3"),
        ("3", "31/03", "4"),
    ]
    rows[0]["closed"], rows[1]["closed"], rows[1]["met"] = "2026-03-28", "2026-03-31", "yes"
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv_module.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_typed_in_figure_counts_once_a_second_person_approves(opened, survey, javascript):
    work_all(as_of=APRIL)
    anna = opened(a_user("anna", User.Role.OPERATIONS), javascript=javascript)
    anna.goto("/kpis/survey/enter/?day=2026-03-31")
    anna.get_by_label("Figure").fill("4.3")
    anna.get_by_label("Evidence").fill("survey of March, page 3")
    anna.get_by_role("button", name="Send for approval").click()
    assert "a second person has to approve it" in anna.inner_text("main")
    assert anna.get_by_role("button", name="Approve").count() == 0

    ben = opened(a_user("ben", User.Role.PROCUREMENT), javascript=javascript)
    ben.goto("/entries/")
    ben.get_by_role("link", name="Satisfaction, 31 Mar 2026: 4.3").click()
    ben.get_by_role("button", name="Refuse").click()
    assert "Say why it is refused." in ben.inner_text("main")
    ben.get_by_role("button", name="Approve").click()
    assert "The figure is approved" in ben.inner_text("main")
    work_all(as_of=APRIL)

    assert figures("survey")["2026-03"][1:3] == ("MET", "43/10")


def test_a_delivery_is_undone_with_a_reason(opened, feed, tmp_path):
    page = opened(a_user("olga", User.Role.OPERATIONS))
    page.goto("/feeds/desk/deliver/")
    page.get_by_label("Or paste the rows").fill(csv(["1,2026-03-02,yes"]))
    page.get_by_role("button", name="Look at it first").click()
    page.get_by_role("button", name="Deliver it").click()
    work_all(as_of=APRIL)
    page.reload()

    page.get_by_role("link", name="Undo").click()
    page.get_by_role("button", name="Undo the delivery").click()
    page.get_by_label("Reason").fill("export of another team")
    page.get_by_role("button", name="Undo the delivery").click()
    work_all(as_of=APRIL)
    page.reload()

    assert "Undone: export of another team (olga" in page.inner_text("main")
    assert figures()["2026-03"][1] == "NO_DATA"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_the_pages_are_pleasant(opened, feed, survey, tmp_path, scheme, width):
    work_all(as_of=APRIL)
    page = opened(a_user("ada", User.Role.ADMINISTRATOR), scheme=scheme, width=width)
    dirty = tmp_path / "march.csv"
    dirty.write_text(DIRTY)
    page.goto("/feeds/desk/deliver/")
    assert_pleasant(page)
    page.get_by_label("File").set_input_files(dirty)
    page.get_by_role("button", name="Look at it first").click()
    assert_pleasant(page)
    page.get_by_role("button", name="Deliver it").click()
    assert_pleasant(page)
    address = page.url
    work_all(as_of=APRIL)
    assert Kpi.objects.count() == 2
    for path in (
        address,
        f"{address}undo/",
        f"{address}mend/",
        "/deliveries/",
        "/feeds/",
        "/feeds/desk/",
        "/feeds/desk/schedule/",
        "/entries/",
        "/kpis/survey/enter/",
    ):
        page.goto(path)
        assert_pleasant(page)
    page.goto("/kpis/survey/enter/?day=2026-03-31")
    page.get_by_label("Figure").fill("4.3")
    page.get_by_label("Evidence").fill("page 3")
    page.get_by_role("button", name="Send for approval").click()
    assert_pleasant(page)
