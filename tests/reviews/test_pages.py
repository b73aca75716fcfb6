"""The pages of reviews, actions, packs and calendar feeds, and who may open and use them."""

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contracts.models import AuditEvent, User
from metrics.models import CalendarFeed, Review, ReviewAction, ReviewPack
from metrics.reviews.actions import action_agree
from metrics.reviews.meetings import decision_write, note_write
from metrics.reviews.packs.building import pack_build
from tests.factories import a_case, a_figure, a_kpi, a_revision, a_user
from tests.reviews.conftest import BUILT_AT

pytestmark = pytest.mark.django_db
MOST_QUERIES = 12


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def review(world) -> Review:
    return world.review()


@pytest.fixture
def pack(world, review) -> ReviewPack:
    return pack_build(
        vendor=world.acme, span=world.quarter, as_of=BUILT_AT, by="Paula", review=review
    )


def an_action(world, review, **fields) -> ReviewAction:
    given = {
        "text": "Retrain the model",
        "side": "vendor",
        "owner": world.vera,
        "due_on": date(2026, 5, 15),
        "agreed_on": date(2026, 4, 21),
    }
    return action_agree(review=review, **given | fields)


class TestPlanning:
    def test_a_review_is_planned_changed_held_and_shows_its_state(self, world):
        paula = signed_in(world.paula)
        given = {
            "vendor": world.acme.pk,
            "kind": "monthly",
            "planned_on": "2026-05-20",
            "chair": world.paula.pk,
            "attendees": "Vera",
        }

        answer = paula.post("/new/review/", given)

        planned = Review.objects.get()
        assert answer["Location"] == f"/reviews/{planned.pk}/"
        assert (planned.kind, planned.planned_on) == ("monthly", date(2026, 5, 20))
        assert "Monthly review" in paula.get("/reviews/").content.decode()

    def test_a_vendor_that_is_known_offers_its_contracts(self, world):
        body = signed_in(world.paula).get("/new/review/?vendor=acme").content.decode()

        assert "Demand forecasting (AC-1)" in body
        assert "BO-1" not in body

    def test_what_is_wrong_is_said_and_nothing_is_planned(self, world):
        answer = signed_in(world.paula).post("/new/review/", {"kind": "monthly"})

        assert answer.status_code == 200
        assert "Nothing was saved" in answer.content.decode()
        assert not Review.objects.exists()

    def test_somebody_elses_change_in_between_is_told(self, world, review):
        paula = signed_in(world.paula)
        given = {"kind": "monthly", "planned_on": "2026-06-01", "chair": world.paula.pk}

        answer = paula.post(f"/reviews/{review.pk}/edit/", given | {"seen": "2020-01-01"})

        assert "Somebody changed this" in answer.content.decode()


class TestWritingDown:
    def test_a_point_a_decision_and_an_action(self, world, review):
        paula, root = signed_in(world.paula), f"/reviews/{review.pk}/"
        paula.post(f"{root}agenda/", {"text": "Backlog", "is_internal": ""})
        paula.post(f"{root}decisions/", {"text": "Go on"})
        answer = paula.post(
            f"{root}actions/",
            {"text": "Send data", "owner": world.vera.pk, "due_on": "2027-05-15"},
        )

        assert answer["Location"] == f"{root}#actions"
        body = paula.get(root).content.decode()
        assert all(said in body for said in ("Backlog", "Go on", "Send data", "vera"))

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({}, "one of the two"),
            ({"owner": "{vera}", "owner_name": "Vincent"}, "one of the two"),
            ({"owner_name": "Vincent"}, "Say on which side Vincent is"),
            ({"owner": "{vic}"}, "Select a valid choice"),
        ],
    )
    def test_an_action_without_one_owner_is_sent_back(self, world, review, given, said):
        people = {"{vera}": world.vera.pk, "{vic}": world.vic.pk}
        posted = {name: people.get(value, value) for name, value in given.items()}

        answer = signed_in(world.paula).post(
            f"/reviews/{review.pk}/actions/", posted | {"text": "x", "due_on": "2027-05-15"}
        )

        assert said in answer.content.decode()
        assert not ReviewAction.objects.exists()


