"""The credit ledger as people and programs read it."""

from collections.abc import Iterable

from django.db.models import OuterRef, QuerySet, Subquery

from contracts.selectors.lookups import UnknownCodeError
from contracts.selectors.scope import Scope
from metrics.models import CreditEntry, CreditEvent, CreditLedger, CreditRule, CreditTerms
from metrics.selectors import scope as scoped
from metrics.selectors.spans import Span

_JOINED = ("contract__vendor", "kpi_period__kpi", "terms__amendment", "rule__amendment", "corrects")
_NEWEST = CreditEvent.objects.filter(entry=OuterRef("pk")).order_by("-id")


def entries_list(
    *,
    scope: Scope,
    vendor: str | None = None,
    contract: str | None = None,
    kpi: str | None = None,
    span: Span | None = None,
    state: str | None = None,
) -> QuerySet[CreditEntry]:
    """Postings in the order they were made, each with its ``state``, ``state_at``,
    ``state_by`` and ``state_reason``: one query when read.

    ``vendor``, ``contract`` and ``kpi`` are codes; ``span`` keeps what a period of service ends in.
    """
    found = _with_state(scoped.credit_entries(scope)).select_related(*_JOINED)
    wanted = {
        "contract__vendor__code": vendor,
        "contract__reference": contract,
        "kpi_period__kpi__code": kpi,
        "state": state,
    }
    found = found.filter(**{path: value for path, value in wanted.items() if value})
    if span:
        found = found.filter(last_day__range=(span.first_day, span.last_day))
    return found.order_by("id")


def entry_by_number(entry_id: int, *, scope: Scope) -> CreditEntry:
    """One posting, as ``entries_list`` gives it. Raises UnknownCodeError."""
    found = _with_state(scoped.credit_entries(scope)).select_related(*_JOINED)
    entry = found.filter(pk=entry_id).first()
    if entry is None:
        raise UnknownCodeError(f"credit entry {entry_id} is unknown")
    return entry


def _with_state(entries: QuerySet[CreditEntry]) -> QuerySet[CreditEntry]:
    return entries.annotate(
        state=Subquery(_NEWEST.values("state")[:1]),
        state_at=Subquery(_NEWEST.values("at")[:1]),
        state_by=Subquery(_NEWEST.values("by")[:1]),
        state_reason=Subquery(_NEWEST.values("reason")[:1]),
    )


def amounts_by_currency(entries: Iterable[CreditEntry]) -> dict[str, int]:
    """What they come to in each currency, in its smallest unit: currencies are never added."""
    totals: dict[str, int] = {}
    for entry in entries:
        totals[entry.currency] = totals.get(entry.currency, 0) + entry.amount_minor
    return dict(sorted(totals.items()))


def terms_of_contract(contract_id: int) -> list[CreditTerms]:
    """The dated credit terms of a contract, oldest first."""
    found = CreditTerms.objects.filter(contract_id=contract_id).select_related("amendment")
    return list(found.order_by("valid_from"))


def rules_of_kpi(kpi_id: int) -> list[CreditRule]:
    """The dated credit rules of a KPI, oldest first."""
    found = CreditRule.objects.filter(kpi_id=kpi_id).select_related("amendment")
    return list(found.order_by("valid_from"))


def ledgers_waiting(*, scope: Scope) -> QuerySet[CreditLedger]:
    """The contracts with credits that cannot be computed yet, such as for want of charges; their
    ``waiting`` says which and why."""
    found = scoped.credit_ledgers(scope).exclude(waiting=[])
    return found.select_related("contract__vendor").order_by("contract__reference")
