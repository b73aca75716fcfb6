"""The overview, and the scorecards of contracts and vendors."""

import pytest

from contracts.models import Vendor
from tests.factories import a_figure, a_kpi
from tests.pages.conftest import MARCH
from tests.pages.reading import text_of

pytestmark = pytest.mark.django_db


class TestOverview:
    def test_it_shows_each_vendor_with_a_score_per_family(self, analyst):
        seen = text_of(analyst.get("/vendors/"))

        assert "Vendors March 2026 · 2 vendors · 1 unsettled breach case" in seen
        assert "Acme Analytics Standard · Dana 0.0 100.0 – –" in seen

    def test_it_shows_the_month_of_the_address(self, analyst):
        assert "Acme Analytics Standard · Dana 100.0" in text_of(
            analyst.get("/vendors/?period=2026-02")
        )

    def test_a_quarterly_score_stands_until_the_next_one_and_says_of_when_it_is(
        self, analyst, portfolio
    ):
        quarterly = {"definition": {"period": "quarter"}, "family": "compliance"}
        a_figure(a_kpi(portfolio.contract, "audit", **quarterly), MARCH)

        seen = text_of(analyst.get("/vendors/?period=2026-04"))

        assert "– 100.0 of 2026-03 ■ 1" in seen

    def test_what_only_reports_is_shown_as_not_scored(self, analyst, portfolio):
        only = {"level": {"kind": "reporting"}, "family": "transparency"}
        a_figure(a_kpi(portfolio.contract, "automation", **only), MARCH)

        assert "0.0 100.0 not scored –" in text_of(analyst.get("/vendors/"))

    def test_an_empty_installation_says_how_to_begin(self, analyst):
        Vendor.objects.update(archived_at="2026-01-01T00:00Z")

        assert "No vendors yet" in text_of(analyst.get("/vendors/"))

    def test_a_period_that_is_none_is_answered_with_the_way_out(self, analyst):
        answer = analyst.get("/vendors/?period=March")

        assert answer.status_code == 400
        assert "write 2026-03, 2026-Q1" in answer.content.decode()


class TestContractPage:
    def test_a_missed_value_never_reads_as_met(self, analyst):
        seen = text_of(analyst.get("/contracts/AC-1/"))

        assert "■ Missed 94.99 % ≥ 95 % −0.01 points" in seen
        assert "95.00 %" not in seen

    def test_families_stand_apart_and_unpromised_ones_say_so(self, analyst):
        seen = text_of(analyst.get("/contracts/AC-1/"))

        assert "Outcome was the work right? 0.0 of 100 · 100 % measured" in seen
        assert "Throughput was it enough, in time, at its cost? 100.0 of 100" in seen
        assert "Compliance were the duties kept? Nothing is promised in this family." in seen

    def test_what_was_not_measured_is_shown_as_missing(self, analyst):
        seen = text_of(analyst.get("/contracts/AC-1/?period=2026-02"))

        assert "Cases done Key measurement ○ Not measured – – –" in seen
        assert "Throughput not rated" in seen

    def test_the_working_can_be_pasted(self, analyst):
        assert "outcome = (1 × 0) / 1 = 0.0" in text_of(analyst.get("/contracts/AC-1/"))

    @pytest.mark.parametrize(
        ("phase", "mark"), [("provisional", "Provisional"), ("restated", "Restated")]
    )
    def test_a_figure_that_is_not_simply_final_is_marked(self, analyst, portfolio, phase, mark):
        portfolio.kpi.periods.update(phase=phase)

        assert f"Missed {mark} 94.99" in text_of(analyst.get("/contracts/AC-1/"))

    def test_late_rows_are_marked(self, analyst, portfolio):
        portfolio.kpi.periods.update(has_late_rows=True)

        assert "Late rows" in text_of(analyst.get("/contracts/AC-1/"))

    def test_a_quarter_names_how_many_of_its_months_were_met(self, analyst):
        seen = text_of(analyst.get("/contracts/AC-1/?period=2026-Q1"))

        assert "2026-03; met in 1 of 2" in seen

    def test_a_period_without_figures_says_so(self, analyst):
        seen = text_of(analyst.get("/contracts/AC-1/?period=2019-01"))

        assert "No figures in this period" in seen


class TestVendorPage:
    def test_it_shows_scores_contracts_and_cases(self, analyst):
        seen = text_of(analyst.get("/vendors/acme/"))

        assert "Unsettled breach cases ■ 1" in seen
        assert "Demand forecasting AC-1 0.0 100.0 – – 100 %" in seen
