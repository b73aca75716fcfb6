"""Credits that were not claimed in their time."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from contracts.models import AuditEvent
from contracts.selectors.scope import EVERYTHING
from metrics.alerts.reminders import reminders_note
from metrics.casework.terms import claim_terms_set
from metrics.chores import chores_run
from metrics.credits.lapsing import claims_open, credits_lapse, last_days
from metrics.credits.moving import credit_move
from metrics.models import AlertEvent, CreditEntry
from metrics.reviews.dates.entries import entries_of
from metrics.selectors.credits import entry_by_number
from tests.casework.world import MARCH, OPENED, SOON, World, a_world
from tests.credits.posted import an_entry

pytestmark = pytest.mark.django_db
DAYS = timedelta(days=1)
LAST = date(2026, 5, 6)  # thirty days after the case opened, on 6 April
IN_TIME = datetime(2026, 5, 6, 23, 59, tzinfo=UTC)
LATE = datetime(2026, 5, 7, 0, 0, tzinfo=UTC)


@pytest.fixture
def world() -> World:
    return a_world()


def stated(world: World, days: int | None = 30, start: str = "final") -> None:
    claim_terms_set(
        contract=world.kpi.contract,
        valid_from=date(2026, 1, 1),
        credit_days=days,
        credit_from=start,
    )


def posted(world: World, minor: int = 150_000, *states: str, **fields) -> CreditEntry:
    return an_entry(world.kpi.contract, world.case.period, minor, *states, **fields)


def state(entry: CreditEntry) -> str:
    return str(entry_by_number(entry.pk, scope=EVERYTHING).state)  # type: ignore[attr-defined]


def test_it_lapses_the_day_after_its_last_one_by_the_system_and_says_why(world: World) -> None:
    stated(world)
    entry = posted(world)
    assert last_days(claims_open(scope=EVERYTHING)) == {entry.pk: LAST}
    assert (credits_lapse(IN_TIME), state(entry)) == (0, "computed")

    assert chores_run(as_of=LATE) == []

    event = entry.events.last()
    assert (event.state, event.by, event.person, event.key) == ("lapsed", "kpotracker", None, None)
    assert event.reason == "Not claimed by 6 May 2026, 30 days after the case opened."
    assert AuditEvent.objects.filter(action="lapsed").exists()
    assert credits_lapse(LATE) == 0


@pytest.mark.parametrize("told", ["notified", "agreed", "disputed", "on_invoice"])
def test_what_was_claimed_never_lapses(world: World, told: str) -> None:
    stated(world)
    entry = posted(world, 100, told)
    assert (credits_lapse(LATE + 900 * DAYS), state(entry)) == (0, told)


def test_without_a_limit_nothing_lapses(world: World) -> None:
    first = posted(world)
    assert credits_lapse(LATE + 9000 * DAYS) == 0
    stated(world, None)
    assert (credits_lapse(LATE + 9000 * DAYS), state(first)) == (0, "computed")


def test_only_terms_that_held_for_the_period_limit_it(world: World) -> None:
    claim_terms_set(contract=world.kpi.contract, valid_from=date(2026, 4, 1), credit_days=1)
    posted(world)
    assert credits_lapse(LATE + 9000 * DAYS) == 0


def test_the_time_begins_with_the_event_that_the_contract_names(world: World) -> None:
    stated(world, 30, "period_end")
    entry = posted(world)
    assert last_days(claims_open(scope=EVERYTHING)) == {entry.pk: date(2026, 4, 30)}


def test_no_time_runs_before_its_event(world: World) -> None:
    stated(world, 30, "report")
    posted(world)
    assert last_days(claims_open(scope=EVERYTHING)) == {}
    assert credits_lapse(LATE + 900 * DAYS) == 0


def test_a_later_posting_has_a_time_of_its_own(world: World) -> None:
    stated(world)
    first = posted(world)
    later = posted(world, 30_000, posted_at=datetime(2026, 5, 1, 9, tzinfo=UTC))

    assert credits_lapse(LATE) == 1
    assert (state(first), state(later)) == ("lapsed", "computed")
    assert last_days(claims_open(scope=EVERYTHING)) == {later.pk: date(2026, 5, 31)}
    assert credits_lapse(datetime(2026, 6, 1, tzinfo=UTC)) == 1
    assert later.events.last().reason == "Not claimed by 31 May 2026, 30 days after it was posted."


def test_nothing_is_given_back_that_was_never_claimed(world: World) -> None:
    stated(world)
    first, back = posted(world, 150_000), posted(world, -50_000)
    assert credits_lapse(LATE) == 2
    assert (state(first), state(back)) == ("lapsed", "lapsed")
    more = posted(world, -100_000)
    assert (credits_lapse(LATE), state(more)) == (1, "lapsed")


def test_what_was_claimed_is_given_back(world: World) -> None:
    stated(world)
    posted(world, 150_000, "notified")
    back = posted(world, -50_000)
    assert (credits_lapse(LATE + 900 * DAYS), state(back)) == (0, "computed")


def test_a_person_who_is_first_wins(world: World) -> None:
    stated(world)
    entry = posted(world)
    credit_move(entry_id=entry.pk, to="notified", scope=world.scope("operations"), as_of=IN_TIME)
    assert (credits_lapse(LATE), state(entry)) == (0, "notified")


def browser(world: World, name: str) -> Client:
    client = Client()
    client.force_login(world.people[name])
    return client


def test_pages_show_until_when_and_that_it_lapsed(world: World) -> None:
    stated(world)
    posted(world)
    buyer = browser(world, "operations")
    addresses = [reverse("credits"), reverse("contract-credits", args=["AC-1"])]
    for address in addresses:
        assert "claim by 6 May 2026" in buyer.get(address).text
    credits_lapse(LATE)
    for address in addresses:
        page = buyer.get(address).text
        assert "claim by" not in page
        assert "Lapsed" in page
        assert "Not claimed by 6 May 2026" in page


def test_a_vendor_learns_nothing_of_what_was_not_claimed(world: World) -> None:
    stated(world)
    entry = posted(world)
    assert claims_open(scope=world.scope("alice")) == []
    credits_lapse(LATE)
    assert "1,500.00" not in browser(world, "alice").get(reverse("credits")).text
    assert state(entry) == "lapsed"


def test_the_buyer_is_reminded_before_it_lapses(world: World) -> None:
    stated(world)
    posted(world)
    reminders_note(now=SOON)
    assert not AlertEvent.objects.filter(key__startswith="date:credit:").exists()
    for _ in range(2):
        reminders_note(now=datetime(2026, 4, 29, 9, tzinfo=UTC))
    (event,) = AlertEvent.objects.filter(key__startswith="date:credit:")
    assert event.is_internal
    assert event.facts["title"] == "Service credit lapses in 7 days: AC-1"
    assert "1,500.00 EUR" in event.facts["text"]
    assert "6 May 2026" in event.facts["text"]


def test_calendars_show_the_last_day_to_the_buyer_alone(world: World) -> None:
    stated(world)
    posted(world)
    said = {name: entries_of(world.people[name], OPENED) for name in ("operations", "alice")}
    found = {
        name: [each for each in entries if "claim the service credit" in each.title]
        for name, entries in said.items()
    }
    (entry,) = found["operations"]
    assert (entry.day, entry.path) == (LAST, reverse("contract-credits", args=["AC-1"]))
    assert found["alice"] == []
    assert MARCH.isoformat()[:7] in entry.text
