import io
import re
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from python_calamine import CalamineWorkbook

from contracts.models import User
from metrics.alerts import mailings
from metrics.alerts.mailings import mailings_queue
from metrics.models import AlertMessage, MailingRecipient, ScorecardLink, ScorecardMailing
from metrics.scorecards.commentary import commentary_write
from metrics.scorecards.letters import letter_write
from metrics.scorecards.links import link_of
from metrics.scorecards.mailings import (
    due_posts,
    mailing_change,
    mailing_create,
    recipient_of,
    recipient_unsubscribe,
    unsubscribe_token,
)
from metrics.scorecards.publish import card_to_publish, publish
from metrics.selectors.spans import month_of, quarter_of
from tests.factories import NOW, a_contract, a_figure, a_kpi, a_user, a_vendor

pytestmark = pytest.mark.django_db
MARCH = date(2026, 3, 1)
HOUR = timedelta(hours=1)
LATER = NOW + HOUR


@pytest.fixture
def contract():
    contract = a_contract(a_vendor("acme", name="Acme"), "AC-1", title="Forecasting")
    a_figure(a_kpi(contract, "accuracy"), MARCH, "90", "BELOW_MINIMUM")
    return contract


@pytest.fixture
def dana():
    return a_user("dana", User.Role.PROCUREMENT)


def a_mailing(contract, dana, *emails, **given) -> ScorecardMailing:
    given = {"rhythm": "monthly", "emails": emails or ["board@example.com"]} | given
    return mailing_create(contract=contract, created_by=dana, as_of=NOW, **given)


def published(contract, at=LATER, span=None):
    card = card_to_publish(span=span or month_of(MARCH), contract=contract)
    return publish(card=card, by="Dana", as_of=at)


def due(at=LATER) -> list[tuple[str, int]]:
    return sorted((post.recipient.email, post.scorecard.edition) for post in due_posts(at))


class TestWhatIsDue:
    def test_an_edition_goes_to_every_recipient_once(self, contract, dana):
        a_mailing(contract, dana, "b@example.com", "a@example.com")
        published(contract)

        assert due() == [("a@example.com", 1), ("b@example.com", 1)]
        assert [mailings_queue(LATER), mailings_queue(LATER)] == [2, 0]
        assert due() == []

    def test_what_was_published_before_the_mailing_is_not_sent(self, contract, dana):
        published(contract, at=NOW - timedelta(days=1))
        a_mailing(contract, dana)

        assert due() == []

    def test_it_waits_as_many_days_as_were_asked_for(self, contract, dana):
        a_mailing(contract, dana, days_after=3)
        published(contract)

        assert due(LATER + timedelta(days=3) - timedelta(seconds=1)) == []
        assert due(LATER + timedelta(days=3)) == [("board@example.com", 1)]

    def test_a_corrected_edition_takes_the_place_of_one_that_still_waits(self, contract, dana):
        a_mailing(contract, dana, days_after=3)
        published(contract)
        published(contract, at=LATER + timedelta(days=1))

        assert due(LATER + timedelta(days=5)) == [("board@example.com", 2)]

    def test_a_corrected_edition_follows_one_that_went_out(self, contract, dana):
        a_mailing(contract, dana)
        published(contract)
        mailings_queue(LATER)
        published(contract)

        assert due() == [("board@example.com", 2)]

    @pytest.mark.parametrize(
        ("rhythm", "span", "count"),
        [
            ("monthly", month_of(MARCH), 1),
            ("monthly", quarter_of(MARCH), 0),
            ("quarterly", month_of(MARCH), 0),
            ("quarterly", quarter_of(MARCH), 1),
        ],
    )
    def test_months_and_quarters_have_their_own_mailings(self, contract, dana, rhythm, span, count):
        a_mailing(contract, dana, rhythm=rhythm)
        published(contract, span=span)

        assert len(due()) == count

    def test_a_vendors_card_is_not_its_contracts(self, contract, dana):
        mailing_create(
            vendor=contract.vendor,
            rhythm="monthly",
            emails=["a@example.com"],
            created_by=dana,
            as_of=NOW,
        )
        published(contract)

        assert due() == []

    def test_a_paused_mailing_and_a_removed_address_get_nothing(self, contract, dana):
        mailing = a_mailing(contract, dana, "a@example.com", "b@example.com")
        published(contract)
        kept = {"rhythm": "monthly", "days_after": 0, "as_of": NOW}

        mailing_change(mailing=mailing, is_active=True, emails=["b@example.com"], **kept)
        assert due() == [("b@example.com", 1)]
        mailing_change(mailing=mailing, is_active=False, emails=["b@example.com"], **kept)
        assert due() == []

    def test_an_address_that_is_added_later_gets_what_is_published_from_then_on(
        self, contract, dana
    ):
        mailing = a_mailing(contract, dana, "a@example.com")
        published(contract)
        kept = {"rhythm": "monthly", "days_after": 0, "is_active": True}
        both = ["a@example.com", "b@example.com"]

        mailing_change(mailing=mailing, emails=both, as_of=LATER + HOUR, **kept)
        assert due(LATER + 2 * HOUR) == [("a@example.com", 1)]

        published(contract, at=LATER + 2 * HOUR)
        assert due(LATER + 3 * HOUR) == [("a@example.com", 2), ("b@example.com", 2)]

    def test_what_was_published_while_it_rested_is_not_sent_when_it_goes_on(self, contract, dana):
        mailing = a_mailing(contract, dana)
        kept = {"rhythm": "monthly", "days_after": 0, "emails": ["board@example.com"]}
        mailing_change(mailing=mailing, is_active=False, as_of=NOW, **kept)
        published(contract)

        mailing_change(mailing=mailing, is_active=True, as_of=LATER + HOUR, **kept)

        assert due(LATER + 2 * HOUR) == []

    def test_two_workers_that_look_at_once_send_one_mail(self, contract, dana, monkeypatch):
        a_mailing(contract, dana)
        published(contract)
        seen_by_both = due_posts(LATER)
        mailings_queue(LATER)
        monkeypatch.setattr(mailings, "due_posts", lambda _: seen_by_both)

        assert mailings.mailings_queue(LATER) == 0
        assert AlertMessage.objects.count() == ScorecardLink.objects.count() == 1

    def test_the_database_keeps_a_second_mail_of_an_edition_from_being_written(
        self, contract, dana
    ):
        a_mailing(contract, dana)
        published(contract)
        mailings_queue(LATER)
        sent = ScorecardLink.objects.get()
        sent.pk, sent.hash = None, "0" * 64

        with pytest.raises(IntegrityError):
            sent.save()


