import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from metrics.models import Observation
from tests.factories import (
    a_case,
    a_contract,
    a_delivery,
    a_feed,
    a_figure,
    a_kpi,
    a_revision,
    a_vendor,
)
from tests.pages.conftest import MARCH

pytestmark = pytest.mark.django_db


def text_of(answer) -> str:
    """What a reader sees: the page without its markup and charts, spaces folded."""
    assert answer.status_code == 200
    without_head = re.sub(r"(?s)<(head|svg)\b.*?</\1>", " ", answer.content.decode())
    return " ".join(re.sub(r"(?s)<[^>]+>", " ", without_head).split())


class TestOverview:
    def test_it_shows_each_vendor_with_a_score_per_family(self, analyst):
        seen = text_of(analyst.get("/"))

        assert "Vendors March 2026 · 2 vendors · 1 unsettled breach case" in seen
        assert "Acme Analytics Standard · Dana 0.0 100.0 – –" in seen

    def test_it_shows_the_month_of_the_address(self, analyst):
        assert "Acme Analytics Standard · Dana 100.0" in text_of(analyst.get("/?period=2026-02"))

    def test_a_quarterly_score_stands_until_the_next_one_and_says_of_when_it_is(
        self, analyst, portfolio
    ):
        quarterly = {"definition": {"period": "quarter"}, "family": "compliance"}
        a_figure(a_kpi(portfolio.contract, "audit", **quarterly), MARCH)

        seen = text_of(analyst.get("/?period=2026-04"))

        assert "– 100.0 of 2026-03 ■ 1" in seen

    def test_what_only_reports_is_shown_as_not_scored(self, analyst, portfolio):
        only = {"level": {"kind": "reporting"}, "family": "transparency"}
        a_figure(a_kpi(portfolio.contract, "automation", **only), MARCH)

        assert "0.0 100.0 not scored –" in text_of(analyst.get("/"))

    def test_an_empty_installation_says_how_to_begin(self, analyst, django_user_model):
        from contracts.models import Vendor

        Vendor.objects.update(archived_at="2026-01-01T00:00Z")

        assert "No vendors yet" in text_of(analyst.get("/"))

    def test_a_period_that_is_none_is_answered_with_the_way_out(self, analyst):
        answer = analyst.get("/?period=March")

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


class TestKpiPage:
    def test_the_chart_carries_its_figures_as_text(self, analyst):
        page = analyst.get("/kpis/accuracy/").content.decode()

        assert 'aria-label="2 periods: 2026-02 96.00 %, 2026-03 94.99 %"' in page

    def test_it_shows_levels_and_definitions(self, analyst):
        seen = text_of(analyst.get("/kpis/accuracy/"))

        assert "1 Jan 2024 ≥ 95 % – Key measurement 1 – as signed" in seen
        assert "1 Jan 2024 ratio percent month UTC around the clock 5 days" in seen

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


class TestBreaches:
    @pytest.mark.parametrize(
        ("query", "shown"),
        [
            ("", True),
            ("?state=all", True),
            ("?state=open", True),
            ("?state=waived", False),
            ("?vendor=acme&severity=major&family=outcome&period=2026-03", True),
            ("?vendor=bolt", False),
            ("?period=2026-02", False),
            ("?family=throughput", False),
            ("?vendor=unheard-of", True),
        ],
    )
    def test_the_address_says_what_is_shown(self, analyst, query, shown):
        page = analyst.get(f"/breaches/{query}").content.decode()

        assert ("94.99 %" in page) == shown
        assert ("No case matches" in page) != shown

    def test_without_cases_it_says_so(self, bob):
        assert "Nothing to work on" in text_of(bob.get("/breaches/"))


