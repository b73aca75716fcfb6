"""Scorecards as they were last rendered, kept in memory while nothing they rest on changes.

Dashboards ask for the same cards again and again, and putting one together reads a year of
figures. What a card rests on is stamped in commit order: a card is as good as new while no
figure of its own, and no vendor, contract, process or KPI at all, has a stamp beyond the newest one
there was before it was put together.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from operator import or_
from threading import Lock
from typing import Final

from django.db.models import (
    BooleanField,
    Case,
    Exists,
    Model,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)

from contracts.models import Contract, Process, Vendor
from metrics.models import Kpi, KpiPeriod
from metrics.scorecards.assemble import assemble
from metrics.scorecards.cards import Card
from metrics.selectors.results import of_contract, of_vendor
from metrics.selectors.spans import Span

MOST_BYTES: Final = 32 * 1024 * 1024
_TERMS: Final[tuple[type[Model], ...]] = (Vendor, Contract, Process, Kpi)
_STAMPED: Final[tuple[type[Model], ...]] = (*_TERMS, KpiPeriod)
_Key = tuple[str, int, date, date]


@dataclass(frozen=True, slots=True)
class _Kept:
    """A rendered card, and the newest stamp there was before it was put together."""

    body: bytes
    stamp: datetime


class KeptCards:
    """Rendered cards by subject and days; those not asked for longest go first."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._cards: OrderedDict[_Key, _Kept] = OrderedDict()
        self._bytes, self._most, self._lock = 0, most_bytes, Lock()

    def get(self, key: _Key) -> _Kept | None:
        with self._lock:
            if key in self._cards:
                self._cards.move_to_end(key)
            return self._cards.get(key)

    def put(self, key: _Key, kept: _Kept) -> None:
        with self._lock:
            before = self._cards.pop(key, None)
            self._bytes += len(kept.body) - (len(before.body) if before else 0)
            self._cards[key] = kept
            while self._bytes > self._most:
                _, gone = self._cards.popitem(last=False)
                self._bytes -= len(gone.body)

    def clear(self) -> None:
        with self._lock:
            self._cards.clear()
            self._bytes = 0


KEPT: Final = KeptCards()


def card_rendered(
    *,
    span: Span,
    render: Callable[[Card], bytes],
    contract: Contract | None = None,
    vendor: Vendor | None = None,
) -> bytes:
    """The card of a contract or a vendor over ``span``, rendered now or as it was kept.

    ``render`` has to be the same for all calls, and may go by nothing but the card.
    """
    subject = contract or vendor
    assert subject is not None
    key = (subject._meta.label_lower, subject.pk, span.first_day, span.last_day)
    kept = KEPT.get(key)
    is_changed, newest = _standing(subject, kept.stamp if kept else None)
    if kept is not None and not is_changed:
        body = kept.body
    else:
        first, last = span.first_day, span.last_day
        body = render(assemble(contract=contract, vendor=vendor, first_day=first, last_day=last))
    KEPT.put(key, _Kept(body, newest))
    return body


def _standing(subject: Contract | Vendor, since: datetime | None) -> tuple[bool, datetime]:
    """Whether anything that a card of ``subject`` rests on was stamped after ``since``, and the
    newest stamp there is: one query, so that nothing comes in between."""
    newest = [Subquery(_stamps(model)[:1]) for model in _STAMPED]
    changed = _changed(subject, since) if since else Value(True)
    row = type(subject)._default_manager.filter(pk=subject.pk).order_by()
    is_changed, *stamps = row.values_list(changed, *newest).get()
    return is_changed, max(filter(None, stamps))


def _changed(subject: Contract | Vendor, since: datetime) -> Case:
    if isinstance(subject, Contract):
        own = of_contract(subject.reference)
    else:
        own = of_vendor(subject.code)
    figures = KpiPeriod.objects.filter(updated_at__gt=since, kpi__in=Kpi.objects.filter(own))
    terms = [model._default_manager.filter(updated_at__gt=since) for model in _TERMS]
    found = reduce(or_, (Q(Exists(each)) for each in (figures, *terms)))
    return Case(When(found, then=Value(True)), default=Value(False), output_field=BooleanField())


def _stamps(model: type[Model]) -> QuerySet[Model, datetime]:
    newest_first = model._default_manager.order_by("-updated_at")
    return newest_first.values_list("updated_at", flat=True)
