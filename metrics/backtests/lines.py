"""Proposed lines as the models have them, never saved: cut to the range of the back-test."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Protocol, TypeVar

from contracts.models import Amendment, Calendar, Contract
from metrics.backtests.overlaying import credits_begin
from metrics.models import CreditRule, CreditTerms, Kpi, KpiDefinition, ServiceLevel
from metrics.portfolio.definitions import definitions_of, levels_of
from metrics.portfolio.known import Terms
from metrics.portfolio.reconcile.lines import definition_values, level_values
from metrics.portfolio.shapes import KpiShape


class _Dated(Protocol):
    @property
    def valid_from(self) -> date: ...


L = TypeVar("L", bound=_Dated)


def definitions_proposed(
    shape: KpiShape,
    stored: Sequence[KpiDefinition],
    *,
    known: Terms | None,
    calendars: Mapping[str, Calendar],
    amendments: Mapping[int, Amendment],
    start: date,
) -> list[KpiDefinition]:
    """How the KPI of ``stored`` would be measured: as it was before ``start``, as proposed since."""
    lines = cut(definitions_of(shape, known), start, lambda line: replace(line, valid_from=start))
    proposed = [
        KpiDefinition(
            kpi_id=stored[0].kpi_id,
            valid_from=line.valid_from,
            **definition_values(line, calendars, amendments),
        )
        for line in lines
    ]
    return [*before(stored, start), *proposed]


def levels_proposed(
    shape: KpiShape,
    kpi: Kpi,
    stored: Iterable[ServiceLevel],
    amendments: Mapping[int, Amendment],
    start: date,
) -> list[ServiceLevel]:
    """The service levels of ``kpi``: those before ``start``, and the proposed ones since."""
    proposed = [
        ServiceLevel(kpi=kpi, valid_from=level.valid_from, **level_values(level, amendments))
        for _, level in levels_of(shape)
    ]
    return [*before(stored, start), *cut(proposed, start, _moved_to(start))]


def rules_cut(
    stored: Iterable[CreditRule], proposed: Sequence[CreditRule], start: date
) -> list[CreditRule]:
    """The credit rules of a KPI: those before ``start``, and the proposed ones since."""
    return [*before(stored, start), *cut(proposed, start, _moved_to(start))]


def terms_cut(
    contract: Contract, stored: Iterable[CreditTerms], proposed: Sequence[CreditTerms], since: date
) -> list[CreditTerms]:
    """The credit terms of a contract: those before the credit period of ``since``, and the
    proposed ones from its begin on."""
    begun = [line for line in proposed if line.valid_from <= since]
    every = max(begun, key=lambda line: line.valid_from).every if begun else None
    start = credits_begin(contract, {"every": every}, since)
    return [*before(stored, start), *cut(proposed, start, _moved_to(start))]


def before(lines: Iterable[L], day: date) -> list[L]:
    return [line for line in lines if line.valid_from < day]


def cut(lines: Iterable[L], start: date, moved: Callable[[L], L]) -> list[L]:
    """``lines`` from ``start`` on: the one in force on that day begins with it."""
    ordered = sorted(lines, key=lambda line: line.valid_from)
    begun = [line for line in ordered if line.valid_from <= start]
    later = [line for line in ordered if line.valid_from > start]
    return [*(moved(line) for line in begun[-1:]), *later]


def _moved_to(start: date) -> Callable[[Any], Any]:
    def moved(line: Any) -> Any:
        line.valid_from = start
        return line

    return moved
