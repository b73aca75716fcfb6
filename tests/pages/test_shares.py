"""Links that open a published scorecard without signing in."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from contracts.models import User
from metrics.models import ScorecardLink
from metrics.scorecards.commentary import commentary_write
from metrics.scorecards.publish import card_to_publish, publish
from metrics.selectors.spans import month_of
from tests.factories import NOW, a_revision, a_user
from tests.pages.conftest import MARCH, signed_in
from tests.pages.reading import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def dana(portfolio):
    return signed_in(a_user("dana", User.Role.PROCUREMENT))


@pytest.fixture
def edition(portfolio):
    author = a_user("tom", User.Role.OPERATIONS)
    head = portfolio.case.period
    commentary_write(period=head, text="A flood.", author=author, as_of=NOW)
    commentary_write(period=head, text="We doubt it.", author=author, as_of=NOW, is_internal=True)
    card = card_to_publish(span=month_of(MARCH), contract=portfolio.contract)
    return publish(card=card, by="Dana", as_of=NOW)


@pytest.fixture
def address(dana, edition) -> str:
    last_day = (timezone.now() + timedelta(days=30)).date()
    given = {"made_for": "The board", "last_day": last_day.isoformat()}
    page = dana.post(f"/scorecards/{edition.pk}/links/", given).content.decode()
    return re.search(r'value="http://testserver(/shared/[\w-]+/)"', page)[1]


def test_whoever_holds_the_link_reads_the_edition_and_nothing_else(address, portfolio):
    a_revision(portfolio.case.period, "98.5")

    answer = Client().get(address)
    told, page = text_of(answer), answer.content.decode()

    assert "Demand forecasting March 2026" in told
    assert "■ Missed 94.99 %" in told
    assert "A flood." in told
    assert "We doubt it." not in told
    assert "98.50" not in told
    assert not re.search(r'href="/(kpis|vendors|contracts|scorecards)/', page)


def test_it_stays_out_of_search_engines_caches_and_referrers(address):
    answer = Client().get(address)

    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Referrer-Policy"] == "same-origin"
    assert '<meta name="robots" content="noindex, nofollow">' in answer.content.decode()


def test_a_revoked_an_ended_and_an_unknown_link_are_the_same_404(address, dana):
    link = ScorecardLink.objects.get()
    unknown = Client().get("/shared/never-made/")
    dana.post(f"/scorecards/links/{link.pk}/revoke/")
    revoked = Client().get(address)
    ScorecardLink.objects.update(revoked_at=None, expires_at=NOW)
    ended = Client().get(address)

    assert [each.status_code for each in (unknown, revoked, ended)] == [404] * 3
    own = rf'{address}|/shared/never-made/|name="csrfmiddlewaretoken" value="\w+"'
    pages = [re.sub(own, "", each.content.decode()) for each in (unknown, revoked, ended)]
    assert len(set(pages)) == 1
    ScorecardLink.objects.update(expires_at=timezone.now() + timedelta(days=1))
    assert Client().get(address).status_code == 200


def test_the_list_says_when_it_was_last_opened_and_never_the_secret(address, dana, edition):
    links = f"/scorecards/{edition.pk}/links/"
    assert "The board ✓ Opens" in text_of(dana.get(links))
    assert "never" in text_of(dana.get(links))
    Client().head(address)
    assert ScorecardLink.objects.get().last_opened_at is None
    Client().get(address)

    page = dana.get(links).content.decode()

    assert "never" not in page.split("<tbody>")[1].split("</tbody>")[0]
    assert address.split("/")[2] not in page


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"made_for": "", "last_day": "2099-01-01"}, "required"),
        ({"made_for": "Board", "last_day": "2020-01-01"}, "ends after today"),
        ({"made_for": "Board", "last_day": "9999-12-31"}, "within a year"),
        ({"made_for": "Board", "last_day": "soon"}, "valid date"),
    ],
)
def test_a_link_without_a_holder_or_an_end_is_refused(dana, edition, given, message):
    answer = dana.post(f"/scorecards/{edition.pk}/links/", given)

    assert message in text_of(answer)
    assert not ScorecardLink.objects.exists()


@pytest.mark.parametrize("role", [User.Role.ANALYST, User.Role.VENDOR])
def test_only_those_who_publish_make_list_and_revoke_links(portfolio, address, edition, role):
    client = signed_in(a_user("eve", role, (portfolio.vendor,)))
    link = ScorecardLink.objects.get()

    assert client.get(f"/scorecards/{edition.pk}/links/").status_code == 404
    assert client.post(f"/scorecards/links/{link.pk}/revoke/").status_code == 404
    assert Client().get(address).status_code == 200


def test_reading_takes_no_sign_in_and_nothing_can_be_sent_there(address):
    assert Client().post(address).status_code == 405
    assert "sessionid" not in Client().get(address).cookies