class TestDeliveries:
    def test_errors_are_grouped_with_their_remedy(self, analyst, portfolio):
        bad = {"column": "closed_at", "value": "31/09", "rule": "time", "message": "no such day"}
        odd = {"column": "group", "value": "99", "rule": "code", "message": "unknown group"}
        delivery = a_delivery(
            a_feed(portfolio.vendor, "desk"),
            accepted=5,
            rejects=[*[bad | {"hint": "write the day it was closed"}] * 3, odd],
        )

        seen = text_of(analyst.get(f"/deliveries/{delivery.pk}/"))

        assert "× 3 closed_at no such day write the day it was closed 2 31/09" in seen
        assert "× 1 group unknown group 5 99" in seen
        assert "Rows read the counts below add up to it 9" in seen

    def test_the_list_shows_what_became_of_the_rows(self, analyst):
        assert "march.csv Forecasts · nightly job" in text_of(analyst.get("/deliveries/"))
        assert "No delivery matches" in text_of(analyst.get("/deliveries/?status=rejected"))

    def test_the_same_bytes_again_count_as_duplicates(self, analyst, portfolio):
        portfolio.delivery.repeated = True
        portfolio.delivery.save()

        seen = text_of(analyst.get(f"/deliveries/{portfolio.delivery.pk}/"))

        assert "Accepted new, and counted 0" in seen
        assert "Duplicate known already, unchanged 10" in seen

    def test_a_rejection_says_why_and_what_to_do(self, analyst, portfolio):
        error = {"rule": "fields", "message": "line 4 has 3 fields", "hint": "close the quote"}
        delivery = a_delivery(
            a_feed(portfolio.vendor, "desk"), "bad.csv", status="rejected", error=error
        )

        seen = text_of(analyst.get(f"/deliveries/{delivery.pk}/"))

        assert "Rejected: line 4 has 3 fields Close the quote" in seen


def test_markup_in_names_is_shown_and_never_run(analyst, portfolio):
    portfolio.kpi.name = "<script>alert(1)</script>"
    portfolio.kpi.save()

    for path in ("/contracts/AC-1/", "/kpis/accuracy/", "/breaches/"):
        assert "<script>" not in analyst.get(path).content.decode()


PAGES = [
    "/",
    "/vendors/acme/",
    "/contracts/AC-1/",
    "/contracts/AC-1/terms/",
    "/contracts/",
    "/kpis/accuracy/",
    "/kpis/accuracy/2026-03-01/",
    "/breaches/",
    "/deliveries/",
]


@pytest.mark.parametrize("path", [*PAGES, "/login/", "/nothing-here/"])
def test_a_page_needs_no_script_and_no_inline_style(analyst, client, path):
    reader = client if path == "/login/" else analyst
    page = reader.get(path).content.decode()

    assert "<script" not in page
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page)
    assert not re.search(r'(src|href)="(https?:)?//', page)


@pytest.mark.parametrize("path", PAGES)
def test_a_table_has_a_caption_and_every_heading_a_scope(analyst, path):
    page = analyst.get(path).content.decode()

    tables = re.findall(r"(?s)<table.*?</table>", page)
    assert all("<caption" in table for table in tables)
    assert all('scope="' in heading for heading in re.findall(r"<th\b[^>]*>", page))
    assert page.count("<h1") == 1
    assert 'class="skip-link" href="#content"' in page


@pytest.mark.parametrize(
    "path", ["/", "/breaches/", "/contracts/", "/deliveries/", "/vendors/acme/"]
)
def test_a_page_takes_as_many_queries_for_3_vendors_as_for_30(analyst, portfolio, path):
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert analyst.get(path).status_code == 200
        return len(seen)

    def grow(first: int, last: int) -> None:
        for number in range(first, last):
            vendor = a_vendor(f"v{number}")
            for owner in (vendor, portfolio.vendor):
                contract = a_contract(owner, f"C{number}-{owner.code}")
                kpi = a_kpi(contract, f"kpi-{number}-{owner.code}")
                a_case(a_figure(kpi, MARCH, "90", "BELOW_MINIMUM"))
                a_figure(kpi, date(2026, 2, 1))
            a_delivery(a_feed(vendor, f"feed-{number}"), f"{number}.csv", accepted=1)

    grow(2, 3)
    queries()  # the session's own first query is over
    few = queries()
    grow(3, 30)

    assert queries() == few
