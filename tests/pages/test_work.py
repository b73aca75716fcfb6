"""The lists people work through: breach cases and deliveries."""

import pytest

from tests.factories import a_delivery, a_feed
from tests.pages.reading import text_of

pytestmark = pytest.mark.django_db


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
