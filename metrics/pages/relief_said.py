"""Relief in the words of the pages: what was asked for and granted, and what it would change."""

from dataclasses import dataclass
from datetime import datetime

from contracts.selectors.scope import Scope
from metrics.casework.claiming import Cover
from metrics.evaluation.excusing import cover_event, cover_words
from metrics.evaluation.relieving import (
    figure_excusing,
    figure_if_approved,
    relief_to_restate,
    rows_covered,
)
from metrics.models import KpiPeriod, ReliefRequest
from metrics.scorecards.rows import result_row
from metrics.scorecards.supposing import Supposed, supposed
from metrics.selectors import scope as scoped
from metrics.selectors.breaches import THE_BUYER
from metrics.selectors.wording import Word, relief_word

_LONGEST_REASON = 400  # what a revision keeps


@dataclass(frozen=True, slots=True)
class ReliefProspect:
    """What a request would change: how many rows it covers, and the figure now and then."""

    rows: int
    now_text: str
    then: Supposed | None


@dataclass(frozen=True, slots=True)
class ReliefRow:
    """A request for relief as its reader may know it; ``granted`` is empty where it is what was
    asked for."""

    relief: ReliefRequest
    word: Word
    covers: str
    granted: str
    asked_by: str
    decided_by: str
    is_own: bool


def relief_rows(period: KpiPeriod, scope: Scope) -> list[ReliefRow]:
    """What was asked for in a period, oldest first: one query."""
    found = scoped.relief(scope).filter(period=period)
    joined = found.select_related("requested_by", "requested_key", "decided_by").order_by("pk")
    return [relief_row(each, scope) for each in joined]


def relief_row(relief: ReliefRequest, scope: Scope) -> ReliefRow:
    """One request."""
    is_told = scope.is_internal or not relief.is_of_buyer
    decided = str(relief.decided_by) if relief.decided_by else ""
    granted = relief.granted if relief.state == ReliefRequest.State.PARTLY else {}
    return ReliefRow(
        relief=relief,
        word=relief_word(relief.state),
        covers=cover_words(relief.asked),
        granted=cover_words(granted) if granted else "",
        asked_by=relief.asked_by if is_told else THE_BUYER,
        decided_by=decided if scope.is_internal else "",
        is_own=scope.reader is not None and relief.requested_by_id == scope.reader.pk,
    )


def if_approved(period: KpiPeriod, as_of: datetime) -> Supposed | None:
    """The figure, were all its waiting relief approved; None where none waits."""
    figure = figure_if_approved(period=period, as_of=as_of)
    return supposed(figure) if figure else None


def restatement_reason(period: KpiPeriod) -> str:
    """Why a final figure has to be restated, where approved relief says so; empty where none."""
    granted = relief_to_restate(period)
    told = "; ".join(f"relief {each.pk} was approved: {each.reason}" for each in granted)
    return f"{told[:1].upper()}{told[1:]}"[:_LONGEST_REASON]


def relief_prospect(period: KpiPeriod, cover: Cover, as_of: datetime) -> ReliefProspect:
    """What would follow, were ``cover`` approved."""
    event = cover_event(cover.written)
    figure = figure_excusing(period=period, events=[event], as_of=as_of)
    return ReliefProspect(
        rows=rows_covered(period=period, event=event, as_of=as_of),
        now_text=result_row(period)["value_text"],
        then=supposed(figure) if figure else None,
    )
