"""Publishing, editions, and what was frozen beside what is now."""

import re

import pytest

from contracts.models import User
from metrics.models import Scorecard
from metrics.scorecards.publish import card_to_publish, publish
from metrics.selectors.spans import month_of
from tests.factories import NOW, a_revision, a_user
from tests.pages.conftest import MARCH, signed_in
from tests.pages.reading import text_of

pytestmark = pytest.mark.django_db
ADDRESS = "/contracts/AC-1/publish/"


@pytest.fixture
def dana(portfolio):
    return signed_in(a_user("dana", User.Role.PROCUREMENT))


@pytest.fixture
def edition(portfolio) -> Scorecard:
    card = card_to_publish(span=month_of(MARCH), contract=portfolio.contract)
    return publish(card=card, by="Dana", as_of=NOW)


def seen(client, address: str = ADDRESS) -> str:
    page = client.get(address).content.decode()
    return re.search(r'name="seen" value="(\w+)"', page)[1]


class TestPublishing:
    def test_what_is_complete_is_published_with_one_button(self, dana):
        answer = dana.post(ADDRESS, {"seen": seen(dana)}, follow=True)

        assert "Edition 1 of March 2026 is published." in text_of(answer)
        assert Scorecard.objects.get().published_by == "dana"

    def test_what_is_provisional_is_named_and_needs_a_reason(self, dana, portfolio):
        portfolio.kpi.periods.update(phase="provisional")

        assert "Not final yet Forecast accuracy , 2026-03 provisional" in text_of(dana.get(ADDRESS))
        given = {"seen": seen(dana)}
        refused = dana.post(ADDRESS, given)
        assert "Missing or not final: Forecast accuracy 2026-03." in text_of(refused)
        assert not Scorecard.objects.exists()
        dana.post(ADDRESS, given | {"reason": "The board meets today"})
        assert Scorecard.objects.get().reason == "The board meets today"

    def test_no_other_figures_are_frozen_than_those_that_were_looked_at(self, dana, portfolio):
        given = {"seen": seen(dana)}
        a_revision(portfolio.case.period, "97")

        answer = dana.post(ADDRESS, given)

        assert "Figures changed since you opened this page" in text_of(answer)
        assert not Scorecard.objects.exists()
        newest = re.search(r'name="seen" value="(\w+)"', answer.content.decode())[1]
        dana.post(ADDRESS, {"seen": newest})
        assert Scorecard.objects.count() == 1

    def test_a_red_figure_without_commentary_is_named(self, dana):
        assert "Commentary missing Forecast accuracy, 2026-03" in text_of(dana.get(ADDRESS))

    def test_a_vendor_card_is_published_in_its_own_right(self, dana, portfolio):
        address = "/vendors/acme/publish/"
        dana.post(address, {"seen": seen(dana, address)})

        assert Scorecard.objects.get().vendor == portfolio.vendor

    @pytest.mark.parametrize("role", [User.Role.ANALYST, User.Role.COMPLIANCE, User.Role.VENDOR])
    def test_whoever_may_not_publish_finds_no_such_page(self, portfolio, role):
        client = signed_in(a_user("eve", role, (portfolio.vendor,)))

        assert client.get(ADDRESS).status_code == 404
        assert client.post(ADDRESS, {"seen": "x"}).status_code == 404
        assert "Publish" not in client.get("/contracts/AC-1/").content.decode().split("<main")[1]


