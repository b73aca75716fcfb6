"""The people and channels that events may reach, read once for many events."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db.models import QuerySet

from contracts.models import Deputy, User
from contracts.selectors.duties import Duty
from contracts.selectors.scope import EVERYTHING, Scope, visible_to
from metrics.models import AlertEvent, AlertMute, AlertSubscription, NoticeDelivery
from metrics.selectors import scope as scoped

Kind = AlertEvent.Kind


@dataclass(frozen=True)
class Reader:
    """A person with what they may see on that day; ``user`` None is a channel for everybody."""

    user: User | None
    scope: Scope

    @property
    def user_id(self) -> int | None:
        return self.user.pk if self.user else None


EVERYBODY = Reader(None, EVERYTHING)


class Audience:
    """Who there is at ``now``: readers, subscriptions and mutes, each read once."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    @cached_property
    def readers(self) -> list[Reader]:
        users = User.objects.filter(is_active=True).order_by("pk")
        return [reader_of(user, self.now.date()) for user in users]

    @cached_property
    def subscriptions(self) -> list[AlertSubscription]:
        lines = AlertSubscription.objects.filter(is_active=True).select_related("channel")
        return [line for line in lines if line.channel is None or line.channel.is_active]

    @cached_property
    def mutes(self) -> list[AlertMute]:
        return list(AlertMute.objects.filter(until__gt=self.now))


def reader_of(user: User, today: date) -> Reader:
    return Reader(user, visible_to(user, today))


def may_see(event: AlertEvent, scope: Scope) -> bool:
    """Whether ``scope`` shows everything that ``event`` is about, as it stands now."""
    if scope.is_internal:
        return True
    if event.is_internal or event.vendor_id not in (scope.vendor_ids or ()):
        return False
    return all(found.exists() for found in _subjects(event, scope))


def _subjects(event: AlertEvent, scope: Scope) -> Iterator[QuerySet[Any]]:
    if event.case_id:
        yield scoped.cases(scope).filter(pk=event.case_id)
    if event.transition_id:
        yield scoped.transitions(scope).filter(pk=event.transition_id)
    if event.kpi_id:
        yield scoped.kpis(scope).filter(pk=event.kpi_id)
    if event.feed_id:
        yield scoped.feeds(scope).filter(pk=event.feed_id)


def may_act(event: AlertEvent, reader: Reader) -> bool:
    """Whether what ``event`` asks for is this person's to do; true where it asks for nothing."""
    duty = event.facts.get("duty")
    is_own = reader.user_id is not None and reader.user_id == event.facts.get("not_by")
    return not is_own and (duty is None or reader.scope.may(Duty(duty)))


def asked_first(event: AlertEvent) -> Sequence[int]:
    """The people who were told of the case whose escalation ``event`` is."""
    told = NoticeDelivery.objects.filter(event__case=event.case_id, event__kind=Kind.BREACH)
    told = told.exclude(state=NoticeDelivery.State.SUPPRESSED).exclude(recipient=None)
    return list(told.values_list("recipient_id", flat=True).distinct())


def deputies_of(users: Iterable[int], today: date) -> set[int]:
    """Who stands in on ``today`` for one of ``users``."""
    now = Deputy.objects.filter(absent__in=users, first_day__lte=today, last_day__gte=today)
    return set(now.values_list("deputy_id", flat=True))
