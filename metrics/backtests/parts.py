"""Periods and credits of each contract brought together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from contracts.models import Contract
from metrics.backtests.crediting import Amount, Credited, credits_compared
from metrics.backtests.past import Past, Range
from metrics.backtests.periods import Periods
from metrics.backtests.reading import Proposal
from metrics.backtests.results import LinePair, Part, Row, Side

_Numbered = tuple[Row, int | None, int | None]
_Lines = Mapping[str, Amount]


def parts_of(
    proposal: Proposal,
    past: Past,
    kpis: Mapping[int, Periods],
    span: Range,
    as_of: datetime,
) -> list[Part]:
    """What was found, contract by contract, and last of the KPIs that are under none."""
    governed: dict[int | None, list[int]] = {}
    for pk, kpi in past.kpis.items():
        contract = kpi.governing_contract
        governed.setdefault(contract.pk if contract else None, []).append(pk)
    ordered = sorted(proposal.contracts.values(), key=lambda each: each.reference)
    parts = [
        _part(each, proposal, [kpis[pk] for pk in governed.get(each.pk, ())], span, as_of)
        for each in ordered
    ]
    alone = [row for pk in governed.get(None, ()) for row, _, _ in kpis[pk].rows]
    return [*parts, Part(None, alone)] if alone else parts


def _part(
    contract: Contract,
    proposal: Proposal,
    kpis: Sequence[Periods],
    span: Range,
    as_of: datetime,
) -> Part:
    credited = credits_compared(
        contract,
        proposal,
        today=[each for found in kpis for each in found.today],
        proposed=[each for found in kpis for each in found.proposed],
        as_of=as_of,
    )
    numbered = [told for found in kpis for told in found.rows]
    return Part(
        contract,
        [_credited(told, credited) for told in numbered],
        _pairs(credited.then, credited.now, numbered, span),
        _pairs(credited.then_estimates, credited.now_estimates, numbered, span),
    )


def _credited(told: _Numbered, found: Credited) -> Row:
    row, then, now = told
    lines = (found.then, found.now)
    if not row.is_final:
        lines = (found.then_estimates, found.now_estimates)
    return replace(row, then=_with(row.then, then, lines[0]), now=_with(row.now, now, lines[1]))


def _with(side: Side | None, number: int | None, lines: _Lines) -> Side | None:
    if side is None:
        return None
    own = [each for each in lines.values() if each.number == number]
    why = next((each.why for each in own if each.minor is None), "")
    minor = None if why else sum(each.minor or 0 for each in own)
    return replace(side, credit=minor, why=why)


def _pairs(then: _Lines, now: _Lines, numbered: Sequence[_Numbered], span: Range) -> list[LinePair]:
    """Each line of the ledger in the range, in order of its periods."""
    told = {number: row for row, *numbers in numbered for number in numbers if number is not None}
    found = []
    for key in _keys(then, now):
        one = now.get(key) or then[key]
        row = told.get(one.number) if one.number is not None else None
        if row is None and (one.number is not None or not span.since <= one.day <= span.until):
            continue
        found.append(_pair(key, one, row, then.get(key), now.get(key)))
    return sorted(found, key=lambda pair: (pair.kpi, pair.label, pair.key))


def _keys(then: _Lines, now: _Lines) -> Iterable[str]:
    return dict.fromkeys((*then, *now))


def _pair(
    key: str, one: Amount, row: Row | None, then: Amount | None, now: Amount | None
) -> LinePair:
    return LinePair(
        key=key,
        kind=one.kind,
        kpi=row.kpi.code if row else "",
        label=row.label if row else f"{one.day:%Y-%m}",
        then=then.minor if then else 0,
        now=now.minor if now else 0,
        why=now.why if now else "",
        steps=now.steps if now else (),
    )
