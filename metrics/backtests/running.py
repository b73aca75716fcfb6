"""Proposed terms judged against past rows: the one way in. Nothing is written."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import chain
from typing import Final

from contracts.selectors.scope import Scope
from metrics.backtests.figures import (
    NotBackTestableError,
    Place,
    Proposed,
    figures_proposed,
    places_of,
)
from metrics.backtests.notes import notes_of
from metrics.backtests.parts import parts_of
from metrics.backtests.past import Past, Range, credited_kpis, past_of
from metrics.backtests.periods import Periods, periods_proposed, periods_standing
from metrics.backtests.reading import Proposal, proposal_read
from metrics.backtests.results import BackTest
from metrics.backtests.sides import volumes_of

MOST: Final = 2_000  # figures that one request may have computed


def terms_backtest(
    *,
    text: str,
    since: date,
    until: date,
    scope: Scope,
    as_of: datetime,
    is_json: bool = False,
    contract: str | None = None,
    kpi: str | None = None,
    most: int | None = MOST,
) -> BackTest:
    """What the terms of ``text`` would have made of the periods that begin on ``since`` or later
    and end by ``until``.

    ``contract``, ``kpi``: tell of this one alone; its credits are still those among all others.
    ``most``: how many figures may be computed, None for any number.

    Raises PortfolioError with every problem of the text; NotBackTestableError for what cannot be
    judged of the past, for too much of it, and where nothing is touched.
    """
    if until < since:
        raise NotBackTestableError(
            f"{until} lies before {since}: let the range end after it begins"
        )
    span = Range(since, until)
    proposal = proposal_read(text=text, is_json=is_json, since=since, scope=scope, as_of=as_of)
    credited = {pk: credited_kpis(each) for pk, each in proposal.contracts.items()}
    past = past_of({*proposal.kpis, *proposal.rules, *chain(*credited.values())})
    kpis = _kpis(proposal, past, span, as_of, most)
    parts = parts_of(proposal, past, kpis, span, as_of)
    found = BackTest(span, as_of, parts, list(notes_of(past, kpis)))
    return _narrowed(found, contract, kpi)


def _kpis(
    proposal: Proposal, past: Past, span: Range, as_of: datetime, most: int | None
) -> dict[int, Periods]:
    places = {
        pk: places_of(each, past.heads.get(pk, ()), span, as_of)
        for pk, each in proposal.kpis.items()
    }
    _refuse_too_much(places, most)
    figures: dict[int, list[Proposed]] = {pk: [] for pk in places}
    for each in figures_proposed([place for found in places.values() for place in found], as_of):
        figures[each.figure.task.terms.kpi.pk].append(each)
    for found in figures.values():
        found.sort(key=lambda each: each.figure.task.period.start)
    volumes = volumes_of(figures)
    return {
        pk: periods_proposed(proposal.kpis[pk], past, span, figures[pk], volumes)
        if pk in figures
        else periods_standing(past, span, pk)
        for pk in past.kpis
    }


def _refuse_too_much(places: Mapping[int, Sequence[Place]], most: int | None) -> None:
    count = sum(map(len, places.values()))
    if most is not None and count > most:
        raise NotBackTestableError(
            f"{len(places)} KPIs have {count} periods in this range, and one back-test computes at "
            f"most {most} (KPIs × periods): shorten the range, or propose fewer KPIs at a time"
        )


def _narrowed(found: BackTest, contract: str | None, kpi: str | None) -> BackTest:
    """Only what was asked for. Raises NotBackTestableError where the terms touch none of it."""
    parts = [
        part
        for part in found.parts
        if contract is None or (part.contract and part.contract.reference == contract)
    ]
    if not parts and contract is not None:
        raise NotBackTestableError(f"contract {contract!r} is not touched by these terms")
    if kpi is None:
        return replace(found, parts=parts)
    kept = [each for part in parts if (each := part.of_kpi(kpi)).rows]
    if not kept:
        raise NotBackTestableError(
            f"KPI {kpi!r} is not touched by these terms, or has no figure in this range"
        )
    return replace(found, parts=kept)
