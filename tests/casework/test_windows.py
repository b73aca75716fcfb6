"""Until when a vendor may claim something, by the event that its contract names."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from metrics.casework import moves
from metrics.casework.claiming import Claim
from metrics.casework.relief import relief_request
from metrics.casework.terms import claim_terms_correct, claim_terms_set
from metrics.casework.windows import windows_of
from metrics.models import BreachCase, Scorecard
from tests.casework.world import DAY, MARCH, OPENED, SOON

YEAR = MARCH.replace(month=1)
pytestmark = pytest.mark.django_db
PUBLISHED = datetime(2026, 4, 20, 23, 30, tzinfo=UTC)


def stated(world, **days):
    return claim_terms_set(contract=world.kpi.contract, valid_from=YEAR, **days)


def published(world, *, first=MARCH, last=date(2026, 3, 31), at=PUBLISHED, of="contract"):
    contract = world.kpi.contract
    subject = {"contract": contract} if of == "contract" else {"vendor": contract.vendor}
    Scorecard.objects.create(
        **subject,
        first_day=first,
        last_day=last,
        label=f"{first}/{last}",
        edition=1,
        body={},
        published_at=at,
        published_by="dana",
    )


def windows():
    return windows_of(BreachCase.objects.get())


def test_by_itself_each_begins_when_the_case_opens_and_a_credit_has_no_limit(world):
    found = windows()
    assert found.dispute.last_day == found.relief.last_day == OPENED.date() + 14 * DAY
    assert (found.credit.last_day, found.credit.words) == (None, "its time has no limit")
    assert found.credit.is_open(OPENED + 999 * DAY)
    assert found.stated_from is None


@pytest.mark.parametrize(
    ("start", "last_day"),
    [
        ("final", date(2026, 4, 11)),
        ("period_end", date(2026, 4, 5)),
        ("occurrence", date(2026, 4, 5)),
        ("report", date(2026, 4, 25)),
    ],
)
@pytest.mark.parametrize("kind", ["dispute", "credit"])
def test_each_begins_at_its_own_event(world, kind, start, last_day):
    stated(world, **{f"{kind}_days": 5, f"{kind}_from": start})
    published(world)

    found = getattr(windows(), kind)

    assert (found.days, found.last_day) == (5, last_day)
    end = datetime.combine(last_day, datetime.max.time(), UTC)
    assert found.is_open(end)
    assert not found.is_open(end + DAY)


class TestReport:
    def test_nothing_runs_before_the_scorecard_is_published(self, world):
        stated(world, dispute_days=5, dispute_from="report")
        published(world, last=date(2026, 3, 20))  # does not cover the period
        published(world, at=PUBLISHED - 30 * DAY, of="vendor")  # before its end

        found = windows().dispute

        assert found.last_day is None
        assert found.words == "its time begins when the scorecard is published"
        with pytest.raises(ValidationError, match="begins when the scorecard is published"):
            world.move(moves.DISPUTE, "alice")

    def test_the_first_one_that_covers_the_period_counts_in_the_contracts_zone(self, world):
        world.kpi.contract.zone = "Asia/Tokyo"
        world.kpi.contract.save()
        stated(world, dispute_days=5, dispute_from="report")
        published(world, first=YEAR, of="vendor")
        published(world, at=PUBLISHED + DAY)
        assert windows().dispute.last_day == date(2026, 4, 26)


class TestRelief:
    EVENT = (datetime(2026, 3, 4, 10, tzinfo=UTC), datetime(2026, 3, 5, 0, tzinfo=UTC))

    def ask(self, world, name, at, *, intervals=(EVENT,), **more):
        claim = Claim("A storm", intervals, **more)
        case, scope = world.case.pk, world.scope(name)
        return relief_request(case_id=case, claim=claim, scope=scope, as_of=at)

    def test_an_event_begins_the_time_of_the_claim_about_it(self, world):
        stated(world, relief_days=34, relief_from="occurrence")
        last = datetime(2026, 4, 7, 23, 59, tzinfo=UTC)

        with pytest.raises(ValidationError, match="ended on 7 April 2026, 34 days after the event"):
            self.ask(world, "alice", last + timedelta(minutes=1))
        assert self.ask(world, "alice", last).claim_by == date(2026, 4, 7)

    def test_the_buyer_may_enter_a_late_one(self, world):
        stated(world, relief_days=1, relief_from="occurrence")
        assert self.ask(world, "operations", SOON).claim_by == date(2026, 3, 5)

    def test_a_claim_without_a_time_is_about_the_whole_period(self, world):
        stated(world, relief_days=1, relief_from="occurrence")
        asked = self.ask(world, "operations", SOON, intervals=(), whole_period=True)
        assert asked.claim_by == date(2026, 4, 1)


class TestCorrecting:
    def test_a_line_that_no_case_rests_on_is_corrected(self, world):
        line = claim_terms_set(contract=world.kpi.contract, valid_from=MARCH + 31 * DAY)
        claim_terms_correct(terms=line, values={"credit_days": 30})
        line.refresh_from_db()
        assert line.credit_days == 30

    def test_one_that_a_case_rests_on_stays(self, world):
        line = stated(world)
        with pytest.raises(ValidationError, match="Cases rest on the days from 2026-01-01"):
            claim_terms_correct(terms=line, values={"credit_days": 30})


@pytest.mark.parametrize("wrong", [{"credit_days": 367}, {"dispute_from": "invoice"}])
def test_what_cannot_be_is_refused(world, wrong):
    with pytest.raises(ValidationError):
        stated(world, **wrong)
