"""Two periods of a card, and vendors beside each other."""

import pytest

from tests.pages.reading import text_of

pytestmark = pytest.mark.django_db


class TestPeriods:
    def test_a_kpi_stands_beside_itself_with_its_change(self, analyst):
        told = text_of(analyst.get("/contracts/AC-1/compare/?period=2026-03&with=2026-02"))

        assert "100.0 → 0.0 −100.0" in told
        assert "Forecast accuracy 96.00 % ✓ Met 94.99 % ■ Missed ■ −1.00 points worse" in told
        assert "Cases done – ○ Not measured 97.00 % ✓ Met no figure then" in told

    def test_by_itself_it_is_the_newest_period_and_the_one_before(self, analyst):
        assert "February 2026 and March 2026" in text_of(analyst.get("/vendors/acme/compare/"))

    def test_periods_of_different_length_are_said_to_be(self, analyst):
        told = text_of(analyst.get("/contracts/AC-1/compare/?period=2026-03&with=2026-Q1"))

        assert "These periods are not of one length" in told
        assert "several periods in one: compare months" in told

    def test_months_of_31_and_28_days_are_of_one_length(self, analyst):
        told = text_of(analyst.get("/contracts/AC-1/compare/?period=2026-03&with=2026-02"))

        assert "not of one length" not in told

    @pytest.mark.parametrize("query", ["with=March", "period=9999", "with=0001"])
    def test_a_period_that_is_none_is_answered_with_the_way_out(self, analyst, query):
        assert analyst.get(f"/contracts/AC-1/compare/?{query}").status_code == 400

    def test_another_vendor_finds_nothing(self, alice, bob):
        assert alice.get("/contracts/AC-1/compare/").status_code == 200
        assert bob.get("/contracts/AC-1/compare/").status_code == 404


class TestPeers:
    def test_a_buyer_sees_vendors_beside_each_other_in_one_family(self, analyst):
        told = text_of(analyst.get("/compare/?family=outcome&vendor=acme&vendor=bolt"))

        assert "Acme Analytics 0.0 100 % 1" in told
        assert "Bolt Services 100.0 100 % 1" in told
        assert "Cases done" not in told

    def test_what_only_one_of_them_promised_is_not_comparable(self, analyst):
        told = text_of(analyst.get("/compare/?family=throughput&vendor=acme&vendor=bolt"))

        assert "Not comparable only one of these vendors is measured like this" in told
        assert "Bolt Services nothing promised" in told

    def test_it_is_narrowed_to_the_vendors_and_the_measure_of_the_address(self, analyst):
        told = text_of(analyst.get("/compare/?vendor=bolt&measure=ratio/percent/higher"))

        assert "Bolt Services 100.0" in told
        assert "Acme Analytics 0.0" not in told
        none = text_of(analyst.get("/compare/?measure=mean/hours/lower"))
        assert "Nothing to compare" in none

    @pytest.mark.parametrize("query", ["family=nonsense", "vendor=nobody", "vendor=%00"])
    def test_what_is_unknown_falls_back(self, analyst, query):
        assert analyst.get(f"/compare/?{query}").status_code == 200

    def test_a_vendor_finds_no_such_page(self, alice):
        assert alice.get("/compare/").status_code == 404
        assert "/compare/" not in alice.get("/vendors/").content.decode()
