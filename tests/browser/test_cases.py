"""Working a case in a browser: from the inbox to a waiver, contested by the vendor, by keyboard."""

from datetime import timedelta

import pytest
from django.utils import timezone

from contracts.models import User
from metrics.models import BreachCase, CaseTransition, Incident
from tests.browser.conftest import assert_pleasant
from tests.factories import a_case, a_figure, a_kpi, a_user
from tests.pages.conftest import MARCH, portfolio  # noqa: F401 (a fixture)


@pytest.fixture
def case(portfolio) -> BreachCase:  # noqa: F811
    """A case that opened today, so that it can be disputed."""
    CaseTransition.objects.update(at=timezone.now())
    return portfolio.case


@pytest.fixture
def people(portfolio) -> dict[str, User]:  # noqa: F811
    return {
        "oli": a_user("oli", User.Role.OPERATIONS),
        "petra": a_user("petra", User.Role.PROCUREMENT),
        "alice": a_user("alice", User.Role.VENDOR, (portfolio.vendor,)),
    }


@pytest.mark.parametrize("javascript", [True, False])
def test_a_case_goes_from_the_inbox_to_a_waiver_by_a_second_person(
    opened, case, people, javascript
):
    page = opened(people["oli"], javascript=javascript)
    page.goto("/breaches/?group=kpi")
    page.get_by_label("Choose Forecast accuracy, 2026-03").check()
    page.get_by_role("button", name="Acknowledge").click()
    assert "1 case: acknowledged." in page.get_by_role("status").inner_text()
    assert page.url.endswith("/breaches/?group=kpi")

    page.get_by_label("Choose Forecast accuracy, 2026-03").check()
    page.get_by_role("button", name="Ask for a waiver").click()
    page.get_by_label("The service credit of this failure").check()
    page.get_by_label("Why should they be let go?").fill("a small customer")
    page.get_by_role("button", name="Ask for a waiver").click()
    page.get_by_role("link", name="Forecast accuracy").click()
    assert "A waiver was asked for" in page.get_by_role("main").inner_text()

    second = opened(people["petra"], javascript=javascript)
    second.goto("/approvals/")
    second.get_by_role("link", name="Forecast accuracy").or_(
        second.get_by_role("link", name="breach case")
    ).first.click()
    second.get_by_role("button", name="Approve").click()

    page.reload()
    assert "covers: the service credit" in page.get_by_role("main").inner_text()
    assert BreachCase.objects.get().state == "waived"


@pytest.mark.parametrize("javascript", [True, False])
def test_a_vendor_contests_with_evidence_and_the_buyer_answers(opened, case, people, javascript):
    page = opened(people["alice"], javascript=javascript)
    page.goto(f"/breaches/{case.pk}/")
    page.get_by_role("link", name="Dispute it").click()
    page.get_by_label("What is wrong with the figure?").fill("Two rows are counted twice.")
    evidence = {"name": "rows.csv", "mimeType": "text/csv", "buffer": b"number,met\n1,yes\n"}
    page.get_by_label("Evidence").set_input_files(evidence)
    page.get_by_role("button", name="Dispute it").click()
    assert "The figure is disputed" in page.get_by_role("status").first.inner_text()
    assert page.get_by_role("link", name="rows.csv", exact=True).is_visible()

    buyer = opened(people["oli"], javascript=javascript)
    buyer.goto(f"/breaches/{case.pk}/")
    assert "Two rows are counted twice." in buyer.get_by_role("main").inner_text()
    buyer.get_by_role("link", name="Answer the dispute").click()
    buyer.get_by_label("Why does the figure stand?").fill("They are two orders.")
    buyer.get_by_role("button", name="Answer the dispute").click()

    page.reload()
    seen = page.get_by_role("main").inner_text()
    assert "They are two orders." in seen
    assert "Confirmed by the buyer" in seen
    assert page.get_by_role("link", name="Dispute it").count() == 0  # once for a figure


