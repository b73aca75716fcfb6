from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from contracts.models import AuditEvent
from metrics.models import Scorecard, ScorecardLink
from metrics.scorecards.links import (
    LinkRefusedError,
    link_create,
    link_note_use,
    link_of,
    link_revoke,
)
from metrics.scorecards.publish import card_to_publish, publish
from metrics.selectors.spans import month_of
from tests.factories import NOW, a_contract, a_figure, a_kpi, a_user, a_vendor

pytestmark = pytest.mark.django_db
MARCH = date(2026, 3, 1)
LATER = NOW + timedelta(days=30)


@pytest.fixture
def scorecard() -> Scorecard:
    contract = a_contract(a_vendor(), "AC-1")
    a_figure(a_kpi(contract, "accuracy"), MARCH)
    card = card_to_publish(span=month_of(MARCH), contract=contract)
    return publish(card=card, by="Dana", as_of=NOW)


def made(scorecard, **given):
    return link_create(
        scorecard=scorecard,
        **{"made_for": "The board", "expires_at": LATER, "as_of": NOW} | given,
    )


def test_only_the_hash_of_a_secret_is_kept_anywhere(scorecard):
    new = made(scorecard, created_by=a_user("dana"))

    kept = str(ScorecardLink.objects.values_list()) + str(AuditEvent.objects.values_list())
    assert len(new.secret) >= 43
    assert new.secret not in kept
    assert new.secret not in repr(new)
    assert AuditEvent.objects.get(action="shared").changes["hash"] == ["changed", "changed"]


def test_a_link_opens_its_edition_until_it_ends(scorecard):
    new = made(scorecard)

    assert link_of(secret=new.secret, as_of=NOW).scorecard == scorecard
    assert link_of(secret=new.secret, as_of=LATER - timedelta(seconds=1)) == new.link
    with pytest.raises(LinkRefusedError):
        link_of(secret=new.secret, as_of=LATER)


def test_a_revoked_link_opens_nothing_at_once_and_says_what_an_unknown_one_says(scorecard):
    new = made(scorecard)
    link_revoke(link=new.link, as_of=NOW)
    link_revoke(link=new.link, as_of=LATER)

    said = set()
    for secret in (new.secret, "never-made", "", "\ud800"):
        with pytest.raises(LinkRefusedError) as refused:
            link_of(secret=secret, as_of=NOW)
        said.add(str(refused.value))
    assert len(said) == 1
    assert ScorecardLink.objects.get().revoked_at == NOW


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"made_for": "  "}, "for whom"),
        ({"expires_at": NOW}, "ends after today"),
        ({"expires_at": NOW + timedelta(days=400)}, "within a year"),
    ],
)
def test_a_link_is_for_somebody_and_has_an_end(scorecard, given, message):
    with pytest.raises(ValidationError, match=message):
        made(scorecard, **given)

    assert not ScorecardLink.objects.exists()


def test_opening_is_noted_without_an_entry_in_the_trail(scorecard):
    new = made(scorecard)
    before = AuditEvent.objects.count()
    link_note_use(link=new.link, as_of=LATER)

    assert ScorecardLink.objects.get().last_opened_at == LATER
    assert AuditEvent.objects.count() == before
