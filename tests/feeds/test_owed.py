"""What a feed owes and when, and what counts as arrived."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contracts.models import User
from contracts.selectors.scope import EVERYTHING, visible_to
from metrics.feeds.schedules import schedule_set
from metrics.feeds.undoing import undo_request
from metrics.models import Feed
from metrics.selectors.owed import owed_deliveries
from tests.factories import a_feed, a_user, a_vendor
from tests.feeds.arriving import APRIL, TWO, a_mapped_feed, a_share, csv, deliver, load
from tests.feeds.test_undoing import undo

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_parts")]

MARCH_END = date(2026, 3, 31)


@pytest.fixture
def feed():
    """Owes a month by the fifth day after it at 18:00 in Dublin, with a day of grace."""
    a_share()
    found = a_mapped_feed()
    monthly(found)
    return found


def monthly(feed, since=date(2026, 3, 1), **changes):
    given = {"every": "month", "due_days": 5, "due_time": time(18), "grace_hours": 24}
    return schedule_set(feed=feed, valid_from=since, zone="Europe/Dublin", **given | changes)


def owed(as_of, scope=EVERYTHING):
    return {
        one.label: (str(one.stand), one.attested)
        for one in owed_deliveries(scope=scope, as_of=as_of)
    }


def at(day, hour=0, minute=0):
    return datetime(2026, 4, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("as_of", "stand"),
    [
        (datetime(2026, 3, 31, 22, 59, tzinfo=UTC), "upcoming"),
        (datetime(2026, 3, 31, 23, 0, tzinfo=UTC), "due"),  # midnight of a summer day in Dublin
        (at(6, 16, 59), "due"),
        (at(6, 17, 0), "overdue"),  # the fifth at 18:00 there, and a day of grace
    ],
)
def test_a_period_is_upcoming_then_due_then_overdue(feed, as_of, stand):
    assert owed(as_of)["2026-03"] == (stand, False)


def test_overdue_is_told_since_when(feed):
    late = owed_deliveries(scope=EVERYTHING, as_of=at(8))[0]

    assert late.due_at == at(5, 17)
    assert late.overdue_since == at(6, 17)


@pytest.mark.parametrize(
    ("content", "options", "stand"),
    [
        (csv([]), {"complete_through": MARCH_END}, ("arrived", True)),
        (csv([]), {"complete_through": date(2026, 3, 30)}, ("overdue", False)),
        (TWO, {}, ("arrived", False)),
        (csv(["1,2026-02-27,yes"]), {}, ("overdue", False)),
        (TWO, {"at": APRIL - timedelta(days=9)}, ("overdue", False)),  # before the month was over
        (TWO, {"complete_through": MARCH_END}, ("arrived", True)),
    ],
)
def test_it_has_arrived_by_word_or_by_rows_that_came_after_it(feed, content, options, stand):
    load(feed, content, **options)

    assert owed(at(20))["2026-03"] == stand


def test_what_was_not_loaded_has_not_arrived(feed):
    deliver(feed, TWO, complete_through=MARCH_END)
    assert owed(at(20))["2026-03"] == ("overdue", False)

    load(feed, "no header", complete_through=MARCH_END)
    assert owed(at(20))["2026-03"] == ("overdue", False)


def test_what_was_undone_has_not_arrived(feed):
    first = load(feed, TWO, complete_through=MARCH_END)
    assert owed(at(20))["2026-03"] == ("arrived", True)

    undo(first)

    assert owed(at(20))["2026-03"] == ("overdue", False)
    with pytest.raises(ValidationError):
        undo_request(ingestion=first, reason="again", asked_by=None, as_of=APRIL)


def test_what_came_after_its_grace_came_late(feed):
    load(feed, TWO, at=at(9))

    (march,) = [o for o in owed_deliveries(scope=EVERYTHING, as_of=at(20)) if o.delivery]
    assert march.came_late
    assert march.arrived_at == at(9)


def test_a_later_line_takes_over_and_what_was_owed_stays(feed):
    monthly(feed, date(2026, 4, 1), every="week", due_days=1)

    labels = list(owed(at(15)))
    assert labels == ["2026-03", "2026-04-01", "2026-W15", "2026-W16"]


def test_an_end_ends_it(feed):
    monthly(feed, last_day=MARCH_END)

    assert list(owed(at(20))) == ["2026-03"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"since": date(2026, 2, 1)}, "begin then or later"),
        ({"zone": "Europe/Atlantis"}, "is not a time zone"),
        ({"every": "fortnight"}, "not a valid choice"),
        ({"last_day": date(2026, 2, 1)}, "schedule_ends_after_it_begins"),
    ],
)
def test_what_cannot_be_owed_is_refused(feed, change, said):
    given = {"valid_from": change.pop("since", date(2026, 3, 1)), "every": "month", **change}

    with pytest.raises(ValidationError, match=said):
        schedule_set(feed=feed, **given)


def test_files_and_people_do_not_overwrite_each_other(feed):
    Feed.objects.update(managed_by="portfolio")
    feed.refresh_from_db()

    with pytest.raises(ValidationError, match="managed by a portfolio file"):
        monthly(feed)


def test_each_sees_what_their_own_feeds_owe():
    for code in ("acme", "bolt"):
        monthly(a_feed(a_vendor(code), f"of-{code}"))
    alice = a_user("alice", User.Role.VENDOR, (Feed.objects.get(code="of-acme").vendor,))

    found = owed_deliveries(scope=visible_to(alice), as_of=at(8))

    assert {one.feed.code for one in found} == {"of-acme"}


def test_queries_are_constant(feed):
    def count():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            owed_deliveries(scope=EVERYTHING, as_of=at(20))
        return len(queries)

    before = count()
    for number in range(5):
        monthly(a_feed(a_vendor(f"v-{number}"), f"f-{number}"))

    assert count() == before <= 3


def test_hours_of_grace_are_counted_as_they_pass_over_a_change_of_clocks():
    a_share()
    monthly(a_mapped_feed(), date(2026, 2, 1), due_days=28)  # 28 March at 18:00 in Dublin

    found = owed_deliveries(scope=EVERYTHING, as_of=at(1))[0]

    assert (found.label, found.due_at) == ("2026-02", datetime(2026, 3, 28, 18, tzinfo=UTC))
    assert found.overdue_at == datetime(2026, 3, 29, 18, tzinfo=UTC)  # 19:00 in Dublin by then
