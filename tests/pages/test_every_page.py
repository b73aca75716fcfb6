"""What holds for every page: markup, tables, scripts, the number of queries."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import a_case, a_contract, a_delivery, a_feed, a_figure, a_kpi, a_vendor
from tests.pages.conftest import MARCH

pytestmark = pytest.mark.django_db


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
def test_a_page_holds_no_inline_script_or_style(analyst, client, path):
    reader = client if path == "/login/" else analyst
    page = reader.get(path).content.decode()

    assert all('src="/static/' in tag for tag in re.findall(r"<script[^>]*>", page))
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