class TestAddresses:
    @pytest.mark.parametrize(
        ("emails", "message"),
        [
            ([], "at least one"),
            (["not an address"], "Not an address: not an address"),
            ([f"a{n}@example.com" for n in range(51)], "At most 50"),
        ],
    )
    def test_wrong_ones_are_named_and_nothing_is_kept(self, contract, dana, emails, message):
        with pytest.raises(ValidationError, match=message):
            mailing_create(
                contract=contract, rhythm="monthly", emails=emails, created_by=dana, as_of=NOW
            )

        assert not ScorecardMailing.objects.exists()

    def test_they_are_one_whatever_their_case(self, contract, dana):
        mailing = a_mailing(contract, dana, "A@Example.com", "a@example.com ")

        assert [each.email for each in mailing.recipients.all()] == ["a@example.com"]


class TestUnsubscribing:
    def test_whoever_unsubscribed_is_not_written_to_nor_added_again(self, contract, dana):
        mailing = a_mailing(contract, dana, "a@example.com")
        recipient = recipient_of(unsubscribe_token(mailing.recipients.get()))
        recipient_unsubscribe(recipient=recipient, as_of=NOW)
        published(contract)

        assert due() == []
        with pytest.raises(ValidationError, match="Unsubscribed, and not written to again"):
            mailing_change(
                mailing=ScorecardMailing.objects.get(),
                rhythm="monthly",
                days_after=0,
                is_active=True,
                emails=["a@example.com"],
                as_of=NOW,
            )

    def test_nobody_ends_another_ones_mails_by_counting(self, contract, dana):
        mailing = a_mailing(contract, dana)
        number = mailing.recipients.get().pk

        for token in (str(number), f"{number}:x", "", "é:1"):
            with pytest.raises(MailingRecipient.DoesNotExist):
                recipient_of(token)


class TestTheMail:
    @pytest.fixture
    def letter(self, contract, dana):
        head = contract.kpis.get().periods.get()
        commentary_write(period=head, text="A flood & a strike", author=dana, as_of=NOW)
        note = {"text": "We doubt it", "is_internal": True, "author": dana, "as_of": NOW}
        commentary_write(period=head, **note)
        a_mailing(contract, dana)
        published(contract)
        (post,) = due_posts(LATER)
        return letter_write(post=post, as_of=LATER)

    def test_it_says_the_scores_and_why_something_is_red(self, letter):
        assert letter.subject == "Scorecard March 2026: Forecasting"
        assert "Outcome: 0.0 of 100, 100 % measured" in letter.text
        assert "- Accuracy, 2026-03: 90.00 % against ≥ 95 % (missed)" in letter.text
        assert "dana: A flood & a strike" in letter.text
        assert "A flood &amp; a strike" in letter.html
        assert "We doubt it" not in letter.text + letter.html

    def test_its_link_opens_the_edition(self, letter, settings):
        (address,) = re.findall(r"\S+/shared/\S+", letter.text)
        secret = address.rstrip("/").rpartition("/")[2]

        assert address.startswith(settings.PUBLIC_URL)
        assert link_of(secret=secret, as_of=LATER).recipient.email == letter.to
        assert ScorecardLink.objects.get().hash not in letter.text

    def test_it_can_be_ended_with_one_click(self, letter):
        ending = letter.headers["List-Unsubscribe"].strip("<>")

        assert ending in letter.text
        assert letter.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    def test_the_workbook_holds_the_card(self, letter):
        ((name, kind, content),) = letter.attachments
        rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()

        assert name == "scorecard-AC-1-2026-03-edition-1.xlsx"
        assert kind.endswith("spreadsheetml.sheet")
        told = dict(zip(rows[0], rows[1], strict=True))
        assert (told["KPI"], told["Value"], told["Status"]) == ("Accuracy", 90.0, "Missed")
        assert "A flood" in told["Commentary"]
        assert "We doubt it" not in str(rows)


def test_queueing_puts_the_mail_into_the_outbox(contract, dana):
    a_mailing(contract, dana)
    published(contract)
    mailings_queue(LATER)

    message = AlertMessage.objects.get()
    assert (message.address, message.subject) == (
        "board@example.com",
        "Scorecard March 2026: Forecasting",
    )
    assert message.files.get().name.endswith(".xlsx")