class TestActions:
    def test_a_vendors_person_marks_her_own_as_done(self, world, review):
        action, vera = an_action(world, review), signed_in(world.vera)

        answer = vera.post(
            f"/actions/{action.pk}/done/", {"state": "done", "note": "Trained on 2025"}
        )

        action.refresh_from_db()
        assert (answer.status_code, action.state, action.note) == (302, "done", "Trained on 2025")
        assert AuditEvent.objects.filter(action="done", actor=world.vera).exists()

    def test_somebody_elses_is_not_there_to_be_closed(self, world, review):
        action = an_action(world, review, owner=world.paula, side="buyer")

        answer = signed_in(world.vera).post(
            f"/actions/{action.pk}/done/", {"state": "done", "note": "x"}
        )

        assert answer.status_code == 404
        action.refresh_from_db()
        assert action.state == "open"

    def test_the_list_shows_what_is_open_and_narrows_by_the_address(self, world, review):
        an_action(world, review)
        an_action(world, review, text="Mine alone", owner=world.paula, side="buyer")
        paula = signed_in(world.paula)

        assert "Retrain the model" in paula.get("/actions/").content.decode()
        mine = paula.get("/actions/?whose=mine").content.decode()
        assert ("Mine alone" in mine, "Retrain the model" in mine) == (True, False)
        assert "No action matches" in paula.get("/actions/?state=done").content.decode()

    @pytest.mark.parametrize("query", ["state=nonsense", "whose=%00", "page=0", "page=x", "due=1"])
    def test_an_address_that_says_nonsense_still_answers(self, world, query):
        assert signed_in(world.paula).get(f"/actions/?{query}").status_code == 200


class TestPacks:
    def test_a_pack_is_built_opened_and_downloaded_byte_for_byte(self, world, review):
        paula = signed_in(world.paula)

        answer = paula.post(f"/reviews/{review.pk}/pack/", {"period": "2026-Q1"})

        pack = ReviewPack.objects.get()
        assert answer["Location"] == f"/packs/{pack.pk}/"
        for copy in pack.copies.all():
            for kind in ("pdf", "xlsx"):
                file = paula.get(f"/packs/{pack.pk}/{copy.audience}.{kind}")
                assert file.content == bytes(getattr(copy, kind))
                assert file["Content-Disposition"].startswith("attachment; filename=")
                assert (
                    getattr(copy, f"{kind}_sha256")
                    in paula.get(answer["Location"]).content.decode()
                )

    def test_the_usual_period_of_a_quarterly_review_is_the_quarter_before(self, world, review):
        body = signed_in(world.paula).get(f"/reviews/{review.pk}/pack/").content.decode()

        assert '<option value="2026-Q1" selected>' in body

    def test_a_period_nobody_measured_is_refused_in_words(self, world, review):
        answer = signed_in(world.paula).post(f"/reviews/{review.pk}/pack/", {"period": "2031-Q1"})

        assert answer.status_code == 200
        assert not ReviewPack.objects.exists()

    def test_the_vendor_opens_the_shared_copy_and_never_the_internal_one(self, world, pack):
        vera = signed_in(world.vera)

        page = vera.get(f"/packs/{pack.pk}/?copy=internal").content.decode()

        assert "Shared with Acme Analytics" in page
        assert "Last day to stop the renewal" not in page
        assert vera.get(f"/packs/{pack.pk}/shared.pdf").status_code == 200
        assert vera.get(f"/packs/{pack.pk}/internal.pdf").status_code == 404
        assert vera.get(f"/packs/{pack.pk}/internal.xlsx").status_code == 404

    @pytest.mark.parametrize("name", ["shared.exe", "nobody.pdf", "internal.body"])
    def test_there_are_no_other_files(self, world, pack, name):
        assert signed_in(world.paula).get(f"/packs/{pack.pk}/{name}").status_code == 404

    def test_a_figure_that_changed_since_is_noted_on_the_page(self, world, pack):
        paula = signed_in(world.paula)
        assert "changed since" not in paula.get(f"/packs/{pack.pk}/").content.decode()

        a_revision(world.case.period, "99", "MET")

        assert "1 figure changed since" in paula.get(f"/packs/{pack.pk}/").content.decode()


