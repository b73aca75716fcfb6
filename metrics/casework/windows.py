"""Until when a vendor may dispute a failure or claim relief for it, and the buyer its credit.

Each time begins at the event its contract names; by itself on the day the case opened, which is
when its figure became final: while a case is provisional, no clock of the vendor runs then. A case
that opens again begins those anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from metrics.models import BreachCase, ClaimTerms
from metrics.models.relief import DISPUTE_DAYS, RELIEF_DAYS
from metrics.selectors.breaches import with_claim_terms

Start = ClaimTerms.Start
_TICK = timedelta(microseconds=1)
_AFTER = {
    Start.FINAL: "the case opened",
    Start.PERIOD_END: "the end of the period",
    Start.REPORT: "the scorecard was published",
    Start.OCCURRENCE: "the event was over",
}
_ONCE = {
    Start.FINAL: "the case opens",
    Start.PERIOD_END: "the period ends",
    Start.REPORT: "the scorecard is published",
    Start.OCCURRENCE: "the event is over",
}


@dataclass(frozen=True, slots=True)
class Window:
    """``start``: what it begins with; ``began_on``: day 0 in the contract's zone, None before
    that; ``days``: None without a limit."""

    start: str
    began_on: date | None
    days: int | None
    zone: tzinfo

    @property
    def last_day(self) -> date | None:
        if self.began_on is None or self.days is None:
            return None
        return self.began_on + timedelta(days=self.days)

    def is_open(self, as_of: datetime) -> bool:
        if self.days is None:
            return True
        return self.last_day is not None and as_of.astimezone(self.zone).date() <= self.last_day

    def for_event(
        self, intervals: Sequence[tuple[datetime, datetime]], period_end: date
    ) -> "Window":
        """The window of a claim about an event: where it begins with that, from the day on which
        the last interval ends, or with the period where the claim names no time."""
        if self.start != Start.OCCURRENCE:
            return self
        ended = max((end for _, end in intervals), default=None)
        day = period_end if ended is None else (ended - _TICK).astimezone(self.zone).date()
        return replace(self, began_on=day)

    @property
    def begins(self) -> str:
        """What it counts from: "the case opened"."""
        return _AFTER[Start(self.start)]

    @property
    def awaits(self) -> str:
        """What it waits for: "the case opens"."""
        return _ONCE[Start(self.start)]

    @property
    def is_by_event(self) -> bool:
        """Whether each claim has a time of its own."""
        return self.start == Start.OCCURRENCE

    @property
    def words(self) -> str:
        if self.days is None:
            return "its time has no limit"
        if self.last_day is None:
            return f"its time begins when {self.awaits}"
        days = f"{self.days} day{'s' * (self.days != 1)}"
        return f"its time ended on {self.last_day:%-d %B %Y}, {days} after {self.begins}"


@dataclass(frozen=True, slots=True)
class Windows:
    """``stated_from``: since when the contract says so; None where the usual days stand in."""

    dispute: Window
    relief: Window
    credit: Window
    stated_from: date | None


def windows_of(case: BreachCase) -> Windows:
    """The windows of a case, by the terms in force at the start of its period: two queries."""
    found = with_claim_terms(BreachCase.objects.filter(pk=case.pk))
    joined = found.select_related("period__kpi__contract", "period__kpi__process__contract")
    return windows_seen(joined.prefetch_related("transitions").get())


def windows_seen(case: BreachCase) -> Windows:
    """The same, of a case as ``selectors.breaches.case_by_number`` gives it: no query."""
    contract = case.period.kpi.governing_contract
    zone = ZoneInfo(contract.zone) if contract else UTC
    return Windows(
        _window(case, "dispute", DISPUTE_DAYS, zone),
        _window(case, "relief", RELIEF_DAYS, zone),
        _window(case, "credit", None, zone),
        case.claim_valid_from,  # type: ignore[attr-defined]
    )


def _window(case: BreachCase, kind: str, usual: int | None, zone: tzinfo) -> Window:
    is_stated = case.claim_valid_from is not None  # type: ignore[attr-defined]
    days = getattr(case, f"claim_{kind}_days") if is_stated else usual
    start = getattr(case, f"claim_{kind}_from") if is_stated else Start.FINAL
    return Window(start, _began_on(case, kind, start, zone), days, zone)


def _began_on(case: BreachCase, kind: str, start: str, zone: tzinfo) -> date | None:
    if start == Start.PERIOD_END:
        return case.period.last_day
    if start == Start.OCCURRENCE:  # a failure occurs with its period; relief names its own event
        return None if kind == "relief" else case.period.last_day
    if start == Start.REPORT:
        published: datetime | None = case.claim_published_at  # type: ignore[attr-defined]
        return published.astimezone(zone).date() if published else None
    return _opened_on(case, zone)


def _opened_on(case: BreachCase, zone: tzinfo) -> date | None:
    if case.state == BreachCase.State.PROVISIONAL:
        return None
    opened = [step.at for step in case.transitions.all() if step.to_state == BreachCase.State.OPEN]
    return (opened[-1] if opened else case.opened_at).astimezone(zone).date()
