"""What a contract's ledger has come to, and what it would have come to under proposed terms."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from contracts.models import Contract
from metrics.backtests.reading import Proposal
from metrics.credits.facts import Basis, Judged, basis_of, rules_of
from metrics.credits.following import posted_before
from metrics.engine.credits import Line, Required, required
from metrics.models import CreditRule


@dataclass(frozen=True, slots=True)
class Amount:
    """A line of a ledger: minor units, None where it is awaited, which ``why`` says. ``number``:
    of the KPI's period it is for, None where it is of none. ``steps``: how it came."""

    key: str
    kind: str
    number: int | None
    day: date
    minor: int | None
    why: str = ""
    steps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Credited:
    """The lines of a contract then and now, by key; ``estimates``: of provisional periods, of which
    nothing is posted."""

    then: Mapping[str, Amount]
    now: Mapping[str, Amount]
    then_estimates: Mapping[str, Amount]
    now_estimates: Mapping[str, Amount]


def credits_compared(
    contract: Contract,
    proposal: Proposal,
    *,
    today: Sequence[Judged],
    proposed: Sequence[Judged],
    as_of: datetime,
) -> Credited:
    """The ledger of ``contract`` as it stands beside what ``proposal`` requires of it.

    ``today``: the periods of its KPIs as they stand; ``proposed``: the same as they would be.
    """
    before = basis_of(contract, rules_of(contract), today)
    after = replace(
        before,
        terms=proposal.credit_terms.get(contract.pk, before.terms),
        rules=_rules(before.rules, proposal, {each.kpi.pk for each in proposed}),
        judged=proposed,
    )
    then, now = _then(contract, before, as_of), _amounts(required(after.inputs(as_of=as_of)))
    return Credited(
        then=then,
        now={key: _kept(each, then.get(key)) for key, each in now.items()},
        then_estimates=_estimates(before, as_of),
        now_estimates=_estimates(after, as_of),
    )


def _rules(stored: Iterable[CreditRule], proposal: Proposal, kpis: set[int]) -> list[CreditRule]:
    kept = [line for line in stored if line.kpi_id not in proposal.rules]
    new = [line for kpi in sorted(kpis & proposal.rules.keys()) for line in proposal.rules[kpi]]
    return [*kept, *new]


def _then(contract: Contract, basis: Basis, as_of: datetime) -> dict[str, Amount]:
    """What was posted, each line with what it waits for today; and what was not posted as it
    waits."""
    posted = _posted(contract)
    for key, each in _amounts(required(basis.inputs(as_of=as_of))).items():
        if each.minor is None:
            posted[key] = replace(posted.get(key, each), why=each.why)
    return posted


def _kept(now: Amount, then: Amount | None) -> Amount:
    """What was posted of a line stays while it is awaited, then as under proposed terms."""
    if now.minor is None and then and then.why and then.minor is not None:
        return replace(now, minor=then.minor)
    return now


def _posted(contract: Contract) -> dict[str, Amount]:
    return {
        key: Amount(
            key,
            posted.first.kind,
            posted.first.kpi_period_id,
            posted.first.counted_in,
            posted.amount,
        )
        for key, posted in posted_before(contract).items()
    }


def _amounts(found: Required) -> dict[str, Amount]:
    lines = {line.key: _of_line(line) for line in found.lines}
    waiting = {
        each.key: Amount(
            each.key,
            "credit" if each.outcome else "carried",
            each.outcome.number if each.outcome else None,
            each.counted_in.first,
            None,
            each.why,
        )
        for each in found.waiting
    }
    return waiting | lines


def _of_line(line: Line) -> Amount:
    number = line.outcome.number if line.outcome else None
    return Amount(line.key, line.kind, number, line.counted_in.first, line.amount, steps=line.steps)


def _estimates(basis: Basis, as_of: datetime) -> dict[str, Amount]:
    """What provisional failures would give beside all that is final."""
    provisional = {each.number for each in basis.judged if not each.is_final}
    if not provisional:
        return {}
    found = _amounts(required(basis.inputs(as_of=as_of, provisional=True)))
    return {key: each for key, each in found.items() if each.number in provisional}