class TestEditions:
    def test_an_edition_reads_as_it_was_and_names_what_changed_since(
        self, analyst, portfolio, edition
    ):
        address = f"/scorecards/{edition.pk}/"
        assert "Today's figures differ" not in text_of(analyst.get(address))
        a_revision(portfolio.case.period, "97")

        told = text_of(analyst.get(address))

        assert "■ Missed 94.99 %" in told
        assert "Today's figures differ from this edition in 3 places." in told
        assert "Forecast accuracy, 2026-03 figure 94.99 % 97.00 %" in told

    def test_its_numbers_open_the_revision_that_was_frozen(self, analyst, portfolio, edition):
        a_revision(portfolio.case.period, "97")

        page = analyst.get(f"/scorecards/{edition.pk}/").content.decode()

        assert "/kpis/accuracy/2026-03-01/?revision=1" in page

    def test_a_later_edition_is_pointed_to(self, analyst, portfolio, edition):
        card = card_to_publish(span=month_of(MARCH), contract=portfolio.contract)
        later = publish(card=card, by="Dana", as_of=NOW)

        page = analyst.get(f"/scorecards/{edition.pk}/").content.decode()

        assert f'<a href="/scorecards/{later.pk}/">edition 2</a>' in page
        assert "replaces this one" not in text_of(analyst.get(f"/scorecards/{later.pk}/"))

    @pytest.mark.parametrize("address", ["", "edition.csv", "edition.xlsx"])
    def test_its_vendor_reads_it_and_another_vendor_does_not(self, alice, bob, edition, address):
        address = f"/scorecards/{edition.pk}/{address}"

        assert alice.get(address).status_code == 200
        assert bob.get(address).status_code == 404

    def test_the_list_names_them_newest_first(self, alice, bob, portfolio, edition):
        told = text_of(alice.get("/contracts/AC-1/scorecards/"))

        assert "2026-03, edition 1 20 Apr 2026, 09:00 UTC Dana complete and final" in told
        assert bob.get("/contracts/AC-1/scorecards/").status_code == 404

    def test_the_card_says_which_edition_counts(self, analyst, portfolio):
        assert "Not published: figures as they are now." in text_of(analyst.get("/contracts/AC-1/"))
        self.test_a_later_edition_is_pointed_to(analyst, portfolio, _published(portfolio))
        told = text_of(analyst.get("/contracts/AC-1/?period=2026-03"))
        assert "Edition 2 was published on 20 Apr 2026 by Dana." in told


class TestFiles:
    def test_a_file_holds_exactly_what_the_card_shows(self, analyst):
        answer = analyst.get("/contracts/AC-1/scorecard.csv?period=2026-03")
        head, *rows = b"".join(answer).decode("utf-8-sig").splitlines()

        assert 'filename="scorecard-AC-1-2026-03.csv"' in answer["Content-Disposition"]
        assert len(rows) == 2
        told = dict(zip(head.split(","), rows[0].split(","), strict=True))
        assert (told["KPI code"], told["Value"], told["Actual"]) == (
            "accuracy",
            "94.996",
            "94.99 %",
        )
        assert (told["Status"], told["Phase"], told["Family score"]) == ("Missed", "Final", "0.0")

    def test_a_kpi_without_a_figure_has_a_row_that_says_so(self, analyst):
        answer = analyst.get("/contracts/AC-1/scorecard.csv?period=2026-02")
        rows = b"".join(answer).decode().splitlines()

        assert any("Cases done" in row and "Not measured" in row for row in rows)

    def test_a_formula_in_a_name_stays_text(self, analyst, portfolio):
        portfolio.kpi.name = "=1+1"
        portfolio.kpi.save()

        assert b",'=1+1," in b"".join(analyst.get("/contracts/AC-1/scorecard.csv"))

    def test_the_link_to_it_keeps_the_period(self, analyst):
        page = analyst.get("/contracts/AC-1/?period=2026-02").content.decode()

        assert "/contracts/AC-1/scorecard.csv?period=2026-02" in page

    @pytest.mark.parametrize("form", ["pdf", "html", "CSV"])
    def test_another_kind_does_not_exist(self, analyst, form):
        assert analyst.get(f"/contracts/AC-1/scorecard.{form}").status_code == 404


def _published(portfolio) -> Scorecard:
    card = card_to_publish(span=month_of(MARCH), contract=portfolio.contract)
    return publish(card=card, by="Dana", as_of=NOW)
