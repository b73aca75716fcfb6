"""A KPI over time, and one of its figures explained."""

import pytest

from metrics.models import Observation
from tests.factories import a_kpi, a_revision
from tests.pages.reading import text_of

pytestmark = pytest.mark.django_db


class TestKpiPage:
    def test_the_chart_carries_its_figures_as_text(self, analyst):
        page = analyst.get("/kpis/accuracy/").content.decode()

        assert 'aria-label="2 periods: 2026-02 96.00 %, 2026-03 94.99 %"' in page

    def test_it_shows_levels_and_definitions(self, analyst):
        seen = text_of(analyst.get("/kpis/accuracy/"))

        assert "1 Jan 2024 ≥ 95 % – Key measurement 1 – as signed" in seen
        assert "1 Jan 2024 Share of good items percent Month UTC around the clock 5 days" in seen

    def test_a_kpi_without_figures_says_when_they_come(self, analyst, portfolio):
        a_kpi(portfolio.contract, "young")

        assert "Not measured yet" in text_of(analyst.get("/kpis/young/"))


class TestFigurePage:
    def test_it_explains_a_figure(self, analyst, portfolio):
        seen = text_of(analyst.get("/kpis/accuracy/2026-03-01/"))

        assert "1 March 2026 to 31 March 2026, UTC · Final · revision 1 of 1" in seen
        assert "ratio = sum(good) / sum(valid)" in seen
        assert "Breach case ■ Open · ■ Major" in seen

    def test_rows_are_shown_page_by_page(self, analyst, portfolio):
        self.rows(portfolio, 60)

        first = text_of(analyst.get("/kpis/accuracy/2026-03-01/"))
        second = text_of(analyst.get("/kpis/accuracy/2026-03-01/?page=2"))

        assert "60 rows in force" in first
        assert ("row-00 " in first, "row-59 " in first) == (True, False)
        assert ("row-00 " in second, "row-59 " in second) == (False, True)

    def test_an_older_revision_says_that_it_does_not_count(self, analyst, portfolio):
        a_revision(portfolio.kpi.periods.get(label="2026-03"), "97", reason="late rows")

        old = text_of(analyst.get("/kpis/accuracy/2026-03-01/?revision=1"))

        assert "This is not the figure in force." in old
        assert "Actual 94.99 %" in old
        assert "Actual 97.00 %" in text_of(analyst.get("/kpis/accuracy/2026-03-01/"))

    @pytest.mark.parametrize(
        "path",
        [
            "/kpis/accuracy/2026-03-01/?revision=9",
            "/kpis/accuracy/2026-03-02/",
            "/kpis/accuracy/2026-02-30/",
            "/kpis/nothing/2026-03-01/",
        ],
    )
    def test_what_is_not_there_is_not_found(self, analyst, path):
        assert analyst.get(path).status_code == 404

    @pytest.mark.parametrize("query", ["page=0", "page=-1", "page=x", "page=99", "revision=x"])
    def test_an_odd_page_number_shows_a_page_all_the_same(self, analyst, query):
        assert analyst.get(f"/kpis/accuracy/2026-03-01/?{query}").status_code == 200

    def rows(self, portfolio, count):
        at = int(portfolio.kpi.periods.get(label="2026-03").starts_at.timestamp() * 1_000_000)
        load = portfolio.delivery.ingestion_id
        Observation.objects.bulk_create(
            Observation(
                kpi_id=portfolio.kpi.pk,
                key=number.to_bytes(16, "big"),
                at=at + number,
                a=100,
                b=100,
                revision=1,
                digest=b"0" * 16,
                ref=f"row-{number:02d}",
                load_id=load,
            )
            for number in range(count)
        )