class TestScope:
    def every_address(self, review, action, pack) -> list[str]:
        return [
            f"/reviews/{review.pk}/",
            f"/actions/{action.pk}/",
            f"/packs/{pack.pk}/",
            f"/packs/{pack.pk}/shared.pdf",
        ]

    def test_its_own_vendor_opens_what_is_shared(self, world, review, pack):
        vera = signed_in(world.vera)

        for address in self.every_address(review, an_action(world, review), pack):
            assert vera.get(address).status_code == 200, address

    def test_another_vendor_finds_nothing(self, world, review, pack):
        vic = signed_in(world.vic)

        for address in self.every_address(review, an_action(world, review), pack):
            answer = vic.get(address)
            assert answer.status_code == 404, address
            assert "Acme" not in answer.content.decode()
        for address in ("/reviews/", "/actions/"):
            assert "Acme" not in vic.get(address).content.decode()

    def test_what_stays_inside_is_on_no_page_of_the_vendor(self, world, review):
        note_write(review=review, text="SECRET note", is_internal=True, by=world.paula)
        decision_write(review=review, text="SECRET decision", is_internal=True, by=world.paula)
        action = an_action(
            world, review, text="SECRET", owner=world.paula, side="buyer", is_internal=True
        )
        inside = world.review(is_internal=True)
        vera, paula = signed_in(world.vera), signed_in(world.paula)

        assert "SECRET" in paula.get(f"/reviews/{review.pk}/").content.decode()
        for address in (f"/reviews/{review.pk}/", "/reviews/", "/actions/?state=all"):
            assert "SECRET" not in vera.get(address).content.decode()
        assert vera.get(f"/actions/{action.pk}/").status_code == 404
        assert vera.get(f"/reviews/{inside.pk}/").status_code == 404

    @pytest.mark.parametrize(
        "place", ["edit", "held", "call-off", "agenda", "decisions", "actions", "pack"]
    )
    @pytest.mark.parametrize("who", ["vera", "ana"])
    def test_only_who_runs_reviews_may_write_in_them(self, world, review, place, who):
        person = world.vera if who == "vera" else a_user("ana")

        answer = signed_in(person).post(f"/reviews/{review.pk}/{place}/", {})

        assert answer.status_code == 404

    def test_who_runs_them_may(self, world, review):
        assert signed_in(world.paula).post(f"/reviews/{review.pk}/agenda/", {}).status_code == 200


class TestCalendarPage:
    def test_an_address_is_shown_once_and_dies_when_revoked(self, world):
        paula = signed_in(world.paula)

        made = paula.post("/calendar/", {"name": "Desk"}).content.decode()
        address = made.split("http://testserver")[1].split("</code>")[0]
        feed = CalendarFeed.objects.get()

        assert Client().get(address).status_code == 200
        assert address not in paula.get("/calendar/").content.decode()
        assert paula.post(f"/calendar/{feed.pk}/revoke/")["Location"] == "/calendar/"
        assert Client().get(address).status_code == 404

    def test_nobody_revokes_somebody_elses(self, world):
        signed_in(world.paula).post("/calendar/", {"name": "Desk"})
        feed = CalendarFeed.objects.get()

        assert signed_in(world.vera).post(f"/calendar/{feed.pk}/revoke/").status_code == 404
        feed.refresh_from_db()
        assert feed.revoked_at is None

    def test_asking_first_changes_nothing(self, world):
        paula = signed_in(world.paula)
        paula.post("/calendar/", {"name": "Desk"})
        feed = CalendarFeed.objects.get()

        assert paula.get(f"/calendar/{feed.pk}/revoke/").status_code == 200
        feed.refresh_from_db()
        assert feed.revoked_at is None


class TestQueries:
    def filled(self, world, review, count: int) -> None:
        for number in range(count):
            month = date(2026, 1 + number % 3, 1)
            head = a_figure(
                a_kpi(world.contract, f"kpi-{count}-{number}"), month, "90", "BELOW_MINIMUM"
            )
            a_case(head)
            an_action(world, review, text=f"Action {count}-{number}")
            note_write(review=review, text="Note", is_internal=False, by=world.paula)
            decision_write(review=review, text="Decision", is_internal=False, by=world.paula)
            world.review()

    @pytest.mark.parametrize("page", ["/reviews/", "/actions/", "/reviews/{}/", "/calendar/"])
    def test_they_are_few_and_as_many_for_thirty_rows_as_for_three(self, world, review, page):
        paula, address = signed_in(world.paula), page.format(review.pk)
        self.filled(world, review, 3)
        with CaptureQueriesContext(connection) as few:
            paula.get(address)

        self.filled(world, review, 30)
        with CaptureQueriesContext(connection) as many:
            paula.get(address)

        assert len(many) == len(few) <= MOST_QUERIES
