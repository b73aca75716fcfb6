"""The second person of a typed-in figure: nobody names their own."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from contracts.models import Deputy, User
from metrics.feeds.entries import EntryError, entry_approve, entry_propose
from metrics.models import ManualEntry
from tests.factories import a_contract, a_kpi, a_user, a_vendor

pytestmark = pytest.mark.django_db

MAY = datetime(2026, 5, 4, 9, tzinfo=UTC)


@pytest.fixture
def entered() -> tuple[ManualEntry, User, User]:
    """A figure that Tom entered, Tom, and Ana, whose own role approves none."""
    tom, ana = a_user("tom", User.Role.OPERATIONS), a_user("ana")
    kpi = a_kpi(a_contract(a_vendor()), "satisfaction")
    entry = entry_propose(
        kpi=kpi,
        day=date(2026, 3, 1),
        numerator=Decimal(9),
        denominator=Decimal(10),
        evidence="survey",
        entered_by="tom",
        entered_by_user=tom,
    )
    return entry, tom, ana


def stand_in(absent: User, deputy: User, day: date) -> None:
    ends = day + timedelta(days=1)
    Deputy.objects.create(absent=absent, deputy=deputy, first_day=day, last_day=ends)


def test_standing_in_for_whoever_entered_it_makes_nobody_a_second_person(entered):
    entry, tom, ana = entered
    stand_in(tom, ana, MAY.date())

    with pytest.raises(EntryError, match="only in place of whoever entered it"):
        entry_approve(entry=entry, approved_by="ana", decided_by=ana, received_at=MAY)


def test_standing_in_for_somebody_else_who_approves_does(entered):
    entry, tom, ana = entered
    stand_in(tom, ana, MAY.date())
    stand_in(a_user("dana", User.Role.PROCUREMENT), ana, MAY.date())

    approved = entry_approve(entry=entry, approved_by="ana", decided_by=ana, received_at=MAY)

    assert approved.state == ManualEntry.State.APPROVED


def test_a_role_of_ones_own_that_approves_does(entered):
    entry, tom, _ = entered
    priya = a_user("priya", User.Role.COMPLIANCE)
    stand_in(tom, priya, timezone.now().date())

    approved = entry_approve(entry=entry, approved_by="priya", decided_by=priya, received_at=MAY)

    assert approved.state == ManualEntry.State.APPROVED
