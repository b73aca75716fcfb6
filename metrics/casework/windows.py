"""Until when a vendor may dispute a failure or claim relief for it.

Both begin on the day the case opened, which is when its figure became final: while a case is
provisional, no clock of the vendor runs. A case that opens again begins them anew.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from contracts.models import Contract
from metrics.models import BreachCase, ClaimTerms
from metrics.models.relief import DISPUTE_DAYS, RELIEF_DAYS


@dataclass(frozen=True, slots=True)
class Window:
    """``opened_on``: day 0 in the contract's zone, None while the case is provisional."""

    opened_on: date | None
    days: int
    zone: tzinfo

    @property
    def last_day(self) -> date | None:
        return self.opened_on + timedelta(days=self.days) if self.opened_on else None

    def is_open(self, as_of: datetime) -> bool:
        return self.last_day is not None and as_of.astimezone(self.zone).date() <= self.last_day

    @property
    def words(self) -> str:
        if self.opened_on is None or self.last_day is None:
            return "its time begins when the case opens"
        return (
            f"its time ended on {self.last_day:%-d %B %Y}, {self.days} days after the case opened"
        )


@dataclass(frozen=True, slots=True)
class Windows:
    """``stated_from``: since when the contract says so; None where the usual days stand in."""

    dispute: Window
    relief: Window
    stated_from: date | None


def windows_of(case: BreachCase) -> Windows:
    """The windows of a case, by the terms in force at the start of its period: two queries."""
    terms = claim_terms_at(case.period.kpi.governing_contract, case.period.first_day)
    if terms is None:
        return _windows(case, None, None, None)
    return _windows(case, terms.dispute_days, terms.relief_days, terms.valid_from)


def windows_seen(case: BreachCase) -> Windows:
    """The same, of a case as ``selectors.breaches.case_by_number`` gives it: no query."""
    names = ("dispute_days", "relief_days", "valid_from")
    return _windows(case, *(getattr(case, f"claim_{name}") for name in names))


def claim_terms_at(contract: Contract | None, day: date) -> ClaimTerms | None:
    """The terms of ``contract`` in force on ``day``, if it states any."""
    if contract is None:
        return None
    stated = ClaimTerms.objects.filter(contract=contract, valid_from__lte=day)
    return stated.order_by("-valid_from").first()


def _windows(
    case: BreachCase, dispute: int | None, relief: int | None, stated_from: date | None
) -> Windows:
    contract = case.period.kpi.governing_contract
    zone = ZoneInfo(contract.zone) if contract else UTC
    opened_on = _opened_on(case, zone)
    return Windows(
        Window(opened_on, DISPUTE_DAYS if dispute is None else dispute, zone),
        Window(opened_on, RELIEF_DAYS if relief is None else relief, zone),
        stated_from,
    )


def _opened_on(case: BreachCase, zone: tzinfo) -> date | None:
    if case.state == BreachCase.State.PROVISIONAL:
        return None
    opened = [step.at for step in case.transitions.all() if step.to_state == BreachCase.State.OPEN]
    return (opened[-1] if opened else case.opened_at).astimezone(zone).date()
