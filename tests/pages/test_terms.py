"""What pages say about a contract's term, and about figures above a list."""

from datetime import date

import pytest
from django.utils import timezone

from contracts.models import Contract
from tests.factories import a_contract, a_figure, a_kpi, a_period
from tests.pages.reading import text_of

pytestmark = pytest.mark.django_db

RENEWED = {
    "first_day": date(2020, 1, 1),
    "last_day": date(2020, 12, 31),
    "renewal": Contract.Renewal.AUTO,
    "renewal_months": 12,
}


class TestTerm:
    @pytest.mark.parametrize("path", ["/contracts/", "/contracts/RE-1/", "/contracts/RE-1/terms/"])
    def test_a_renewed_contract_shows_the_term_that_runs(self, analyst, portfolio, path):
        a_contract(portfolio.vendor, "RE-1", **RENEWED)
        year = timezone.now().year

        seen = text_of(analyst.get(path))

        assert f"1 Jan {year} – 31 Dec {year} renewed, in force since 1 Jan 2020" in seen
        assert "31 Dec 2020" not in seen

    def test_one_that_is_over_says_so(self, analyst, portfolio):
        a_contract(portfolio.vendor, "OV-1", last_day=date(2024, 6, 30))

        assert "1 Jan 2024 – 30 Jun 2024 ended" in text_of(analyst.get("/contracts/OV-1/terms/"))

    @pytest.mark.parametrize(
        ("length", "unit", "said"),
        [(90, "days", "Notice 90 days"), (1, "months", "Notice 1 month Last day")],
    )
    def test_notice_is_counted_in_words(self, analyst, portfolio, length, unit, said):
        a_contract(portfolio.vendor, "NO-1", **RENEWED, notice_length=length, notice_unit=unit)

        assert said in text_of(analyst.get("/contracts/NO-1/terms/"))


class TestNewestFigure:
    def test_a_period_that_runs_without_data_stands_back(self, analyst, portfolio):
        a_period(portfolio.kpi, date(2026, 4, 1), phase="running")

        assert "Newest figure 94.99 % 2026-03" in text_of(analyst.get("/kpis/accuracy/"))

    def test_one_that_ended_without_data_does_not(self, analyst, portfolio):
        a_figure(portfolio.kpi, date(2026, 4, 1), None, "NO_DATA")

        assert "Newest figure – 2026-04" in text_of(analyst.get("/kpis/accuracy/"))

    def test_it_stays_the_newest_on_a_later_page(self, analyst, portfolio):
        for month in range(24):
            a_figure(portfolio.kpi, date(2024 + month // 12, month % 12 + 1, 1), "90")

        seen = text_of(analyst.get("/kpis/accuracy/?page=2"))

        assert "Newest figure 94.99 % 2026-03" in seen
        assert "Page 2 of 2" in seen


def test_large_numbers_have_their_thousands_apart(analyst, portfolio):
    kpi = a_kpi(portfolio.contract, "records")
    a_figure(kpi, date(2026, 3, 1), "157107")

    assert "157,107.00" in text_of(analyst.get("/kpis/records/"))
    assert "157,107.00" in text_of(analyst.get("/kpis/records/2026-03-01/"))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "1 case still needs work"),
        ("?vendor=nobody", "1 case still needs work"),
        ("?vendor=&state=unsettled&period=", "1 case still needs work"),
        ("?vendor=acme", "1 case matches these filters"),
        ("?period=2026-03", "1 case matches these filters"),
    ],
)
def test_breaches_are_called_filtered_only_where_a_filter_holds(analyst, query, said):
    assert said in text_of(analyst.get(f"/breaches/{query}"))
