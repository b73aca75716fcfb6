"""Who gets a scorecard by mail, and how a recipient ends it."""

import pytest
from django.test import Client

from contracts.models import User
from metrics.models import ScorecardMailing
from metrics.scorecards.mailings import subscribers, unsubscribe_token
from tests.factories import a_user
from tests.pages.conftest import signed_in
from tests.pages.reading import text_of

pytestmark = pytest.mark.django_db
ADDRESS = "/contracts/AC-1/mailings/"
GIVEN = {"rhythm": "monthly", "days_after": "2", "emails": "a@example.com, b@example.com"}


@pytest.fixture
def dana(portfolio):
    return signed_in(a_user("dana", User.Role.PROCUREMENT))


@pytest.fixture
def mailing(dana) -> ScorecardMailing:
    dana.post(ADDRESS, GIVEN)
    return ScorecardMailing.objects.get()


def test_a_mailing_is_set_up_for_addresses_without_an_account(dana, mailing):
    told = text_of(dana.get(ADDRESS))

    assert (
        "Every month ✓ On 2 days after publication a@example.com , b@example.com dana" in told
        or "Every month ✓ On 2 days after publication a@example.com, b@example.com dana" in told
    )


def test_it_is_changed_and_paused(dana, mailing):
    given = GIVEN | {"rhythm": "quarterly", "emails": "b@example.com\nc@example.com"}
    answer = dana.post(f"/scorecards/mailings/{mailing.pk}/", given, follow=True)

    assert "The mailing is changed." in text_of(answer)
    mailing.refresh_from_db()
    assert (mailing.rhythm, mailing.is_active) == ("quarterly", False)
    assert [each.email for each in subscribers(mailing)] == ["b@example.com", "c@example.com"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"emails": "nobody"}, "Not an address: nobody"),
        ({"days_after": "61"}, "less than or equal to 60"),
        ({"rhythm": "hourly"}, "Select a valid choice"),
        ({"emails": " "}, "required"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(dana, wrong, message):
    assert message in text_of(dana.post(ADDRESS, GIVEN | wrong))
    assert not ScorecardMailing.objects.exists()


@pytest.mark.parametrize("role", [User.Role.ANALYST, User.Role.VENDOR])
def test_only_those_who_publish_see_who_gets_mail(portfolio, mailing, role):
    client = signed_in(a_user("eve", role, (portfolio.vendor,)))

    assert client.get(ADDRESS).status_code == 404
    assert client.get(f"/scorecards/mailings/{mailing.pk}/").status_code == 404


class TestUnsubscribing:
    def test_opening_the_link_asks_and_only_the_button_ends_it(self, mailing):
        recipient = mailing.recipients.get(email="a@example.com")
        address = f"/scorecards/unsubscribe/{unsubscribe_token(recipient)}/"
        anybody = Client(enforce_csrf_checks=True)

        assert "Stop these mails? a@example.com" in text_of(anybody.get(address))
        assert len(subscribers(mailing)) == 2
        answer = anybody.post(address, {"List-Unsubscribe": "One-Click"})
        assert "You get no more of these mails" in text_of(answer)
        assert [each.email for each in subscribers(ScorecardMailing.objects.get())] == [
            "b@example.com"
        ]
        assert "You get no more" in text_of(anybody.get(address))

    def test_a_made_up_link_ends_nothing(self, mailing):
        for token in ("1", f"{mailing.recipients.first().pk}:nonsense", "%00"):
            answer = Client().post(f"/scorecards/unsubscribe/{token}/")
            assert answer.status_code == 404
        assert len(subscribers(mailing)) == 2

    def test_the_page_of_the_mailing_says_who_left(self, dana, mailing):
        token = unsubscribe_token(mailing.recipients.get(email="a@example.com"))
        Client().post(f"/scorecards/unsubscribe/{token}/")

        told = text_of(dana.get(f"/scorecards/mailings/{mailing.pk}/"))

        assert "Unsubscribed a@example.com" in told
        refused = dana.post(f"/scorecards/mailings/{mailing.pk}/", GIVEN)
        assert "Unsubscribed, and not written to again: a@example.com" in text_of(refused)
