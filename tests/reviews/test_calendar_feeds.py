"""Calendar feeds: secret, revocable, cut to what their owner may see, and read by programs."""

import hashlib
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.test import Client
from icalendar import Calendar

from contracts.models import Certification, Contract, User
from contracts.services.contracts import contract_change
from metrics.models import CalendarFeed, FeedSchedule
from metrics.reviews.actions import action_agree
from metrics.reviews.dates.document import calendar_document
from metrics.reviews.dates.entries import entries_of
from metrics.reviews.dates.feeds import feed_make, feed_of, feed_revoke
from metrics.reviews.meetings import review_call_off
from tests.factories import a_contract, a_feed, a_user

pytestmark = pytest.mark.django_db
TODAY = date(2026, 4, 20)
NOW = datetime(2026, 4, 20, 9, tzinfo=UTC)


@pytest.fixture
def dates(world):
    """Something of every kind at Acme, and something of Bolt."""
    review = world.review()
    world.review(date(2026, 4, 28), is_internal=True, kind="other")
    world.review(date(2026, 4, 29), vendor=world.other, kind="weekly")
    given = {"review": review, "due_on": date(2026, 5, 15), "agreed_on": TODAY}
    action_agree(text="Retrain", side="vendor", owner=world.vera, **given)
    action_agree(text="Send targets", side="buyer", owner=world.paula, **given)
    Certification.objects.create(
        vendor=world.acme,
        standard="ISO 27001",
        issued_on=date(2024, 1, 1),
        expires_on=date(2026, 6, 1),
    )
    FeedSchedule.objects.create(
        feed=a_feed(world.acme, "forecasts"),
        valid_from=date(2026, 4, 1),
        every="month",
        due_days=5,
        due_time=time(12),
    )
    return review


def titles(person: User) -> list[str]:
    return [entry.title for entry in entries_of(person, NOW)]


def events(person: User) -> list:
    document = calendar_document(owner=person, as_of=NOW, root="https://kpi.test")
    return Calendar.from_ical(document).walk("VEVENT")


class TestWhoSeesWhat:
    def test_procurement_sees_every_vendor_and_the_last_days_to_act(self, world, dates):
        assert titles(world.paula) == [
            "Quarterly review: Acme Analytics",
            "Other review: Acme Analytics",
            "Weekly review: Bolt Services",
            "Delivery due: Forecasts, 2026-04",
            "Action due: Send targets",
            "Certification expires: ISO 27001, Acme Analytics",
            "Last day to stop the renewal: Demand forecasting",
        ]

    def test_a_vendor_sees_what_is_shared_of_its_own_and_no_notice_dates(self, world, dates):
        assert titles(world.vera) == [
            "Quarterly review: Acme Analytics",
            "Delivery due: Forecasts, 2026-04",
            "Action due: Retrain",
            "Certification expires: ISO 27001, Acme Analytics",
        ]

    def test_another_vendor_sees_nothing_of_it(self, world, dates):
        assert titles(world.vic) == ["Weekly review: Bolt Services"]

    def test_an_analyst_who_neither_delivers_nor_looks_after_certificates_is_spared_both(
        self, world, dates
    ):
        kinds = {title.split(":")[0] for title in titles(a_user("ana"))}

        assert kinds == {
            "Quarterly review",
            "Other review",
            "Weekly review",
            "Last day to stop the renewal",
        }

    def test_a_locked_person_sees_nothing(self, world, dates):
        world.paula.is_active = False

        assert titles(world.paula) == []

    def test_an_option_warns_in_other_words_than_a_renewal(self, world):
        a_contract(
            world.acme,
            "AC-7",
            title="Optional",
            renewal=Contract.Renewal.OPTION,
            notice_length=1,
            notice_unit="months",
        )

        assert "Last day to exercise the option: Optional" in titles(world.paula)
        assert "Last day to stop the renewal: Demand forecasting" in titles(world.paula)

    def test_a_review_that_was_called_off_is_gone(self, world, dates):
        review_call_off(review=dates, reason="Strike", today=TODAY)

        assert "Quarterly review: Acme Analytics" not in titles(world.paula)


