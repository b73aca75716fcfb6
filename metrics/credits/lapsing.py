"""Credits that were not claimed in their time lapse: by the days that the contract states.

A credit is claimed by notifying the vendor. The first posting of a line has the window of its
breach case; a later one, such as after a restatement, the same days from the day on which it was
posted. Without stated days, or without a case, there is no limit. What takes back a lapsed credit
lapses with it: nothing is given back that was never claimed.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef

from contracts.models import Contract
from contracts.selectors.scope import EVERYTHING, Scope
from contracts.services.acting import Actor
from contracts.services.writing import writing
from metrics.casework.windows import Window, windows_seen
from metrics.credits.moving import event_append
from metrics.credits.notes import state_of
from metrics.models import BreachCase, ClaimTerms, CreditEntry
from metrics.selectors.breaches import with_claim_terms
from metrics.selectors.credits import entries_list

State = CreditEntry.State
Claim = tuple[CreditEntry, Window]
# where some line of the contract's states how long credits can be claimed
_LIMITED: Final = Exists(
    ClaimTerms.objects.filter(contract=OuterRef("contract"), credit_days__isnull=False)
)


def claims_open(*, scope: Scope, contract: str | None = None) -> list[Claim]:
    """Credits that the vendor was not told of yet and that will lapse, with their windows, oldest
    first: three queries. Empty for vendors, whom they do not concern before they are told."""
    if not scope.is_internal:
        return []
    computed = entries_list(scope=scope, contract=contract, state=State.COMPUTED)
    return list(_with_windows(computed.filter(_LIMITED, amount_minor__gt=0)))


def last_days(claims: Iterable[Claim]) -> dict[int, date]:
    """{number of the posting: the last day to claim it}; those whose time has begun."""
    return {entry.pk: window.last_day for entry, window in claims if window.last_day}


def credits_lapse(as_of: datetime) -> int:
    """Lapse what was not claimed in its time; returns how many postings lapsed."""
    claims = claims_open(scope=EVERYTHING)
    late = {entry.contract_id for entry, window in claims if _is_over(window, as_of)}
    return sum(_lapsed(pk, as_of) for pk in sorted(late | _beyond_claims().keys()))


def _lapsed(contract_id: int, as_of: datetime) -> int:
    """Under the lock under which the ledger is followed, and postings are read anew."""
    with writing():
        contract = Contract.objects.select_for_update(no_key=True).get(pk=contract_id)
        claims = claims_open(scope=EVERYTHING, contract=contract.reference)
        late = [(entry, window) for entry, window in claims if _is_over(window, as_of)]
        done = sum(_lapse(entry, _why(entry, window), as_of) for entry, window in late)
        for live in _beyond_claims().get(contract_id, []):
            done += _take_along(live, as_of)
    return done


def _take_along(live: Sequence[CreditEntry], as_of: datetime) -> int:
    """Lapse what gives back more of a KPI's period than was claimed of it, newest first."""
    claimed, done = sum(entry.amount_minor for entry in live), 0
    for entry in reversed([each for each in live if _gives_back(each)]):
        if claimed < 0:
            claimed -= entry.amount_minor
            done += _lapse(entry, "What it takes back was not claimed.", as_of)
    return done


def _beyond_claims() -> dict[int, list[list[CreditEntry]]]:
    """{contract: the postings that did not lapse, of each KPI's period that would give back more
    than was claimed of it}: two queries."""
    back = entries_list(scope=EVERYTHING, state=State.COMPUTED).filter(
        _LIMITED, amount_minor__lt=0, kpi_period__isnull=False
    )
    periods = set(back.values_list("kpi_period_id", flat=True))
    grouped: dict[tuple[int, int], list[CreditEntry]] = {}
    for entry in entries_list(scope=EVERYTHING).filter(kpi_period__in=periods):
        if state_of(entry) == State.LAPSED:
            continue
        grouped.setdefault((entry.contract_id, entry.kpi_period_id or 0), []).append(entry)
    found: dict[int, list[list[CreditEntry]]] = {}
    for (contract, _), entries in grouped.items():
        if sum(entry.amount_minor for entry in entries) < 0:
            found.setdefault(contract, []).append(entries)
    return found


def _gives_back(entry: CreditEntry) -> bool:
    return entry.amount_minor < 0 and state_of(entry) == State.COMPUTED


def _lapse(entry: CreditEntry, why: str, as_of: datetime) -> bool:
    """Whether it lapsed: somebody may have told the vendor meanwhile."""
    rows = CreditEntry.objects.select_for_update(of=("self",), no_key=True)
    held = rows.select_related("contract__vendor").get(pk=entry.pk)
    before = held.events.order_by("-id").values_list("state", flat=True)[0]
    if before != State.COMPUTED:
        return False
    event_append(held, State.LAPSED, Actor(), as_of, why, before=before)
    return True


def _is_over(window: Window, as_of: datetime) -> bool:
    return window.last_day is not None and not window.is_open(as_of)


def _why(entry: CreditEntry, window: Window) -> str:
    begins = window.begins if entry.number == 1 else "it was posted"
    days = f"{window.days} day{'s' * (window.days != 1)}"
    return f"Not claimed by {window.last_day:%-d %B %Y}, {days} after {begins}."


def _with_windows(entries: Iterable[CreditEntry]) -> Iterator[Claim]:
    found = list(entries)
    cases = {case.period_id: case for case in _cases(found)}
    for entry in found:
        case = cases.get(entry.kpi_period_id or 0)
        if case is None:
            continue
        window = windows_seen(case).credit
        yield entry, window if entry.number == 1 else _of_posting(window, entry)


def _of_posting(window: Window, entry: CreditEntry) -> Window:
    """A later posting is an event of its own."""
    day = entry.posted_at.astimezone(ZoneInfo(entry.contract.zone)).date()
    return replace(window, began_on=day)


def _cases(entries: Sequence[CreditEntry]) -> Iterable[BreachCase]:
    cases = BreachCase.objects.filter(
        period__in={entry.kpi_period_id for entry in entries} - {None}
    )
    joined = with_claim_terms(cases).select_related(
        "period__kpi__contract", "period__kpi__process__contract"
    )
    return joined.prefetch_related("transitions")
