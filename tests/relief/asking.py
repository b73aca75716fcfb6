"""A month of a hundred items, ten of which failed; people who ask for relief and decide on it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from contracts.models import Approval, User
from contracts.selectors.scope import visible_to
from contracts.services.approvals import approval_decide
from metrics.casework.claiming import Claim, Cover
from metrics.casework.relief import relief_grant, relief_request
from metrics.evaluation.sweeping import sweep
from metrics.models import BreachCase, Kpi, ReliefRequest
from tests.evaluation.looking import head
from tests.factories import a_user
from tests.feeds.arriving import APRIL, a_mapped_feed, a_share, csv, load

SOON = APRIL + timedelta(days=1)


def the_items(numbers: Sequence[int] = range(1, 101)) -> str:
    """Item n finished in the hour n of March; those above 90 failed."""
    begin = datetime(2026, 3, 2, tzinfo=UTC)
    return csv(
        f"{number},{begin + timedelta(hours=number):%Y-%m-%dT%H:%M:%SZ},"
        f"{'yes' if number <= 90 else 'no'}"
        for number in numbers
    )


def the_hours(first: int, last: int) -> tuple[datetime, datetime]:
    """The stretch of time that holds the items from ``first`` to ``last``."""
    begin = datetime(2026, 3, 2, tzinfo=UTC)
    return begin + timedelta(hours=first), begin + timedelta(hours=last, minutes=1)


def a_month(at: datetime = APRIL, **kpi: Any) -> Kpi:
    """A ratio of 90/100 in March, computed."""
    found = a_share(**kpi)
    load(a_mapped_feed(), the_items(), at=at)
    sweep(as_of=at)
    return found


def somebody(name: str, role: str = User.Role.OPERATIONS, **fields: Any) -> User:
    return User.objects.filter(username=name).first() or a_user(name, role, **fields)


def ask(
    claim: Claim, at: datetime = SOON, label: str = "2026-03", by: User | None = None
) -> ReliefRequest:
    """Ask as one of operations."""
    case = BreachCase.objects.get(period__label=label)
    scope = visible_to(by or somebody("olga"), at.date())
    return relief_request(case_id=case.pk, claim=claim, scope=scope, as_of=at)


def decide(relief: ReliefRequest, *, approve: bool = True, at: datetime = SOON) -> ReliefRequest:
    request = Approval.objects.get(subject=f"metrics.reliefrequest:{relief.pk}")
    approval_decide(
        approval=request, approve=approve, decided_by=somebody("otto"), as_of=at, answer="so be it"
    )
    relief.refresh_from_db()
    return relief


def grant(relief: ReliefRequest, cover: Cover, at: datetime = SOON) -> ReliefRequest:
    return relief_grant(
        relief_id=relief.pk, cover=cover, decided_by=somebody("otto"), as_of=at, answer="a part"
    )


def value(label: str = "2026-03") -> Fraction | None:
    """The figure in force."""
    current = head(label).current
    return Fraction(current.value) if current and current.value else None