class TestTheDocument:
    def test_it_is_read_back_whole_with_days_and_not_times(self, world, dates):
        found = events(world.paula)

        assert len(found) == len(titles(world.paula))
        first = found[0]
        assert first["SUMMARY"] == "Quarterly review: Acme Analytics"
        assert (first["DTSTART"].dt, first["DTEND"].dt) == (date(2026, 4, 21), date(2026, 4, 22))
        assert first["URL"] == f"https://kpi.test/reviews/{dates.pk}/"

    def test_every_event_has_what_the_standard_asks_for(self, world, dates):
        needed = ("UID", "DTSTAMP", "DTSTART", "LAST-MODIFIED", "SUMMARY")

        for event in events(world.paula):
            assert [name for name in needed if name not in event] == []
            assert event["DTSTAMP"].dt.tzinfo is not None

    def test_lines_are_folded_and_end_as_the_standard_says(self, world, dates):
        world.contract.title = "Ä" * 190
        world.contract.save()

        document = calendar_document(owner=world.paula, as_of=NOW, root="https://kpi.test")

        lines = document.split(b"\r\n")
        assert max(map(len, lines)) <= 75
        assert b"\n" not in b"".join(lines)
        summaries = [str(event["SUMMARY"]) for event in events(world.paula)]
        assert any("Ä" * 190 in summary for summary in summaries)

    def test_a_certificate_for_ever_does_not_stop_the_calendar(self, world, dates):
        Certification.objects.update(expires_on=date.max)

        (event,) = [e for e in events(world.paula) if "Certification" in e["summary"]]
        assert (event["dtstart"].dt, "dtend" in event) == (date.max, False)

    def test_a_text_cannot_add_lines_of_its_own(self, world, dates):
        world.acme.name = "Evil\r\nEND:VCALENDAR\r\nX-EVIL:1"
        world.acme.save()

        document = calendar_document(owner=world.paula, as_of=NOW, root="https://kpi.test")

        assert b"\r\nX-EVIL" not in document
        assert document.count(b"END:VCALENDAR") - document.count(b"\\nEND:VCALENDAR") == 1

    def test_dates_to_act_on_remind_before_them_and_meetings_do_not(self, world, dates):
        alarms = {
            str(event["SUMMARY"]).split(":")[0]: [
                alarm["TRIGGER"].dt for alarm in event.walk("VALARM")
            ]
            for event in events(world.paula)
        }

        assert alarms["Last day to stop the renewal"] == [
            timedelta(days=-90),
            timedelta(days=-30),
            timedelta(days=-7),
        ]
        assert alarms["Action due"] == [timedelta(days=-3)]
        assert alarms["Quarterly review"] == []

    def test_uids_stay_when_a_day_moves_and_are_the_same_in_every_feed(self, world, dates):
        before = {event["SUMMARY"]: event["UID"] for event in events(world.paula)}

        contract_change(contract=world.contract, notice_length=2)
        after = {event["SUMMARY"]: event["UID"] for event in events(world.paula)}
        ana = {event["SUMMARY"]: event["UID"] for event in events(a_user("ana"))}

        assert after == before
        assert ana.items() <= before.items()
        assert len(set(before.values())) == len(before)

    def test_uids_name_nobody(self, world, dates):
        for event in events(world.paula):
            name, _, place = str(event["UID"]).partition("@")
            assert (len(name), int(name, 16) > 0, place) == (32, True, "kpotracker")

    def test_a_change_moves_the_time_it_was_last_modified(self, world, dates):
        def stamp():
            (one,) = (e for e in events(world.paula) if "renewal" in str(e["SUMMARY"]))
            return one["LAST-MODIFIED"].dt

        Contract.objects.update(updated_at=NOW)
        before = stamp()
        contract_change(contract=world.contract, notice_length=2)

        assert before == NOW
        assert stamp() > before


class TestTheAddress:
    def address(self, secret: str) -> str:
        return f"/calendar/{secret}.ics"

    def test_it_opens_without_signing_in(self, world):
        answer = Client().get(self.address(feed_make(owner=world.paula, name="Desk")))

        assert answer.status_code == 200
        assert answer["Content-Type"] == "text/calendar; charset=utf-8"
        assert answer["Cache-Control"] == "private, no-store"
        assert Calendar.from_ical(answer.content)["VERSION"] == "2.0"

    def test_what_is_unknown_revoked_or_a_locked_persons_gives_the_same_404(self, world, caplog):
        revoked, locked = (feed_make(owner=world.paula, name=name) for name in ("a", "b"))
        feed = feed_of(secret=revoked)
        assert feed is not None
        feed_revoke(feed=feed, as_of=NOW)
        User.objects.filter(pk=world.paula.pk).update(is_active=False)

        answers = [Client().get(self.address(each)) for each in (revoked, locked, "x" * 43)]

        assert [answer.status_code for answer in answers] == [404, 404, 404]
        assert len({answer.content for answer in answers}) == 1
        assert "/calendar/" not in caplog.text

    def test_without_it_the_path_would_be_logged(self, caplog):
        Client().get("/calendar/secret-of-no-route/")

        assert "secret-of-no-route" in caplog.text

    def test_a_feed_that_is_neither_opens(self, world):
        secret = feed_make(owner=world.paula, name="Desk")

        assert Client().get(self.address(secret)).status_code == 200

    def test_only_the_hash_of_a_secret_is_kept(self, world):
        secret = feed_make(owner=world.paula, name="Desk")

        feed = CalendarFeed.objects.get()
        assert feed.hash == hashlib.sha256(secret.encode()).hexdigest()
        assert len(secret) >= 43  # 256 bits
        assert secret not in str(CalendarFeed.objects.values())

    def test_reading_is_noted_at_most_every_ten_minutes(self, world):
        secret = feed_make(owner=world.paula, name="Desk")
        Client().get(self.address(secret))
        first = CalendarFeed.objects.get().last_read_at

        Client().get(self.address(secret))

        assert first is not None
        assert CalendarFeed.objects.get().last_read_at == first

    @pytest.mark.parametrize("method", ["post", "put", "delete"])
    def test_it_takes_no_writing(self, world, method):
        secret = feed_make(owner=world.paula, name="Desk")

        assert getattr(Client(), method)(self.address(secret)).status_code in (403, 405)


def test_a_delivery_due_later_today_is_not_called_overdue(world):
    feed = a_feed(world.acme, "forecasts")
    FeedSchedule.objects.create(
        feed=feed, valid_from=date(2026, 4, 1), every="month", due_days=20, due_time=time(12)
    )

    def named(at: datetime) -> list[str]:
        told = [entry.title for entry in entries_of(world.vera, at)]
        return [title for title in told if title.endswith("2026-04")]

    due, overdue = (f"Delivery {word}: {feed.name}, 2026-04" for word in ("due", "overdue"))
    assert named(datetime(2026, 5, 20, 9, tzinfo=UTC)) == [due]
    assert named(datetime(2026, 5, 20, 13, tzinfo=UTC)) == [overdue]
