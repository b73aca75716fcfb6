"""Overview and scorecards stay as quick for many vendors as for a few: the same queries."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contracts.models import User
from metrics.models import KpiPeriod
from metrics.scorecards.commentary import commentary_write
from tests.factories import NOW, a_user
from tests.pages.conftest import signed_in
from tests.pages.reading import text_of
from tests.scorecards.crowd import LAST_MONTH, a_crowd

pytestmark = pytest.mark.django_db
MOST_QUERIES = 12
PAGES = [
    "/vendors/",
    "/vendors/few000/",
    "/vendors/few000/compare/",
    "/vendors/few000/publish/",
    "/vendors/few000/scorecard.csv",
    "/contracts/few000-1/",
    "/contracts/few000-1/compare/",
    "/contracts/few000-1/publish/",
    "/contracts/few000-1/scorecard.xlsx",
    "/compare/",
]


@pytest.fixture
def ada():
    a_crowd(vendors=3, kpis=4, months=6, prefix="few")
    user = a_user("ada", User.Role.ADMINISTRATOR)
    _say_why(user)
    return signed_in(user)


def _say_why(user: User) -> None:
    for head in KpiPeriod.objects.filter(is_breach=True, first_day=LAST_MONTH, commentary=None):
        commentary_write(period=head, text="Why", author=user, as_of=NOW)


def queries(client, path: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        answer = client.get(path)
        assert answer.status_code == 200
        b"".join(answer)
    return len(seen)


def test_more_vendors_months_and_words_take_no_more_queries(ada):
    for path in PAGES:
        ada.get(path)  # the session's own first query is over
    few = {path: queries(ada, path) for path in PAGES}
    a_crowd(vendors=60, kpis=6, months=14, prefix="many")
    _say_why(User.objects.get())
    many = {path: queries(ada, path) for path in PAGES}

    assert many == few
    assert {path: n for path, n in few.items() if n > MOST_QUERIES} == {}


def test_a_card_of_many_kpis_and_months_takes_as_many_queries_as_one_of_a_few(ada):
    (crowd,) = a_crowd(vendors=1, kpis=60, months=36, prefix="big")
    few = queries(ada, "/vendors/few000/"), queries(ada, "/contracts/few000-1/")
    big = queries(ada, f"/vendors/{crowd.code}/"), queries(ada, f"/contracts/{crowd.code}-1/")

    assert big == few


def test_the_overview_goes_by_pages_and_counts_all(ada):
    a_crowd(vendors=60, kpis=1, months=2, prefix="many")

    first, last = text_of(ada.get("/vendors/")), text_of(ada.get("/vendors/?page=3"))

    assert "March 2026 · 63 vendors" in first
    assert "Page 1 of 3 · 63 in all" in first
    assert "Crowd many059" in last
    assert "Crowd many059" not in first