def test_the_keyboard_works_the_inbox_until_it_is_switched_off(opened, portfolio, case, people):  # noqa: F811
    kpi = a_kpi(portfolio.contract, "speed", name="Speed")
    a_case(a_figure(kpi, MARCH, "50", "BELOW_MINIMUM"))
    page = opened(people["oli"])
    page.goto("/breaches/?group=none")

    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("a")
    page.get_by_text("1 case: acknowledged.").wait_for()
    assert BreachCase.objects.get(period__kpi=kpi).state == "acknowledged"

    page.keyboard.press("/")
    page.keyboard.type("jax?")
    assert page.get_by_label("Search").input_value() == "jax?"
    page.get_by_label("Search").press("Tab")
    page.locator("h1").click()
    page.keyboard.press("?")
    page.get_by_role("button", name="Switch them off").click()
    page.get_by_text("Keyboard shortcuts are off").last.wait_for()
    page.wait_for_load_state("load")
    page.keyboard.press("j")
    assert page.locator("tr[aria-current]").count() == 0

    page.goto("/breaches/")
    page.get_by_text("Keyboard shortcuts are off").last.click()
    page.get_by_role("button", name="Switch them on").click()
    page.get_by_text("Keyboard shortcuts are on").last.wait_for()
    page.wait_for_load_state("load")  # the keys come with a script
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.wait_for_url("**/breaches/*/")


def test_an_internal_note_is_told_from_a_comment(opened, case, people):
    page = opened(people["oli"])
    page.goto(f"/breaches/{case.pk}/")
    page.get_by_label("Internal note: the vendor never sees it").fill("They always say so.")
    page.get_by_role("button", name="Keep the note inside").click()
    page.get_by_label("Comment: Acme Analytics reads it").fill("Please look at it.")
    page.get_by_role("button", name="Send to both sides").click()

    vendor = opened(people["alice"])
    vendor.goto(f"/breaches/{case.pk}/")
    seen = vendor.get_by_role("main").inner_text()
    assert "Please look at it." in seen
    assert "They always say so." not in seen


def test_a_plan_is_proposed_accepted_and_done(opened, case, people):
    page = opened(people["alice"], javascript=False)
    page.goto(f"/breaches/{case.pk}/plan/")
    page.get_by_label("Title").fill("Two pairs of eyes")
    page.get_by_label("Why did it fail?").fill("Nobody looked.")
    page.get_by_role("button", name="Propose").click()
    page.get_by_role("link", name="Add a step").click()
    page.get_by_label("What will be done").fill("Train two people")
    page.get_by_label("Who does it").fill("Vic")
    page.get_by_label("Due").fill("2026-05-01")
    page.get_by_role("button", name="Add a step").click()

    buyer = opened(people["oli"], javascript=False)
    buyer.goto(page.url)
    buyer.get_by_role("link", name="Accept").click()
    buyer.get_by_role("button", name="Accept the plan").click()

    page.reload()
    page.get_by_role("link", name="Done").click()
    page.get_by_label("What was done?").fill("They were trained.")
    page.get_by_role("button", name="Done").click()
    buyer.reload()
    buyer.get_by_role("link", name="Complete").click()
    buyer.get_by_role("button", name="Complete the plan").click()
    assert "Completed" in buyer.get_by_role("main").inner_text()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 320)])
def test_the_pages_are_pleasant(opened, case, people, scheme, width):
    incident = Incident.objects.create(
        vendor=case.period.kpi.contract.vendor,
        title="Lines cut",
        started_at=timezone.now() - timedelta(days=1),
        noted_by=people["oli"],
    )
    BreachCase.objects.update(incident=incident)
    plan = case.plans.create(
        vendor=incident.vendor, title="Two pairs", cause="Nobody", proposed_by=people["alice"]
    )
    plan.steps.create(title="Train", side="vendor", owner="Vic", due_on=MARCH)
    case.comments.create(author=people["oli"], body="among us", is_internal=True)
    page = opened(people["oli"], scheme=scheme, width=width)
    for address in (
        "/breaches/",
        f"/breaches/{case.pk}/",
        f"/breaches/{case.pk}/relief/",
        f"/breaches/{case.pk}/waive/",
        "/incidents/",
        f"/incidents/{incident.pk}/",
        "/new/incident/",
        "/plans/",
        f"/plans/{plan.pk}/",
        "/contracts/AC-1/claims/",
    ):
        page.goto(address)
        assert_pleasant(page)
