"""The vendor's own figure, late rows and outlooks, wherever a figure is shown."""

import json
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

from contracts.models import User
from contracts.services.acting import Actor
from kpotracker.toolkit.dbclock import now
from metrics.evaluation.restating import result_restate
from metrics.evaluation.sweeping import sweep
from metrics.feeds.reporting import Told, vendor_figure_report
from metrics.models import KpiPeriod, VendorFigure
from tests.api.world import a_program
from tests.evaluation.looking import head
from tests.factories import a_user
from tests.feeds.arriving import APRIL, a_mapped_feed, a_share, csv, load
from tests.pages.reading import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_process")]
MARCH = date(2026, 3, 1)
FIGURE = "/kpis/sla/2026-03-01/"


@pytest.fixture
def anna(client: Client) -> Client:
    client.force_login(a_user("anna", User.Role.OPERATIONS))
    return client


def measured(tolerance: str | None = "1", whose: str = "ours") -> None:
    """March at 95 % by our rows."""
    kpi = a_share(definition={"tolerance": tolerance, "source_of_record": whose})
    load(a_mapped_feed(), csv([f"{n},2026-03-02,{'no' if n == 0 else 'yes'}" for n in range(20)]))
    sweep(as_of=APRIL)
    assert kpi.code == "sla"


def reported(value: str, whose: str = "Vera") -> VendorFigure:
    told = Told(first_day=MARCH, value=Decimal(value), note="Report, page 3")
    made = vendor_figure_report(kpi=head().kpi, told=told, by=Actor(whose), as_of=APRIL)
    sweep(as_of=APRIL)
    return made


@pytest.mark.parametrize(
    ("value", "tolerance", "within", "says"),
    [
        ("96.5", "1", False, "It lies outside the tolerance"),
        ("96", "1", True, "It lies within the tolerance"),
        ("96.5", None, None, "Ours counts"),
    ],
)
def test_an_explanation_tells_of_the_vendors_figure(
    value: str, tolerance: str | None, within: bool | None, says: str
) -> None:
    measured(tolerance)
    reported(value)
    told = a_program("read").get(f"/api/v1/results/{head().pk}/explain").json()
    assert told["reported"]["within_tolerance"] is within
    assert (told["reported"]["value"], told["reported"]["counts"]) == (float(value), False)
    assert told["reported"]["variance"] == float(value) - 95
    assert "The vendor's own figure\n" in told["text"]
    assert says in told["text"]
    assert ("tolerance 1 %" in told["text"]) is (tolerance is not None)


def test_without_a_report_nothing_is_told_of_one() -> None:
    measured()
    told = a_program("read").get(f"/api/v1/results/{head().pk}/explain").json()
    assert told["reported"] is None
    assert "The vendor's own figure" not in told["text"]


@pytest.mark.parametrize(("value", "marked"), [("96.5", True), ("96", False)])
@pytest.mark.parametrize("whose", ["ours", "vendor"])
def test_a_row_of_a_scorecard_is_marked_where_the_figures_differ(
    anna: Client, value: str, marked: bool, whose: str
) -> None:
    measured(whose=whose)
    reported(value)
    shown = text_of(anna.get("/contracts/AC-1/?period=2026-03", follow=True))
    assert ("Vendor's figure differs" in shown) is marked


def test_the_figure_page_shows_both_and_takes_one_down(anna: Client) -> None:
    measured()
    assert "Report, page 3" not in text_of(anna.get(FIGURE))
    form = anna.get(f"{FIGURE}report/")
    assert "In percent." in text_of(form)
    refused = anna.post(f"{FIGURE}report/", {"value": "many"})
    assert "Enter a number" in text_of(refused)
    assert not VendorFigure.objects.exists()

    anna.post(f"{FIGURE}report/", {"value": "96.5", "note": "Report, page 3"}, follow=True)
    assert VendorFigure.objects.get().value == Decimal("96.5")
    shown = text_of(anna.get(FIGURE))
    for said in ("The vendor's own figure", "96.50 %", "95.00 %", "Report, page 3"):
        assert said in shown


def test_a_restated_figure_stands_beside_the_one_it_replaced(anna: Client) -> None:
    measured()
    sweep(as_of=APRIL + timedelta(days=10))
    load(a_mapped_feed(code="more"), csv(["x,2026-03-03,no"]), at=APRIL + timedelta(days=11))
    sweep(as_of=APRIL + timedelta(days=11))
    assert "Original and corrected" not in text_of(anna.get(FIGURE))
    late = json.loads(printed("json"))[-1]
    assert (late["period"], late["has_late_rows"]) == ("2026-03", True)
    assert "after it was final" in printed("table")

    result_restate(period=head(), reason="late rows", approved_by="dana", as_of=APRIL)
    shown = text_of(anna.get(FIGURE))
    for said in ("Original and corrected", "95.00 %", "90.48 %", "late rows"):
        assert said in shown


def printed(form: str) -> str:
    out = StringIO()
    call_command("results", "--kpi", "sla", "--period", "2026-03", format=form, stdout=out)
    return out.getvalue()


def test_the_csv_of_results_names_the_cause_and_late_rows() -> None:
    measured()
    header, *_ = printed("csv").splitlines()
    assert {"default_cause", "default_of", "has_late_rows"} <= set(header.split(","))


def test_a_breach_case_tells_of_rows_after_the_figure_was_final(anna: Client) -> None:
    a_share(level={"expected": "96", "minimum": None})
    load(a_mapped_feed(), csv(["1,2026-03-02,no"]))
    sweep(as_of=APRIL)
    KpiPeriod.objects.filter(pk=head().pk).update(has_late_rows=True)
    (case,) = a_program("read").get("/api/v1/breaches").json()["results"]
    assert (case["has_late_rows"], case["default_cause"]) == (True, "minimum")
    assert "rows came after it was final" in text_of(anna.get("/breaches/"))


class TestOutlooks:
    """Of a running period, over the API."""

    def begun(self) -> KpiPeriod:
        today = now()
        first = today.date().replace(day=1)
        a_share(first_day=first)
        rows = [f"{n},{first},{'no' if n < 5 else 'yes'}" for n in range(20)]
        load(a_mapped_feed(), csv(rows), at=today)
        sweep(as_of=today)
        return KpiPeriod.objects.get(phase="running")

    def test_a_result_and_its_scorecard_row_say_where_it_is_heading(self) -> None:
        period, reader = self.begun(), a_program("read")
        result = reader.get(f"/api/v1/results/{period.pk}").json()
        assert result["outlook"]["estimate"] is True
        assert result["outlook"]["heading"] in ("AT_RISK", "CANNOT_RECOVER")

        address = f"/api/v1/scorecards/contracts/AC-1?period={period.label}"
        for _ in range(2):  # put together, and as it was kept
            (line,) = reader.get(address).json()["families"][0]["kpis"]
            for figure in (line["figure"], *line["figures"]):
                assert figure["outlook"]["used"] == result["outlook"]["used"] == 5
                assert figure["outlook"]["pace"] == result["outlook"]["pace"] == 75
                assert figure["outlook"].keys() == result["outlook"].keys()

    def test_a_period_that_has_ended_has_none(self) -> None:
        measured()
        reader = a_program("read")
        assert reader.get(f"/api/v1/results/{head().pk}").json()["outlook"] is None
        card = reader.get("/api/v1/scorecards/contracts/AC-1?period=2026-03").json()
        assert card["families"][0]["kpis"][0]["figure"]["outlook"] is None
